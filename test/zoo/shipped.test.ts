import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { load } from '../../src/index.ts';
import { tapShapes } from '../../src/runs/tap-shapes.ts';
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

  it.each(['simd', 'gpu:cpu', 'gpu:webasm'])('runs whole on %s', async (device) => {
    await expectSameAnswer(weights, device, [picture('flamingo'), picture('trumpet'), picture('flamingo-2')]);
  });

  it('passes every tap once, as announced, and answers the same whether it is watched or not', async () => {
    const model = await load();
    const sequence = [
      { image: picture('flamingo') },
      { text: 'dax<EOC>' },
      { image: picture('panda') },
      { text: 'name :' },
    ];
    const watched = await model.run({ sequence }, { capture: ['**'] });
    const text = watched.get('logits').shape[1] as number;
    const announced = tapShapes(model.config.model, { text, images: 2 });
    expect(watched.names).toEqual(announced.map(({ name }) => name));
    for (const { name, dims, shape } of announced) expect(watched.get(name)).toMatchObject({ dims, shape });
    const alone = await model.run({ sequence }, { capture: ['logits'] });
    const [a, b] = [watched.get('logits').data, alone.get('logits').data];
    const scale = Math.max(...b.map(Math.abs));
    expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))))).toBeLessThan(1e-6 * scale);
    model.dispose();
  });

  it('keeps its weights below 12 MB', async () => {
    expect((await weights.file('model.safetensors')).byteLength).toBeLessThan(12e6);
  });
});
