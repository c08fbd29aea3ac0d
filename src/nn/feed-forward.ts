import { requireOptions, type Tensor } from '../tensor/index.ts';
import { type Activation, activations, type Init, Linear } from './layers.ts';
import { Module } from './module.ts';
import { noTap, type Tap } from './tap.ts';

export interface FeedForwardOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** Default `gelu`. */
  readonly activation?: Activation;
  /** A second map whose activation multiplies the first (GLU, Shazeer 2020; with silu: SwiGLU). Default false. */
  readonly gated?: boolean;
  /** The standard deviation that the map back to the residual stream is drawn with. */
  readonly std?: number;
}

/**
 * width -> hidden -> width: down(activation(up(x))), or gated down(activation(gate(x)) * up(x)).
 * @example
 * ```ts
 * const init = { device, random: new Random(1) };
 * const mlp = new FeedForward(init, 8, 32, { activation: 'gelu' });
 * const y = mlp.forward(ones(device, [1, 3, 8])); // [1, 3, 8]
 * ```
 */
export class FeedForward extends Module {
  gate: Linear | null;
  up: Linear;
  down: Linear;
  readonly activation: Activation;

  /**
   * @param width of the input and of the output
   * @param hidden width between the two linear maps
   */
  constructor(init: Init, width: number, hidden: number, options: FeedForwardOptions = {}) {
    super();
    requireOptions('FeedForward', options, 'bias activation:gelu|geluTanh|quickGelu|relu|squaredRelu|silu gated std');
    const { bias = true, activation = 'gelu', gated = false, std } = options;
    this.gate = gated ? new Linear(init, width, hidden, { bias }) : null;
    this.up = new Linear(init, width, hidden, { bias });
    this.down = new Linear(init, hidden, width, { bias, ...(std !== undefined && { std }) });
    this.activation = activation;
  }

  /** x [.., width] -> [.., width] */
  forward(x: Tensor, tap: Tap = noTap): Tensor {
    const act = activations[this.activation];
    const hidden = this.gate ? act(this.gate.forward(x)).mul(this.up.forward(x)) : act(this.up.forward(x));
    return this.down.forward(tap('feedforward.hidden', hidden)); // [.., hidden] -> [.., width]
  }
}
