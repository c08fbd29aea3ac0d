import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { load } from '../../src/index.ts';
import { expectSameAnswer } from '../support/shipped.ts';

const root = new URL('../../', import.meta.url);
const weights = { file: (name: string) => readFile(new URL(`weights/${name}`, root)) };
const picture = (name: string): URL => new URL(`examples/pictures/${name}.png`, root);

describe('the shipped model', () => {
  it('loads in one call and answers about a picture', async () => {
    const model = await load();
    const answer = await model.answer({ sequence: [{ image: picture('panda') }, { text: 'name :' }] });
    expect(answer.text).not.toBe('');
    expect(answer.alternatives).toHaveLength(5);
    expect(answer.gates).toHaveLength(4);
    expect(
      Math.max(...answer.gates.flatMap(({ attention, dense }) => [Math.abs(attention), Math.abs(dense)])),
    ).toBeGreaterThan(0.05);
  });

  it.each(['simd', 'gpu:cpu', 'gpu:webasm'])('runs whole on %s', { timeout: 120_000 }, async (device) => {
    await expectSameAnswer(weights, device, [picture('flamingo'), picture('trumpet'), picture('flamingo-2')]);
  });

  it('keeps its weights below 12 MB', async () => {
    expect((await weights.file('model.safetensors')).byteLength).toBeLessThan(12e6);
  });
});
