import type { Context } from './context.ts';
import { INTERRUPTED, STOPPING } from './end-when-told.ts';
import { errorText } from './korean-errors.ts';
import { sayIn } from './language.ts';
import { goOnUnread } from './standard-output.ts';

export { INTERRUPTED } from './end-when-told.ts';

/** Does what ends in good order when it is told to: by Ctrl-C and SIGTERM, of which a second one ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>, told: () => void): Promise<T> {
  const stop = new AbortController();
  const onInterrupt = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    told();
    stop.abort();
  };
  for (const name of STOPPING) process.on(name, onInterrupt);
  try {
    return await work(stop.signal);
  } finally {
    for (const name of STOPPING) process.off(name, onInterrupt);
  }
}

/**
 * Runs what trains. Ctrl-C and SIGTERM ask it to stop after the step, with a checkpoint; twice stops at once. A run that was
 * stopped says so, and the process then ends with INTERRUPTED.
 */
export async function untilInterrupted(
  context: Pick<Context, 'err' | 'exitCode' | 'lang'>,
  train: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = sayIn(context.lang)(
    'stopping where the run can go on later; a second Ctrl-C stops at once ...',
    '나중에 이어서 할 수 있는 데서 멈춰요. Ctrl-C를 한 번 더 누르면 바로 멈춰요 ...',
  );
  goOnUnread();
  try {
    await interruptible(train, () => context.err(`\n${stopping}\n`));
  } catch (error) {
    const { Interrupted } = await import('../training/stage.ts');
    if (!(error instanceof Interrupted)) throw error;
    context.err(`${errorText(error, context.lang)}\n`);
    context.exitCode = INTERRUPTED;
  }
}
