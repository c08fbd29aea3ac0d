import type { Context } from './context.ts';

const STOPPING = ['SIGINT', 'SIGTERM'] as const;
/** Exit code of a run that was stopped: 128 + SIGINT. */
export const INTERRUPTED = 130;

/** Ctrl-C and SIGTERM ask to stop after the step, with a checkpoint; twice stops at once. */
export function stopOnInterrupt(context: Context): { signal: AbortSignal; dispose: () => void } {
  const stop = new AbortController();
  const onInterrupt = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    context.err('\nstopping after this step ...\n');
    stop.abort();
  };
  for (const name of STOPPING) process.on(name, onInterrupt);
  return {
    signal: stop.signal,
    dispose: () => {
      for (const name of STOPPING) process.off(name, onInterrupt);
    },
  };
}
