import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { TensorValues } from '../../src/files/safetensors.ts';
import {
  compareCheckpoints,
  compareRuns,
  gatesThroughTraining,
  histogram,
  parameterHistograms,
  ViewError,
} from '../../src/inspect/index.ts';
import { mapSource } from '../../src/nn/index.ts';
import { recorded, shippedPrompt } from './support.ts';

const source = (values: Record<string, number[]>) =>
  mapSource(
    new Map(
      Object.entries(values).map(([name, data]): [string, TensorValues] => [
        name,
        { shape: [data.length], dtype: 'float32', data: Float32Array.from(data) },
      ]),
    ),
  );

describe('first divergence', () => {
  it('of two runs is the first in order of computation beyond the tolerance, with its place', () => {
    const a = recorded({
      x: [
        [2, 2],
        [1, 2, 3, -10],
      ],
      y: [[2], [0, 0]],
      z: [[1], [1]],
      only: [[1], [1]],
    });
    const b = recorded({
      z: [[1], [2]],
      y: [[2], [0, 0]],
      x: [
        [2, 2],
        [1, 2.5, 3, -10],
      ],
    });
    const { first, differences, onlyFirst, onlySecond } = compareRuns(a, b);
    expect(first).toMatchObject({ name: 'x', difference: 0.5, index: [0, 1], values: [2, 2.5] });
    expect(first?.allowed).toBeCloseTo(1e-4, 9);
    expect(differences.map(({ name, difference }) => [name, difference])).toEqual([
      ['x', 0.5],
      ['y', 0],
      ['z', 1],
    ]);
    expect([onlyFirst, onlySecond]).toEqual([['only'], []]);
    expect(compareRuns(a, b, 0.06).first?.name).toBe('z');
    expect(compareRuns(a, a).first).toBeNull();
  });

  it('takes NaN for equal to NaN only, and other shapes for different', () => {
    const run = (data: number[], shape = [data.length]) => recorded({ x: [shape, data] });
    expect(compareRuns(run([Number.NaN, 1]), run([Number.NaN, 1])).first).toBeNull();
    expect(compareRuns(run([1, 2]), run([1, Number.NaN]), 1).first).toMatchObject({ difference: Infinity, index: [1] });
    expect(compareRuns(run([Infinity]), run([-Infinity]), 1).first?.difference).toBe(Infinity);
    expect(compareRuns(run([1, 2]), run([1, 2], [2, 1]), 1).first?.shapes).toEqual([[2], [2, 1]]);
  });

  it('of two runs of the model, one with another last picture, begins in the vision encoder', async () => {
    const { model, prompt } = await shippedPrompt();
    const [picture] = prompt.sequence;
    const other = { sequence: prompt.sequence.map((item, i) => (i === 4 && picture ? picture : item)) };
    const [a, b] = [await model.run(prompt, { capture: ['**'] }), await model.run(other, { capture: ['**'] })];
    expect(compareRuns(a, b).first?.name).toMatch(/^vision\./);
    expect(compareRuns(a, b).first?.index[0]).toBe(2);
    const mask = compareRuns(a, b).differences.filter(({ name }) => name.startsWith('mask.'));
    expect(mask.map(({ difference }) => difference)).toEqual([0, 0]);
  });

  it('of two checkpoints goes from the picture to the logits, whatever the order in the file', async () => {
    const names = [
      'languageModel.norm.weight',
      'languageModel.layers.10.x',
      'languageModel.layers.2.x',
      'crossAttention.10.x',
      'languageModel.embedding.weight',
      'resampler.latents',
      'vision.preNorm.weight',
      'crossAttention.2.x',
    ];
    const a = source(Object.fromEntries(names.map((name) => [name, [1, 2]])));
    const b = source({
      ...Object.fromEntries(names.map((name) => [name, [1, 2]])),
      'crossAttention.10.x': [1, 2.25],
      extra: [0],
    });
    const { first, differences, onlySecond } = await compareCheckpoints(a, b);
    expect(differences.map(({ name }) => name)).toEqual([6, 5, 4, 7, 2, 3, 1, 0].map((i) => names[i]));
    expect(first).toMatchObject({ name: 'crossAttention.10.x', difference: 0.25, index: [1], values: [2, 2.25] });
    expect(onlySecond).toEqual(['extra']);
    expect((await compareCheckpoints(a, b, 0.2)).first).toBeNull();
  });
});

describe('histograms', () => {
  it('count every value once, the largest included, and leave out what is not finite', () => {
    const data = Float32Array.from([-1, -0.5, 0, 0.25, 1, Number.NaN, Infinity]);
    const found = histogram('w', { shape: [7], data }, 4);
    expect(found).toMatchObject({ edges: [-1, -0.5, 0, 0.5, 1], counts: [1, 1, 2, 1], notFinite: 2, mean: -0.05 });
    expect(found.std).toBeCloseTo(Math.sqrt((0.95 ** 2 + 0.45 ** 2 + 0.05 ** 2 + 0.3 ** 2 + 1.05 ** 2) / 5), 12);
    expect(histogram('w', { shape: [3], data: [2, 2, 2] })).toMatchObject({ edges: [2, 2], counts: [3] });
    expect(histogram('w', { shape: [1], data: [Number.NaN] })).toMatchObject({ edges: [], counts: [], notFinite: 1 });
    expect(() => histogram('w', { shape: [1], data: [1] }, 0)).toThrow(ViewError);
  });

  it('read the parameters that a pattern names', async () => {
    const weights = source({ 'a.weight': [1, 2], 'a.bias': [0], 'b.c.weight': [3, 4] });
    expect((await parameterHistograms(weights, '**.weight')).map(({ name }) => name)).toEqual([
      'a.weight',
      'b.c.weight',
    ]);
    await expect(parameterHistograms(weights, 'c.*')).rejects.toThrow("no parameter matches 'c.*'");
  });
});

describe('gates through training', () => {
  it('are every line’s, in the shipped log as in the shipped gates', async () => {
    const log = await readFile(new URL('../../weights/training-log.jsonl', import.meta.url), 'utf8');
    const gates = gatesThroughTraining(log);
    expect(gates).toHaveLength(8 * log.trim().split('\n').length);
    const { model } = await shippedPrompt();
    for (const { layer, attention, dense } of await model.gates()) {
      const last = gates.filter((gate) => gate.layer === layer).slice(-2);
      // The weights are shipped in float16.
      expect(last.map(({ gate, value }) => [gate, value.toFixed(3)])).toEqual([
        ['attention', attention.toFixed(3)],
        ['dense', dense.toFixed(3)],
      ]);
    }
  });

  it('name the line that is wrong', () => {
    expect(() => gatesThroughTraining('{"step":0,"gate.0.dense":0}\n{"step"')).toThrow('line 2 of the training log');
    expect(() => gatesThroughTraining('{"step":0,"gate.0.dense":"x"}')).toThrow('"gate.0.dense" in line 1');
    const second = '{"step":0,"gate.0.dense":0}\n\n{"gate.0.dense":1}'; // an empty line counts
    expect(() => gatesThroughTraining(second)).toThrow('line 3 of the training log has no number "step"');
    expect(() => gatesThroughTraining('{"step":1}\n')).toThrow('no gates');
  });
});
