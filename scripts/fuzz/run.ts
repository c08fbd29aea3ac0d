/** Runs cases in a process of their own, under a watchdog. */

import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCase } from './case.ts';
import type { Job, Outcome } from './child.ts';
import type { Target } from './targets.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly cases: number;
  /** Module that exports `targets`. */
  readonly targets: string;
  /** Where cases that failed are kept. */
  readonly folder: string;
  readonly limits?: Partial<Limits>;
  readonly replay?: Job['replay'];
  readonly report?: (outcome: Outcome, done: number, failed: number) => void;
}

export interface Limits {
  /** Processor time of one case. */
  readonly seconds: number;
  /** After this much time on the clock a case counts as hung. */
  readonly watchdogSeconds: number;
  /** Resident memory of the process in bytes, of which it takes some 300 MB by itself. */
  readonly bytes: number;
}

const LIMITS: Limits = { seconds: 2, watchdogSeconds: 60, bytes: 1.5e9 };
const START_SECONDS = 300; // on a busy machine

export interface Failure {
  readonly target: string;
  readonly index: number;
  readonly reason: string;
  /** The case; `npm run fuzz -- --replay FILE` reads it again. */
  readonly file: string;
}

export interface FuzzResult {
  readonly loaded: number;
  readonly refused: number;
  readonly failures: readonly Failure[];
  readonly slowest: number;
  readonly peak: number;
  readonly seconds: number;
}

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const start = performance.now();
  const limits = { ...LIMITS, ...options.limits };
  const { targets } = (await import(options.targets)) as { targets: readonly Target[] };
  const tally = { loaded: 0, refused: 0, failures: [] as Failure[], slowest: 0, peak: 0 };
  let next = 0;
  const fail = (index: number, reason: string): void => {
    tally.failures.push(keep(options, targets, index, reason));
  };
  const settle = (outcome: Outcome): boolean => {
    const { index, result, error, seconds, peak } = outcome;
    next = index + 1;
    tally.slowest = Math.max(tally.slowest, seconds);
    tally.peak = Math.max(tally.peak, peak);
    if (result === 'failed') fail(index, error ?? 'an untyped error');
    else if (peak > limits.bytes)
      fail(index, `the process grew to ${megabytes(peak)}, expected at most ${megabytes(limits.bytes)}`);
    else if (seconds > limits.seconds) fail(index, `took ${seconds.toFixed(1)} s, expected at most ${limits.seconds}`);
    else tally[result]++;
    options.report?.(outcome, next, tally.failures.length);
    return peak <= limits.bytes; // its peak stays, so a new process must go on
  };
  while (next < options.cases) {
    const end = await runFrom(next, options, limits, settle);
    if (end === 'done' || end === 'grown') continue;
    const reason =
      end === 'hung' ? `hung for ${limits.watchdogSeconds} s and was stopped` : `the process died (${end.died})`;
    fail(next, reason);
    next++;
  }
  return { ...tally, seconds: (performance.now() - start) / 1000 };
}

type End = 'done' | 'grown' | 'hung' | { readonly died: string };

/** One process, from a case on until it is through or stopped. */
function runFrom(
  from: number,
  { seed, cases, targets, replay }: FuzzOptions,
  limits: Limits,
  settle: (outcome: Outcome) => boolean,
): Promise<End> {
  const child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx', '--conditions=source', '--max-old-space-size=1024', '--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve) => {
    let end: End | undefined;
    const stop = (why: End): void => {
      end ??= why;
      child.kill('SIGKILL');
    };
    let watchdog = setTimeout(() => stop({ died: 'it never began' }), START_SECONDS * 1000);
    child.on('message', (message: Outcome | 'ready') => {
      if (end) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(() => stop('hung'), limits.watchdogSeconds * 1000);
      if (message === 'ready') return;
      if (message.index + 1 === cases) {
        settle(message);
        stop('done');
      } else if (!settle(message)) stop('grown');
    });
    child.on('exit', (code, signal) => {
      clearTimeout(watchdog);
      resolve(end ?? { died: signal ?? `exit code ${code}` });
    });
    start(child, { targets, seed, from, to: cases, ...(replay && { replay }) });
  });
}

function start(child: ChildProcess, job: Job): void {
  child.send(job);
}

function keep(
  { seed, folder, replay }: FuzzOptions,
  targets: readonly Target[],
  index: number,
  reason: string,
): Failure {
  if (replay) return { target: replay.target, index, reason, file: replay.file };
  const { target, bytes } = makeCase(targets, seed, index);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${target.name}.seed-${seed}.case-${index}.bin`);
  writeFileSync(file, bytes);
  return { target: target.name, index, reason, file };
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** One line, for the end. */
export function summary({ seed, cases }: FuzzOptions, result: FuzzResult): string {
  const { loaded, refused, failures, slowest, peak, seconds } = result;
  const counts = `${loaded} loaded, ${refused} refused with a typed error, ${failures.length} failed`;
  const cost = `slowest ${slowest.toFixed(2)} s, peak ${megabytes(peak)}, ${seconds.toFixed(0)} s in all`;
  return `fuzz: ${cases} cases, seed ${seed}: ${counts} (${cost})`;
}
