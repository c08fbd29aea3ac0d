import type { Tensor } from '../tensor/index.ts';
import { type Activation, activations, type Init, Linear } from './layers.ts';
import { Module } from './module.ts';

/** Two linear maps with an activation between: width -> hidden -> width. */
export class FeedForward extends Module {
  up: Linear;
  down: Linear;
  readonly activation: Activation;

  constructor(
    init: Init,
    width: number,
    hidden: number,
    options: { bias?: boolean; activation?: Activation; deviation?: number } = {},
  ) {
    super();
    const { bias = true, activation = 'gelu', deviation } = options;
    this.up = new Linear(init, width, hidden, { bias });
    this.down = new Linear(init, hidden, width, { bias, ...(deviation !== undefined && { deviation }) });
    this.activation = activation;
  }

  /** x [.., width] -> [.., width] */
  forward(x: Tensor): Tensor {
    return this.down.forward(activations[this.activation](this.up.forward(x)));
  }
}
