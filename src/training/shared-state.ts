import type { Shape } from '../tensor/index.ts';
import { sizeOf } from '../tensor/index.ts';

/** Name and shape of one array. */
export type NamedShape = readonly [name: string, shape: Shape];

/** Float32 arrays by name in memory that all threads see; plain data, so that it can be sent to them. */
export interface SharedState {
  readonly memory: SharedArrayBuffer;
  readonly entries: readonly { readonly name: string; readonly shape: Shape; readonly offset: number }[];
}

/** Room for these arrays, one after the other, filled with zeros. */
export function shareState(shapes: Iterable<NamedShape>): SharedState {
  let offset = 0;
  const entries = Array.from(shapes, ([name, shape]) => {
    const entry = { name, shape, offset };
    offset += sizeOf(shape);
    return entry;
  });
  return { memory: new SharedArrayBuffer(Math.max(4, offset * 4)), entries };
}

/** The arrays themselves, by name, in their order. */
export function viewsOf({ memory, entries }: SharedState): Map<string, Float32Array> {
  return new Map(entries.map(({ name, shape, offset }) => [name, new Float32Array(memory, offset * 4, sizeOf(shape))]));
}

/** A share of `count` things that are cut into `parts`: [from, to). */
export function shareOf(count: number, part: number, parts: number): [from: number, to: number] {
  return [Math.floor((count * part) / parts), Math.floor((count * (part + 1)) / parts)];
}
