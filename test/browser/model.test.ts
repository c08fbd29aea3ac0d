import { load } from 'glass-flamingo';
import { beforeAll, expect, it } from 'vitest';
import { randomWeights } from '../flamingo/random-weights.ts';

const picture = new URL('../fixtures/pictures/rgb.png', import.meta.url);
const prompt = { sequence: [{ image: picture }, { text: 'fox<EOC>' }, { image: picture }], candidates: ['fox'] };
let files: Map<string, Uint8Array>;

beforeAll(async () => {
  files = await randomWeights();
});

const open = (device: string) => load({ file: async (name) => files.get(name) as Uint8Array }, { device });

it('says in a page which weights are not there', async () => {
  await expect(load(new URL('./nothing/', import.meta.url))).rejects.toThrow(/no weights: .*nothing/);
});

it.each(['gpu:webgl2', 'gpu:webgpu'])('answers the same on simd and on %s, in a page', async (device) => {
  const expected = await (await open('simd')).answer(prompt);
  const found = await (await open(device)).answer(prompt);
  expect(found.ids).toEqual(expected.ids);
  const scale = Math.max(...expected.logits.map(Math.abs));
  const difference = Math.max(...expected.logits.map((logit, i) => Math.abs(logit - (found.logits[i] as number))));
  expect(difference / scale).toBeLessThan(1e-4);
  expect(found.candidates?.[0]?.logProbability).toBeCloseTo(expected.candidates?.[0]?.logProbability as number, 2);
});
