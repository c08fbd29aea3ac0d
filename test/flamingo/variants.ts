import type { FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import { TINY } from './tiny.ts';

const lm = TINY.languageModel;
const eps = 1e-5;

/** Models of every kind that the configuration knows, in sizes that differ from one another. */
export const VARIANTS: Readonly<Record<string, Partial<FlamingoConfig>>> = {
  'OpenFlamingo on OPT': {},
  'the paper, on OPT without biases': {
    resampler: { width: 20, depth: 1, heads: 2, headDim: 9, latents: 3, frameEmbeddings: 2 },
    crossAttention: { every: 3, heads: 3, headDim: 5 },
    languageModel: { ...lm, attentionBias: false, feedForwardBias: false, normBias: false },
  },
  'flamingo-pytorch on GPT-NeoX': {
    resampler: { width: 20, depth: 1, heads: 1, headDim: 8, latents: 5, frameEmbeddings: 0, mediaEmbeddings: 3 },
    crossAttention: { every: 2, placement: 'flamingo-pytorch', heads: 1, headDim: 10, activation: 'gelu' },
    languageModel: { ...lm, layout: 'parallel', positions: { kind: 'rotary', dims: 4 }, tied: false },
  },
  'IDEFICS on LLaMA': {
    resampler: {
      width: 20,
      depth: 2,
      heads: 2,
      headDim: 6,
      latents: 2,
      activation: 'relu',
      queryKeyNorm: 'layer',
      frameEmbeddings: 0,
    },
    crossAttention: {
      every: 1,
      heads: 3,
      headDim: 4,
      activation: 'silu',
      gatedFeedForward: true,
      norm: 'rms',
      queryKeyNorm: 'rms',
      gates: 'vector',
      maskedTokenRule: 'output',
    },
    languageModel: {
      ...lm,
      heads: 6,
      keyValueHeads: 2,
      headDim: 6,
      norm: 'rms',
      gated: true,
      positions: { kind: 'rotary' },
      activation: 'silu',
      tied: false,
    },
    visualTokens: 'all',
    beyondLast: 'nothing',
  },
  MPT: {
    crossAttention: { every: 1, placement: 'open-flamingo', heads: 2, headDim: 7, activation: 'gelu' },
    languageModel: { ...lm, normBias: false, positions: { kind: 'alibi' } },
  },
  'OPT-350m': {
    languageModel: { ...lm, layout: 'post-norm', finalNorm: false, embeddingWidth: 16, eps },
  },
};
