/** What a Flamingo is made of: the configuration from which it is built, and which a file of weights is read as. */

import type { MediaMaskRules } from './dialects/sight.ts';
import type { GatedCrossAttentionConfig } from './gated-cross-attention.ts';
import type { GeneratedImages } from './generation/decoding.ts';
import type { LanguageModelConfig } from './language-model.ts';
import type { PerceiverResamplerConfig } from './perceiver-resampler.ts';
import type { VisionEncoderConfig } from './vision-encoder.ts';

export interface CrossAttentionConfig extends Omit<GatedCrossAttentionConfig, 'width' | 'visualWidth'> {
  /** A block before every so many layers of the language model. */
  readonly every: number;
  /**
   * Which layers have one. `paper`: before layers 0, every, 2 every, ... (80 layers every 7th make the 12 blocks of its
   * Table 4), as in flamingo-mini and IDEFICS. `open-flamingo`: before the last layer of each group, (i + 1) % every == 0.
   * `flamingo-pytorch`: the paper's layers, but after them. Default `paper`.
   */
  readonly placement?: 'paper' | 'open-flamingo' | 'flamingo-pytorch';
}

export interface FlamingoConfig extends MediaMaskRules {
  /** Null when visual tokens come from outside. */
  readonly vision: VisionEncoderConfig | null;
  readonly resampler: PerceiverResamplerConfig;
  readonly crossAttention: CrossAttentionConfig;
  readonly languageModel: LanguageModelConfig;
  readonly tokens: {
    /** Id of `<image>`. */
    readonly image: number;
    /** Id of `<EOC>`. */
    readonly endOfChunk: number;
    /** Text after it sees no picture until the next `<image>`: `</s>` in IDEFICS. Default none. */
    readonly endOfDocument?: number;
  };
  /**
   * What the resampler reads of the vision encoder, before its final norm: the `patches` (the paper's grid, OpenFlamingo,
   * and the default), or `all`, the class token first (flamingo-mini, IDEFICS).
   */
  readonly visualTokens?: 'patches' | 'all';
  /**
   * What a generated `<image>` does. `counts` (default): it announces a picture to its row, as in a prompt. `resets`:
   * OpenFlamingo 2.0.1, where a step in which any row generates one makes all rows count anew from that step on, and beams
   * that change places do not take their count along. `kept`: nothing, new tokens see what the prompt's last one saw
   * (flamingo-mini, IDEFICS). It matters only when `<image>` is not suppressed.
   */
  readonly generatedImages?: GeneratedImages;
  /**
   * Rows of the token embedding that learn: those of `<image>` and `<EOC>` (OpenFlamingo, and the default), or `all`
   * (flamingo-mini). The paper does not say how its two tokens, which its language model never saw, are learned.
   */
  readonly trainedEmbeddings?: 'special' | 'all';
}

/** Tells whether layer i of the language model has a block. */
export function hasBlock(i: number, { every, placement = 'paper' }: CrossAttentionConfig): boolean {
  return (placement === 'open-flamingo' ? i + 1 : i) % every === 0;
}
