import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Crew } from '../../src/training/crew.ts';
import { openShared, seenConcepts } from '../../src/training/data/index.ts';
import { planFeatures } from '../../src/training/features.ts';
import { FLAMINGO_RECIPE } from '../../src/training/flamingo-stage.ts';
import { LANGUAGE_RECIPE } from '../../src/training/language-stage.ts';
import type { Report } from '../../src/training/report.ts';
import { Interrupted, runStage } from '../../src/training/stage.ts';
import { VISION_RECIPE } from '../../src/training/vision-stage.ts';
import { noisyData, smallConfig } from '../support/training-data.ts';

const silent: Report = { say: () => {}, begin: () => {}, step: () => {}, end: () => {} };
const data = noisyData();
const config = smallConfig(data.tokenizerJson);
const every = 2;
const recipes = {
  vision: { ...VISION_RECIPE, steps: 4, batch: 20, warmup: 1 },
  language: { ...LANGUAGE_RECIPE, steps: 4, batch: 10, context: 40, warmup: 1 },
  flamingo: { ...FLAMINGO_RECIPE, steps: 4, batch: 10, views: 2, warmup: 1 },
};
const NAMES = ['vision', 'language', 'flamingo'] as const;

/** Threads are slow to start: those of one number do all that is to be done on so many. */
async function onThreads(threads: number, work: (crew: Crew) => Promise<void>): Promise<void> {
  const crew = await Crew.start(threads, data);
  try {
    await work(crew);
  } finally {
    await crew.close();
  }
}

/** All three stages; each ends after the step `stopAfter` where it is set. */
async function trainAll(crew: Crew, directory: string, stopAfter?: number): Promise<void> {
  for (const name of NAMES) await trainOne(crew, name, directory, stopAfter);
}

async function trainOne(
  crew: Crew,
  name: (typeof NAMES)[number],
  directory: string,
  stopAfter?: number,
): Promise<void> {
  const stop = new AbortController();
  const report: Report = { ...silent, step: (done) => done === stopAfter && stop.abort() };
  const options = { directory, report, every, signal: stop.signal };
  const finish = async (stage: Parameters<typeof runStage>[0]): Promise<void> => {
    const run = runStage(stage, options);
    if (stopAfter === undefined) await run;
    else await expect(run).rejects.toThrow(Interrupted);
  };
  if (name === 'vision') return finish(await crew.stage({ stage: name, config, recipe: recipes.vision }));
  if (name === 'language') return finish(await crew.stage({ stage: name, config, recipe: recipes.language }));
  // Features of the untrained encoder, on an untrained language model: what is compared is the arithmetic.
  const vision = await crew.stage({ stage: 'vision', config, recipe: recipes.vision });
  const { bank, pictures } = openShared(data);
  const { features, works } = planFeatures(seenConcepts(bank, pictures, 2), {
    ...{ seed: 1, size: 32, shape: [4, 16] },
    scale: FLAMINGO_RECIPE.scale,
    heavy: FLAMINGO_RECIPE.heavy,
  });
  await crew.pool.map(
    'features',
    works.map((work) => ({ config, state: vision.shared, work })),
  );
  const language = await crew.stage({ stage: 'language', config, recipe: recipes.language });
  const input = { config, recipe: recipes.flamingo, language: language.shared, features };
  await finish(await crew.stage({ stage: 'flamingo', ...input }));
}

const bits = async (directory: string): Promise<string[]> =>
  Promise.all(
    NAMES.map(async (name) => (await readFile(join(directory, `${name}.checkpoint.safetensors`))).toString('base64')),
  );
const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'threads-'));

describe('training on threads', () => {
  it('gives the same bits on 1, 2 and 3 threads, and when it goes on with another number', async () => {
    const [one, two, three, broken] = await Promise.all([folder(), folder(), folder(), folder()]);
    await onThreads(1, (crew) => trainAll(crew, one));
    await onThreads(3, async (crew) => {
      await trainAll(crew, three);
      await trainAll(crew, broken, 1);
    });
    await onThreads(2, async (crew) => {
      await trainAll(crew, two);
      await trainAll(crew, broken);
    });
    const expected = await bits(one);
    for (const directory of [two, three, broken]) expect(await bits(directory)).toEqual(expected);
  });
});
