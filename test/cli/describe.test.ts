import { expect, test } from 'vitest';
import { runWithFake, shippedModel } from './support.ts';

test('prints the parameters of each part beside those of the paper, and the difference', async () => {
  const { code, out } = await runWithFake(['describe', 'flamingo-3b']);
  expect(code).toBe(0);
  expect(out).toMatch(/Perceiver Resampler +6 +1536 +16 x 96 +170 M +648\.6 MiB +27\.8 B +\/ image +194 M +-12%\n/);
  expect(out).toMatch(/gated cross-attention, every 1 +24 +2048 +16 x 128 +1\.16 B .*\/ token +1\.2 B +-4%\n/);
  expect(out).toContain('They differ');
});

test('prints every preset, and names them when asked for another', async () => {
  const { out } = await runWithFake(['describe']);
  expect(out.match(/^(shipped|flamingo-\d+b)/gm)).toEqual(['shipped', 'flamingo-3b', 'flamingo-9b', 'flamingo-80b']);
  const { code, err } = await runWithFake(['describe', 'flamingo-4b']);
  expect(code).toBe(2);
  expect(err).toMatch(/neither a preset \(shipped, flamingo-3b, flamingo-9b, flamingo-80b\) nor a folder of weights/);
});

test('counts the shipped model, without a column for the paper', async () => {
  const { out } = await runWithFake(['describe', 'shipped']);
  expect(out).toMatch(/language model +4 +128 +4 x 32 +1,002,496 /);
  expect(out).toContain('exact GELU');
  expect(out).not.toContain('paper ');
});

test('a folder of weights: its parts within parts add up to its parameters', async () => {
  const { out } = await runWithFake(['describe', 'weights', '--tree', '--json']);
  const { total, tree } = JSON.parse(out) as { total: number; tree: { parameters: number } };
  const sizes = Array.from((await shippedModel()).flamingo.parameters().values(), ({ size }) => size);
  expect(total).toBe(sizes.reduce((sum, size) => sum + size, 0));
  expect(tree.parameters).toBe(total);
});

test('--taps tells of a prompt what a run of it shows', async () => {
  const argv = ['describe', 'weights', '--taps', '--tokens', '4', '--images', '2', '--json'];
  const { taps } = JSON.parse((await runWithFake(argv)).out) as { taps: { name: string; shape: number[] }[] };
  const pixels = { width: 2, height: 2, rgba: new Uint8Array(16), notes: [] };
  const prompt = { sequence: [{ image: pixels }, { image: pixels }, { text: 'a' }] };
  const run = await (await shippedModel()).run(prompt, { capture: ['**'] });
  expect(taps.map(({ name, shape }) => [name, shape])).toEqual(run.names.map((name) => [name, run.get(name).shape]));
});

test('refuses sizes that are none', async () => {
  const { code, err } = await runWithFake(['describe', 'shipped', '--tokens', '0']);
  expect(code).toBe(2);
  expect(err).toContain("'--tokens <number>' argument '0' is invalid. expected a whole number from 1");
});
