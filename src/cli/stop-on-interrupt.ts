import type { Context } from './context.ts';

const STOPPING = ['SIGINT', 'SIGTERM'] as const;
/** Exit code of a run that was stopped: 128 + SIGINT. */
const INTERRUPTED = 130;

/**
 * Runs what trains. Ctrl-C and SIGTERM ask it to stop after the step, with a checkpoint; twice stops at once. A run that was
 * stopped says so, and the process then ends with INTERRUPTED.
 */
export async function untilInterrupted(context: Context, train: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    context.err('\nstopping after this step ...\n');
    stop.abort();
  };
  for (const name of STOPPING) process.on(name, onInterrupt);
  try {
    await train(stop.signal);
  } catch (error) {
    const { Interrupted } = await import('../training/stage.ts');
    if (!(error instanceof Interrupted)) throw error;
    context.err(`${error.message}\n`);
    context.exitCode = INTERRUPTED;
  } finally {
    for (const name of STOPPING) process.off(name, onInterrupt);
  }
}
