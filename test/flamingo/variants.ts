import type { CrossAttentionConfig } from '../../src/flamingo/architecture.ts';
import type { FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import type { LanguageModelConfig } from '../../src/flamingo/language-model.ts';
import type { PerceiverResamplerConfig } from '../../src/flamingo/perceiver-resampler.ts';
import { TINY } from './tiny.ts';

const lm = TINY.languageModel;
const eps = 1e-5;

export type Variant =
  | 'OpenFlamingo on OPT'
  | 'the paper, on OPT without biases'
  | 'flamingo-pytorch on GPT-NeoX'
  | 'IDEFICS on LLaMA'
  | 'MPT'
  | 'OPT-350m';

/** Models of every kind that the configuration knows, in sizes that differ from one another. */
export const VARIANTS: Readonly<Record<Variant, Partial<FlamingoConfig>>> = {
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

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
type Shown<T> = Readonly<Record<OptionalKeys<T>, Variant | `test/${string}.test.ts`>>;

const GOLDENS = 'test/parity/modules-simd.test.ts'; // on every device, from the implementation that has the switch
const MASK = 'test/flamingo/media-mask.test.ts';

/** The variant that sets each switch of a configuration, or the test that does. A switch without one does not compile. */
export const SHOWN_BY: {
  readonly model: Shown<FlamingoConfig>;
  readonly resampler: Shown<PerceiverResamplerConfig>;
  readonly crossAttention: Shown<CrossAttentionConfig>;
  readonly languageModel: Shown<LanguageModelConfig>;
} = {
  model: {
    ...{ attend: MASK, beforeFirst: MASK, beyondLast: 'IDEFICS on LLaMA', visualTokens: 'IDEFICS on LLaMA' },
    ...{ generatedImages: 'test/flamingo/generate.test.ts', trainedEmbeddings: 'test/flamingo/flamingo.test.ts' },
  },
  resampler: {
    ...{
      depth: 'IDEFICS on LLaMA',
      heads: 'IDEFICS on LLaMA',
      headDim: 'IDEFICS on LLaMA',
      latents: 'IDEFICS on LLaMA',
    },
    ...{ activation: 'IDEFICS on LLaMA', queryKeyNorm: 'IDEFICS on LLaMA', ffMult: GOLDENS, eps: GOLDENS },
    ...{ frameEmbeddings: 'the paper, on OPT without biases', mediaEmbeddings: 'flamingo-pytorch on GPT-NeoX' },
    ...{ extraFrames: 'test/flamingo/perceiver-resampler.test.ts', finalNorm: 'test/zoo/open/others.test.ts' },
    latentStd: 'test/model/config.test.ts',
  },
  crossAttention: {
    ...{ placement: 'MPT', headDim: 'MPT', activation: 'MPT', ffMult: GOLDENS, hidden: GOLDENS, eps: GOLDENS },
    ...{ gatedFeedForward: 'IDEFICS on LLaMA', norm: 'IDEFICS on LLaMA', queryKeyNorm: 'IDEFICS on LLaMA' },
    ...{ gates: 'IDEFICS on LLaMA', maskedTokenRule: 'IDEFICS on LLaMA' },
  },
  languageModel: {
    ...{ headDim: 'IDEFICS on LLaMA', keyValueHeads: 'IDEFICS on LLaMA', gated: 'IDEFICS on LLaMA' },
    ...{ norm: 'IDEFICS on LLaMA', positions: 'MPT', normBias: 'MPT', layout: 'OPT-350m', finalNorm: 'OPT-350m' },
    ...{ attentionBias: 'the paper, on OPT without biases', feedForwardBias: 'the paper, on OPT without biases' },
    ...{
      embeddingWidth: 'OPT-350m',
      tied: 'IDEFICS on LLaMA',
      queryKeyNorm: GOLDENS,
      maskMode: GOLDENS,
      headBias: GOLDENS,
    },
  },
};
