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
 * Defaults are the paper's (Table 4): heads of 128, squared ReLU, 4 times the width inside. flamingo-pytorch 0.1.2 and
 * OpenFlamingo 2.0.1 take 8 heads of 64 and an exact GELU. As in both, linear maps have no bias, y is normalised before
 * each part and the visual tokens, which left the resampler normalised, are not.
 */
import {
  type Activation,
  attend,
  FeedForward,
  type Init,
  LayerNorm,
  Linear,
  Module,
  mergeHeads,
  noTap,
  splitHeads,
  type Tap,
} from '../nn/index.ts';
import { ShapeError, split, Tensor, zeros } from '../tensor/index.ts';
import type { MediaMask } from './media-mask.ts';

export interface GatedCrossAttentionConfig {
  /** Of the language model, d. */
  readonly width: number;
  /** Of a visual token, w; default the width of the language model. */
  readonly visualWidth?: number;
  readonly heads: number;
  /** Default 128. */
  readonly headWidth?: number;
  /** The feed-forward network is this many times wider inside; default 4. */
  readonly hiddenMultiplier?: number;
  /** Default `squaredRelu`. */
  readonly activation?: Activation;
  /** Of both layer norms; default 1e-5. */
  readonly eps?: number;
}

/** Keys and values of a prompt's media, [b, heads, m l, headWidth]: made once, read for every token. */
export interface MediaKeyValues {
  readonly keys: Tensor;
  readonly values: Tensor;
}

export class GatedCrossAttention extends Module {
  attention: MaskedCrossAttention;
  attentionGate: Tensor;
  feedForwardNorm: LayerNorm;
  feedForward: FeedForward;
  denseGate: Tensor;

  constructor(init: Init, config: GatedCrossAttentionConfig) {
    super();
    const { width, hiddenMultiplier = 4, activation = 'squaredRelu', eps = 1e-5 } = config;
    this.attention = new MaskedCrossAttention(init, config);
    this.attentionGate = zeros(init.device, [1]);
    this.feedForwardNorm = new LayerNorm(init, width, { eps });
    this.feedForward = new FeedForward(init, width, hiddenMultiplier * width, { activation, bias: false });
    this.denseGate = zeros(init.device, [1]);
  }

  /** media [b, m, l, w] -> keys and values, to be passed to `forward` in place of the media */
  mediaKeyValues(media: Tensor): MediaKeyValues {
    return this.attention.mediaKeyValues(media);
  }

  /** y [b, n, d], media [b, m, l, w] or their keys and values; without a mask every token sees all -> [b, n, d] */
  forward(y: Tensor, media: Tensor | MediaKeyValues, mask: MediaMask | null = null, tap: Tap = noTap): Tensor {
    const keyValues = media instanceof Tensor ? this.mediaKeyValues(media) : media;
    const attended = tap('attention.out', this.attention.forward(y, keyValues, mask, tap)); // [b, n, d]
    const attentionGate = tap('gate.attention', this.attentionGate.tanh()); // [1]
    const mid = tap('residual.mid', y.add(attended.mul(attentionGate))); // [b, n, d]
    const dense = tap('feedforward.out', this.feedForward.forward(this.feedForwardNorm.forward(mid))); // [b, n, d]
    const denseGate = tap('gate.dense', this.denseGate.tanh()); // [1]
    return tap('residual.post', mid.add(dense.mul(denseGate))); // [b, n, d]
  }
}

/** Queries from the text, keys and values from the media that the mask lets each token see. */
export class MaskedCrossAttention extends Module {
  norm: LayerNorm;
  toQ: Linear;
  /** Keys in the first half of the rows, values in the second. */
  toKV: Linear;
  toOut: Linear;
  readonly heads: number;

  constructor(init: Init, config: GatedCrossAttentionConfig) {
    super();
    const { width, visualWidth = width, heads, headWidth = 128, eps = 1e-5 } = config;
    const inner = heads * headWidth;
    this.norm = new LayerNorm(init, width, { eps });
    this.toQ = new Linear(init, width, inner, { bias: false });
    this.toKV = new Linear(init, visualWidth, 2 * inner, { bias: false });
    this.toOut = new Linear(init, inner, width, { bias: false });
    this.heads = heads;
  }

  /** media [b, m, l, w] -> [b, heads, m l, headWidth] each. @throws ShapeError on another rank or width */
  mediaKeyValues(media: Tensor): MediaKeyValues {
    const width = this.toKV.weight.shape[1] as number;
    if (media.shape.length !== 4 || media.shape[3] !== width)
      throw new ShapeError('GatedCrossAttention', `expected media [b, m, l, ${width}]`, media.shape);
    const [b, m, l] = media.shape as [number, number, number, number];
    const inner = this.toQ.weight.shape[0] as number;
    const both = this.toKV.forward(media.reshape([b, m * l, width])); // [b, m l, 2 inner]
    const [keys, values] = split(both, [inner, inner], -1) as [Tensor, Tensor];
    return { keys: splitHeads(keys, this.heads), values: splitHeads(values, this.heads) };
  }

  /** y [b, n, d] -> [b, n, d] */
  forward(y: Tensor, { keys, values }: MediaKeyValues, mask: MediaMask | null, tap: Tap = noTap): Tensor {
    const q = splitHeads(this.toQ.forward(this.norm.forward(y)), this.heads); // [b, heads, n, headWidth]
    // A token before the first picture reads nothing. Masking alone would give it the mean of all pictures.
    const options = { mask: mask?.keys ?? null, emptyRows: 'uniform', reads: mask?.reads ?? null } as const;
    return this.toOut.forward(mergeHeads(attend(q, keys, values, options, tap)));
  }
}
