/** How scripts read their arguments. */

import { basename } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { endWhenTold } from '../src/cli/end-when-told.ts';
import { goOnUnread, watchStandardOutput } from '../src/cli/standard-output.ts';
import { printable } from '../src/cli/terminal.ts';

/**
 * What `parseArgs` reads. `--help` prints the usage and ends; an argument that the script does not know ends it too, with
 * one line and exit code 2, before anything is done. From then on Ctrl-C and SIGTERM end it with a line.
 */
export function readArguments<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    console.log(usage.trim());
    process.exit(0);
  }
  endWhenTold();
  goOnUnread();
  watchStandardOutput((problem) => `${basename(process.argv[1] ?? '')}: ${problem}`);
  try {
    return parseArgs(config);
  } catch (error) {
    // The first sentence; the others are advice for shells.
    refuse((error as Error).message.split('. ')[0] as string);
  }
}

/** Ends the script: one line and exit code 2. */
export function refuse(message: string): never {
  console.error(printable(`${basename(process.argv[1] ?? '')}: ${message} (--help shows the usage)`));
  process.exit(2);
}

/** The value of a numeric option, or of an argument. */
export function wholeNumber(name: string, text: string, least = 0, most: number = Number.MAX_SAFE_INTEGER): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  refuse(`${name} is '${text}'; expected a whole number ${range}`);
}
