import { describe, expect, test } from 'vitest';
import { shippedConfig } from '../../src/model/config.ts';
import { parameterCount } from '../../src/nn/index.ts';
import { tapShapes } from '../../src/runs/tap-shapes.ts';
import { openDevice } from '../../src/tensor/index.ts';
import { PAPER_MODELS } from '../../src/zoo/paper-models.ts';
import { countParameters, type ParameterTree, parameterTree } from '../../src/zoo/parameter-count.ts';
import { TINY, tinyFlamingo } from '../flamingo/tiny.ts';
import { VARIANTS } from '../flamingo/variants.ts';

describe('countParameters', () => {
  test('a small model, part by part, counted elsewhere tensor by tensor', () => {
    const { model } = shippedConfig({ size: 1300, special: { image: 0, eoc: 1 } });
    const count = countParameters({ ...model, languageModel: { ...model.languageModel, maxPositions: 94 } });
    expect(count.languageModel).toBe(972_032);
    expect(count.resampler + count.crossAttention).toBe(1_184_776 - 2 * 128); // but the two trained embedding rows
    const patches = 3 * 8 * 8 * 128;
    const layers = 4 * (4 * (128 * 128 + 128) + 2 * 128 * 512 + 512 + 128 + 4 * 128);
    expect(count.vision).toBe(patches + 17 * 128 + 128 + 4 * 128 + layers + 128 * 128);
    expect(count.total).toBe(count.vision + count.resampler + count.crossAttention + count.languageModel);
  });

  test.each(Object.entries(VARIANTS))('what is allocated for %s', async (_, changes) => {
    const model = tinyFlamingo(await openDevice('simd'), changes);
    expect(countParameters({ ...TINY, ...changes }).total).toBe(parameterCount(model));
    model.dispose();
  });

  test("the paper's models: near what it states, and never equal", () => {
    const millions = Object.values(PAPER_MODELS).map(({ config }) => {
      const { resampler, crossAttention, languageModel } = countParameters(config);
      return [resampler, crossAttention, languageModel].map((count) => Math.round(count / 1e6));
    });
    expect(millions).toEqual([
      [170, 1158, 1274],
      [170, 1804, 8185],
      [170, 8355, 64689],
    ]);
  });
});

test.each(Object.entries(PAPER_MODELS))('%s can be walked on shapes', (name, { config, visualTokens }) => {
  const [text, images] = [64, 4];
  const taps = tapShapes(config, { text, images, visualTokens });
  const gates = taps.filter((tap) => tap.name.endsWith('gate.attention')).length;
  expect(gates).toBe({ 'flamingo-3b': 24, 'flamingo-9b': 10, 'flamingo-80b': 12 }[name]);
  expect(taps.find((tap) => tap.name === 'resampler.out')?.shape).toEqual([1, images, 64, 1536]);
  // Of a text token each parameter of the language model costs a multiplication and an addition, attention some more.
  const language = taps.filter((tap) => /^lm\.layers/.test(tap.name)).reduce((sum, { flops }) => sum + flops, 0);
  const { vocabulary, width } = config.languageModel;
  const weights = countParameters(config).languageModel - vocabulary * width;
  expect(language / (2 * text * weights)).toBeGreaterThan(1);
  expect(language / (2 * text * weights)).toBeLessThan(1.02);
});

test('a tree of parts adds up, and holds the layers of a tower as one', () => {
  const tree = parameterTree(TINY);
  const adds = ({ parts, parameters }: ParameterTree): void => {
    if (parts.length === 0) return;
    expect(parts.reduce((sum, part) => sum + part.parameters, 0)).toBe(parameters);
    for (const part of parts) adds(part);
  };
  adds(tree);
  expect(tree.parameters).toBe(countParameters(TINY).total);
  const layers = tree.parts.find(({ name }) => name === 'languageModel')?.parts.find(({ name }) => name === 'layers');
  expect(layers?.times).toBe(TINY.languageModel.layers);
});
