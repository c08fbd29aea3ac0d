/**
 * Generation: greedy, sampled, or by beam search (paper, section 2.5 and appendix A.2: beam search with 3 beams for
 * captions and open-ended answers). Ends at `<EOC>`.
 */

import { Random, requireOptions } from '../tensor/index.ts';
import { type BeamOptions, beamSearch } from './generation/beam-search.ts';
import { type Decoder, type DecodingPrompt, type ReadPrompt, reading } from './generation/decoding.ts';
import { choose, logSoftmax, without } from './generation/distribution.ts';
import type { Generated, GenerationOptions } from './generation/options.ts';
import { DEFAULT_MAX_TOKENS, GENERATION_OPTIONS, requireGeneration } from './generation/options.ts';

/**
 * Goes on from every row of a prompt.
 * @throws what the signal was aborted with, which is heeded between tokens
 * @throws ArgumentError when rows of text and of pictures differ in number, for unknown options and impossible values
 * @example
 * ```ts
 * const { image, eoc, bos } = model.tokenizer.special;
 * const [row] = await generate(model.flamingo, { ids: [[bos, 5, 6]] }, { stop: eoc, maxTokens: 4, suppress: [image] });
 * ```
 */
export async function generate(
  model: Decoder,
  prompt: DecodingPrompt,
  options: GenerationOptions,
): Promise<Generated[]> {
  requireOptions('generate', options, GENERATION_OPTIONS);
  requireGeneration('generate', options);
  const { beams = 1 } = options;
  const asked = { ...options, suppress: suppressed(model, options) };
  if (beams === 1) return reading(model, prompt, options.signal, (read) => follow(read, asked));
  const found = await search(model, prompt, { ...options, beams });
  return found.map(([best]) => best as Generated);
}

export interface LikeliestOptions extends Pick<GenerationOptions, 'maxTokens' | 'stop' | 'suppress' | 'signal'> {
  readonly count: number;
  /** Logits are divided by it before probabilities are taken. */
  readonly calibration: number;
}

/**
 * The likeliest whole texts after every row of a prompt, at most `count` a row, likeliest first: those that a beam search
 * with twice as many beams finds.
 * @throws what the signal was aborted with
 */
export async function likeliest(
  model: Decoder,
  prompt: DecodingPrompt,
  { count, ...options }: LikeliestOptions,
): Promise<Generated[][]> {
  const found = await search(model, prompt, { ...options, beams: 2 * count, lengthPenalty: 0 });
  return found.map((texts) => texts.slice(0, count));
}

function search(
  model: Decoder,
  prompt: DecodingPrompt,
  options: Omit<BeamOptions, 'suppress' | 'promptLength'> & Pick<GenerationOptions, 'suppress'>,
): Promise<Generated[][]> {
  const suppress = suppressed(model, options);
  return reading(model, prompt, options.signal, (read) => {
    const promptLength = Math.max(...prompt.ids.map((ids) => ids.length));
    return beamSearch(read, { ...options, promptLength, suppress });
  });
}

/** What is never generated. */
const suppressed = (model: Decoder, { suppress }: Pick<GenerationOptions, 'suppress'>): readonly number[] =>
  suppress ?? [model?.imageToken ?? []].flat();

/** One token at a time, each row by itself: the likeliest, or a drawn one when the temperature is above 0. */
async function follow(
  { decoding, first }: ReadPrompt,
  options: GenerationOptions & { readonly suppress: readonly number[] },
): Promise<Generated[]> {
  const { maxTokens = DEFAULT_MAX_TOKENS, seed = 0, stop, suppress } = options;
  // Each row draws from its own stream, so that its text does not depend on its neighbours'.
  const random = first.map((_, row) => new Random(seed).fork(row));
  const rows = first.map((logits) => ({ ids: [] as number[], logProbability: 0, firstLogits: logits.slice() }));
  let live = rows.map((_, i) => i);
  let logits: readonly Float32Array[] = first;
  for (let step = 0; ; step++) {
    const going: number[] = [];
    live.forEach((row, i) => {
      const allowed = without(logits[i] as Float32Array, suppress);
      const id = choose(allowed, options, random[row] as Random);
      const own = rows[row] as (typeof rows)[number];
      own.ids.push(id);
      own.logProbability += logSoftmax(allowed)[id] as number;
      if (id !== stop) going.push(i);
    });
    if (going.length === 0 || step + 1 >= maxTokens) break;
    decoding.select(going);
    live = going.map((i) => live[i] as number);
    logits = await decoding.read(live.map((row) => [rows[row]?.ids.at(-1) as number]));
  }
  return rows.map((row) => ({ ...row, score: row.logProbability }));
}
