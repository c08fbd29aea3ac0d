import { availableParallelism } from 'node:os';
import { diskReason } from '../files/write-file.ts';
import { endWhenTold } from './end-when-told.ts';
import { languageOf } from './language.ts';
import { loadModel } from './load-model.ts';
import { run } from './program.ts';

// A reader that has seen enough (`| head`) is not an error; a disk that takes no more is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`glass-flamingo: standard output cannot be written: ${diskReason(error)}\n`);
  process.exit(2);
});
process.stderr.on('error', () => {}); // there is nowhere left to say it

endWhenTold(languageOf(process.argv.slice(2)));

const colours = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
const bits = colours ? process.stdout.getColorDepth() : 0;

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  colours,
  colourBits: bits >= 8 ? bits : 0,
  columns: process.stdout.columns ?? 100,
  cores: availableParallelism(),
  openModel: loadModel,
  loadModel,
  exitCode: 0,
});
