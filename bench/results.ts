/** What a benchmark found: rows that can be printed, written and compared. */

import { type Contestant, type Effort, measure, type Samples, spread } from './measure.ts';

/** One contestant in one case. */
export interface Row extends Samples {
  readonly group: string;
  readonly case: string;
  readonly contestant: string;
  /** How much one run does, in `unit` times seconds. */
  readonly work: number;
  readonly unit: string;
  /** Largest difference from the reference numbers of the same run; null for the reference itself. */
  readonly error: number | null;
}

/** The same benchmark of several processes as one. */
export function pool(runs: readonly (readonly Row[])[]): Row[] {
  const [first = [], ...others] = runs;
  return first.map((row, i) => {
    const all = [row, ...others.map((rows) => rows[i] as Row)];
    return { ...row, wall: all.flatMap(({ wall }) => wall), cpu: all.flatMap(({ cpu }) => cpu) };
  });
}

export interface Bench {
  readonly effort: Effort;
  say(line: string): void;
}

export interface Entry extends Contestant {
  readonly error: number | null;
}

/** Measures one case, says what it found, and makes its rows; `work` is how much one run does. */
export async function measureCase(
  bench: Bench,
  group: string,
  name: string,
  entries: readonly (Entry | null)[],
  { work, unit }: { work: number; unit: string },
): Promise<Row[]> {
  const present = entries.filter((entry) => entry !== null);
  const samples = await measure(present, bench.effort);
  const rows = samples.map((sample, i) => {
    const { name: contestant, error } = present[i] as Entry;
    return { group, case: name, contestant, work, unit, error, ...sample };
  });
  const times = rows.map(({ contestant, cpu }) => `${contestant} ${spread(cpu).median.toPrecision(3)}`);
  bench.say(`  ${name}, CPU ms: ${times.join(', ')}`);
  return rows;
}

/** Largest absolute difference. @throws Error when it is above `limit`, or not a number */
export function difference(what: string, got: ArrayLike<number>, expected: ArrayLike<number>, limit: number): number {
  if (got.length !== expected.length) throw new Error(`${what}: ${got.length} numbers instead of ${expected.length}`);
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    const off = Math.abs((got[i] as number) - (expected[i] as number));
    if (!(off <= worst)) worst = off;
  }
  if (!(worst <= limit)) throw new Error(`${what}: off by ${worst}, allowed are ${limit}`);
  return worst;
}

/** Evenly spread numbers from -1 to 1, the same in every run. */
export function someNumbers(count: number, seed = 1): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => ((i * 7919 + seed * 104729) % 2017) / 1008 - 1);
}

/** Three digits that count. */
export const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

export const medianOf = (values: readonly number[]): number => spread(values).median;

/** How many times this library's processor time a contestant takes in its case; null where this library has no part. */
export function ratio(row: Row, rows: readonly Row[]): number | null {
  const ours = rows.find((other) => other.case === row.case && other.group === row.group && other.contestant === OURS);
  return ours ? medianOf(row.cpu) / medianOf(ours.cpu) : null;
}

/** This library's default device, through its tensors. */
export const OURS = 'simd';
