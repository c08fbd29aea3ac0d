import { AdamW, type Module, Muon, Optimizers } from '../nn/index.ts';
import type { Tensor } from '../tensor/index.ts';

export interface MixedRates {
  /** Learning rate and weight decay of matrices, by Muon. */
  readonly muon: number;
  readonly muonDecay: number;
  /** The rest, by AdamW. */
  readonly adam: number;
  readonly adamDecay?: number;
  readonly betas?: readonly [number, number];
}

/** Parameters by how they learn. */
export interface Sorted {
  readonly matrices: Tensor[];
  readonly rest: Tensor[];
}

/** Matrices that map activations to activations go to Muon; embeddings, norms, biases and gates do not. */
export function sortParameters(
  parameters: Iterable<readonly [string, Tensor]>,
  isMatrix: (name: string) => boolean,
): Sorted {
  const sorted: Sorted = { matrices: [], rest: [] };
  for (const [name, parameter] of parameters)
    (parameter.shape.length === 2 && isMatrix(name) ? sorted.matrices : sorted.rest).push(parameter);
  return sorted;
}

/** Muon for the matrices inside blocks, AdamW for everything else (training recipe; Jordan et al. 2024). */
export function muonAndAdam(module: Module, isMatrix: (name: string) => boolean, rates: MixedRates): Optimizers {
  const { matrices, rest } = sortParameters(module.parameters(), isMatrix);
  return new Optimizers([
    new Muon([{ parameters: matrices, learningRate: rates.muon, weightDecay: rates.muonDecay }]),
    new AdamW([{ parameters: rest, learningRate: rates.adam, weightDecay: rates.adamDecay ?? 0 }], {
      betas: rates.betas ?? [0.9, 0.98],
    }),
  ]);
}
