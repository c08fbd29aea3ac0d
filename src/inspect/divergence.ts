/** Where two runs, or two checkpoints, first differ. */

import type { StateSource } from '../files/checkpoint-source.ts';
import { requireKinds } from '../files/kinds.ts';
import { sameShape } from '../tensor/shape.ts';
import type { Recorded } from './recorded.ts';

/** How one value of two differs; `difference` is the largest absolute one, Infinity where one is finite and one is not. */
export interface Difference {
  readonly name: string;
  readonly difference: number;
  /** The largest finite absolute value of the first. */
  readonly scale: number;
  /** What was allowed: tolerance x scale. */
  readonly allowed: number;
  /** Where it is largest: an index of each axis; empty when shapes differ. */
  readonly index: readonly number[];
  /** The values there; NaN when shapes differ. */
  readonly values: readonly [number, number];
  readonly shapes: readonly [readonly number[], readonly number[]];
}

export interface Comparison {
  /** The first that differs by more than allowed, in order of computation; null when all agree. */
  readonly first: Difference | null;
  /** All that both hold, in order of computation. */
  readonly differences: readonly Difference[];
  /** Names that only one of the two holds. */
  readonly onlyFirst: readonly string[];
  readonly onlySecond: readonly string[];
}

/** 1e-5 of scale: what the same computation may differ by in float32 on another device. */
const TOLERANCE = 1e-5;

/**
 * Compares what both runs captured, in the order in which the first computed it.
 * @param tolerance largest difference allowed, as a part of the largest absolute value
 * @example
 * ```ts
 * const capture = ['xattn.**'];
 * const before = await model.run(prompt, { capture });
 * const after = await model.run(prompt, { capture, edit: [{ at: 'xattn.2.gate.dense', set: 0 }] });
 * console.log(compareRuns(before, after).first); // where they part
 * ```
 */
export function compareRuns(a: Recorded, b: Recorded, tolerance: number = TOLERANCE): Comparison {
  requireKinds('compareRuns', { a, b, tolerance }, '{names,get} {names,get} amount');
  const { shared, ...only } = match(a.names, b.names);
  const differences = shared.map((name) => compareValues(name, a.get(name), b.get(name), tolerance));
  return { ...only, differences, first: differences.find(exceeds) ?? null };
}

/**
 * Compares two checkpoints, tensor by tensor, in the order in which a Flamingo with our names computes; other names
 * in the order of the first file. Only one pair of tensors is held at a time.
 * @param tolerance default 0: the same numbers
 * @example
 * ```ts
 * const [a, b] = [await openCheckpoint('checkpoint.pt'), await openCheckpoint('checkpoint-later.pt')];
 * const { first, differences } = await compareCheckpoints(a, b);
 * ```
 */
export async function compareCheckpoints(a: StateSource, b: StateSource, tolerance = 0): Promise<Comparison> {
  requireKinds('compareCheckpoints', { a, b, tolerance }, '{names,read} {names,read} amount');
  const { shared, ...only } = match(inOrderOfComputation(a.names), b.names);
  const differences: Difference[] = [];
  for (const name of shared) differences.push(compareValues(name, await a.read(name), await b.read(name), tolerance));
  return { ...only, differences, first: differences.find(exceeds) ?? null };
}

/**
 * Tells whether it is more than allowed; other shapes always are.
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: ['logits'] });
 * const changed = compareRuns(run, run).differences.filter(exceeds); // none
 * ```
 */
export function exceeds(found: Difference): boolean {
  requireKinds('exceeds', { 'the difference': found }, '{difference,allowed,shapes}');
  const { difference, allowed, shapes } = found;
  return difference > allowed || !sameShape(...shapes);
}

interface Values {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

function compareValues(name: string, a: Values, b: Values, tolerance: number): Difference {
  const shapes = [a.shape, b.shape] as const;
  if (!sameShape(a.shape, b.shape))
    return { name, difference: Infinity, scale: 0, allowed: 0, index: [], values: [NaN, NaN], shapes };
  let difference = 0;
  let scale = 0;
  let at = 0;
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [Number(a.data[i]), Number(b.data[i])];
    if (Number.isFinite(x)) scale = Math.max(scale, Math.abs(x));
    const distance =
      Object.is(x, y) || x === y ? 0 : Number.isFinite(x) && Number.isFinite(y) ? Math.abs(x - y) : Infinity;
    if (distance > difference) [difference, at] = [distance, i];
  }
  const values = [Number(a.data[at] ?? NaN), Number(b.data[at] ?? NaN)] as const;
  return { name, difference, scale, allowed: tolerance * scale, index: indexOf(at, a.shape), values, shapes };
}

/** The index of each axis of a place in row-major order. */
function indexOf(place: number, shape: readonly number[]): number[] {
  let rest = place;
  return shape
    .toReversed()
    .map((extent) => {
      const index = rest % extent;
      rest = Math.floor(rest / extent);
      return index;
    })
    .toReversed();
}

function match(a: readonly string[], b: readonly string[]) {
  const [first, second] = [new Set(a), new Set(b)];
  return {
    shared: a.filter((name) => second.has(name)),
    onlyFirst: a.filter((name) => !second.has(name)),
    onlySecond: b.filter((name) => !first.has(name)),
  };
}

/** Figure 3 from the picture to the logits: each gated block before the layer that it stands before. */
const PARTS = [
  /^vision\./,
  /^resampler\./,
  /^languageModel\.(embedding|positions)/,
  /^(crossAttention|languageModel\.layers)\.\d+\./,
];

function inOrderOfComputation(names: readonly string[]): string[] {
  const place = (name: string): [number, number, number] => {
    const part = PARTS.findIndex((pattern) => pattern.test(name));
    const layer = /^(crossAttention|languageModel\.layers)\.(\d+)\./.exec(name);
    return [part < 0 ? PARTS.length : part, Number(layer?.[2] ?? 0), layer?.[1] === 'languageModel.layers' ? 1 : 0];
  };
  const placed = names.map((name) => ({ name, at: place(name) }));
  const order = (x: readonly number[], y: readonly number[]): number => {
    const axis = x.findIndex((value, i) => value !== y[i]);
    return axis < 0 ? 0 : (x[axis] as number) - (y[axis] as number);
  };
  return placed.sort((x, y) => order(x.at, y.at)).map(({ name }) => name);
}
