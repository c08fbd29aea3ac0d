/** What a second thread gains in training: npm run bench:threads */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments, wholeNumber } from '../scripts/arguments.ts';
import { defaultThreads } from '../src/parallel/pool.ts';
import { Crew } from '../src/training/crew.ts';
import { prepareTrainingData, shareData } from '../src/training/data/index.ts';
import { FLAMINGO_RECIPE } from '../src/training/flamingo-stage.ts';
import { readFinished } from '../src/training/from-weights.ts';
import { LANGUAGE_RECIPE } from '../src/training/language-stage.ts';
import { encodeAll } from '../src/training/pipeline.ts';
import { terminalReport } from '../src/training/report.ts';
import type { Stage } from '../src/training/stage.ts';
import { VISION_RECIPE } from '../src/training/vision-stage.ts';
import type { StageInput } from '../src/training/worker.ts';
import { spread } from './measure.ts';
import { describeMachine, machineLine } from './page.ts';

const HELP = `Usage: npm run bench:threads -- [options]

Trains steps of each stage by one thread and by several, in turn, and as many separate trainings of one thread side by side:
what the machine's cores can gain at most at that moment. Leave the machine alone meanwhile.

  --threads N  threads beside one (default: what the machine has)
  --rounds N   turns (default: 12)
  --data DIR   folder of the training data, installed there when missing (default: .data)
`;

const { values } = readArguments(HELP, {
  options: {
    threads: { type: 'string', default: String(defaultThreads()) },
    rounds: { type: 'string', default: '12' },
    data: { type: 'string', default: '.data' },
  },
});
const threads = wholeNumber('--threads', values.threads, 2);
const rounds = wholeNumber('--rounds', values.rounds, 1);

const STEPS = 4; // of a turn
const WARM = 24; // before the first turn: until then code is still being compiled

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Steps of some stages side by side. @returns seconds a step */
async function seconds(stages: readonly Stage[], from: number, steps: number): Promise<number> {
  const began = performance.now();
  await Promise.all(stages.map((stage) => stage.run(from, from + steps, () => undefined)));
  return (performance.now() - began) / 1000 / steps;
}

async function measureStage(crews: readonly Crew[], input: StageInput): Promise<void> {
  const [one, several, ...others] = await Promise.all(crews.map((crew) => crew.stage(input)));
  const ways = [[one], [several], [one, ...others]] as Stage[][];
  const taken = ways.map((): number[] => []);
  const next = ways.map(() => 0);
  for (let round = -1; round < rounds; round++) {
    const steps = round < 0 ? WARM : STEPS;
    for (const [way, stages] of ways.entries()) {
      const time = await seconds(stages, next[way] as number, steps);
      next[way] = (next[way] as number) + steps;
      if (round >= 0) taken[way]?.push(time);
    }
  }
  const ratios = (way: number, work: number): string => {
    const { median, low, high } = spread(
      (taken[0] as number[]).map((time, i) => (work * time) / (taken[way]?.[i] as number)),
    );
    return `${median.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
  };
  const [alone, together] = taken.map((times) => spread(times).median.toFixed(3));
  say(`| ${input.stage} | ${alone} s | ${together} s | ${ratios(1, 1)} | ${ratios(2, threads)} |`);
}

const run = await mkdtemp(join(tmpdir(), 'glass-flamingo-threads-'));
try {
  const report = terminalReport(process.stderr, (text) => void process.stderr.write(text));
  const data = await prepareTrainingData(values.data, run, report.say);
  const finished = await readFinished('weights', run);
  const { config, shared } = finished;
  const given = shareData(data);
  const crews = await Promise.all(
    [1, threads, ...Array.from({ length: threads - 1 }, () => 1)].map((size) => Crew.start(size, given)),
  );
  const flamingo = { ...FLAMINGO_RECIPE, views: 2, others: 100 };
  const features = await encodeAll(crews[1] as Crew, { config, data, options: { report } }, flamingo, shared.vision);
  say(
    `${machineLine(describeMachine())}\nSeconds a step, medians of ${rounds} turns; gains with the middle half of the turns.\n`,
  );
  say(`| stage | one thread | ${threads} threads | gain | gain of ${threads} separate trainings |`);
  say('| --- | ---: | ---: | ---: | ---: |');
  await measureStage(crews, { stage: 'vision', config, recipe: VISION_RECIPE });
  await measureStage(crews, { stage: 'language', config, recipe: LANGUAGE_RECIPE });
  await measureStage(crews, { stage: 'flamingo', config, recipe: flamingo, language: shared.language, features });
  await Promise.all(crews.map((crew) => crew.close()));
} finally {
  await rm(run, { recursive: true });
}
