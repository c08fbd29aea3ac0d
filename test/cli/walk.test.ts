import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { axesOf } from '../../src/inspect/tap-summary.ts';
import { TAPS } from '../../src/runs/taps.ts';
import { EXAMPLES, runWithShipped, shippedModel } from './support.ts';

const panda = ['walk', '--image', join(EXAMPLES, 'panda.png'), '--text', 'name :'];
const prompt = { sequence: [{ image: join(EXAMPLES, 'panda.png') }, { text: 'name :' }] };

interface Step {
  name: string;
  dims: string[];
  shape: number[];
  mean: number;
  std: number;
  min: number;
  max: number;
}

describe('walk', () => {
  test('every number is that of the tap', async () => {
    const { code, out } = await runWithShipped([...panda, '--json']);
    expect(code).toBe(0);
    const { taps } = JSON.parse(out) as { taps: Step[] };
    const run = await (await shippedModel()).run(prompt, { capture: ['**'] });
    expect(taps.map(({ name }) => name)).toEqual(run.names);
    for (const { name, dims, shape, mean, std, min, max } of taps) {
      const captured = run.get(name);
      const values = Array.from(captured.data);
      const expected = values.reduce((sum, x) => sum + x, 0) / values.length;
      expect({ dims, shape }, name).toEqual({ dims: captured.dims, shape: captured.shape });
      expect(mean, name).toBeCloseTo(expected, 9);
      expect(std, name).toBeCloseTo(
        Math.sqrt(values.reduce((sum, x) => sum + (x - expected) ** 2, 0) / values.length),
        9,
      );
      expect([min, max], name).toEqual([Math.min(...values), Math.max(...values)]);
    }
  });

  test('walks through the parts in order, one line a value', async () => {
    const { out } = await runWithShipped(panda);
    const headings = out.match(/^\S.*(frozen|Figure|section).*$/gm);
    expect(headings?.slice(0, 4)).toEqual([
      'vision encoder (frozen)',
      'Perceiver Resampler (Figure 5)',
      'media mask phi (section 2.3)',
      'language model (frozen)',
    ]);
    expect(out).toMatch(/\nxattn\.3\.gate\.dense +gate 1 +(-?[\d.]+) +0 +\1 +\1 +█\n/);
  });

  test('explains in Korean, shows edits, and takes several patterns', async () => {
    const only = ['--tap', 'xattn.3.gate.*', '--tap', 'logits', '--set', 'xattn.3.gate.dense=0.25'];
    const { out } = await runWithShipped([...panda, ...only, '--explain', '--lang', 'ko']);
    expect(out).toMatch(/xattn\.3\.gate\.dense +게이트 1 +0\.25 +0 +0\.25 +0\.25 +█\n {4}tanh\(alpha_dense\)/);
    expect(out).toContain('예요');
    expect(out).toMatch(/^이름 +축 +평균 +표준편차 +최소 +최대 +분포$/m);
    expect(out.match(/^(xattn|logits)\S*/gm)).toEqual(['xattn.3.gate.attention', 'xattn.3.gate.dense', 'logits']);
  });

  test('has a Korean word for every axis', () => {
    for (const [name, { dims }] of Object.entries(TAPS))
      for (const dim of dims) expect(axesOf([dim], [2], 'ko'), `${dim} of ${name}`).toMatch(/^[가-힣 *+]+ 2$/);
    expect(axesOf(['visual+latent', 'width'], [24, 128], 'ko')).toBe('시각 토큰+잠재 벡터 24, 너비 128');
    expect(axesOf(['visual+latent', 'width'], [24, 128], 'en')).toBe('visual+latent 24, width 128');
  });

  test('a pattern that names nothing ends with exit code 2 and the nearest names', async () => {
    const { code, err } = await runWithShipped([...panda, '--tap', 'resampler.output']);
    expect(code).toBe(2);
    expect(err).toMatch(/nearest: resampler\.out/);
  });
});
