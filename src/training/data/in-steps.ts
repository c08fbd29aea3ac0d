/** Long work on the main thread that yields between its steps, so that Ctrl-C is heard there. */

import { macrotask } from '../../tensor/index.ts';
import { Interrupted } from '../stage.ts';
import type { InSteps } from './at-once.ts';

/**
 * Takes every step, and lets events in between them.
 * @throws Interrupted when the signal is aborted before the last
 */
export async function heedful<T>(work: InSteps<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    await macrotask();
    unlessTold(signal, STOPPED_BEFORE);
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Said of a run that was stopped while it got ready. */
export const STOPPED_BEFORE = 'stopped while the training was being prepared; the same command goes on from there';

/** Said of one that was stopped while what it does is measured. */
export const STOPPED_MEASURING = 'stopped while the model was measured; the same command goes on from there';

/** @throws Interrupted that says so when the signal is aborted */
export function unlessTold(signal: AbortSignal | undefined, stopped: string): void {
  if (signal?.aborted) throw new Interrupted(stopped);
}
