/** Dual numbers: a value and its derivative along one direction, and what operations do to lists of them. */

import { density, erf, gelu, geluTanh, normal, sigmoid } from '../oracle.ts';

/** A value and its derivative. */
export interface Dual {
  readonly v: number;
  readonly d: number;
}

export const dual = (v: number, d = 0): Dual => ({ v, d });
export const plus = (a: Dual, b: Dual): Dual => dual(a.v + b.v, a.d + b.d);
export const minus = (a: Dual, b: Dual): Dual => dual(a.v - b.v, a.d - b.d);
export const times = (a: Dual, b: Dual): Dual => dual(a.v * b.v, a.d * b.v + a.v * b.d);
const over = (a: Dual, b: Dual): Dual => dual(a.v / b.v, (a.d - (a.v / b.v) * b.d) / b.v);
export const scaled = (a: Dual, by: number): Dual => dual(a.v * by, a.d * by);
const exp = (x: Dual): Dual => dual(Math.exp(x.v), Math.exp(x.v) * x.d);
const log = (x: Dual): Dual => dual(Math.log(x.v), x.d / x.v);
const root = (x: Dual): Dual => dual(Math.sqrt(x.v), x.d / (2 * Math.sqrt(x.v)));
export const total = (list: readonly Dual[]): Dual => list.reduce(plus, dual(0));
const average = (list: readonly Dual[]): Dual => scaled(total(list), 1 / list.length);
export const truth = (condition: boolean): Dual => dual(condition ? 1 : 0);

const inner = (x: number): number => 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** f(x) and f'(x). */
export const FUNCTIONS: Readonly<Record<string, (x: number) => readonly [number, number]>> = {
  exp: (x) => [Math.exp(x), Math.exp(x)],
  log: (x) => [Math.log(x), 1 / x],
  sqrt: (x) => [Math.sqrt(x), 0.5 / Math.sqrt(x)],
  rsqrt: (x) => [x ** -0.5, -0.5 * x ** -1.5],
  reciprocal: (x) => [1 / x, -1 / x ** 2],
  square: (x) => [x * x, 2 * x],
  sin: (x) => [Math.sin(x), Math.cos(x)],
  cos: (x) => [Math.cos(x), -Math.sin(x)],
  tanh: (x) => [Math.tanh(x), 4 * sigmoid(2 * x) * sigmoid(-2 * x)],
  erf: (x) => [erf(x), (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)],
  sigmoid: (x) => [sigmoid(x), sigmoid(x) * sigmoid(-x)],
  softplus: (x) => [Math.log1p(Math.exp(x)), sigmoid(x)],
  relu: (x) => [Math.max(x, 0), x > 0 ? 1 : 0],
  squaredRelu: (x) => [Math.max(x, 0) ** 2, 2 * Math.max(x, 0)],
  silu: (x) => [x * sigmoid(x), sigmoid(x) * (1 + x * (1 - sigmoid(x)))],
  geluErf: (x) => [gelu(x), normal(x) + x * density(x)],
  geluTanh: (x) => {
    const [s, rest] = [sigmoid(inner(x)), sigmoid(-inner(x))];
    return [geluTanh(x), s * (1 + x * rest * 2 * Math.sqrt(2 / Math.PI) * (1 + 0.134145 * x * x))];
  },
  quickGelu: (x) => {
    const s = sigmoid(1.702 * x);
    return [x * s, s + 1.702 * x * s * (1 - s)];
  },
  abs: (x) => [Math.abs(x), Math.sign(x)],
  neg: (x) => [-x, -1],
  sign: (x) => [Math.sign(x), 0],
  floor: (x) => [Math.floor(x), 0],
  isFinite: (x) => [Number.isFinite(x) ? 1 : 0, 0],
  isNaN: (x) => [Number.isNaN(x) ? 1 : 0, 0],
  logicalNot: (x) => [x === 0 ? 1 : 0, 0],
  truncate: (x) => [Math.trunc(x), 0],
};

export const PAIRS: Readonly<Record<string, (a: Dual, b: Dual) => Dual>> = {
  add: plus,
  sub: minus,
  mul: times,
  div: over,
  pow: (a, b) => {
    const v = a.v ** b.v;
    const byBase = b.v === 0 ? 0 : b.v * a.v ** (b.v - 1);
    return dual(v, byBase * a.d + (a.v === 0 ? 0 : v * Math.log(a.v) * b.d));
  },
  maximum: (a, b) => (a.v === b.v ? scaled(plus(a, b), 0.5) : a.v > b.v ? a : b),
  minimum: (a, b) => (a.v === b.v ? scaled(plus(a, b), 0.5) : a.v < b.v ? a : b),
  equal: (a, b) => truth(a.v === b.v),
  notEqual: (a, b) => truth(a.v !== b.v),
  less: (a, b) => truth(a.v < b.v),
  lessEqual: (a, b) => truth(a.v <= b.v),
  greater: (a, b) => truth(a.v > b.v),
  greaterEqual: (a, b) => truth(a.v >= b.v),
  logicalAnd: (a, b) => truth(a.v !== 0 && b.v !== 0),
  logicalOr: (a, b) => truth(a.v !== 0 || b.v !== 0),
};

const largest = (list: readonly Dual[]): Dual => {
  const v = Math.max(...list.map((x) => x.v));
  return dual(v, average(list.filter((x) => x.v === v)).d);
};
const smallest = (list: readonly Dual[]): Dual => scaled(largest(list.map((x) => scaled(x, -1))), -1);
const variance = (list: readonly Dual[]): Dual => {
  const mean = average(list);
  return average(list.map((x) => times(minus(x, mean), minus(x, mean))));
};
export const logSumExp = (list: readonly Dual[]): Dual => {
  const top = dual(Math.max(...list.map((x) => x.v)));
  return plus(log(total(list.map((x) => exp(minus(x, top))))), top);
};

export const REDUCTIONS: Readonly<Record<string, (list: readonly Dual[]) => Dual>> = {
  sum: total,
  mean: average,
  max: largest,
  min: smallest,
  variance,
  logSumExp,
};

/** Rounds what a kernel stores on its way to a result. */
export type Round = (x: Dual) => Dual;
export const exactly: Round = (x) => x;

export const softmax = (
  row: readonly Dual[],
  round: Round,
  shown: readonly boolean[] = row.map(() => true),
): Dual[] => {
  if (!shown.includes(true)) return row.map(() => dual(1 / row.length));
  const top = dual(Math.max(...row.filter((_, i) => shown[i]).map((x) => x.v)));
  const powers = row.map((x, i) => (shown[i] ? exp(minus(x, top)) : dual(0)));
  const sum = round(total(powers));
  return powers.map((power) => over(power, sum));
};
/**
 * In a gradient, g - mean(g) and the part along x^ nearly cancel in narrow rows: what is left can be no more exact than
 * they are. The mean of x counts as exact, because kernels keep its remainder, and one number is its own mean.
 */
export const normalised = (row: readonly Dual[], eps: number, round: Round): Dual[] => {
  const mean = average(row);
  const middle = row.length > 1 ? dual(mean.v, round(mean).d) : mean;
  const centred = row.map((x) => round(minus(x, middle)));
  const spread = round(root(plus(average(centred.map((x) => times(x, x))), dual(eps))));
  return centred.map((x) => over(x, spread));
};
const bySquares = (row: readonly Dual[], eps: number, round: Round): Dual[] => {
  const size = round(root(plus(average(row.map((x) => times(x, x))), dual(eps))));
  return row.map((x) => over(x, size));
};
const byLength = (row: readonly Dual[], eps: number, round: Round): Dual[] => {
  const square = total(row.map((x) => times(x, x)));
  const length = square.v > eps * eps ? round(root(square)) : dual(eps);
  return row.map((x) => over(x, length));
};

export const ROWS: Readonly<Record<string, (row: readonly Dual[], attributes: Attributes, round: Round) => Dual[]>> = {
  softmax: (row, _, round) => softmax(row, round),
  logSoftmax: (row) => row.map((x) => minus(x, logSumExp(row))),
  cumsum: (row) => row.map((_, i) => total(row.slice(0, i + 1))),
  layerNorm: (row, _, round) => normalised(row, 1e-5, round),
  rmsNorm: (row, _, round) => bySquares(row, 1e-6, round),
  l2Normalise: (row, _, round) => byLength(row, 0.125, round),
  topK: (row, { k }) =>
    row
      .map((x, i) => ({ x, i }))
      .sort((a, b) => b.x.v - a.x.v || a.i - b.i)
      .slice(0, k)
      .map(({ x }) => x),
};

export interface Attributes {
  readonly axis?: number;
  readonly axes?: readonly number[];
  readonly keepDims?: boolean;
  readonly shape?: readonly number[];
  readonly ranges?: readonly (readonly [number, number, number])[];
  readonly pads?: readonly (readonly [number, number])[];
  readonly k?: number;
  readonly count?: number;
  readonly value?: number;
  readonly low?: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly masked?: boolean;
  readonly biased?: boolean;
}
