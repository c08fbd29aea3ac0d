/** For pages: asked faster than it can answer, a model answers what was asked last. */

import { requireKinds } from '../files/kinds.ts';

/**
 * Makes a function of which the latest call wins. A new call aborts the one before it, waits until that one has ended,
 * and runs unless a newer one has come by then. A call that lost gives undefined.
 *
 * @example
 * ```ts
 * const answer = latest((signal, set: number) => prepared.answer({ edit: [{ at: 'xattn.*.gate.*', set }], signal }));
 * slider.oninput = async () => {
 *   const found = await answer(slider.valueAsNumber);
 *   if (found) caption.textContent = found.text;
 * };
 * ```
 *
 * @param work is given a signal that is aborted when a newer call has come
 * @throws what the latest call throws; the failures of calls that lost are dropped
 */
export function latest<Asked extends unknown[], T>(
  work: (signal: AbortSignal, ...asked: Asked) => Promise<T>,
): (...asked: Asked) => Promise<T | undefined> {
  requireKinds('latest', { work }, 'function');
  let current = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  return async (...asked) => {
    current.abort();
    current = new AbortController();
    const { signal } = current;
    const before = running;
    const mine = (async () => {
      await before.catch(() => {});
      return signal.aborted ? undefined : await work(signal, ...asked);
    })();
    running = mine;
    try {
      const found = await mine;
      return signal.aborted ? undefined : found;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  };
}
