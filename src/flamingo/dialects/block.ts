/** What public implementations of the gated block do otherwise than the paper; docs/dialects.md has the table. */

import type { Activation, NormKind, Tap } from '../../nn/index.ts';
import type { Shape, Tensor } from '../../tensor/index.ts';

export interface BlockSwitches {
  /** `squaredRelu` (the paper, and the default; flamingo-mini as released), `gelu` (flamingo-pytorch, OpenFlamingo), `silu` (IDEFICS). */
  readonly activation?: Activation;
  /** True if the feed-forward network is gated, SwiGLU with silu: IDEFICS. Default false. */
  readonly gatedFeedForward?: boolean;
  /** Width inside the feed-forward network, where it is not a multiple of the width: IDEFICS. Default ffMult * width. */
  readonly hidden?: number;
  /** The kind of both norms: `rms` in IDEFICS, else `layer`, the default. */
  readonly norm?: NormKind;
  /** Epsilon of all norms; default 1e-5. */
  readonly eps?: number;
  /** A norm of every head's queries and keys before their product: `rms` in IDEFICS. Default none; the paper names none. */
  readonly queryKeyNorm?: NormKind | null;
  /** One alpha for each part (the paper, and the default), or one for each number of the width (IDEFICS, alpha_type `vector`). */
  readonly gates?: 'scalar' | 'vector';
  /**
   * Where the attention of a token that sees no medium becomes nothing: its weights are 0 (flamingo-pytorch, OpenFlamingo
   * and flamingo-mini, and the default), or they stay uniform and what comes of them is 0 (IDEFICS). The same numbers
   * leave the block.
   */
  readonly maskedTokenRule?: 'weights' | 'output';
}

export const BLOCK_SWITCHES =
  'activation:gelu|geluTanh|quickGelu|relu|squaredRelu|silu gatedFeedForward hidden norm:layer|rms eps queryKeyNorm:layer|rms|null gates:scalar|vector maskedTokenRule:weights|output';

/** Shape of an alpha: [1], or [1, 1, d] as IDEFICS keeps it. */
export const alphaShape = (width: number, gates: BlockSwitches['gates'] = 'scalar'): Shape =>
  gates === 'scalar' ? [1] : [1, 1, width];

/** How the attention of tokens that see no medium becomes nothing. hasMedia [b, n, 1]; null when every token sees one. */
export interface MaskedTokens {
  /** What multiplies the weights of each query. */
  queryMask(hasMedia: Tensor | null): Tensor | null;
  /** The block's attention of x [b, n, d], mapped to the width. */
  out(x: Tensor, hasMedia: Tensor | null, tap: Tap): Tensor;
}

export const MASKED_TOKENS: Readonly<Record<NonNullable<BlockSwitches['maskedTokenRule']>, MaskedTokens>> = {
  weights: { queryMask: (hasMedia) => hasMedia, out: (x) => x },
  output: {
    queryMask: () => null,
    out: (x, hasMedia, tap) => (hasMedia ? tap('attention.ungated', x).mul(hasMedia) : x),
  },
};
