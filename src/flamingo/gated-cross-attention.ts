/**
 * Figure 4: GATED XATTN-DENSE, put before a layer of the frozen language model.
 *
 * Axes: b batch, n text tokens, m media, l latents of a medium, d width of the text, w width of a visual token.
 *
 *     y = y + tanh(alpha_xattn) * attention(q = y, kv = x)
 *     y = y + tanh(alpha_dense) * feedForward(y)
 *
 * With both alphas at 0, where they begin, y passes unchanged: the language model answers as if the block were not there.
 * The dense part acts on every token, those that see no picture included.
 *
 * Defaults are the paper's (Table 4): heads of 128, squared ReLU, 4 times the width inside, one alpha for each part.
 * `dialects/block.ts` holds what public implementations do otherwise. As in all of them, linear maps have no bias, y is
 * normalised before each part and the visual tokens, which left the resampler normalised, are not.
 */

import { attend, normHeads, splitKeyValues, tapHeads } from '../nn/attention.ts';
import type { Init, Norm, Tap } from '../nn/index.ts';
import { createNorm, FeedForward, Linear, Module, noTap } from '../nn/index.ts';
import { requireWholes } from '../tensor/errors.ts';
import { requireOptions, zeros } from '../tensor/index.ts';
import { requireForm } from '../tensor/shape.ts';
import { requireTensor, Tensor } from '../tensor/tensor.ts';
import { alphaShape, BLOCK_SWITCHES, type BlockSwitches, MASKED_TOKENS, type MaskedTokens } from './dialects/block.ts';
import type { MediaMask } from './media-mask.ts';

export interface GatedCrossAttentionConfig extends BlockSwitches {
  /** Width of the language model, d. */
  readonly width: number;
  /** Width of a visual token, w; default the language model's. */
  readonly visualWidth?: number;
  /** How many heads of cross-attention. */
  readonly heads: number;
  /** Default 128. */
  readonly headDim?: number;
  /** The feed-forward network is this many times wider inside; default 4. */
  readonly ffMult?: number;
}

/** What a block makes of everything but the text: made once, read for every token. */
export interface BlockMemory {
  /** Of a prompt's media, [b, m l, heads headDim]; one row may serve all rows of text. */
  readonly keys: Tensor;
  readonly values: Tensor;
  /** tanh(alpha): [1] or [d]. */
  readonly attentionGate: Tensor;
  readonly denseGate: Tensor;
}

/** The same of all blocks, by layer of the language model; null where there is none. */
export type MediaMemory = readonly (BlockMemory | null)[];

/** How far the two gates of a block are open: `gateValue` of each, from -1 to 1. */
export interface BlockGates {
  readonly attention: number;
  readonly dense: number;
}

/**
 * GATED XATTN-DENSE (Figure 4): cross-attention to the pictures' latents and a feed-forward network, each behind a tanh
 * gate that begins shut. Text [b, t, d] in and out.
 * @example
 * ```ts
 * const [block] = model.flamingo.crossAttention;
 * console.log(await block?.gates()); // tanh(alpha) of both
 * const [text, latents] = [zeros(model.device, [1, 3, 128]), zeros(model.device, [1, 2, 8, 128])]; // two pictures
 * const seen = block?.forward(text, latents); // [1, 3, 128]
 * const memory = block?.remember(latents); // for one token after another
 * ```
 */
export class GatedCrossAttention extends Module {
  attention: MaskedCrossAttention;
  /** alpha_xattn: one number for the block, [1]. */
  attentionGate: Tensor;
  feedForwardNorm: Norm;
  feedForward: FeedForward;
  /** alpha_dense */
  denseGate: Tensor;

  constructor(init: Init, config: GatedCrossAttentionConfig) {
    super();
    this.attention = new MaskedCrossAttention(init, config);
    const { width, ffMult = 4, hidden = ffMult * width, norm = 'layer', eps = 1e-5 } = config;
    const { activation = 'squaredRelu', gatedFeedForward: gated = false } = config;
    this.attentionGate = zeros(init.device, alphaShape(width, config.gates));
    this.feedForwardNorm = createNorm(init, norm, width, { eps });
    this.feedForward = new FeedForward(init, width, hidden, { activation, gated, bias: false });
    this.denseGate = zeros(init.device, alphaShape(width, config.gates));
  }

  /** Both gates as numbers. */
  async gates(): Promise<BlockGates> {
    return { attention: gateValue(await this.attentionGate.data()), dense: gateValue(await this.denseGate.data()) };
  }

  /** media [b, m, l, w] -> what is to be passed to `forward` in their place, for one prompt and many tokens */
  remember(media: Tensor): BlockMemory {
    const gates = { attentionGate: gate(this.attentionGate), denseGate: gate(this.denseGate) };
    return { ...this.attention.keyValues(media), ...gates };
  }

  /**
   * y [b, n, d], media [b, m, l, w] or what was made of them; without a mask every token sees all -> [b, n, d]. Null where
   * nothing may be read: attention, which would add 0, is left out.
   */
  forward(y: Tensor, media: Tensor | BlockMemory | null, mask: MediaMask | null = null, tap: Tap = noTap): Tensor {
    requireTensor('GatedCrossAttention', y);
    const memory = media instanceof Tensor ? this.remember(media) : media;
    const mid = tap('residual.mid', memory ? y.add(this.reading(y, memory, mask, tap)) : y); // [b, n, d]
    const normed = tap('feedforward.norm.out', this.feedForwardNorm.forward(mid)); // [b, n, d]
    const dense = tap('feedforward.out', this.feedForward.forward(normed, tap)); // [b, n, d]
    const denseGate = tap('gate.dense', memory?.denseGate ?? gate(this.denseGate)); // [1] or [d]
    const feedForwardOut = tap('contribution.dense', dense.mul(denseGate)); // [b, n, d]
    return tap('residual.post', mid.add(feedForwardOut)); // [b, n, d]
  }

  /** What the text reads of the media, behind its gate: [b, n, d] */
  private reading(y: Tensor, memory: BlockMemory, mask: MediaMask | null, tap: Tap): Tensor {
    const attended = this.attention.forward(y, memory, mask, tap); // [b, n, d]
    return tap('contribution.attention', attended.mul(tap('gate.attention', memory.attentionGate))); // [b, n, d]
  }
}

/** alpha [1] or [1, 1, d] -> tanh(alpha) [1] or [d] */
function gate(alpha: Tensor): Tensor {
  return alpha.tanh().reshape([alpha.size]);
}

/** A gate as one number: tanh(alpha), its sign kept; the mean, where every channel has an alpha. */
export function gateValue(alpha: ArrayLike<number>): number {
  return Array.from(alpha, Math.tanh).reduce((sum, x) => sum + x, 0) / alpha.length;
}

/** Queries from the text, keys and values from the media that the mask lets each token see. */
export class MaskedCrossAttention extends Module {
  norm: Norm;
  toQ: Linear;
  /** Keys in the first half of the rows, values in the second. */
  toKV: Linear;
  toOut: Linear;
  queryNorm: Norm;
  keyNorm: Norm;
  readonly heads: number;
  private readonly maskedTokens: MaskedTokens;

  constructor(init: Init, config: GatedCrossAttentionConfig) {
    super();
    requireOptions('GatedCrossAttention', config, `width visualWidth heads headDim ffMult ${BLOCK_SWITCHES}`);
    const { width, visualWidth = width, heads, headDim = 128, norm = 'layer', eps = 1e-5 } = config;
    const { queryKeyNorm = null, maskedTokenRule = 'weights' } = config;
    requireWholes('GatedCrossAttention', { heads, headDim }, 1);
    const inner = heads * headDim;
    this.norm = createNorm(init, norm, width, { eps });
    this.toQ = new Linear(init, width, inner, { bias: false });
    this.toKV = new Linear(init, visualWidth, 2 * inner, { bias: false });
    this.toOut = new Linear(init, inner, width, { bias: false });
    this.queryNorm = createNorm(init, queryKeyNorm, headDim, { eps });
    this.keyNorm = createNorm(init, queryKeyNorm, headDim, { eps });
    this.heads = heads;
    this.maskedTokens = MASKED_TOKENS[maskedTokenRule];
  }

  /** media [b, m, l, w] -> [b, m l, heads headDim] each. @throws ShapeError on another rank or width */
  keyValues(media: Tensor): Pick<BlockMemory, 'keys' | 'values'> {
    const width = this.toKV.weight.shape[1] as number;
    const [b, m, l] = requireForm('GatedCrossAttention', 'media', media, ['b', 'm', 'l', width]);
    const both = this.toKV.forward(media.reshape([b, m * l, width])); // [b, m l, 2 inner]
    const [k, values] = splitKeyValues(both); // [b, m l, heads headDim]
    return { keys: normHeads(this.keyNorm, k, this.heads), values };
  }

  /** y [b, n, d] -> [b, n, d] */
  forward(y: Tensor, media: Pick<BlockMemory, 'keys' | 'values'>, mask: MediaMask | null, tap: Tap = noTap): Tensor {
    const normed = tap('attention.norm.out', this.norm.forward(y)); // [b, n, d]
    const { heads } = this;
    const q = normHeads(this.queryNorm, this.toQ.forward(normed), heads); // [b, n, heads headDim]
    const queries = tapHeads(tap, 'attention.queries', q, heads);
    const keys = tapHeads(tap, 'attention.keys', media.keys, heads);
    const values = tapHeads(tap, 'attention.values', media.values, heads);
    // A token before the first picture reads nothing. Masking alone would give it the mean of all pictures.
    const hasMedia = mask?.hasMedia ?? null; // [b, n, 1]
    const queryMask = this.maskedTokens.queryMask(hasMedia);
    const options = { heads, mask: mask?.keys ?? null, emptyRows: 'uniform' } as const;
    const out = this.toOut.forward(attend(queries, keys, values, options, tap, queryMask)); // [b, n, d]
    return tap('attention.out', this.maskedTokens.out(out, hasMedia, tap));
  }
}
