/** The process that reads the cases: it may hang, run out of memory or die, and the one that started it looks on. */

import { readFileSync } from 'node:fs';
import { GlassFlamingoError } from '../../src/tensor/errors.ts';
import { makeCase } from './case.ts';
import type { Target } from './targets.ts';

export interface Job {
  /** Module with the `targets`. */
  readonly targets: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Instead: one file, read as a case of that target. */
  readonly replay?: { readonly file: string; readonly target: string };
}

/** What became of one case. */
export interface Outcome {
  readonly index: number;
  readonly target: string;
  readonly result: 'loaded' | 'refused' | 'failed';
  /** The error, of a case that was refused or failed. */
  readonly error?: string;
  /** Processor time: a busy machine doesn't count. */
  readonly seconds: number;
  /** Largest resident memory so far, in bytes. */
  readonly peak: number;
}

const COLLECT_ABOVE = 300e6;

export async function runCase(target: Target, bytes: Uint8Array, index: number): Promise<Outcome> {
  const before = process.cpuUsage();
  const outcome = await target.run(bytes).then(
    () => ({ result: 'loaded' as const }),
    (error: unknown) => ({
      result: error instanceof GlassFlamingoError ? ('refused' as const) : ('failed' as const),
      error: error instanceof GlassFlamingoError ? error.message : String((error as Error)?.stack ?? error),
    }),
  );
  const { user, system } = process.cpuUsage(before);
  const peak = process.resourceUsage().maxRSS * 1024;
  return { index, target: target.name, ...outcome, seconds: (user + system) / 1e6, peak };
}

async function work({ targets: module, seed, from, to, replay }: Job): Promise<void> {
  const { targets } = (await import(module)) as { targets: readonly Target[] };
  process.send?.('ready');
  if (replay) {
    const target = targets.find(({ name }) => name === replay.target);
    if (!target) throw new Error(`there is no target ${replay.target}`);
    process.send?.(await runCase(target, new Uint8Array(readFileSync(replay.file)), 0));
  }
  for (let index = from; index < to && !replay; index++) {
    const { target, bytes } = makeCase(targets, seed, index);
    process.send?.(await runCase(target, bytes, index));
    if (process.memoryUsage.rss() > COLLECT_ABOVE) globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve)); // lets the message leave
  }
  process.disconnect?.();
}

// Not once: a channel that is listened to keeps the process, and so a case that waits for ever is seen to hang.
process.on('message', (job: Job) => void work(job));
