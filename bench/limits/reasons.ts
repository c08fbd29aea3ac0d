/** Why a goal of speed is missed, in numbers of the same run. */

import { figure, medianOf, OURS, type Row } from '../results.ts';
import { CALLS, LIMITS, OUTSIDE, PEAK, PRODUCT, REGISTERS, WHOLE } from './names.ts';

/** What was missed: the peer's time divided by ours, and what it should be. */
export interface Missed {
  readonly times: number;
  readonly least: number;
}

/** Empty where the run did not measure what it needs. */
export type Reason = (rows: readonly Row[], missed: Missed) => string;

const rowOf = (rows: readonly Row[], name: string, contestant: string, group = LIMITS): Row | undefined =>
  rows.find((row) => row.group === group && row.case === name && row.contestant === contestant);

const milliseconds = (row: Row | undefined): number => (row ? medianOf(row.cpu) : Number.NaN);

/** Work of a second of processor time. */
const rate = (row: Row | undefined): number => (row ? (1000 * row.work) / medianOf(row.cpu) : Number.NaN);

export const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** GFLOP/s of multiply-adds that stay in registers. */
export const peakOf = (rows: readonly Row[]): number => rate(rowOf(rows, PEAK, REGISTERS));

/** Where the time of a piece of work goes, as shares of it. */
export interface Shares {
  readonly products: number;
  readonly others: number;
  readonly outside: number;
  /** What the products would take at the peak. */
  readonly atPeak: number;
  readonly operations: number;
}

/** Null where the run did not measure it. */
export function sharesOf(rows: readonly Row[], name: string): Shares | null {
  const whole = rowOf(rows, name, WHOLE);
  if (!whole || Number.isNaN(peakOf(rows))) return null;
  const of = (part: number): number => part / milliseconds(whole);
  const own = rows.filter((row) => row.group === LIMITS && row.case === name && row.unit === 'GFLOP/s');
  const products = of(own.reduce((sum, row) => sum + milliseconds(row), 0));
  const outside = of(milliseconds(rowOf(rows, name, OUTSIDE)));
  const atPeak = of((1000 * own.reduce((sum, row) => sum + row.work, 0)) / peakOf(rows));
  return { products, outside, others: 1 - products - outside, atPeak, operations: whole.work };
}

/** The kernel's share of the peak, and the share that the goal would take. */
export const ofProduct: Reason = (rows, { times, least }) => {
  const peak = peakOf(rows);
  const share = rate(rowOf(rows, PEAK, PRODUCT)) / peak;
  if (Number.isNaN(share)) return '';
  const reached = `the kernel runs at ${percent(share)} of the peak of 128-bit multiply-adds in WebAssembly (${figure(peak)} GFLOP/s)`;
  return `${reached}; the goal would take ${percent((share * least) / times)}`;
};

/** What products take, how near they are to the peak, and what would be left if they reached it. */
export const ofWork =
  (name: string): Reason =>
  (rows, { times, least }) => {
    const shares = sharesOf(rows, name);
    if (!shares) return '';
    const { products, outside, others, atPeak } = shares;
    const parts = `products take ${percent(products)} of it (at ${percent(atPeak / products)} of the peak), other kernels ${percent(others)}, the way between kernels ${percent(outside)}`;
    return `${parts}; with products at the peak ${percent(1 - products + atPeak)} of the time would be left, the goal asks for ${percent(times / least)}`;
  };

/** What dispatch takes of a forward, and what would be left without any. */
export const ofDispatch =
  (name: string): Reason =>
  (rows, { times, least }) => {
    const shares = sharesOf(rows, name);
    const one =
      (1000 * milliseconds(rowOf(rows, CALLS.name, CALLS.tensor))) / (rowOf(rows, CALLS.name, CALLS.tensor)?.work ?? 1);
    if (!shares) return '';
    const { products, outside, operations, atPeak } = shares;
    const parts = `${operations} operations (each at least ${figure(one)} us through Tensor); ${percent(outside)} of the time lies outside of kernels, ${percent(products)} in products`;
    return `${parts}; with products at the peak and nothing outside ${percent(1 - products - outside + atPeak)} would be left, the goal asks for ${percent(times / least)}`;
  };

/** How much of a cold mean a warm forward takes. */
export const ofCold =
  (cold: string, warm: string): Reason =>
  (rows, { times, least }) => {
    const share = milliseconds(rowOf(rows, warm, OURS, 'shipped')) / milliseconds(rowOf(rows, cold, OURS, 'cold'));
    if (Number.isNaN(share)) return '';
    return `compiling: a warm forward takes ${percent(share)} of it; the goal asks for ${percent(times / least)}`;
  };
