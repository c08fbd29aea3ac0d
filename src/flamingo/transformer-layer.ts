import {
  type Activation,
  FeedForward,
  type Init,
  type KeyValueCache,
  LayerNorm,
  Module,
  MultiHeadAttention,
  noTap,
  type Tap,
} from '../nn/index.ts';
import type { Tensor } from '../tensor/index.ts';

export interface TransformerLayerConfig {
  readonly width: number;
  readonly heads: number;
  /** Width between the two linear maps of the feed-forward network. */
  readonly hidden: number;
  readonly activation: Activation;
  readonly eps: number;
  /** Layers of the tower: the maps that write to the residual start smaller in deeper towers. */
  readonly layers: number;
  readonly causal: boolean;
}

export interface LayerInputs {
  /** 1: seen, 0: hidden; broadcasts to [b, heads, n, m]. */
  readonly mask?: Tensor | null;
  readonly cache?: KeyValueCache | null;
}

/**
 * A pre-norm Transformer layer, as in both towers of CLIP (Radford et al. 2021, section 2.4) and in OPT:
 * x = x + attention(norm(x)); x = x + feedForward(norm(x)).
 */
export class TransformerLayer extends Module {
  attentionNorm: LayerNorm;
  attention: MultiHeadAttention;
  feedForwardNorm: LayerNorm;
  feedForward: FeedForward;
  readonly causal: boolean;

  constructor(init: Init, config: TransformerLayerConfig) {
    super();
    const { width, heads, hidden, activation, eps, layers, causal } = config;
    // 2 layers branches add up in the residual stream: each begins smaller (Radford et al. 2019, section 2.3).
    const residual = (2 * layers) ** -0.5;
    this.attentionNorm = new LayerNorm(init, width, { eps });
    this.attention = new MultiHeadAttention(init, width, heads, { deviation: width ** -0.5 * residual });
    this.feedForwardNorm = new LayerNorm(init, width, { eps });
    this.feedForward = new FeedForward(init, width, hidden, { activation, deviation: hidden ** -0.5 * residual });
    this.causal = causal;
  }

  /** x [b, n, d] -> [b, n, d] */
  forward(x: Tensor, inputs: LayerInputs = {}, tap: Tap = noTap): Tensor {
    const attended = this.attention.forward(this.attentionNorm.forward(x), { ...inputs, causal: this.causal }, tap);
    const mid = tap('residual.mid', x.add(tap('attention.out', attended))); // [b, n, d]
    const dense = this.feedForward.forward(this.feedForwardNorm.forward(mid));
    return tap('residual.post', mid.add(tap('feedforward.out', dense))); // [b, n, d]
  }
}
