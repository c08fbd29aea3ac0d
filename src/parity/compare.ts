/** Tolerances of the goldens, and the comparison of one tensor. */

import type { TensorValues } from '../files/safetensors.ts';
import { formatShape } from '../tensor/errors.ts';
import type { Device } from '../tensor/index.ts';
import { sameShape } from '../tensor/shape.ts';
import type { GoldenNumbers, NotRun, Results, Values } from './runner.ts';

export interface Comparison {
  readonly tensor: string;
  readonly verdict: 'pass' | 'fail' | 'not run';
  /** Largest absolute difference. */
  readonly maxAbsolute?: number;
  /** That difference over the largest absolute expected value. */
  readonly maxRelative?: number;
  /** How large the absolute difference may be; 0 where values must be equal. */
  readonly allowed?: number;
  readonly reason?: string;
}

/** One case of an index, which compares itself; what needs no device ignores it. */
export interface IndexedCase {
  readonly name: string;
  run(device: Device): Promise<readonly Comparison[]>;
}

/** Goldens of one folder that an index describes, and not a case.json: operations, tokenizers, pictures, files. */
export interface Indexed {
  readonly implementation: string;
  readonly cases: readonly IndexedCase[];
}

/** A tolerance: `scale` is the largest absolute expected value that is finite. */
export type Allowed = (scale: number) => number;

const FORWARD = 1e-5;
const GRADIENT = 1e-4;
const GRADIENT_NORM = 1e-6;
const TRAINED = 1e-3;
const SMALLEST_SCALE = 1e-6;

export const equal: Allowed = () => 0;

/** What a case is compared by. */
export function comparedNames(io: GoldenNumbers): string[] {
  return io.names.filter((name) => /^(tap|out|grad)\./.test(name));
}

/** Compares every `tap.`, `out.` and `grad.` tensor of io.safetensors by the rules of the goldens. */
export async function compareCase(io: GoldenNumbers, results: Results): Promise<Comparison[]> {
  const tolerance = await tolerances(io);
  const padding = io.has('in.attention_mask') ? await io.read('in.attention_mask') : undefined;
  return Promise.all(
    comparedNames(io).map(async (name) => {
      const expected = await io.read(name);
      const exact = !/^B?F/.test(io.info(name).dtype);
      const kept = padding && isOverText(name) ? rowsKept(expected.shape, padding) : undefined;
      return compare(name, expected, results.get(name), exact ? equal : tolerance(name, expected), kept);
    }),
  );
}

/** The rule for each name. */
async function tolerances(io: GoldenNumbers): Promise<(name: string, expected: TensorValues) => Allowed> {
  const parameters = io.names.filter((name) => name.startsWith('grad.') && !name.startsWith('grad.in.'));
  const gradients = parameters.length > 0 ? parameters : io.names.filter((name) => name.startsWith('grad.'));
  const squares = await Promise.all(gradients.map(async (name) => sumOf((await io.read(name)).data, (x) => x * x)));
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  const projected = await projectionSum(io);
  return (name, { data }) => {
    if (name.startsWith('grad.')) return (scale) => GRADIENT * scale + GRADIENT_NORM * norm;
    if (name === 'out.train.gradient_norm') return (scale) => GRADIENT * scale;
    if (name.startsWith('out.train.final.')) return (scale) => TRAINED * scale;
    if (name === 'out.loss' && projected !== undefined) return () => FORWARD * projected;
    // Several losses in one tensor: relative to the smallest of them.
    if (/loss/.test(name)) return () => FORWARD * Math.min(...Array.from(data, Math.abs));
    return (scale) => FORWARD * scale;
  };
}

/** sum(abs(out * projection)), what a loss of a projection is measured by: the loss itself is a cancelling sum. */
async function projectionSum(io: GoldenNumbers): Promise<number | undefined> {
  if (!io.has('in.loss_projection') || !io.has('out.out')) return undefined;
  const [{ data: projection }, { data: out }] = await Promise.all([io.read('in.loss_projection'), io.read('out.out')]);
  return sumOf(out, (x, i) => Math.abs(x * (projection[i] as number)));
}

function sumOf(data: ArrayLike<number>, f: (x: number, i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += f(data[i] as number, i);
  return sum;
}

function isOverText(name: string): boolean {
  return /^(tap|out)\.(lm\.|xattn\.|mask\.|logits)/.test(name);
}

/**
 * Which entries of a tensor [batch, text, ..] or [batch, heads, text, ..] belong to rows that attention_mask keeps.
 * Undefined when the tensor has no such axis (a gate).
 */
function rowsKept(shape: readonly number[], mask: TensorValues): ((i: number) => boolean) | undefined {
  const [batch, text] = mask.shape as [number, number];
  const axis = shape.length === 4 ? 2 : 1;
  if (shape.length < 2 || shape[0] !== batch || shape[axis] !== text) return undefined;
  const inner = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const perBatch = shape.slice(1).reduce((product, extent) => product * extent, 1);
  return (i) => mask.data[Math.floor(i / perBatch) * text + (Math.floor(i / inner) % text)] !== 0;
}

/** One tensor. NaN equals NaN, an infinity itself; entries that are not `kept` are left out. */
export function compare(
  tensor: string,
  expected: Values,
  found: Values | NotRun | undefined,
  allowed: Allowed,
  kept: (i: number) => boolean = () => true,
): Comparison {
  if (found === undefined) return { tensor, verdict: 'not run', reason: 'not computed' };
  if ('notRun' in found) return { tensor, verdict: 'not run', reason: found.notRun };
  if (!sameShape(expected.shape, found.shape)) {
    const reason = `shape ${formatShape(found.shape)} instead of ${formatShape(expected.shape)}`;
    return { tensor, verdict: 'fail', reason };
  }
  let [maxAbsolute, scale] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const [e, f] = [expected.data[i] as number, found.data[i] as number];
    if (!kept(i)) continue;
    if (Number.isFinite(e)) scale = Math.max(scale, Math.abs(e));
    if (e === f || (Number.isNaN(e) && Number.isNaN(f))) continue;
    const difference = Math.abs(e - f);
    maxAbsolute = Math.max(maxAbsolute, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  scale = Math.max(scale, SMALLEST_SCALE);
  const limit = allowed(scale);
  return {
    tensor,
    verdict: maxAbsolute <= limit ? 'pass' : 'fail',
    maxAbsolute,
    maxRelative: maxAbsolute / scale,
    allowed: limit,
  };
}

/** One text, which must be equal. */
export function compareText(tensor: string, expected: string, found: string): Comparison {
  if (expected === found) return { tensor, verdict: 'pass', maxAbsolute: 0, maxRelative: 0, allowed: 0 };
  return { tensor, verdict: 'fail', reason: `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}` };
}

/** Whole numbers in order, which must be equal. */
export function compareIds(tensor: string, expected: readonly number[], found: readonly number[]): Comparison {
  return compareText(tensor, expected.join(' '), found.join(' '));
}
