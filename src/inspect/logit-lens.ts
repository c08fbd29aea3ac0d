/**
 * The logit lens (nostalgebraist 2020): what the language model would say after each layer, if it stopped there.
 * logits_i = head(norm(residual.post of layer i)), with the final norm and the head of the model itself. Where the gated
 * block stands after the layer (flamingo-pytorch), what leaves the block.
 */

import { largest, logSoftmax } from '../flamingo/generation/distribution.ts';
import type { LanguageModel } from '../flamingo/language-model.ts';
import type { Tokenizer } from '../model/tokenizer.ts';
import { layersOf } from '../runs/captured.ts';
import { scope, tensor } from '../tensor/index.ts';
import { blockComesAfter, checkIndex, type Recorded, range } from './recorded.ts';

/** What to capture for it. */
export const LOGIT_LENS_TAPS: readonly string[] = ['lm.layers.*.residual.post', 'xattn.*.residual.post'];

export interface TokenChance {
  readonly id: number;
  /** As it stands in the vocabulary. */
  readonly token: string;
  readonly probability: number;
}

export interface LensLayer {
  readonly layer: number;
  /** positions[i]: the likeliest next tokens after the i-th asked position, likeliest first. */
  readonly positions: readonly (readonly TokenChance[])[];
}

export interface LogitLens {
  /** Positions of the text that were asked for. */
  readonly positions: readonly number[];
  readonly layers: readonly LensLayer[];
}

export interface LogitLensOptions {
  /** Positions in the text; default all. */
  readonly positions?: readonly number[];
  /** Tokens of each cell; default 3. */
  readonly top?: number;
  readonly row?: number;
}

/**
 * The last layer's row is what the model says, softmax(logits): the temperature of answers is fitted to the end alone.
 * @throws TapError unless `LOGIT_LENS_TAPS` were captured
 * @throws ViewError for a position or a row that is not there
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: LOGIT_LENS_TAPS });
 * const lens = await logitLens(model, run, { positions: [3] });
 * ```
 */
export async function logitLens(
  model: { readonly flamingo: { readonly languageModel: LanguageModel }; readonly tokenizer: Pick<Tokenizer, 'token'> },
  run: Recorded,
  { positions, top = 3, row = 0 }: LogitLensOptions = {},
): Promise<LogitLens> {
  const { languageModel } = model.flamingo;
  const layers: LensLayer[] = [];
  let asked: readonly number[] = positions ?? [];
  for (const layer of layersOf(run, 'lm.layers', 'residual.post')) {
    const last = blockComesAfter(run, layer) ? 'xattn' : 'lm.layers';
    const { name, shape, data } = run.get(`${last}.${layer}.residual.post`); // [b, n, d]
    const [rows, n, d] = shape as [number, number, number];
    checkIndex(row, rows, 'row', name);
    asked = positions ?? range(n);
    for (const position of asked) checkIndex(position, n, 'position', name);
    const { device } = languageModel;
    const logits = scope(device, () =>
      languageModel.head(tensor(device, data.subarray(row * n * d, (row + 1) * n * d), [1, n, d])),
    ); // [1, n, vocabulary]
    const values = (await logits.data()) as Float32Array;
    logits.dispose();
    const vocabulary = values.length / n;
    const after = (position: number) => values.subarray(position * vocabulary, (position + 1) * vocabulary);
    layers.push({ layer, positions: asked.map((position) => chances(after(position), top, model.tokenizer)) });
  }
  return { positions: asked, layers };
}

/** The k likeliest tokens of a distribution given by its logits. */
function chances(logits: ArrayLike<number>, k: number, tokenizer: Pick<Tokenizer, 'token'>): TokenChance[] {
  const logs = logSoftmax(logits);
  return largest(logs, k).map((id) => ({
    id,
    token: tokenizer.token(id),
    probability: Math.exp(logs[id] as number),
  }));
}
