/**
 * The logit lens (nostalgebraist 2020): what the language model would say after each layer, if it stopped there.
 * logits_i = head(norm(residual.post of layer i)), with the final norm and the head of the model itself. Where the gated
 * block stands after the layer (flamingo-pytorch), what leaves the block.
 */

import { requireKinds } from '../files/kinds.ts';
import type { LanguageModel } from '../flamingo/language-model.ts';
import type { Tokenizer } from '../model/tokenizer.ts';
import { type LikelyToken, layersOf, likeliest } from '../runs/captured.ts';
import { requireOptions, scope, tensor } from '../tensor/index.ts';
import { blockComesAfter, checkIndex, type Recorded, range } from './recorded.ts';

/** What to capture for it. */
export const LOGIT_LENS_TAPS: readonly string[] = ['lm.layers.*.residual.post', 'xattn.*.residual.post'];

export type TokenChance = LikelyToken;

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

/** A `Model`, or as much of one as there is. */
export interface LensModel {
  readonly flamingo: { readonly languageModel: LanguageModel };
  readonly tokenizer: Pick<Tokenizer, 'token'>;
  /** `temperature` divides the logits; default 1. */
  readonly config?: { readonly temperature?: number };
}

export interface LogitLensOptions {
  /** Positions in the text; default all. */
  readonly positions?: readonly number[];
  /** Tokens of each cell; default 3. */
  readonly top?: number;
  /** Of the batch, counted from 0; default 0. */
  readonly row?: number;
}

/**
 * What the model would say if it ended after each layer: the final norm and the head on every residual stream.
 * Every row is softmax(logits / temperature of the configuration), as an answer's alternatives are, so that the last row is
 * what the model says. The temperature was fitted to the end alone: earlier rows are no better for it, and no worse.
 * @throws TapError unless `LOGIT_LENS_TAPS` were captured
 * @throws ViewError for a position or a row that is not there
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: LOGIT_LENS_TAPS });
 * const lens = await logitLens(model, run, { positions: [3] });
 * ```
 */
export async function logitLens(model: LensModel, run: Recorded, options: LogitLensOptions = {}): Promise<LogitLens> {
  requireOptions('logitLens', options, 'positions top row');
  requireKinds('logitLens', { model, run }, '{flamingo,tokenizer} {names,get}');
  const { positions, top = 3, row = 0 } = options;
  const { languageModel } = model.flamingo;
  const temperature = model.config?.temperature;
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
    layers.push({
      layer,
      positions: asked.map((position) => likeliest(after(position), top, model.tokenizer, temperature)),
    });
  }
  return { positions: asked, layers };
}
