/**
 * Figure 5: the Perceiver Resampler. However many frames and visual tokens come in, a fixed number of latents goes out.
 *
 * Axes: b batch, m media (pictures or videos), f frames, v visual tokens of a frame, l latents, d width.
 *
 *     x_f = x_f + time_embeddings; x = flatten(x_f); y = latents
 *     in every layer: y = y + attention(q = y, kv = concat(x, y)); y = y + feedForward(y)
 *
 * Defaults are the paper's (Table 4): 6 layers, 16 heads of 96, 64 latents, squared ReLU, learned temporal embeddings of
 * 8 frames. `dialects/resampler.ts` holds what public implementations do otherwise. As in all of them, linear maps have no
 * bias and a layer norm stands before each part and at the end; the paper's pseudo-code leaves norms out.
 */

import { attend, normHeads, splitKeyValues, tapHeads } from '../nn/attention.ts';
import type { Init, Norm, Tap } from '../nn/index.ts';
import { createNorm, FeedForward, LayerNorm, Linear, Module, noTap, weights } from '../nn/index.ts';
import { requireWholes } from '../tensor/errors.ts';
import { concat, interpolateLinear, requireOptions, stage, type Tensor } from '../tensor/index.ts';
import { requireForm } from '../tensor/shape.ts';
import { addMediaOrder, RESAMPLER_SWITCHES, type ResamplerSwitches, refuseFrames } from './dialects/resampler.ts';

export interface PerceiverResamplerConfig extends ResamplerSwitches {
  /** Width of a visual token and of a latent, d. */
  readonly width: number;
  /** Layers; default 6. */
  readonly depth?: number;
  /** Default 16. */
  readonly heads?: number;
  /** Default 96. */
  readonly headDim?: number;
  /** Visual tokens that come out for each medium; default 64. */
  readonly latents?: number;
  /** The feed-forward network is this many times wider inside; default 4. */
  readonly ffMult?: number;
  /** Learned temporal embeddings, one a frame; a picture takes the first. Default 8 (appendix B.1.2), 0 for none. */
  readonly frameEmbeddings?: number;
  /** Standard deviation of newly drawn latents; default 1. */
  readonly latentStd?: number;
}

const CONFIG = `width depth heads headDim latents ffMult frameEmbeddings latentStd ${RESAMPLER_SWITCHES}` as const;

/**
 * The Perceiver Resampler (Figure 5): any number of visual tokens -> the same small number of latents for each picture.
 * @example
 * ```ts
 * const { resampler } = model.flamingo;
 * console.log(resampler.latents.shape); // [latents, width]
 * const latents = resampler.forward(zeros(model.device, [1, 2, 1, 16, 128])); // [1, 2, 8, 128]
 * ```
 */
export class PerceiverResampler extends Module {
  latents: Tensor;
  frameEmbeddings: Tensor | null;
  mediaEmbeddings: Tensor | null;
  layers: ResamplerLayer[];
  norm: Norm;
  private readonly extraFrames: (table: Tensor, frames: number) => Tensor;

  constructor(init: Init, config: PerceiverResamplerConfig) {
    super();
    requireOptions('PerceiverResampler', config, CONFIG);
    const { width, depth = 6, latents = 64, frameEmbeddings = 8, latentStd = 1, eps = 1e-5 } = config;
    const { mediaEmbeddings = 0 } = config;
    requireWholes('PerceiverResampler', { depth, latents, frameEmbeddings, mediaEmbeddings });
    this.latents = weights(init, [latents, width], latentStd);
    this.frameEmbeddings = frameEmbeddings ? weights(init, [frameEmbeddings, width], 1) : null;
    this.mediaEmbeddings = mediaEmbeddings ? weights(init, [mediaEmbeddings, 1, width], 1) : null;
    this.layers = Array.from({ length: depth }, () => new ResamplerLayer(init, config));
    this.norm = createNorm(init, config.finalNorm === false ? null : 'layer', width, { eps });
    this.extraFrames = config.extraFrames === 'error' ? refuseFrames : interpolateLinear;
  }

  /**
   * x_f [b, m, f, v, d] -> [b, m, l, d]; a picture is a video of one frame.
   * @param visualTokens x_f: media, frames and tokens of the vision encoder, or [b, m, f, v, d] of any other
   * @throws ShapeError on another rank or width, and when there are more media or frames than embeddings
   */
  forward(visualTokens: Tensor, tap: Tap = noTap): Tensor {
    const [l, d] = this.latents.shape as [number, number];
    const [b, m, f, v] = requireForm('PerceiverResampler', 'visual tokens', visualTokens, ['b', 'm', 'f', 'v', d]);
    const timed = this.addTime(visualTokens).reshape([b, m, f * v, d]); // [b, m, f v, d]
    const x = tap('in', addMediaOrder(timed, this.mediaEmbeddings)); // [b, m, f v, d]
    let y = tap('latents', this.latents.expand([b, m, l, d])); // [b, m, l, d]
    this.layers.forEach((layer, i) => {
      y = stage(x.device, () => layer.forward(x, y, tap.at('layers', i)));
    });
    return tap('out', this.norm.forward(y)); // [b, m, l, d]
  }

  /**
   * Every visual token of a frame learns when it was. The paper trains on 8 frames and reads 30 by linear
   * interpolation; between half-pixel centres is our reading, it does not say which. Fewer frames take the first rows.
   */
  private addTime(x: Tensor): Tensor {
    if (!this.frameEmbeddings) return x;
    const [frames, d] = this.frameEmbeddings.shape as [number, number];
    const f = x.shape[2] as number;
    const times = f > frames ? this.extraFrames(this.frameEmbeddings, f) : this.frameEmbeddings.slice([[0, f]]); // [f, d]
    return x.add(times.reshape([f, 1, d]));
  }
}

/** One layer of Figure 5: latents attend to x and to each other, then pass through a feed-forward network. */
export class ResamplerLayer extends Module {
  attention: PerceiverAttention;
  feedForwardNorm: LayerNorm;
  feedForward: FeedForward;

  constructor(init: Init, config: PerceiverResamplerConfig) {
    super();
    this.attention = new PerceiverAttention(init, config);
    const { width, ffMult = 4, activation = 'squaredRelu', eps = 1e-5 } = config;
    this.feedForwardNorm = new LayerNorm(init, width, { eps });
    this.feedForward = new FeedForward(init, width, ffMult * width, { activation, bias: false });
  }

  /** x [b, m, n, d], y [b, m, l, d] -> [b, m, l, d] */
  forward(x: Tensor, y: Tensor, tap: Tap = noTap): Tensor {
    const attended = this.attention.forward(x, y, tap); // [b, m, l, d]
    const mid = tap('residual.mid', y.add(attended)); // [b, m, l, d]
    const normed = tap('feedforward.norm.out', this.feedForwardNorm.forward(mid)); // [b, m, l, d]
    const dense = tap('feedforward.out', this.feedForward.forward(normed, tap)); // [b, m, l, d]
    return tap('residual.post', mid.add(dense)); // [b, m, l, d]
  }
}

/** Queries from the latents; keys and values from the visual tokens and the latents, in this order. */
export class PerceiverAttention extends Module {
  normMedia: LayerNorm;
  normLatents: LayerNorm;
  toQ: Linear;
  /** Keys in the first half of the rows, values in the second. */
  toKV: Linear;
  toOut: Linear;
  queryNorm: Norm;
  keyNorm: Norm;
  readonly heads: number;

  constructor(init: Init, config: PerceiverResamplerConfig) {
    super();
    requireOptions('PerceiverResampler', config, CONFIG);
    const { width, heads = 16, headDim = 96, eps = 1e-5, queryKeyNorm = null } = config;
    requireWholes('PerceiverResampler', { heads, headDim }, 1);
    const inner = heads * headDim;
    this.normMedia = new LayerNorm(init, width, { eps });
    this.normLatents = new LayerNorm(init, width, { eps });
    this.toQ = new Linear(init, width, inner, { bias: false });
    this.toKV = new Linear(init, width, 2 * inner, { bias: false });
    this.toOut = new Linear(init, inner, width, { bias: false });
    this.queryNorm = createNorm(init, queryKeyNorm, headDim, { eps });
    this.keyNorm = createNorm(init, queryKeyNorm, headDim, { eps });
    this.heads = heads;
  }

  /** x [b, m, n, d], y [b, m, l, d] -> [b, m, l, d] */
  forward(x: Tensor, y: Tensor, tap: Tap = noTap): Tensor {
    const media = tap('attention.norm.media', this.normMedia.forward(x)); // [b, m, n, d]
    const latents = tap('attention.norm.latents', this.normLatents.forward(y)); // [b, m, l, d]
    const { heads } = this;
    const q = normHeads(this.queryNorm, this.toQ.forward(latents), heads); // [b, m, l, heads headDim]
    const [k, v] = splitKeyValues(this.toKV.forward(concat([media, latents], 2))); // [b, m, n + l, heads headDim]
    const queries = tapHeads(tap, 'attention.queries', q, heads);
    const keys = tapHeads(tap, 'attention.keys', normHeads(this.keyNorm, k, heads), heads);
    const values = tapHeads(tap, 'attention.values', v, heads);
    const out = attend(queries, keys, values, { heads }, tap); // [b, m, l, heads headDim]
    return tap('attention.out', this.toOut.forward(out)); // [b, m, l, d]
  }
}
