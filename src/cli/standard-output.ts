/** What becomes of a process whose standard output takes no more: in a file of its own, because scripts need no more. */

import { diskReason } from '../files/write-file.ts';

let givesMore = false;

/** Says that the work gives more than what it prints, a file or a verdict: it goes on when nobody reads that any longer. */
export function goOnUnread(): void {
  givesMore = true;
}

/**
 * Ends this process when its output goes nowhere: with 0 and in silence when the reader has seen enough (`| head`), unless
 * the work gives more than that; with one line and exit code 2 when the disk takes no more.
 * @param told the line for what is wrong, in English without the name of the command
 */
export function watchStandardOutput(told: (problem: string) => string): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      if (!givesMore) process.exit(0);
      return;
    }
    process.stderr.write(`${told(`standard output cannot be written: ${diskReason(error)}`)}\n`);
    process.exit(2);
  });
  process.stderr.on('error', () => {}); // there is nowhere left to say it
}
