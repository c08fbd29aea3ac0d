/** `npm run fuzz`: what it does and takes is in HELP. */

import { basename } from 'node:path';
import { readArguments, wholeNumber } from '../arguments.ts';
import { fuzzGraphs } from './graphs.ts';
import { type FuzzOptions, fuzz, megabytes, summary } from './run.ts';

const HELP = `Reads thousands of broken files, prompts and pictures: each must load rightly or be refused with an error of this
library, within 2 s of processor time and bounded memory.

  npm run fuzz -- [--seed N] [--cases N] [--out FOLDER]
  npm run fuzz -- --replay runs/fuzz/TARGET.seed-N.case-N.bin
  npm run fuzz -- --graphs [--seed N] [--cases N] [--device NAME ...]
                  random graphs of tensor operations against float64

Without options: 10000 cases from seed 1; graphs on simd, gpu:cpu and gpu:webasm. Ends with 1 if anything failed.`;

const { values } = readArguments(HELP, {
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '10000' },
    out: { type: 'string', default: 'runs/fuzz' },
    replay: { type: 'string' },
    graphs: { type: 'boolean', default: false },
    device: { type: 'string', multiple: true, default: ['simd', 'gpu:cpu', 'gpu:webasm'] },
  },
});

const seed = wholeNumber('--seed', values.seed);
const cases = values.replay === undefined ? wholeNumber('--cases', values.cases) : 1;
if (values.graphs) {
  const failures = await fuzzGraphs({ seed, cases, devices: values.device });
  process.exit(failures > 0 ? 1 : 0);
}
const every = Math.max(1, Math.ceil(cases / 20));
const options: FuzzOptions = {
  seed,
  cases,
  targets: new URL('./targets.ts', import.meta.url).href,
  folder: values.out,
  ...(values.replay !== undefined && {
    replay: { file: values.replay, target: basename(values.replay).split('.')[0] as string },
  }),
  report: ({ target, result, error, peak }, done, failed) => {
    if (values.replay !== undefined) console.log(`${target}: ${result}${error ? `: ${error}` : ''}`);
    else if (done % every === 0) console.log(`${done}/${cases} (${failed} failed, peak ${megabytes(peak)})`);
  },
};

const result = await fuzz(options);
for (const { target, index, reason, file } of result.failures) {
  console.log(`\nFAILED ${target}, seed ${seed}, case ${index}: ${reason}`);
  console.log(`  again: npm run fuzz -- --replay ${file}`);
}
console.log(summary(options, result));
process.exitCode = result.failures.length > 0 ? 1 : 0;
