/** Every captured value in a line, and the part of the model that it belongs to. */

import { requireKinds } from '../files/kinds.ts';
import { type Statistics, statisticsOf } from '../files/statistics.ts';
import type { PictureSource } from '../model/image/source.ts';
import type { Model } from '../model/model.ts';
import { type Prompt, requirePictures, tokenise } from '../model/prompt.ts';
import type { Captured } from '../runs/captured.ts';
import { DEFAULT_BUDGET } from '../runs/run.ts';
import { tapShapes } from '../runs/tap-shapes.ts';
import { inLanguage, type Language, type Worded } from '../runs/worded.ts';
import { requireWord } from '../tensor/options.ts';
import { histogram } from './histogram.ts';

export interface TapSummary extends Statistics {
  readonly name: string;
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  /** Counts of equal parts of its range. */
  readonly spread: readonly number[];
}

const BINS = 12;

/**
 * Mean, standard deviation, extremes and spread of the numbers of one tap.
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: ['logits'] });
 * const { mean, std } = summariseTap(run.get('logits'));
 * ```
 */
export function summariseTap(captured: Captured): TapSummary {
  requireKinds('summariseTap', { captured }, '{name,dims,shape,data}');
  const { name, dims, shape, data } = captured;
  const statistics = statisticsOf(new Uint8Array(Float32Array.from(data).buffer), 'F32') as Statistics;
  return { name, dims, shape, ...statistics, spread: histogram(name, captured, BINS).counts };
}

/**
 * Of every tap of a prompt, in order: in as many runs as it takes to hold no more than `budget` bytes at a time.
 * @throws what `model.run` throws; BudgetError for a single value that is larger
 * @example
 * ```ts
 * const all = await tapSummaries(model, prompt); // every value of the model, by its name
 * ```
 */
export async function tapSummaries(
  model: Model,
  asked: Prompt<PictureSource>,
  budget: number = DEFAULT_BUDGET,
): Promise<TapSummary[]> {
  requireKinds('tapSummaries', { model, 'the prompt': asked, budget }, '{config,tokenizer} {sequence} amount');
  const { sequence } = requirePictures(asked, 'tapSummaries');
  const { ids, images } = tokenise({ sequence }, model.tokenizer);
  const groups: string[][] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const { name, bytes } of tapShapes(model.config.model, { text: ids.length, images: images.length })) {
    held += bytes;
    if (held > budget) {
      groups.push([]);
      held = bytes;
    }
    groups.at(-1)?.push(name);
  }
  const summaries: TapSummary[] = [];
  for (const capture of groups) {
    const run = await model.run({ sequence }, { capture, budget });
    summaries.push(...run.names.map((name) => summariseTap(run.get(name))));
  }
  return summaries;
}

/** The parts of Figure 3, by the start of a name. */
const PARTS: readonly (Worded & { readonly starts: RegExp })[] = [
  { starts: /^vision\./, en: 'vision encoder (frozen)', ko: '비전 인코더(vision encoder), 얼려 둔 부분' },
  {
    starts: /^resampler\./,
    en: 'Perceiver Resampler (Figure 5)',
    ko: '퍼시버 리샘플러(Perceiver Resampler), 논문 그림 5',
  },
  { starts: /^mask\./, en: 'media mask phi (section 2.3)', ko: '미디어 마스크(media mask) phi, 논문 2.3절' },
  {
    starts: /^xattn\./,
    en: 'gated cross-attention (Figure 4)',
    ko: '게이트 크로스 어텐션(gated cross-attention), 논문 그림 4',
  },
  { starts: /^lm\.layers\./, en: 'language-model layer (frozen)', ko: '언어 모델 층, 얼려 둔 부분' },
  { starts: /^(lm\.|logits)/, en: 'language model (frozen)', ko: '언어 모델, 얼려 둔 부분' },
];

/**
 * `layer 0: gated cross-attention (Figure 4)`
 * @param name of a value: `xattn.0.out`
 * @example
 * ```ts
 * partOf('xattn.0.gate.dense', 'en'); // 'layer 0: gated cross-attention (Figure 4)'
 * ```
 */
export function partOf(name: string, lang: Language): string {
  requireKinds('partOf', { name }, 'text');
  requireWord('partOf', 'the language', lang, 'en|ko');
  const part = PARTS.find(({ starts }) => starts.test(name));
  const layer = /^(?:xattn|lm\.layers)\.(\d+)\./.exec(name)?.[1];
  const title = part ? inLanguage(part, lang) : '';
  if (layer === undefined) return title;
  return lang === 'ko' ? `${layer}번 층: ${title}` : `layer ${layer}: ${title}`;
}

/** Axes in Korean; an edit's `where` takes them in English. */
const KOREAN_AXES: Readonly<Record<string, string>> = {
  ...{ batch: '배치', picture: '그림', medium: '미디어', channel: '채널', row: '행', column: '열', patch: '패치' },
  ...{ token: '토큰', 'key-token': '키 토큰', text: '글', 'key-text': '키 글', vocabulary: '어휘' },
  ...{ width: '너비', hidden: '은닉', head: '헤드', gate: '게이트', visual: '시각 토큰', latent: '잠재 벡터' },
};

/** A value's axes with their extents: `text 17, width 128`. */
export function axesOf(dims: readonly string[], shape: readonly number[], lang: 'en' | 'ko'): string {
  const named = (dim: string): string =>
    lang === 'en' ? dim : dim.replace(/[^*+]+/g, (part) => KOREAN_AXES[part] ?? part);
  return shape.map((extent, axis) => `${named(dims[axis] ?? '')} ${extent}`.trim()).join(', ');
}
