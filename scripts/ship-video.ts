// Puts a run of `npm run train -- --video` into weights/video: what it trained, its configuration, its facts, and what it knows.
// A run that was stopped is taken as its checkpoint left it, or as the mean of that and of earlier snapshots.
//
//     node --import tsx --conditions=source scripts/ship-video.ts --from runs/video --mean 300,400

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSafetensors } from '../src/files/safetensors.ts';
import { Flamingo } from '../src/flamingo/flamingo.ts';
import { parseKnowledge } from '../src/model/knowledge.ts';
import { openDevice, Random, tensor } from '../src/tensor/index.ts';
import { questionsWithClips } from '../src/training/clips/questions.ts';
import { withFrames } from '../src/training/clips/video-recipe.ts';
import { exportTrainedPart } from '../src/training/export.ts';
import { writeWhole } from '../src/training/files.ts';
import { Trainable } from '../src/training/flamingo-stage.ts';
import { readConfig } from '../src/zoo/open/weights.ts';
import { readArguments, refuse, wholeNumber } from './arguments.ts';
import { frozenHash } from './frozen-hash.ts';

const { values } = readArguments(
  'scripts/ship-video.ts --from RUN: puts a run of `train --video` into weights/video.',
  {
    options: {
      from: { type: 'string' },
      mean: { type: 'string' },
      machine: { type: 'string' },
      date: { type: 'string' },
    },
  },
);
const { from: run = refuse('--from is missing: the folder of a run'), machine = '', date = '' } = values;
const earlier = values.mean === undefined ? [] : values.mean.split(',').map((text) => wholeNumber('--mean', text));
const base = fileURLToPath(new URL('../weights/', import.meta.url));
const folder = join(base, 'video');

const checkpoint = await openSafetensors(await readFile(join(run, 'flamingo.checkpoint.safetensors')));
const { step, recipe = '{}' } = checkpoint.metadata;
const snapshots = await Promise.all(
  earlier.map(async (at) => {
    const name = `flamingo-${String(at).padStart(6, '0')}.safetensors`;
    return openSafetensors(await readFile(join(run, 'snapshots', name)));
  }),
);
const { temperature: _, ...shipped } = await readConfig(base);
const config = withFrames(shipped);
const device = await openDevice('simd');
const flamingo = new Flamingo({ device, random: new Random(0) }, config.model);
for (const [name, parameter] of new Trainable(flamingo).parameters())
  parameter.assign(tensor(device, await valuesOf(name), parameter.shape));
await exportTrainedPart(flamingo, { config }, '..', folder);

const log = (await readFile(join(run, 'flamingo.log.jsonl'), 'utf8'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const facts = {
  ...{ date, machine, steps: [...earlier, Number(step)], loss: mean(log.slice(-20).map(({ loss }) => loss)) },
  frozen: await frozenHash(await openSafetensors(await readFile(join(base, 'model.safetensors')))),
  recipe: JSON.parse(recipe),
};
await writeWhole(join(folder, 'training.json'), `${JSON.stringify(facts, null, 1)}\n`);
const knowledge = parseKnowledge(JSON.parse(await readFile(join(base, 'knowledge.json'), 'utf8')));
const questions = [...knowledge.questions, ...questionsWithClips()];
await writeWhole(join(folder, 'knowledge.json'), `${JSON.stringify({ ...knowledge, questions }, null, 1)}\n`);

/** The mean over the checkpoint and the snapshots. */
async function valuesOf(name: string): Promise<Float32Array> {
  const all = await Promise.all([
    checkpoint.read(`model.${name}`),
    ...snapshots.map((snapshot) => snapshot.read(name)),
  ]);
  const first = (all[0] as (typeof all)[0]).data;
  return Float32Array.from(first, (_, i) => mean(all.map(({ data }) => data[i] as number)));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
