/** What a benchmark found: rows that can be printed, written and compared. */

import { type Contestant, type Effort, measure, type Timing } from './measure.ts';

/** One contestant in one case. */
export interface Row extends Timing {
  readonly group: string;
  readonly case: string;
  readonly contestant: string;
  /** Work per processor second, in the group's unit. */
  readonly rate: number;
  readonly unit: string;
  /** Largest difference from the reference numbers of the same run; null for the reference itself. */
  readonly error: number | null;
}

export interface Bench {
  readonly effort: Effort;
  /** Includes contestants that take minutes. */
  readonly all: boolean;
  say(line: string): void;
  progress(text: string): void;
}

export interface Entry extends Contestant {
  readonly error: number | null;
}

/** Measures one case and makes its rows; `work` is how many units one run does. */
export async function measureCase(
  bench: Bench,
  group: string,
  name: string,
  entries: readonly Entry[],
  { work, unit }: { work: number; unit: string },
): Promise<Row[]> {
  const timings = await measure(entries, bench.effort, (done, all, contestant) =>
    bench.progress(`${group} ${name}: round ${done + 1} of ${all}, ${contestant}`),
  );
  return timings.map((timing, i) => {
    const { name: contestant, error } = entries[i] as Entry;
    return { group, case: name, contestant, ...timing, unit, error, rate: (work / timing.cpu.median) * 1000 };
  });
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
