import { expect, test } from 'vitest';
import { runWithFake } from './support.ts';

test('prints the parameters of each part beside those of the paper, and the difference', async () => {
  const { code, out } = await runWithFake(['describe', 'flamingo-3b']);
  expect(code).toBe(0);
  expect(out).toMatch(/Perceiver Resampler +6 +1536 +16 x 96 +170 M +194 M +-12 %\n/);
  expect(out).toMatch(/gated cross-attention, every 1 +24 +2048 +16 x 128 +1\.16 B +1\.2 B +-4 %\n/);
  expect(out).toContain('They differ');
});

test('prints every preset, and names them when asked for another', async () => {
  const { out } = await runWithFake(['describe']);
  expect(out.match(/^(shipped|flamingo-\d+b)/gm)).toEqual(['shipped', 'flamingo-3b', 'flamingo-9b', 'flamingo-80b']);
  const { code, err } = await runWithFake(['describe', 'flamingo-4b']);
  expect(code).toBe(2);
  expect(err).toMatch(/Allowed choices are shipped, flamingo-3b, flamingo-9b, flamingo-80b/);
});

test('counts the shipped model, without a column for the paper', async () => {
  const { out } = await runWithFake(['describe', 'shipped']);
  expect(out).toMatch(/language model +4 +128 +4 x 32 +1,002,496\n/);
  expect(out).toContain('exact GELU');
});
