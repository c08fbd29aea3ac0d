import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Model } from '../model/model.ts';
import type { ModelParts } from '../zoo/load.ts';
import { type ModelOptions, UsageError } from './context.ts';
import { type Progress, progressBar } from './progress.ts';

/** Smaller models are there before a bar could be read. */
const LEAST_FOR_BAR = 5e7;

/** The model from code, loaded late: `--help` and wrong usage need none of it. */
export async function loadModel({ weights, model, device }: ModelOptions): Promise<Model> {
  if (weights !== undefined && model !== undefined) throw new UsageError('--model goes without --weights');
  const { load } = await import('../zoo/load.ts');
  const place = model === undefined ? weights : await placeOf(model);
  let bar: Progress | undefined;
  let before = 0;
  const progress = (loaded: number, total: number): void => {
    bar ??= progressBar('loading', total, LEAST_FOR_BAR);
    bar.add(loaded - before);
    before = loaded;
  };
  try {
    return await load(place, { ...(device !== undefined && { device }), progress });
  } finally {
    bar?.stop();
  }
}

/** What `--model` names: a file or a folder that is whole; else a model in the hub's cache, or a folder that refers there. */
async function placeOf(model: string): Promise<string | ModelParts> {
  const entry = await stat(model).catch(() => undefined);
  if (entry && !(entry.isDirectory() && (await refersElsewhere(model)))) return model;
  const { resolveModel } = await import('../zoo/hub/resolve.ts');
  const { hubSettings } = await import('../zoo/hub/settings.ts');
  const { parts } = await resolveModel(model, hubSettings(process.env));
  const { flamingo, vision, language, tokenizer } = parts;
  if (flamingo?.weights === undefined) throw new UsageError(`${model} has no file of weights`);
  const tokens = Object.values(tokenizer?.files ?? {})[0];
  return {
    flamingo: flamingo.weights,
    ...(vision && { vision: await partOf(vision) }),
    ...(language && { languageModel: await partOf(language) }),
    ...(tokens !== undefined && { tokenizer: dirname(tokens) }),
  };
}

/** Whether a folder's config.json names a vision encoder and a language model that do not lie in it. */
async function refersElsewhere(folder: string): Promise<boolean> {
  const { partFolders } = await import('../zoo/open/files.ts');
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch(() => '');
  const { vision, languageModel } = await partFolders(folder);
  return text.includes('"clip_model_type"') && (vision === undefined || languageModel === undefined);
}

interface PartFiles {
  readonly weights?: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Beside weights lies their config.json; some language models are a config.json alone. */
async function partOf({ weights, files }: PartFiles): Promise<NonNullable<ModelParts['vision']>> {
  if (weights !== undefined) return weights;
  const config = files['config.json'];
  return config === undefined ? {} : { config: JSON.parse(await readFile(config, 'utf8')) as unknown };
}
