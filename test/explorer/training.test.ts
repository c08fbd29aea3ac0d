import { afterAll, beforeAll, expect, it } from 'vitest';
import { load, type Model } from '../../src/flamingo.ts';
import { trainingOf } from './support.ts';

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
  expect(shipped.device.liveTensors).toBe(live);
  training.dispose();
  expect(shipped.device.liveTensors).toBe(held);
  expect(await shipped.gates()).toEqual(before);
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
