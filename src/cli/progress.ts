import { Presets, SingleBar } from 'cli-progress';
import { type Language, sayIn } from './language.ts';
import { printable } from './terminal.ts';

/** How far a long work is. */
export interface Progress {
  add(amount: number): void;
  stop(): void;
}

/** Says what is being worked on where that cannot be counted, on standard error where that is a terminal. */
export function sayWorking(what: string): void {
  if (process.stderr.isTTY === true) process.stderr.write(`${printable(what)} …\n`);
}

/** A bar on standard error, where that is a terminal and the work is worth one. */
export function progressBar(title: string, total: number, least: number, lang: Language): Progress {
  if (total < least || process.stderr.isTTY !== true) return { add: () => {}, stop: () => {} };
  const left = sayIn(lang)('{eta_formatted} left', '{eta_formatted} 남음');
  const format = `${printable(title)} {bar} {percentage}% | ${left}`;
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true }, Presets.shades_classic);
  bar.start(total, 0);
  return { add: (amount) => bar.increment(amount), stop: () => bar.stop() };
}
