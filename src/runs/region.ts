/** A part of a tap's value, chosen by the names of its axes. */

import { GlassFlamingoError, type Shape, type Tensor, tensor } from '../tensor/index.ts';

/**
 * By axis: an index or several, from 0; negative ones count from the end. `image` is another word for `medium` and
 * `picture`, `token` for `text`, `key` for `key-text` and `key-token`. Of an axis `medium*latent` or `visual+latent` each
 * half can be named alone.
 */
export type Where = Readonly<Record<string, number | readonly number[]>>;

/** An edit or a gradient that asks for what a tap does not have. */
export class EditError extends GlassFlamingoError {
  override name = 'EditError';
}

/** A tap as a region sees it. */
export interface RegionTap {
  readonly name: string;
  readonly dims: readonly string[];
  /** Of the prompt. */
  readonly shape: Shape;
}

export interface RegionLimits {
  /** Latents of a medium. */
  readonly latents: number;
  /** Tokens that are generated after the prompt: indices of the text may reach so much further. Default 0. */
  readonly following?: number;
}

const ALIASES: Readonly<Record<string, readonly string[]>> = {
  image: ['medium', 'picture'],
  token: ['text'],
  key: ['key-text', 'key-token'],
};

/** Text grows while it is generated: a step's tokens lie further along these axes than its shape says. */
const GROWING = ['text', 'key-text'];

/** Which indices of one axis are chosen, counted from the start of the prompt. */
type Chosen = ReadonlySet<number>;

export class Region {
  private readonly dims: readonly string[];
  private readonly chosen: ReadonlyMap<number, Chosen>;

  /** @throws EditError for an axis that the tap does not have, with those that it has, an index beyond an axis, and no index */
  constructor(where: Where, tap: RegionTap, limits: RegionLimits) {
    const chosen = new Map<number, Chosen>();
    for (const [dim, indices] of Object.entries(where)) {
      const { axis, among } = indicesOf(dim, tap, limits);
      const list = typeof indices === 'number' ? [indices] : indices;
      const found = new Set(list.flatMap((index) => among(index)));
      const before = chosen.get(axis);
      const both = before ? new Set([...found].filter((index) => before.has(index))) : found;
      if (both.size === 0) throw new EditError(`nothing of '${tap.name}' is where ${JSON.stringify(where)}`);
      chosen.set(axis, both);
    }
    this.dims = tap.dims;
    this.chosen = chosen;
  }

  /** 1 inside, 0 outside, broadcasting to x, whose text begins at token `start`; null when nothing is inside. */
  mask(x: Tensor, start: number): Tensor | null {
    const shape = x.shape.map((count, axis) => (this.chosen.has(axis) ? count : 1));
    const inside = (axis: number, index: number): boolean => {
      const offset = this.dims[axis] === 'text' ? start : 0;
      return this.chosen.get(axis)?.has(index + offset) ?? true;
    };
    let values: number[] = [1];
    shape.forEach((count, axis) => {
      const along = Array.from({ length: count }, (_, index) => (inside(axis, index) ? 1 : 0));
      values = values.flatMap((outer) => along.map((inner) => outer * inner));
    });
    return values.includes(1) ? tensor(x.device, Float32Array.from(values), shape) : null;
  }
}

/** Tells whether the tap's value has the text along an axis, of which a generated token is a part. */
export function growsWithText(dims: readonly string[]): boolean {
  return dims.some((dim) => GROWING.includes(dim));
}

/** The axis that a name means, and what an index along that name is along the axis. */
function indicesOf(
  dim: string,
  { name, dims, shape }: RegionTap,
  { latents, following = 0 }: RegionLimits,
): { axis: number; among: (index: number) => number[] } {
  const names = [dim, ...(ALIASES[dim] ?? [])];
  const resolve = (index: number, extent: number, most = extent): number => {
    const resolved = index < 0 ? index + extent : index;
    if (Number.isInteger(index) && resolved >= 0 && resolved < most) return resolved;
    const range = most === 0 ? 'none' : `0 to ${most - 1}, or -${extent} to -1`;
    throw new EditError(`'${name}' has no ${dim} ${index}; expected ${range}`);
  };
  const axis = dims.findIndex((own) => names.includes(own));
  if (axis >= 0) {
    const extent = shape[axis] as number;
    const most = GROWING.includes(dims[axis] as string) ? extent + following : extent;
    return { axis, among: (index) => [resolve(index, extent, most)] };
  }
  const joined = dims.findIndex((own) => own.split(/[*+]/).some((half) => names.includes(half)));
  if (joined < 0) throw new EditError(`'${name}' has no axis '${dim}'; it has ${dims.join(', ')}`);
  const extent = shape[joined] as number;
  const second = names.includes('latent');
  const listed = (count: number, at: (i: number) => number): number[] => Array.from({ length: count }, (_, i) => at(i));
  if (dims[joined]?.includes('+')) {
    const visual = extent - latents;
    return {
      axis: joined,
      among: (index) => [second ? visual + resolve(index, latents) : resolve(index, visual)],
    };
  }
  const media = extent / latents;
  return {
    axis: joined,
    among: second
      ? (index) => [resolve(index, latents)].flatMap((latent) => listed(media, (m) => m * latents + latent))
      : (index) => [resolve(index, media)].flatMap((medium) => listed(latents, (l) => medium * latents + l)),
  };
}
