import { expect, it } from 'vitest';
import type { Model } from '../../src/flamingo.ts';
import { PICTURES, type Result, runWithFake } from './support.ts';

/** Labels by their length, longest first. */
const fake = {
  device: { name: 'simd' },
  classify: async (_: unknown, labels: readonly string[]) =>
    labels
      .map((label) => ({ label, similarity: label.length / 10, probability: 1 / labels.length }))
      .sort((a, b) => b.similarity - a.similarity),
} as unknown as Model;
const image = `${PICTURES}/rgb.png`;
const classify = (...argv: string[]): Promise<Result> =>
  runWithFake(['classify', ...argv], { loadModel: async () => fake });

it('ranks labels between commas, in any language', async () => {
  const { code, out } = await classify('--image', image, '--labels', 'cactus, 로켓 ,panda bear');
  expect(code).toBe(0);
  expect(out.match(/panda bear|cactus|로켓/g)).toEqual(['panda bear', 'cactus', '로켓']);
  expect(out).toContain('33.3%');
});

it('takes the commas of East Asian keyboards for commas', async () => {
  const { out } = await classify('--image', image, '--labels', 'cactus，로켓、panda bear', '--json');
  expect((JSON.parse(out) as object[]).length).toBe(3);
});

it('prints JSON, the device beside it', async () => {
  const { code, out, err } = await classify('--image', image, '--labels', 'a,bc', '--json');
  expect([code, err]).toEqual([0, 'device: simd\n']);
  expect(JSON.parse(out).map(({ label }: { label: string }) => label)).toEqual(['bc', 'a']);
});

it.each([
  [['--image', image, '--labels', 'a,,b'], /holds an empty label/],
  [['--image', image, '--labels', 'a,\u200b,b'], /holds an empty label/],
  [['--image', image], /--labels/],
  [['--image', `${PICTURES}/none.png`, '--labels', 'a'], /none\.png.*does not exist/],
])('refuses %j', async (argv, message) => {
  const { code, err } = await classify(...argv);
  expect(code).toBe(2);
  expect(err).toMatch(message);
});
