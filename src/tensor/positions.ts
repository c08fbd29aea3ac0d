/** Positions that are computed, not learned: rotary embeddings and ALiBi. */

import { tensor } from './create.ts';
import type { Device } from './devices/device.ts';
import { requireArray, requireNumber, requireWhole, ShapeError } from './errors.ts';
import { concat, split, stack } from './functions.ts';
import { requireOptions } from './options.ts';
import { requireTensor, type Tensor } from './tensor.ts';

/** No model has more; beyond, the lists would fill the memory, which no program outlives. */
const MOST = 2 ** 24;

export interface RotaryOptions {
  /** Of the wavelengths: position times base^(-2i / dims) is the angle of pair i. Default 10000. */
  readonly base?: number;
  /** How many of the head's dimensions turn, an odd number with one more; the rest pass. Default all. */
  readonly dims?: number;
  /** `half`: x[i] with x[i + dims / 2] (LLaMA, GPT-NeoX, the default); `pairs`: neighbours (GPT-J). */
  readonly layout?: 'half' | 'pairs';
}

/** With the number of dimensions that turn, `dims`. */
export type FullRotaryOptions = RotaryOptions & { readonly dims: number };

/** By how much each pair of dimensions turns at each of n positions. */
export interface Rotation {
  /** Cosines and sines of the angles, each [n, pairs]; with more axes before, they broadcast. */
  readonly cos: Tensor;
  /** Sines of the angles, of the same shape. */
  readonly sin: Tensor;
  readonly layout: 'half' | 'pairs';
}

/**
 * The rotation of `positions`. Angles are rounded to float32 at each step, as in transformers: at position 2000 that
 * moves them by 1e-4, which public weights were trained with.
 * @example
 * ```ts
 * const turn = rotation(device, [0, 1, 2], { dims: 4 });
 * ```
 */
export function rotation(device: Device, positions: readonly number[], options: FullRotaryOptions): Rotation {
  requireOptions('rotation', options, 'base dims layout:half|pairs');
  const { base = 10000, dims, layout = 'half' } = options;
  requireWhole('rotation', 'dims', dims, 0, MOST);
  requireNumber('rotation', 'base', base, 1);
  requireArray('rotation', 'the positions', positions);
  for (const position of positions) requireNumber('rotation', 'a position', position);
  const pairs = Math.ceil(dims / 2);
  const { fround } = Math;
  const frequencies = Array.from({ length: pairs }, (_, i) => fround(1 / fround(base ** fround((2 * i) / dims))));
  const angles = [...positions].flatMap((position) => frequencies.map((frequency) => fround(position * frequency)));
  const table = (of: (angle: number) => number): Tensor =>
    tensor(device, Float32Array.from(angles, of), [positions.length, pairs]);
  return { cos: table(Math.cos), sin: table(Math.sin), layout };
}

/**
 * (x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin) for each pair of dimensions of x [.., n, d]; the rest pass.
 * @throws ShapeError when d holds fewer pairs
 * @example
 * ```ts
 * const x = rotate(ones(device, [1, 2, 3, 4]), rotation(device, [0, 1, 2], { dims: 4 }));
 * ```
 */
export function rotate(x: Tensor, by: Rotation): Tensor {
  requireOptions('rotate', by, 'cos sin layout:half|pairs');
  const { cos, sin, layout } = by;
  for (const part of [x, cos, sin]) requireTensor('rotate', part);
  const [width, pairs] = [x.shape.at(-1) as number, cos.shape.at(-1) as number];
  const still = width - 2 * pairs;
  if (still < 0) throw new ShapeError('rotate', `${width} dimensions do not hold ${pairs} pairs`, x.shape);
  const [turning, ...rest] = still > 0 ? split(x, [2 * pairs, still], -1) : [x];
  const lead = x.shape.slice(0, -1);
  const halves = layout === 'half' ? turning : (turning as Tensor).reshape([...lead, pairs, 2]).transpose();
  const [x1, x2] = split((halves as Tensor).reshape([...lead, 2 * pairs]), [pairs, pairs], -1) as [Tensor, Tensor];
  const turned = [x1.mul(cos).sub(x2.mul(sin)), x2.mul(cos).add(x1.mul(sin))];
  const out = layout === 'half' ? turned : [stack(turned, -1).reshape([...lead, 2 * pairs])];
  return concat([...out, ...rest], -1);
}

/**
 * Rotary position embedding of x [.., n, d] at the n positions.
 * @param positions of the n rows, counted from 0
 * @example
 * ```ts
 * const turned = rotary(ones(device, [1, 2, 3, 4]), [0, 1, 2]);
 * ```
 */
export function rotary(x: Tensor, positions: readonly number[], options: RotaryOptions = {}): Tensor {
  requireOptions('rotary', options, 'base dims layout:half|pairs');
  const dims = options.dims ?? (requireTensor('rotary', x).shape.at(-1) as number);
  return rotate(x, rotation(x.device, positions, { ...options, dims }));
}

/**
 * ALiBi slopes as in MPT: m[i] = 2^(-(i + 1) biasMax / p) for the next power of two p; for other head counts the
 * odd-indexed ones come first, then the even ones.
 * @param heads how many
 * @param biasMax the last slope of a power of two of heads is 2^-biasMax; default 8
 * @example
 * ```ts
 * alibiSlopes(8); // 1/2, 1/4, ... 1/256
 * ```
 */
export function alibiSlopes(heads: number, biasMax = 8): number[] {
  requireWhole('alibiSlopes', 'heads', heads, 1, MOST);
  requireNumber('alibiSlopes', 'biasMax', biasMax);
  const power = 2 ** Math.ceil(Math.log2(heads));
  const slopes = Array.from({ length: power }, (_, i) => 2 ** ((-(i + 1) * biasMax) / power));
  if (power === heads) return slopes;
  return [...slopes.filter((_, i) => i % 2 === 1), ...slopes.filter((_, i) => i % 2 === 0)].slice(0, heads);
}

/**
 * Bias [heads, 1, keys]: slope * (key - (keys - 1)).
 * @param heads how many
 * @param keys how many
 * @param biasMax as `alibiSlopes` takes it; default 8
 * @example
 * ```ts
 * const bias = alibi(device, 2, 5); // added to scores
 * ```
 */
export function alibi(device: Device, heads: number, keys: number, biasMax = 8): Tensor {
  const slopes = alibiSlopes(heads, biasMax);
  requireWhole('alibi', 'keys', keys, 0, Math.floor(MOST / heads));
  const bias = slopes.flatMap((slope) => Array.from({ length: keys }, (_, j) => slope * (j - (keys - 1))));
  return tensor(device, Float32Array.from(bias), [heads, 1, keys]);
}
