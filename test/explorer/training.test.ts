import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Training } from '../../src/explorer/worker/training.ts';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { load, Model, type Picture } from '../../src/flamingo.ts';
import type { GateValues } from '../../src/runs/gates.ts';
import { Random, SimdDevice } from '../../src/tensor/index.ts';
import { smallConfig } from '../support/training-data.ts';
import { examplePicture, trainingOf } from './support.ts';

let shipped: Model;
beforeAll(async () => {
  shipped = await load();
});
afterAll(() => shipped.dispose());

it('names all six pictures after 20 steps from closed gates, and leaves the shipped model as it was', async () => {
  const before = await shipped.gates();
  const held = shipped.device.liveTensors;
  const training = await trainingOf(shipped, 0);
  for (let i = 0; i < 20; i++) await training.take();
  const { step, loss, names, gates } = await training.view(false);
  expect(step).toBe(20);
  expect(loss).toBeLessThan(0.2);
  expect(names.every(({ right }) => right)).toBe(true);
  expect(gates.some(({ attention, dense }) => Math.max(Math.abs(attention), Math.abs(dense)) > 0.05)).toBe(true);
  const live = shipped.device.liveTensors;
  await training.take();
  expect(shipped.device.liveTensors).toBeLessThanOrEqual(live);
  training.dispose();
  expect(shipped.device.liveTensors).toBeLessThanOrEqual(held);
  expect(await shipped.gates()).toEqual(before);
});

it('rewinds to any step, bit for bit, and goes on from there as it went', async () => {
  const held = shipped.device.liveTensors;
  const training = await trainingOf(shipped, 0);
  const seen: GateValues[][] = [];
  for (let i = 0; i < 7; i++) {
    await training.take();
    seen.push(await training.model.gates());
  }
  const { loss } = await training.view(false);
  for (const step of [6, 3]) {
    await training.rewind(step);
    expect(training.step).toBe(step);
    while (training.step < 7) {
      await training.take();
      expect(await training.model.gates()).toEqual(seen[training.step - 1]);
    }
    expect((await training.view(false)).loss).toBe(loss);
  }
  training.dispose();
  expect(shipped.device.liveTensors).toBeLessThanOrEqual(held);
});

it("teaches one's own pictures and words", async () => {
  const { size } = shipped.config.preprocessing;
  const flat = (level: number): Picture => ({
    width: size,
    height: size,
    rgba: new Uint8Array(4 * size * size).fill(level).map((x, i) => (i % 4 === 3 ? 255 : x)),
    notes: [],
  });
  const lessons = [
    { picture: flat(40), question: 'name :', answer: 'zorb blick' },
    { picture: flat(210), question: 'name :', answer: '보라' },
  ];
  const training = new Training(shipped, lessons, { seed: 3, alpha: 0 });
  for (let i = 0; i < 15; i++) await training.take();
  expect((await training.view(false)).names).toEqual(lessons.map(({ answer }) => ({ text: answer, right: true })));
  training.dispose();
});

it('holds no more after 1,000 steps than after 50', async () => {
  const device = new SimdDevice();
  const tokenizer = shipped.tokenizer;
  const config = smallConfig(
    JSON.parse(await readFile(new URL('../../weights/tokenizer.json', import.meta.url), 'utf8')),
  );
  const flamingo = new Flamingo({ device, random: new Random(1) }, config.model);
  const small = new Model({ flamingo, tokenizer, config });
  const lessons = [{ picture: await examplePicture('panda'), question: 'name :', answer: 'panda' }];
  const training = new Training(small, lessons, { seed: 7, alpha: 0 });
  const after = async (steps: number): Promise<{ tensors: number; bytes: number }> => {
    while (training.step < steps) await training.take();
    return { tensors: device.liveTensors, bytes: device.machine.reservedBytes };
  };
  const early = await after(50);
  expect(await after(1000)).toEqual(early);
  training.dispose();
  small.dispose();
  expect(device.liveTensors).toBe(0);
});

it('begins far worse with open gates', async () => {
  const [closed, open] = [await trainingOf(shipped, 0), await trainingOf(shipped, 1.5)];
  await closed.take();
  await open.take();
  const worse = (await open.view(false)).loss;
  expect(worse).toBeGreaterThan(5);
  expect(worse).toBeGreaterThan(2 * (await closed.view(false)).loss);
  closed.dispose();
  open.dispose();
});
