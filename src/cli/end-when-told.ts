/** How a process ends that is told to: in a file of its own, because scripts need no more. */

import type { Language } from '../runs/worded.ts';

export const STOPPING = ['SIGINT', 'SIGTERM'] as const;
/** Exit code of what was stopped: 128 + SIGINT. */
export const INTERRUPTED = 130;
/** 128 + SIGTERM. */
const TERMINATED = 143;

/**
 * Ends this process with one line when it is told to stop, by Ctrl-C or SIGTERM, unless what runs has an ending of its own.
 * Nothing has to be put in order: files are written whole or not at all.
 * @returns takes it back
 */
export function endWhenTold(lang: Language = 'en'): () => void {
  const endings = STOPPING.map((name) => {
    const end = (): void => {
      if (process.listenerCount(name) > 1) return;
      process.stderr.write(lang === 'ko' ? '\n멈췄어요\n' : '\nstopped\n');
      process.exit(name === 'SIGINT' ? INTERRUPTED : TERMINATED);
    };
    process.on(name, end);
    return () => process.off(name, end);
  });
  return () => {
    for (const takeBack of endings) takeBack();
  };
}
