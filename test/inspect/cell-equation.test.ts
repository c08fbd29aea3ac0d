import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load, type Model } from '../../src/flamingo.ts';
import { cellEquation, cellTaps } from '../../src/inspect/index.ts';
import type { Run } from '../../src/runs/captured.ts';
import { Random } from '../../src/tensor/index.ts';

const CELLS = 12;
/** Values whose cells have no short equation: pixels, convolution, tables, masks, copies. */
const WITHOUT =
  /^(vision\.(pixels|embeddings\..*|out|patches)|resampler\.(in|latents)|mask\..*|lm\.(embeddings\.(tokens|positions)|head\.in))$/;

const at = (place: string): Promise<Uint8Array> =>
  readFile(new URL(`../../examples/pictures/${place}.png`, import.meta.url));

describe('the equation of a cell', () => {
  let model: Model;
  let run: Run;
  let names: string[];
  beforeAll(async () => {
    model = await load();
    const sequence = [
      { text: 'look' },
      { image: await at('flamingo') },
      { text: 'dax<EOC>' },
      { image: await at('trumpet') },
      { text: 'name :' },
    ];
    run = await model.run({ sequence }, { capture: ['**'] });
    names = run.names;
  });
  afterAll(() => model.dispose());

  it('comes to what the run had there, at random cells of every value', async () => {
    const random = new Random(5);
    const missing: string[] = [];
    for (const name of names) {
      const { shape, data } = run.get(name);
      const scale = Math.max(1e-3, ...data.map(Math.abs));
      for (let i = 0; i < CELLS; i++) {
        const offset = random.integer(data.length);
        const index = shape.map(
          (size, axis) => Math.floor(offset / shape.slice(axis + 1).reduce((a, b) => a * b, 1)) % size,
        );
        const equation = await cellEquation(model.flamingo, run, name, names, index);
        if (!equation) missing.push(name);
        else
          expect(Math.abs(equation.value - (data[offset] as number)) / scale, `${name} [${index}]`).toBeLessThan(1e-5);
      }
    }
    expect([...new Set(missing)].filter((name) => !WITHOUT.test(name))).toEqual([]);
    expect(new Set(missing).size).toBeLessThan(15);
  });

  it('needs no more than it says', async () => {
    const name = 'xattn.3.contribution.dense';
    const capture = [name, ...cellTaps(model.flamingo, name, names)];
    expect(capture).toEqual([name, 'xattn.3.gate.dense', 'xattn.3.feedforward.out']);
    const equation = await cellEquation(model.flamingo, run, name, names, [0, 4, 7]);
    const [gate, out] = [run.get('xattn.3.gate.dense').data[0], run.get('xattn.3.feedforward.out')];
    expect(equation?.value).toBe((gate as number) * (out.data[4 * (out.shape[2] as number) + 7] as number));
    expect(equation?.text).toMatch(/^[−\d.e-]+ × [−\d.e-]+$/);
  });

  it('writes the largest terms, and the rest as one number', async () => {
    const equation = await cellEquation(model.flamingo, run, 'xattn.0.attention.scores', names, [0, 1, 3, 2]);
    expect(equation?.text).toMatch(/^\(.+ × .+ \+ .+ × .+ \+ .+ × .+ \+ Σ\(\d+\) .+\) \/ √\d+$/);
    const hidden = await cellEquation(model.flamingo, run, 'lm.layers.0.attention.weights', names, [0, 0, 1, 3]);
    expect(hidden).toEqual({ text: '0', value: 0 });
  });
});
