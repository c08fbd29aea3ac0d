import {
  type Activation,
  FeedForward,
  type Init,
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

/**
 * A pre-norm Transformer layer, as in both towers of CLIP (Radford et al. 2021, section 2.4):
 * x = x + attention(norm(x)); x = x + feedForward(norm(x)).
 */
export class TransformerLayer extends Module {
  norm1: LayerNorm;
  attention: MultiHeadAttention;
  norm2: LayerNorm;
  feedForward: FeedForward;
  readonly causal: boolean;

  constructor(init: Init, config: TransformerLayerConfig) {
    super();
    const { width, heads, hidden, activation, eps, layers, causal } = config;
    const residual = (2 * layers) ** -0.5; // as OpenAI's initialize_parameters
    this.norm1 = new LayerNorm(init, width, { eps });
    this.attention = new MultiHeadAttention(init, width, heads, { deviation: width ** -0.5 * residual });
    this.norm2 = new LayerNorm(init, width, { eps });
    this.feedForward = new FeedForward(init, width, hidden, { activation, deviation: hidden ** -0.5 * residual });
    this.causal = causal;
  }

  /** x [b, n, d] -> [b, n, d] */
  forward(x: Tensor, tap: Tap = noTap): Tensor {
    const attended = this.attention.forward(this.norm1.forward(x), { causal: this.causal }, tap);
    const mid = tap('residual.mid', x.add(tap('attention.out', attended))); // [b, n, d]
    const dense = this.feedForward.forward(this.norm2.forward(mid));
    return tap('residual.post', mid.add(tap('feedforward.out', dense))); // [b, n, d]
  }
}
