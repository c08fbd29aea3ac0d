import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { Model } from '../../src/model/model.ts';
import { Tokenizer } from '../../src/model/tokenizer.ts';
import { type Device, openDevice, Random } from '../../src/tensor/index.ts';
import { saveState } from '../../src/training/checkpoint.ts';
import { TrainingError } from '../../src/training/files.ts';
import { Trainable } from '../../src/training/flamingo-stage.ts';
import { answersOf, applySnapshot, snapshotFiles, trimSnapshot } from '../../src/training/snapshots.ts';
import { noisyData, smallConfig } from '../support/training-data.ts';

const { tokenizerJson } = noisyData();
const tokenizer = new Tokenizer(tokenizerJson);
const config = smallConfig(tokenizerJson);
const prompt = { sequence: [{ text: 'name :' }], candidates: ['fox', 'owl'] };

let device: Device;
beforeAll(async () => {
  device = await openDevice('simd');
});
const newModel = (seed: number): Flamingo => new Flamingo({ device, random: new Random(seed) }, config.model);
const valuesOf = async (flamingo: Flamingo): Promise<Map<string, readonly number[]>> => {
  const values = new Map<string, readonly number[]>();
  for (const [name, parameter] of flamingo.parameters()) values.set(name, Array.from(await parameter.data()));
  return values;
};

/** A run's folder with the snapshot of a model after a step. */
async function runWith(step: number, flamingo: Flamingo): Promise<string> {
  const run = await mkdtemp(join(tmpdir(), 'snapshots-'));
  const state = new Map(
    Array.from(new Trainable(flamingo).parameters(), ([name, parameter]) => [
      name,
      { shape: parameter.shape, data: parameter.dataSync() as Float32Array },
    ]),
  );
  const name = `flamingo-${String(step).padStart(6, '0')}.safetensors`;
  await saveState(join(run, 'snapshots', name), state, {}, 'F16');
  await writeFile(join(run, 'snapshots', 'vision-000001.safetensors'), 'of another stage');
  return run;
}

describe('snapshots', () => {
  it('give a model what was trained, and leave what was frozen', async () => {
    const [one, other] = [newModel(1), newModel(2)];
    const files = await snapshotFiles(await runWith(20, one));
    expect([...files.keys()]).toEqual([20]);
    const bytes = await trimSnapshot(await readFile(files.get(20) as string), config.model.tokens);
    const [before, wanted] = [await valuesOf(other), await valuesOf(one)];
    await applySnapshot(other, bytes);
    const after = await valuesOf(other);
    const { width } = config.model.languageModel;
    const { image, endOfChunk } = config.model.tokens;
    for (const [name, values] of after) {
      const from = /^(resampler|crossAttention)\./.test(name) ? wanted : before;
      values.forEach((value, i) => {
        const row = Math.floor(i / width);
        const taught = name === 'languageModel.embedding.weight' && (row === image || row === endOfChunk);
        const expected = ((taught ? wanted : from).get(name) as readonly number[])[i] as number;
        if (Math.abs(value - expected) > 1e-3 * Math.max(1, Math.abs(expected)))
          expect.fail(`${name}[${i}] is ${value}, expected ${expected}`);
      });
    }
  });

  it('hold nothing that did not learn', async () => {
    const files = await snapshotFiles(await runWith(0, newModel(1)));
    const bytes = await trimSnapshot(await readFile(files.get(0) as string), config.model.tokens);
    const rows = 2 * config.model.languageModel.width;
    const all = Array.from(new Trainable(newModel(1)).parameters(), ([, { size }]) => size);
    const table = tokenizer.size * config.model.languageModel.width;
    const numbers = all.reduce((sum, size) => sum + size, 0) - table + rows;
    expect(bytes.length).toBeGreaterThan(2 * numbers);
    expect(bytes.length).toBeLessThan(2 * numbers + 4000); // the header
  });

  it('answer prompts as a model that was so far trained', async () => {
    const model = new Model({ flamingo: newModel(3), tokenizer, config });
    const [snapshot] = await answersOf(model, await snapshotFiles(await runWith(7, newModel(4))), [prompt]);
    expect(snapshot?.step).toBe(7);
    const { text, candidates, alternatives } = await model.answer(prompt);
    expect(snapshot?.answers).toEqual([{ text, candidates, alternatives }]);
  });

  it('refuse a model of another shape, naming what does not fit', async () => {
    const files = await snapshotFiles(await runWith(0, newModel(1)));
    const bytes = await trimSnapshot(await readFile(files.get(0) as string), config.model.tokens);
    const resampler = { ...config.model.resampler, latents: 3 };
    const other = new Flamingo({ device, random: new Random(1) }, { ...config.model, resampler });
    await expect(applySnapshot(other, bytes)).rejects.toThrow(TrainingError);
    await expect(applySnapshot(other, bytes)).rejects.toThrow('resampler.latents');
  });
});
