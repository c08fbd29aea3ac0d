/** What a model is made of, how pictures are made ready for it, and how much it takes: `config.json` of a weights folder. */

import { requireKinds } from '../files/kinds.ts';
import type { FlamingoConfig } from '../flamingo/architecture.ts';
import { PREPROCESSING_STYLES, type Preprocessing } from './image.ts';
import { type PromptLimits, SHIPPED_LIMITS } from './prompt.ts';

export interface ModelConfig {
  readonly model: FlamingoConfig;
  readonly preprocessing: Preprocessing;
  readonly limits: PromptLimits;
  /**
   * Divides the logits of the probabilities that are shown, so that of answers shown at 80 % four in five are right: fitted
   * to pictures on which nothing is reported. Nothing is chosen or ranked by it. Default 1.
   */
  readonly temperature?: number;
  /** The folder of weights, from this one, that holds what is not in this one: `..`. Absent: all is here. */
  readonly base?: string;
}

/** What the shipped model's configuration takes from its tokenizer. */
export interface VocabularyFacts {
  /** How many ids there are. */
  readonly size: number;
  /** Ids of `<image>` and `<EOC>`: `image`, `eoc`. */
  readonly special: { readonly image: number; readonly eoc: number };
}

/**
 * The shipped model: a small OpenFlamingo v2 around OPT. Unlike the paper's, its blocks use an exact GELU, its resampler
 * has no temporal embeddings, and its vision encoder is CLIP's Transformer.
 * @example
 * ```ts
 * const config = shippedConfig({ size: 1536, special: { image: 3, eoc: 2 } });
 * ```
 */
export function shippedConfig(vocabulary: VocabularyFacts): ModelConfig {
  requireKinds('shippedConfig', { vocabulary }, '{size,special}');
  const { size, special } = vocabulary;
  const width = 128;
  const heads = { heads: 4, headDim: 32 };
  return {
    model: {
      vision: {
        imageSize: 32,
        patchSize: 8,
        width,
        layers: 4,
        heads: 4,
        hidden: 512,
        activation: 'quickGelu',
        projection: 128,
      },
      resampler: {
        width,
        depth: 2,
        ...heads,
        latents: 8,
        activation: 'gelu',
        frameEmbeddings: 0,
        latentStd: 0.2,
      },
      crossAttention: { every: 1, placement: 'open-flamingo', ...heads, activation: 'gelu' },
      languageModel: {
        vocabulary: size,
        width,
        layers: 4,
        heads: 4,
        hidden: 512,
        maxPositions: SHIPPED_LIMITS.tokens,
        activation: 'gelu',
        eps: 1e-5,
      },
      tokens: { image: special.image, endOfChunk: special.eoc },
    },
    preprocessing: { size: 32, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], ...PREPROCESSING_STYLES.glass },
    limits: SHIPPED_LIMITS,
  };
}

/** Entries of the shipped model's tokenizer. */
export const SHIPPED_VOCABULARY = 1536;
