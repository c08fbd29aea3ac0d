import { AdamW, type Optimizer } from '../nn/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { Muon } from './muon.ts';

export interface MixedRates {
  /** Learning rate and weight decay of matrices, by Muon. */
  readonly muon: number;
  readonly muonDecay: number;
  /** The rest, by AdamW. */
  readonly adam: number;
  readonly adamDecay?: number;
  readonly betas?: readonly [number, number];
}

/**
 * Muon for a matrix that maps activations to activations, AdamW for everything else: embeddings, norms, biases, gates
 * (training recipe; Jordan et al. 2024). For this one parameter alone.
 */
export function muonOrAdam(parameter: Tensor, inBlock: boolean, rates: MixedRates): Optimizer {
  if (inBlock && parameter.shape.length === 2)
    return new Muon([{ parameters: [parameter], learningRate: rates.muon, weightDecay: rates.muonDecay }]);
  return new AdamW([{ parameters: [parameter], learningRate: rates.adam, weightDecay: rates.adamDecay ?? 0 }], {
    betas: rates.betas ?? [0.9, 0.98],
  });
}
