/** The paper's models, which have no public weights: for their sizes, and to walk them on shapes. */

import type { FlamingoConfig } from '../flamingo/flamingo.ts';
import type { ParameterCount } from './parameter-count.ts';

export interface PaperModel {
  /** Dimensions of the paper's Table 4. Its vision encoder, an NFNet-F6, is not built here. */
  readonly config: FlamingoConfig;
  /**
   * Visual tokens of a picture: a grid of 10 x 10 from 320 pixels, since an NFNet ends at a 32nd of its input's side. The
   * paper does not state it.
   */
  readonly visualTokens: number;
  /** Parameters as Table 5 states them. */
  readonly stated: ParameterCount;
}

function paperModel(
  [layers, width, heads]: readonly [layers: number, width: number, heads: number],
  every: number,
  stated: Pick<ParameterCount, 'crossAttention' | 'languageModel' | 'total'>,
): PaperModel {
  const config: FlamingoConfig = {
    vision: null,
    resampler: { width: 1536 },
    crossAttention: { every, heads },
    languageModel: {
      ...{ layers, width, heads, hidden: 4 * width, vocabulary: 32_000, maxPositions: 2048 },
      positions: { kind: 'rotary' }, // Chinchilla's are relative; neither kind has parameters to count
      ...{ activation: 'gelu', eps: 1e-5, attentionBias: false, feedForwardBias: false },
    },
    tokens: { image: 1, endOfChunk: 2 },
  };
  return { config, visualTokens: 100, stated: { vision: 435e6, resampler: 194e6, ...stated } };
}

/** By name. */
export const PAPER_MODELS: Readonly<Record<'flamingo-3b' | 'flamingo-9b' | 'flamingo-80b', PaperModel>> = {
  'flamingo-3b': paperModel([24, 2048, 16], 1, { crossAttention: 1.2e9, languageModel: 1.4e9, total: 3.2e9 }),
  'flamingo-9b': paperModel([40, 4096, 32], 4, { crossAttention: 1.6e9, languageModel: 7.1e9, total: 9.3e9 }),
  'flamingo-80b': paperModel([80, 8192, 64], 7, { crossAttention: 10e9, languageModel: 70e9, total: 80e9 }),
};
