import type { Knowledge } from '../model/knowledge.ts';
import type { Model } from '../model/model.ts';
import { type ModelOptions, UsageError } from './context.ts';
import { type Language, sayIn } from './language.ts';
import { type Progress, progressBar } from './progress.ts';

/** Smaller models are there before a bar could be read. */
const LEAST_FOR_BAR = 5e7;

/** The model from code, loaded late: `--help` and wrong usage need none of it. */
export async function loadModel({ weights, model, device }: ModelOptions, lang: Language = 'en'): Promise<Model> {
  if (weights !== undefined && model !== undefined)
    throw new UsageError('--model goes without --weights', '--model은 --weights와 함께 쓸 수 없어요');
  const { load } = await import('../zoo/load.ts');
  let bar: Progress | undefined;
  let before = 0;
  const progress = (loaded: number, total: number): void => {
    bar ??= progressBar(sayIn(lang)('loading', '읽는 중'), total, LEAST_FOR_BAR, lang);
    bar.add(loaded - before);
    before = loaded;
  };
  try {
    return await load(model ?? weights, { ...(device !== undefined && { device }), progress });
  } finally {
    bar?.stop();
  }
}

/** What the model was taught, the shipped one by default; null where its files do not say it. */
export async function readKnowledgeOf({ weights, model }: ModelOptions): Promise<Knowledge | null> {
  if (model !== undefined) return null;
  const { readKnowledge } = await import('../zoo/open/knowledge.ts');
  const { SHIPPED, shippedOr } = await import('../zoo/shipped.ts');
  return readKnowledge(shippedOr(weights ?? SHIPPED));
}
