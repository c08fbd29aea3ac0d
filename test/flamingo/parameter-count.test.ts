import { describe, expect, test } from 'vitest';
import { countBlocks, countParameters, type FlamingoShape, PAPER_PRESETS } from '../../src/flamingo/parameter-count.ts';

/** A small model whose parts were counted elsewhere, tensor by tensor. */
const small: FlamingoShape = {
  vision: { width: 128, layers: 4, feedForward: 512, patch: 8, patches: 16, projection: 128 },
  visualWidth: 128,
  resampler: { layers: 2, latents: 8, heads: 4, headWidth: 32, frames: 0 },
  crossAttention: { every: 1, heads: 4, headWidth: 32 },
  languageModel: {
    layers: 4,
    width: 128,
    heads: 4,
    hidden: 512,
    vocabulary: 1300,
    maxPositions: 94,
    activation: 'gelu',
    eps: 1e-5,
  },
};

describe('countParameters', () => {
  test('a small model, part by part', () => {
    const count = countParameters(small);
    expect(count.languageModel).toBe(972_032);
    expect(count.resampler + count.crossAttention).toBe(1_184_776 - 2 * 128); // but the two trained embedding rows
    const patches = 3 * 8 * 8 * 128;
    const layers = 4 * (4 * (128 * 128 + 128) + 2 * 128 * 512 + 512 + 128 + 4 * 128);
    expect(count.vision).toBe(patches + 17 * 128 + 128 + 4 * 128 + layers + 128 * 128);
    expect(count.total).toBe(count.vision + count.resampler + count.crossAttention + count.languageModel);
  });

  test("the paper's models: near what it states, and never equal", () => {
    const millions = Object.values(PAPER_PRESETS).map(({ shape }) => {
      const { resampler, crossAttention, languageModel } = countParameters(shape);
      return [resampler, crossAttention, languageModel].map((count) => Math.round(count / 1e6));
    });
    expect(millions).toEqual([
      [170, 1158, 1274],
      [170, 1804, 8185],
      [170, 8355, 64689],
    ]);
    expect(Object.values(PAPER_PRESETS).map(({ shape }) => countBlocks(shape))).toEqual([24, 10, 12]);
  });
});
