import { Presets, SingleBar } from 'cli-progress';
import { type Language, sayIn } from './language.ts';
import { printable } from './terminal.ts';

/** How far a long work is. */
export interface Progress {
  add(amount: number): void;
  stop(): void;
}

/** Says on standard error what is being worked on, where that cannot be counted. */
export function sayWorking(what: string): void {
  process.stderr.write(`${printable(what)} …\n`);
}

/** A bar on standard error where the work is worth one; elsewhere than on a terminal a line when it takes long. */
export function progressBar(title: string, total: number, least: number, lang: Language): Progress {
  if (total < least) return { add: () => {}, stop: () => {} };
  if (process.stderr.isTTY !== true) return progressLines(title, total);
  const left = sayIn(lang)('{eta_formatted} left', '{eta_formatted} 남음');
  const format = `${printable(title)} {bar} {percentage}% | ${left}`;
  // With linewrap false a command that is killed would leave the terminal so.
  const options = { format, stream: process.stderr, clearOnComplete: true, linewrap: true };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(total, 0);
  return { add: (amount) => bar.increment(amount), stop: () => bar.stop() };
}

/** Milliseconds after which a person wonders, and between lines after that. */
const FIRST = 2000;
const FURTHER = 10_000;

function progressLines(title: string, total: number): Progress {
  let next = performance.now() + FIRST;
  let done = 0;
  return {
    add: (amount) => {
      done += amount;
      const now = performance.now();
      if (now < next || done >= total) return;
      next = now + FURTHER;
      process.stderr.write(`${printable(title)} ${Math.floor((100 * done) / total)}%\n`);
    },
    stop: () => {},
  };
}
