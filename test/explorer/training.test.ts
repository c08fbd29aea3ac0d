import { afterAll, beforeAll, expect, it } from 'vitest';
import { Training } from '../../src/explorer/worker/training.ts';
import { load, type Model } from '../../src/flamingo.ts';
import { examplePicture } from './support.ts';

const NAMES = ['cactus', 'flamingo', 'panda', 'rocket', 'strawberry', 'trumpet'];

let shipped: Model;
beforeAll(async () => {
  shipped = await load();
});
afterAll(() => shipped.dispose());

async function trainingOf(alpha: number): Promise<Training> {
  const lessons = await Promise.all(
    NAMES.map(async (name) => ({ picture: await examplePicture(name), question: 'name :', answer: name })),
  );
  return new Training(shipped, lessons, { seed: 7, alpha });
}

it('names all six pictures after 20 steps from closed gates, and leaves the shipped model as it was', async () => {
  const before = await shipped.gates();
  const held = shipped.device.liveTensors;
  const training = await trainingOf(0);
  for (let i = 0; i < 20; i++) await training.take();
  const { step, loss, names, gates } = await training.view(false);
  expect(step).toBe(20);
  expect(loss).toBeLessThan(0.2);
  expect(names.every(({ right }) => right)).toBe(true);
  expect(gates.some(({ attention, dense }) => Math.max(Math.abs(attention), Math.abs(dense)) > 0.05)).toBe(true);
  const live = shipped.device.liveTensors;
  await training.take();
  expect(shipped.device.liveTensors).toBe(live);
  training.dispose();
  expect(shipped.device.liveTensors).toBe(held);
  expect(await shipped.gates()).toEqual(before);
});

it('begins far worse with open gates', async () => {
  const [closed, open] = [await trainingOf(0), await trainingOf(1.5)];
  await closed.take();
  await open.take();
  expect((await open.view(false)).loss).toBeGreaterThan(2 * (await closed.view(false)).loss);
  closed.dispose();
  open.dispose();
});
