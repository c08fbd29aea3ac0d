/** A Flamingo small enough to train in a test, on texts of the fixtures and on features that are noise. */

import type { FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import type { Module } from '../../src/nn/index.ts';
import { Random } from '../../src/tensor/index.ts';
import { TextBank } from '../../src/training/data/text-bank.ts';
import type { FeatureCache } from '../../src/training/features.ts';
import { concepts, split, tokenizer } from './data/fixtures.ts';

export const bank: TextBank = new TextBank(tokenizer, concepts, split);

export function smallFlamingo(layers: number): FlamingoConfig {
  const { image, eoc } = tokenizer.special;
  return {
    vision: { imageSize: 8, patchSize: 4, width: 16, layers: 1, heads: 2, hidden: 16, projection: 8 },
    resampler: { width: 16, depth: 1, heads: 2, headDim: 8, latents: 3, ffMult: 1, frameEmbeddings: 0 },
    crossAttention: { every: 1, heads: 2, headDim: 8, ffMult: 1 },
    languageModel: {
      vocabulary: tokenizer.size,
      ...{ width: 16, layers, heads: 2, hidden: 16, maxPositions: 96, activation: 'gelu', eps: 1e-5 },
    },
    tokens: { image, endOfChunk: eoc },
  };
}

/** A fixed random picture of each concept. */
export const cache: FeatureCache = {
  shape: [4, 16],
  of: ({ concept }) => {
    const random = new Random(1).fork(concept);
    return Float32Array.from({ length: 64 }, () => random.normal());
  },
};

/** Copies of all parameters, by path. */
export async function valuesOf(model: Module): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [path, parameter] of model.parameters())
    values.set(path, Float32Array.from((await parameter.data()) as Float32Array));
  return values;
}
