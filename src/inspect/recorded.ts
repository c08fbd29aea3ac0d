/** Reading what a run captured, one row of the batch at a time. */

import type { Captured, Run } from '../runs/captured.ts';
import { formatShape, GlassFlamingoError } from '../tensor/errors.ts';
import { stridesOf } from '../tensor/shape.ts';

/** What a view needs of a run. */
export type Recorded = Pick<Run, 'names' | 'get'>;

/** A view that was asked for something that the run does not hold. */
export class ViewError extends GlassFlamingoError {
  override name = 'ViewError';
}

/**
 * A value by its indices: `element(captured)(row, token, i)`.
 * @throws ViewError when the captured value has another number of axes
 */
export function element({ name, shape, data }: Captured, rank: number): (...index: number[]) => number {
  if (shape.length !== rank)
    throw new ViewError(`'${name}' has the shape ${formatShape(shape)}; expected ${rank} axes`);
  const strides = stridesOf(shape);
  return (...index) => data[index.reduce((sum, i, axis) => sum + i * (strides[axis] as number), 0)] as number;
}

/** The vectors of a row, [b, n, d] -> n of d numbers. @throws ViewError for another rank or a row that is not there */
export function vectors(captured: Captured, row: number): Float32Array[] {
  const { name, shape, data } = captured;
  if (shape.length !== 3) throw new ViewError(`'${name}' has the shape ${formatShape(shape)}; expected 3 axes`);
  const [rows, n, d] = shape as [number, number, number];
  checkIndex(row, rows, 'row', name);
  return range(n).map((token) => data.subarray((row * n + token) * d, (row * n + token + 1) * d));
}

/** sqrt(sum(x^2)), summed in float64 */
export function norm(x: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i] as number) ** 2;
  return Math.sqrt(squares);
}

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

/** Tells whether a layer's gated block stands after it, as in flamingo-pytorch: the order of the run's taps tells. */
export function blockComesAfter({ names }: Recorded, layer: number): boolean {
  const [own, block] = [`lm.layers.${layer}.`, `xattn.${layer}.`].map((part) =>
    names.findIndex((name) => name.startsWith(part)),
  ) as [number, number];
  return own >= 0 && block > own;
}

/** @throws ViewError unless 0 <= index < count */
export function checkIndex(index: number, count: number, what: string, name: string): void {
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw new ViewError(`${what} ${index} of '${name}' does not exist; expected 0 to ${count - 1}`);
}

/** 0, 1, ... count - 1 */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
