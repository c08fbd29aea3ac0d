/**
 * Word -> latent -> patch: what a token's cross-attention looks at, carried through the resampler to the patches.
 *
 * Attention is not attribution: a large weight says where values were taken from, not that they changed the answer. Look
 * at an occlusion map (`occlusionMap`) beside it. Two more things are left out here: what the vision encoder has already
 * mixed between patches, and what comes through the language model's own attention from other tokens.
 */

import { requireKinds } from '../files/kinds.ts';
import { layersOf } from '../runs/captured.ts';
import { requireOptions } from '../tensor/index.ts';
import { crossAttentionMap } from './attention-map.ts';
import { checkIndex, element, norm, type Recorded, range, sum, ViewError, vectors } from './recorded.ts';
import { WHICH_IMAGE_TAPS } from './which-image.ts';

/** What to capture for it. */
export const PATCH_MAP_TAPS: readonly string[] = [
  ...WHICH_IMAGE_TAPS,
  'xattn.*.contribution.attention',
  'resampler.layers.*.attention.weights',
  'xattn.*.attention.weights',
];

export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
  /** Default 1: a picture. */
  readonly frames?: number;
}

/** What one image's patches weigh for a token. */
export interface PatchMap {
  readonly image: number;
  readonly rows: number;
  readonly columns: number;
  /** Shares of the token's attention, frame by frame, row-major: [frames * rows * columns]. */
  readonly patches: readonly number[];
  /** What ends at the learned latents (and a class token, where the resampler reads one): nothing of this picture. */
  readonly elsewhere: number;
}

/** How unevenly a map's patches share what reaches the picture. */
export interface PatchSpread {
  /** The smallest and the largest share. */
  readonly least: number;
  readonly most: number;
  /** True if no patch is further than half of their mean from it: the map then says little of where a token looks. */
  readonly even: boolean;
  /** Each patch's share / the mean of all - 1: 0 everywhere on an even map. */
  readonly fromEven: readonly number[];
}

const EVEN = 0.5;

/**
 * What to say of a map before its largest patch is named.
 * @param patches shares of a map's patches, which add up to at most 1
 * @example
 * ```ts
 * const { even, fromEven } = spreadOf([0.2, 0.3, 0.25, 0.25]); // true, [-0.2, 0.2, 0, 0]
 * ```
 */
export function spreadOf(patches: readonly number[]): PatchSpread {
  requireKinds('spreadOf', { patches }, 'finites');
  if (patches.length === 0) throw new ViewError('there are no patches; expected the share of each');
  const mean = sum(patches) / patches.length;
  const fromEven = patches.map((share) => (mean === 0 ? 0 : share / mean - 1));
  const even = fromEven.every((deviation) => Math.abs(deviation) <= EVEN);
  return { least: Math.min(...patches), most: Math.max(...patches), even, fromEven };
}

export interface WordPatchMap {
  readonly token: number;
  /** By gated block; empty for a token that sees no image. All shares of a block add up to 1. */
  readonly blocks: readonly { readonly layer: number; readonly images: readonly PatchMap[] }[];
  /** Mean over the blocks, weighted by |tanh(alpha) out| of the token: by how much each adds. */
  readonly images: readonly PatchMap[];
}

/**
 * How much of each latent comes from each patch, by attention rollout (Abnar and Zuidema 2020, arXiv 2005.00928), which
 * takes residual and attention as equal halves. With [P L] the weights of a layer, mean over heads, on patches and latents:
 *
 *     R_0 = 0; R_j = (R_{j-1} + P_j + L_j R_{j-1}) / 2        [latents, visual tokens]
 *
 * @param row of the batch, counted from 0; default 0
 * @returns by image. What is missing to 1 in a row stays with the learned latents, which are the same for all pictures.
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: PATCH_MAP_TAPS });
 * const shares = latentPatchShares(run); // of each picture, each latent: how much of each patch
 * ```
 */
export function latentPatchShares(run: Recorded, row = 0): number[][][] {
  requireKinds('latentPatchShares', { run }, '{names,get}');
  const layers = layersOf(run, 'resampler.layers', 'attention.weights');
  const { name, shape } = run.get(`resampler.layers.${layers[0]}.attention.weights`); // [b, heads, m, l, v + l]
  const [rows, heads, images, l, keys] = shape as [number, number, number, number, number];
  checkIndex(row, rows, 'row', name);
  const latents = range(l);
  const patches = range(keys - l);
  return range(images).map((image) => {
    let shares = latents.map(() => patches.map(() => 0));
    for (const layer of layers) {
      const value = element(run.get(`resampler.layers.${layer}.attention.weights`), 5);
      const weight = (query: number, key: number): number =>
        sum(range(heads).map((head) => value(row, head, image, query, key))) / heads;
      const before = (latent: number, patch: number): number => shares[latent]?.[patch] as number;
      shares = latents.map((query) => {
        const looksAt = latents.map((latent) => weight(query, patches.length + latent)); // a row of L
        return patches.map((patch) => {
          const mixed = sum(latents.map((latent) => (looksAt[latent] as number) * before(latent, patch)));
          return (before(query, patch) + weight(query, patch) + mixed) / 2;
        });
      });
    }
    return shares;
  });
}

export interface PatchMapOptions {
  /** Of the batch, counted from 0; default 0. */
  readonly row?: number;
  /** One head of cross-attention; default the mean of all. The resampler's are always their mean. */
  readonly head?: number;
  /** The run that read the pictures, when `run` is a later step of generation; default `run`. */
  readonly pictures?: Recorded;
}

/**
 * A token's attention composed with `latentPatchShares`: a heuristic, see the head of this file.
 *
 * @param token its place among the tokens of this run: 0 in a step of generation
 * @param grid of the vision encoder: `patchGrid(config)`
 * @throws TapError unless `PATCH_MAP_TAPS` were captured
 * @throws ViewError for a token or a row that is not there, or a grid that is not that of the run
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: PATCH_MAP_TAPS });
 * const map = wordPatchMap(run, 2, { rows: 4, columns: 4 });
 * ```
 */
export function wordPatchMap(
  run: Recorded,
  token: number,
  grid: PatchGrid,
  options: PatchMapOptions = {},
): WordPatchMap {
  requireOptions('wordPatchMap', options, 'row head pictures');
  requireKinds('wordPatchMap', { run, token, grid }, '{names,get} whole {rows,columns}');
  const { row = 0, head, pictures = run } = options;
  const shares = latentPatchShares(pictures, row);
  const blocks = layersOf(run, 'xattn', 'attention.weights').flatMap((layer) => {
    const images = Array.from(latentWeights(run, layer, token, row, head), ([image, weights]) =>
      patchMap(image, weights, shares[image] as number[][], grid),
    );
    const added = norm(vectors(run.get(`xattn.${layer}.contribution.attention`), row)[token] as Float32Array);
    return images.length > 0 ? [{ layer, images, added }] : [];
  });
  const total = sum(blocks.map(({ added }) => added));
  const images = (blocks[0]?.images ?? []).map((first, i) => {
    const mean = (of: (map: PatchMap) => number): number =>
      sum(blocks.map(({ images, added }) => added * of(images[i] as PatchMap))) / total;
    const patches = first.patches.map((_, patch) => mean((map) => map.patches[patch] as number));
    return { ...first, patches, elsewhere: mean(({ elsewhere }) => elsewhere) };
  });
  return { token, blocks, images: total > 0 ? images : [] };
}

/** Weights of a token by image that it sees, by latent: of one head, or the mean over all. */
function latentWeights(run: Recorded, layer: number, token: number, row: number, head?: number): Map<number, number[]> {
  const { name, heads: all, keys } = crossAttentionMap(run, layer, row);
  if (head !== undefined) checkIndex(head, all.length, 'head', name);
  const heads = head === undefined ? all : all.slice(head, head + 1);
  checkIndex(token, heads[0]?.length ?? 0, 'token', name);
  const weights = new Map<number, number[]>();
  keys.forEach((key, k) => {
    const own = heads.map((head) => head[token]?.[k] ?? null);
    if (key.kind !== 'latent' || key.image === undefined || own.includes(null)) return;
    const mean = sum(own.map(Number)) / heads.length;
    weights.set(key.image, [...(weights.get(key.image) ?? []), mean]);
  });
  return weights;
}

/** weights [latents] x shares [latents, visual tokens], laid out on the grid */
function patchMap(image: number, weights: readonly number[], shares: readonly number[][], grid: PatchGrid): PatchMap {
  const { rows, columns, frames = 1 } = grid;
  const tokens = shares[0]?.length ?? 0;
  // flamingo-mini's resampler reads the class token of each frame before its patches.
  const extra = tokens / frames - rows * columns;
  if (extra !== 0 && extra !== 1) {
    const expected = `${frames} x ${rows} x ${columns} patches`;
    throw new ViewError(
      `the resampler read ${tokens} visual tokens; expected ${expected}, with or without class tokens`,
    );
  }
  const composed = range(tokens).map((v) => sum(weights.map((weight, l) => weight * (shares[l]?.[v] as number))));
  const patches = composed.filter((_, v) => v % (tokens / frames) >= extra);
  return { image, rows, columns, patches, elsewhere: sum(weights) - sum(patches) };
}
