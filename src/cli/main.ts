import { availableParallelism } from 'node:os';
import { endWhenTold } from './end-when-told.ts';
import { inKorean } from './korean-errors.ts';
import { languageOf } from './language.ts';
import { loadModel } from './load-model.ts';
import { run } from './program.ts';
import { watchStandardOutput } from './standard-output.ts';

const lang = languageOf(process.argv.slice(2));
watchStandardOutput((problem) => `glass-flamingo: ${(lang === 'ko' && inKorean(problem)) || problem}`);
endWhenTold(lang);

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
