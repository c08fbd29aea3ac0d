import { expect, it } from 'vitest';
import { GatedCrossAttention } from '../../src/flamingo/gated-cross-attention.ts';
import { countParameters, type FlamingoShape } from '../../src/flamingo/parameter-count.ts';
import { PerceiverResampler } from '../../src/flamingo/perceiver-resampler.ts';
import { VisionEncoder } from '../../src/flamingo/vision-encoder.ts';
import { parameterCount } from '../../src/nn/index.ts';
import { openDevice } from '../../src/tensor/index.ts';

const shape: FlamingoShape = {
  vision: { width: 12, layers: 2, feedForward: 20, patch: 4, patches: 6, projection: 5 },
  visualWidth: 12,
  resampler: { layers: 2, latents: 3, heads: 2, headWidth: 5, frames: 4 },
  crossAttention: { every: 2, heads: 3, headWidth: 7 },
  languageModel: {
    layers: 3,
    width: 14,
    heads: 2,
    hidden: 56,
    vocabulary: 20,
    maxPositions: 9,
    activation: 'gelu',
    eps: 1e-5,
  },
};

it('counts by arithmetic what the modules hold', async () => {
  const init = { device: await openDevice('simd') };
  const vision = new VisionEncoder(init, {
    imageSize: [8, 12],
    patchSize: 4,
    width: 12,
    layers: 2,
    heads: 3,
    hidden: 20,
    projection: 5,
  });
  const resampler = new PerceiverResampler(init, {
    width: 12,
    depth: 2,
    heads: 2,
    headWidth: 5,
    latents: 3,
    frameEmbeddings: 4,
  });
  const block = new GatedCrossAttention(init, { width: 14, visualWidth: 12, heads: 3, headWidth: 7 });
  const counted = countParameters(shape);
  expect(parameterCount(vision)).toBe(counted.vision);
  expect(parameterCount(resampler)).toBe(counted.resampler);
  expect(2 * parameterCount(block)).toBe(counted.crossAttention);
});
