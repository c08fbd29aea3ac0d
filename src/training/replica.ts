import type { Module, Optimizer } from '../nn/index.ts';
import type { Team } from '../parallel/team.ts';
import type { Tensor } from '../tensor/index.ts';
import type { Metrics } from './report.ts';
import type { NamedShape } from './shared-state.ts';

/**
 * Parts that every batch is cut into, whatever the number of threads: their gradients are added in a fixed order, so
 * that weights are the same bits on one thread and on sixteen.
 */
export const PARTS = 16;

/** Takes the gradients of one part: the batch's are the sum over parts divided by the sum of weights; weight 0: no rows. */
export type Put = (part: number, loss: number, weight: number, gradients: ReadonlyMap<Tensor, Tensor>) => void;

/** What one thread has of a stage: a model of its own, and how to compute parts of a step with it. */
export interface Replica {
  /** What is trained. The parameters hold the values of the present step whenever `gradients` is called. */
  readonly model: Module;
  /** An optimiser for one parameter alone: any thread may take its step. */
  optimizer(name: string, parameter: Tensor): Optimizer;
  /** Factor of the learning rates at a step. */
  rate(index: number): number;
  /** Arrays through which the threads exchange what is neither parameter nor gradient. */
  readonly exchange?: readonly NamedShape[];
  /** Computes every part once, over the whole team, and puts its gradients. Draws from the step and the part alone. */
  gradients(index: number, team: Team, put: Put, exchange: ReadonlyMap<string, Float32Array>): void;
  /** Numbers to log besides the loss, from the parameters after a step. */
  metrics?(parameter: (name: string) => Float32Array): Metrics;
  dispose(): void;
}
