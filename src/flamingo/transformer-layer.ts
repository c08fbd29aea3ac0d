import type { Activation, AttentionInputs, Init, Norm, NormKind, Tap } from '../nn/index.ts';
import { createNorm, FeedForward, Module, MultiHeadAttention, noTap } from '../nn/index.ts';
import { requireWholes } from '../tensor/errors.ts';
import { requireOptions, type Tensor } from '../tensor/index.ts';

/**
 * Where the norms stand, and what the feed-forward network reads.
 *
 * - `pre-norm`: mid = x + attention(norm(x)); y = mid + feedForward(norm(mid)). CLIP, GPT-2, OPT, LLaMA, MPT, and
 *   GPT-NeoX with `use_parallel_residual` false.
 * - `post-norm`: mid = norm(x + attention(x)); y = norm(mid + feedForward(mid)). OPT-350m.
 * - `parallel`: y = x + attention(norm(x)) + feedForward(other norm(x)). GPT-NeoX.
 * - `parallel-shared-norm`: y = x + attention(norm(x)) + feedForward(norm(x)), one norm for both. GPT-J.
 */
export type LayerLayout = 'pre-norm' | 'post-norm' | 'parallel' | 'parallel-shared-norm';

export interface TransformerLayerConfig {
  readonly width: number;
  readonly heads: number;
  /** Default width / heads. */
  readonly headDim?: number;
  /** Heads of keys and values, each shared by neighbouring query heads; default `heads`. */
  readonly keyValueHeads?: number;
  /** Norms of all queries and of all keys, before they are split into heads (MosaicGPT's attn_qk_ln); default false. */
  readonly queryKeyNorm?: boolean;
  /** Width between the two linear maps of the feed-forward network. */
  readonly hidden: number;
  readonly activation: Activation;
  /** A second map up whose activation multiplies the first (SwiGLU with silu); default false. */
  readonly gated?: boolean;
  /** Default `layer`. */
  readonly norm?: NormKind;
  /** Of the layer norms; default true. */
  readonly normBias?: boolean;
  readonly eps: number;
  /** Default `pre-norm`. */
  readonly layout?: LayerLayout;
  /** Of the linear maps of attention; default true. */
  readonly attentionBias?: boolean;
  /** Of the linear maps of the feed-forward network; default true. */
  readonly feedForwardBias?: boolean;
  /** Layers of the tower: the maps that write to the residual start smaller in deeper towers. */
  readonly layers: number;
  readonly causal: boolean;
}

/** All of its keys but `causal`, which is not a language model's to say. */
export const LAYER =
  'width heads headDim keyValueHeads queryKeyNorm hidden activation:gelu|geluTanh|quickGelu|relu|squaredRelu|silu gated norm:layer|rms normBias eps layout:pre-norm|post-norm|parallel|parallel-shared-norm layers attentionBias feedForwardBias';

/** What attention is given, save what the layer says of itself. */
export type LayerInputs = Omit<AttentionInputs, 'context' | 'causal'>;

/** A Transformer layer: by default as in both towers of CLIP (Radford et al. 2021, section 2.4) and in OPT. */
export class TransformerLayer extends Module {
  attentionNorm: Norm;
  attention: MultiHeadAttention;
  feedForwardNorm: Norm | null;
  feedForward: FeedForward;
  readonly layout: LayerLayout;
  readonly causal: boolean;

  constructor(init: Init, config: TransformerLayerConfig) {
    super();
    requireOptions('TransformerLayer', config, `${LAYER} causal`);
    const { width, heads, hidden, activation, gated = false, layers, layout = 'pre-norm' } = config;
    const { attentionBias = true, feedForwardBias = true } = config;
    requireWholes('TransformerLayer', { layers }, 1);
    const norm = () => layerNorm(init, config);
    // 2 layers branches add up in the residual stream: each begins smaller (Radford et al. 2019, section 2.3).
    const std = (inner: number): number => inner ** -0.5 * (2 * layers) ** -0.5;
    const { headDim, keyValueHeads, norm: kind = 'layer', normBias = true, eps } = config;
    const inner = heads * (headDim ?? width / heads);
    const queryKeyNorm = config.queryKeyNorm ? { kind, bias: normBias, eps } : null;
    const attention = { headDim, keyValueHeads, queryKeyNorm, bias: attentionBias, std: std(inner) };
    this.attentionNorm = norm();
    this.attention = new MultiHeadAttention(init, width, heads, attention);
    this.feedForwardNorm = layout === 'parallel-shared-norm' ? null : norm();
    const dense = { activation, gated, bias: feedForwardBias, std: std(hidden) };
    this.feedForward = new FeedForward(init, width, hidden, dense);
    this.layout = layout;
    this.causal = config.causal;
  }

  /** x [b, n, d] -> [b, n, d] */
  forward(x: Tensor, inputs: LayerInputs = {}, tap: Tap = noTap): Tensor {
    return this.layout === 'post-norm' ? this.normAfter(x, inputs, tap) : this.normBefore(x, inputs, tap);
  }

  private normBefore(x: Tensor, inputs: LayerInputs, tap: Tap): Tensor {
    const read = tap('attention.norm.out', this.attentionNorm.forward(x)); // [b, n, d]
    const mid = tap('residual.mid', x.add(this.attend(read, inputs, tap))); // [b, n, d]
    const source = this.layout === 'pre-norm' ? mid : x;
    const normed = this.feedForwardNorm && tap('feedforward.norm.out', this.feedForwardNorm.forward(source));
    return tap('residual.post', mid.add(this.dense(normed ?? read, tap))); // [b, n, d]
  }

  private normAfter(x: Tensor, inputs: LayerInputs, tap: Tap): Tensor {
    const attended = this.attentionNorm.forward(x.add(this.attend(x, inputs, tap)));
    const mid = tap('residual.mid', tap('attention.norm.out', attended)); // [b, n, d]
    const sum = mid.add(this.dense(mid, tap));
    return tap('residual.post', tap('feedforward.norm.out', this.feedForwardNorm?.forward(sum) ?? sum)); // [b, n, d]
  }

  private attend(x: Tensor, inputs: LayerInputs, tap: Tap): Tensor {
    return tap('attention.out', this.attention.forward(x, { ...inputs, causal: this.causal }, tap));
  }

  private dense(x: Tensor, tap: Tap): Tensor {
    return tap('feedforward.out', this.feedForward.forward(x, tap));
  }
}

/** The norm that a configuration asks for. */
export function layerNorm(
  init: Init,
  { width, norm = 'layer', normBias = true, eps }: Pick<TransformerLayerConfig, 'width' | 'norm' | 'normBias' | 'eps'>,
): Norm {
  return createNorm(init, norm, width, { eps, bias: normBias });
}
