/** Stopping on the way: what computes without a pause must let events in, or no signal is ever heard. */

import { ArgumentError } from './errors.ts';

/**
 * Stands between two computations: lets events in, so that a click, a message or Ctrl-C is heard, and ends with the signal's
 * reason when it is aborted.
 * @throws what the signal was aborted with, by default a DOMException named AbortError
 * @example
 * ```ts
 * const { signal } = new AbortController();
 * for (let i = 0; i < 3; i++) await heed(signal); // a click in between may abort it
 * ```
 */
export async function heed(signal: AbortSignal | undefined): Promise<void> {
  requireSignal('heed', signal);
  signal?.throwIfAborted();
  await macrotask();
  signal?.throwIfAborted();
}

/**
 * Checks that an option is an AbortSignal, or undefined.
 * @param operation what takes the option, for the error
 * @param signal what was given
 * @throws ArgumentError for what is no signal
 * @example
 * ```ts
 * requireSignal('work', new AbortController().signal);
 * ```
 */
export function requireSignal(operation: string, signal: unknown): void {
  if (signal === undefined || typeof (signal as AbortSignal | null)?.throwIfAborted === 'function') return;
  throw new ArgumentError(operation, `signal is ${String(signal)}; expected an AbortSignal`);
}

/**
 * After the events that wait. Unlike setTimeout it takes no 4 ms, and it keeps no process alive.
 * @example
 * ```ts
 * await macrotask(); // events that waited have been heard
 * ```
 */
export function macrotask(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(port1.close());
    port2.postMessage(null);
  });
}
