/** Attention weights by head, with what may not be seen told from what is not looked at. */

import { requireKinds } from '../files/kinds.ts';
import type { Captured } from '../runs/captured.ts';
import { checkIndex, element, type Recorded, range } from './recorded.ts';
import { imageRibbon } from './which-image.ts';

/** What a column of an attention map stands for; all counted from 0. */
export type AttentionKey =
  | { readonly kind: 'token'; readonly token: number }
  /** In cross-attention with the image it belongs to. */
  | { readonly kind: 'latent'; readonly latent: number; readonly image?: number }
  | { readonly kind: 'patch'; readonly patch: number }
  /** The class token of a vision encoder. */
  | { readonly kind: 'class' };

/** A number, or null where the mask hides the key. */
export type AttentionRow = readonly (number | null)[];

export interface AttentionMap {
  /** The tap that it was read from. */
  readonly name: string;
  /** Of the resampler: the image, or other medium, that its latents read; of the vision encoder: the picture. */
  readonly image?: number;
  /** What asks. */
  readonly queries: 'token' | 'latent' | 'patch';
  readonly keys: readonly AttentionKey[];
  /** heads[head][query]: weights by key; null for a query that sees nothing at all. */
  readonly heads: readonly (readonly (AttentionRow | null)[])[];
}

/**
 * Gated cross-attention before a layer: text tokens by the latents of all images. A token that sees no image has null in
 * place of a row; latents of other images than it may see are null. Capture `mask.*` and `xattn.LAYER.attention.weights`.
 * @param layer of the language model, counted from 0, before which the block stands
 * @param row of the batch, counted from 0; default 0
 * @throws TapError unless they were captured. @throws ViewError for a row that is not there
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: ['xattn.0.attention.weights', ...WHICH_IMAGE_TAPS] });
 * const map = crossAttentionMap(run, 0);
 * ```
 */
export function crossAttentionMap(run: Recorded, layer: number, row = 0): AttentionMap {
  requireKinds('crossAttentionMap', { run, layer }, '{names,get} whole');
  const captured = run.get(`xattn.${layer}.attention.weights`); // [b, heads, n, m l]
  const { images, tokens } = imageRibbon(run, row);
  const latents = (captured.shape[3] as number) / images;
  const keys = range(images).flatMap((image) =>
    range(latents).map((latent) => ({ kind: 'latent', latent, image }) as const),
  );
  const hidden = (query: number, key: number): boolean => !tokens[query]?.allowed.includes(Math.floor(key / latents));
  const all = element(captured, 4);
  return {
    name: captured.name,
    queries: 'token',
    keys,
    heads: headMaps(captured, captured.shape[2] as number, keys.length, (...index) => all(row, ...index), hidden),
  };
}

/**
 * The language model's self-attention: tokens by tokens; what comes later is null. In a step of generation the queries
 * are the new tokens, the keys all so far. Padding of a batch's shorter rows shows as 0: a run has no tap of its mask.
 * Capture `lm.layers.LAYER.attention.weights`.
 * @param layer of the language model, counted from 0
 * @param row of the batch, counted from 0; default 0
 * @throws TapError unless it was captured. @throws ViewError for a row that is not there
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: ['lm.layers.0.attention.weights'] });
 * const map = selfAttentionMap(run, 0);
 * ```
 */
export function selfAttentionMap(run: Recorded, layer: number, row = 0): AttentionMap {
  requireKinds('selfAttentionMap', { run, layer }, '{names,get} whole');
  const captured = run.get(`lm.layers.${layer}.attention.weights`); // [b, heads, n, past + n]
  const [rows, , n, m] = captured.shape as [number, number, number, number];
  checkIndex(row, rows, 'row', captured.name);
  const keys = range(m).map((token) => ({ kind: 'token', token }) as const);
  const all = element(captured, 4);
  const later = (query: number, key: number): boolean => key > query + m - n;
  return {
    name: captured.name,
    queries: 'token',
    keys,
    heads: headMaps(captured, n, m, (...i) => all(row, ...i), later),
  };
}

/**
 * A layer of the Perceiver Resampler: latents by the visual tokens of one image, then the latents themselves, as keys and
 * values hold both (Figure 5). Nothing is masked. Capture `resampler.layers.LAYER.attention.weights`.
 * @param layer of the resampler, counted from 0
 * @param image of the row, counted from 0; default 0
 * @param row of the batch, counted from 0; default 0
 * @throws TapError unless it was captured. @throws ViewError for an image or a row that is not there
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: ['resampler.**.weights'] });
 * const map = resamplerAttentionMap(run, 0);
 * ```
 */
export function resamplerAttentionMap(run: Recorded, layer: number, image = 0, row = 0): AttentionMap {
  requireKinds('resamplerAttentionMap', { run, layer }, '{names,get} whole');
  const captured = run.get(`resampler.layers.${layer}.attention.weights`); // [b, heads, m, l, v + l]
  const [rows, , images, l, all] = captured.shape as [number, number, number, number, number];
  checkIndex(row, rows, 'row', captured.name);
  checkIndex(image, images, 'image', captured.name);
  const patches = all - l;
  const keys = range(all).map((key) =>
    key < patches ? ({ kind: 'patch', patch: key } as const) : ({ kind: 'latent', latent: key - patches } as const),
  );
  const value = element(captured, 5);
  const weight = (head: number, query: number, key: number): number => value(row, head, image, query, key);
  return {
    name: captured.name,
    image,
    queries: 'latent',
    keys,
    heads: headMaps(captured, l, all, weight, () => false),
  };
}

/**
 * A layer of the vision encoder: one picture's class token, where there is one, and patches by themselves. Nothing is
 * masked. Capture `vision.layers.LAYER.attention.weights` and `vision.patches`, which tells patches from the class token.
 * @param layer of the vision encoder, counted from 0
 * @param picture of all pictures of the run, counted from 0; default 0
 * @throws TapError unless both were captured. @throws ViewError for a picture that is not there
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: ['vision.layers.0.attention.weights', 'vision.patches'] });
 * const map = visionAttentionMap(run, 0);
 * ```
 */
export function visionAttentionMap(run: Recorded, layer: number, picture = 0): AttentionMap {
  requireKinds('visionAttentionMap', { run, layer }, '{names,get} whole');
  const captured = run.get(`vision.layers.${layer}.attention.weights`); // [pictures, heads, n, n]
  const [pictures, , n] = captured.shape as [number, number, number];
  checkIndex(picture, pictures, 'picture', captured.name);
  const before = n - (run.get('vision.patches').shape.at(-2) as number);
  const all = element(captured, 4);
  return {
    name: captured.name,
    image: picture,
    queries: 'patch',
    keys: range(n).map((key) =>
      key < before ? ({ kind: 'class' } as const) : ({ kind: 'patch', patch: key - before } as const),
    ),
    heads: headMaps(
      captured,
      n,
      n,
      (...index) => all(picture, ...index),
      () => false,
    ),
  };
}

/** Hidden is what the mask hides and nothing comes through: a weight that passes a mask all the same is shown. */
function headMaps(
  { shape }: Captured,
  queries: number,
  keys: number,
  weight: (head: number, query: number, key: number) => number,
  hidden: (query: number, key: number) => boolean,
): (AttentionRow | null)[][] {
  return range(shape[1] as number).map((head) =>
    range(queries).map((query) => {
      const row = range(keys).map((key) => {
        const value = weight(head, query, key);
        return value === 0 && hidden(query, key) ? null : value;
      });
      return row.every((value) => value === null) ? null : row;
    }),
  );
}
