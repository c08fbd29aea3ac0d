/** Equations with numbers in them: how they are written, and what they come to. */

import { significant } from './figures/numbers.ts';
import { range } from './recorded.ts';

/** An equation with the numbers of one cell. */
export interface CellEquation {
  /** `−0.903 × 0.412`; `Σ(29) 0.0341` stands for the sum of 29 smaller terms. */
  readonly text: string;
  /** What it comes to, in float64. */
  readonly value: number;
}

/** Terms that are written out. */
const WRITTEN = 3;

export const one = (x: number): CellEquation => ({ text: significant(x), value: x });

export const product = (a: number, b: number): CellEquation => ({
  text: `${significant(a)} × ${significant(b)}`,
  value: a * b,
});

export const sum = (a: number, b: number): CellEquation => ({
  text: `${significant(a)} + ${significant(b)}`,
  value: a + b,
});

/** a · b, the largest products written out, and a bias where there is one. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>, bias: number | null = null): CellEquation {
  const terms = range(a.length).map((i) => [a[i] as number, b[i] as number] as const);
  const all = terms.toSorted((x, y) => Math.abs(y[0] * y[1]) - Math.abs(x[0] * x[1]));
  const rest = all.slice(WRITTEN);
  const parts = all.slice(0, WRITTEN).map(([x, y]) => product(x, y).text);
  if (rest.length > 0) parts.push(`Σ(${rest.length}) ${significant(rest.reduce((total, [x, y]) => total + x * y, 0))}`);
  if (bias !== null) parts.push(significant(bias));
  return { text: parts.join(' + '), value: terms.reduce((total, [x, y]) => total + x * y, bias ?? 0) };
}

/** exp(s_k) over the sum of all that are not hidden; 0 where k is. */
export function softmax(scores: ArrayLike<number>, hidden: (k: number) => boolean, k: number): CellEquation {
  if (hidden(k)) return { text: '0', value: 0 };
  const seen = range(scores.length).filter((i) => !hidden(i));
  const others = seen.filter((i) => i !== k).toSorted((i, j) => (scores[j] as number) - (scores[i] as number));
  const most = Math.max(...seen.map((i) => scores[i] as number));
  const exp = (i: number): number => Math.exp((scores[i] as number) - most);
  const written = [k, ...others.slice(0, WRITTEN - 1)].map((i) => `exp(${significant(scores[i] as number)})`);
  const rest = others.slice(WRITTEN - 1);
  const total = seen.reduce((sum, i) => sum + exp(i), 0);
  if (rest.length > 0)
    written.push(`Σ(${rest.length}) ${significant(rest.reduce((sum, i) => sum + exp(i), 0) * Math.exp(most))}`);
  return { text: `${written[0]} / (${written.join(' + ')})`, value: exp(k) / total };
}

/** (x_i - mean) / sqrt(variance + eps) * weight + bias */
export function normalised(
  x: ArrayLike<number>,
  i: number,
  { weight, bias, eps }: { readonly weight: number; readonly bias: number | null; readonly eps: number },
): CellEquation {
  const mean = range(x.length).reduce((total, j) => total + (x[j] as number), 0) / x.length;
  const variance = range(x.length).reduce((total, j) => total + ((x[j] as number) - mean) ** 2, 0) / x.length;
  const deviation = Math.sqrt(variance + eps);
  const text = `(${significant(x[i] as number)} − ${significant(mean)}) / ${significant(deviation)} × ${significant(weight)}`;
  return {
    text: bias === null ? text : `${text} + ${significant(bias)}`,
    value: (((x[i] as number) - mean) / deviation) * weight + (bias ?? 0),
  };
}
