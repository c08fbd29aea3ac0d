/**
 * What each public Flamingo does otherwise than the paper: the one place from which loaders, parity and docs take it.
 * `docs/dialects.md` shows it as a table, written from here by `npm run dialects`.
 */

import { requireKinds } from '../files/kinds.ts';
import type { CrossAttentionConfig, FlamingoConfig } from '../flamingo/architecture.ts';
import type { MediaMaskRules } from '../flamingo/dialects/sight.ts';
import type { GenerationOptions } from '../flamingo/generation/options.ts';
import type { LabelRule } from '../flamingo/labels.ts';
import type { PerceiverResamplerConfig } from '../flamingo/perceiver-resampler.ts';

type Sizes = 'vision' | 'resampler' | 'crossAttention' | 'languageModel' | 'tokens';

/** The switches of a model, as far as a dialect sets them. Sizes in it are those of its released models. */
export interface DialectModel extends Partial<Omit<FlamingoConfig, Sizes>> {
  readonly resampler: Omit<PerceiverResamplerConfig, 'width'>;
  readonly crossAttention: Partial<CrossAttentionConfig>;
}

type ModelSwitches = Omit<FlamingoConfig, Sizes>;
type ResamplerSwitches = Omit<PerceiverResamplerConfig, 'width' | 'latentStd'>;
type BlockSwitches = Omit<CrossAttentionConfig, 'every' | 'heads' | 'hidden'>;

/** Every switch with a value: a new one has to be given the paper's. */
interface EverySwitch extends Required<ModelSwitches> {
  readonly resampler: Required<ResamplerSwitches>;
  readonly crossAttention: Required<BlockSwitches>;
}

export interface Dialect {
  /** Name for people: `OpenFlamingo`. */
  readonly title: string;
  /** Where it was read. */
  readonly source: string;
  readonly model: DialectModel;
  readonly generation: {
    /** What length is to beam search. */
    readonly lengthRule: NonNullable<GenerationOptions['lengthRule']>;
    /** True if `<image>` is never generated. */
    readonly suppressImage: boolean;
  };
  /** The first is for documents, the second, where there is one, for pairs of picture and text. */
  readonly labels: readonly LabelRule[];
}

/** Attending to all previous media in flamingo-pytorch and OpenFlamingo: text before the first reads the mean of all. */
export const ALL_PREVIOUS: MediaMaskRules = { attend: 'previous', beforeFirst: 'mean' };

/** Flamingo, arXiv 2204.14198: the value of every switch, which is its default. What the paper leaves open is our choice. */
export const paper: Dialect = {
  title: 'the paper',
  source: 'arXiv 2204.14198, sections 2 and A.1, Tables 4 and 5',
  model: {
    resampler: {
      depth: 6,
      heads: 16,
      headDim: 96,
      latents: 64,
      ffMult: 4,
      activation: 'squaredRelu',
      eps: 1e-5,
      queryKeyNorm: null,
      frameEmbeddings: 8,
      extraFrames: 'linear',
      mediaEmbeddings: 0,
      finalNorm: true,
    },
    crossAttention: {
      placement: 'paper',
      headDim: 128,
      ffMult: 4,
      activation: 'squaredRelu',
      gatedFeedForward: false,
      norm: 'layer',
      eps: 1e-5,
      queryKeyNorm: null,
      gates: 'scalar',
      maskedTokenRule: 'weights',
    },
    visualTokens: 'patches',
    attend: 'latest',
    beforeFirst: 'nothing',
    beyondLast: 'mean',
    generatedImages: 'counts',
    trainedEmbeddings: 'special',
  } satisfies EverySwitch,
  generation: { lengthRule: 'generated', suppressImage: true },
  labels: ['pairs'],
};

/** lucidrains/flamingo-pytorch 0.1.2. */
export const flamingoPytorch: Dialect = {
  title: 'flamingo-pytorch',
  source: 'lucidrains/flamingo-pytorch 10913ab (0.1.2)',
  model: {
    resampler: { heads: 8, headDim: 64, activation: 'gelu', frameEmbeddings: 0, mediaEmbeddings: 4 },
    crossAttention: { placement: 'flamingo-pytorch', heads: 8, headDim: 64, activation: 'gelu' },
  },
  generation: paper.generation,
  labels: ['text'],
};

/** mlfoundations/open_flamingo 2.0.1. */
export const openFlamingo: Dialect = {
  title: 'OpenFlamingo',
  source: 'mlfoundations/open_flamingo 655f693 (2.0.1)',
  model: {
    resampler: { heads: 8, headDim: 64, activation: 'gelu', frameEmbeddings: 0, extraFrames: 'error' },
    crossAttention: { placement: 'open-flamingo', heads: 8, headDim: 64, activation: 'gelu' },
    generatedImages: 'resets',
  },
  generation: { lengthRule: 'generated', suppressImage: false },
  labels: ['interleaved', 'pairs'],
};

/** dhansmair/flamingo-mini, as its released models are configured. */
export const flamingoMini: Dialect = {
  title: 'flamingo-mini',
  source: 'dhansmair/flamingo-mini 8a8feae',
  model: {
    resampler: { heads: 8, headDim: 64, frameEmbeddings: 4, extraFrames: 'error' },
    crossAttention: { heads: 8, headDim: 64 },
    visualTokens: 'all',
    generatedImages: 'kept',
    trainedEmbeddings: 'all',
  },
  generation: { lengthRule: 'whole', suppressImage: false },
  labels: ['text'],
};

/** Hugging Face's IDEFICS; its config.json chooses norms of queries and keys, and the kind of gates. */
export const idefics: Dialect = {
  title: 'IDEFICS',
  source: 'transformers 4.57.6, models/idefics',
  model: {
    resampler: { activation: 'relu', queryKeyNorm: 'layer', frameEmbeddings: 0 },
    crossAttention: {
      activation: 'silu',
      gatedFeedForward: true,
      norm: 'rms',
      eps: 1e-6,
      queryKeyNorm: 'rms',
      maskedTokenRule: 'output',
    },
    visualTokens: 'all',
    beyondLast: 'nothing',
    generatedImages: 'kept',
  },
  generation: { lengthRule: 'generated', suppressImage: false },
  labels: ['pairs'],
};

export type DialectName = 'paper' | 'flamingoPytorch' | 'openFlamingo' | 'flamingoMini' | 'idefics';

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  paper,
  flamingoPytorch,
  openFlamingo,
  flamingoMini,
  idefics,
};

/** What a model has of its own. */
export interface DialectSizes
  extends Pick<FlamingoConfig, 'vision' | 'resampler' | 'languageModel' | 'tokens'>,
    MediaMaskRules {
  readonly crossAttention: Pick<CrossAttentionConfig, 'every'> & Partial<CrossAttentionConfig>;
}

/**
 * A model of these sizes that does all else as the dialect does. What `sizes` sets wins; heads of cross-attention that
 * neither names are as many as the language model's, as in the paper and in IDEFICS.
 * @example
 * ```ts
 * const sizes = shippedConfig({ size: 100, special: { image: 1, eoc: 2 } }).model;
 * const config = inDialect(DIALECTS.flamingoMini, sizes);
 * console.log(countParameters(config).total);
 * ```
 */
export function inDialect(dialect: Dialect, sizes: DialectSizes): FlamingoConfig {
  requireKinds('inDialect', { dialect, sizes }, '{model} {resampler,languageModel}');
  const { model } = dialect;
  return {
    ...model,
    ...sizes,
    resampler: { ...model.resampler, ...sizes.resampler },
    crossAttention: { heads: sizes.languageModel.heads, ...model.crossAttention, ...sizes.crossAttention },
  };
}
