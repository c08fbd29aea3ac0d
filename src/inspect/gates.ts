/** What the gates of Figure 4 let through. */

import { requireKinds } from '../files/kinds.ts';
import { GATE_TAPS, type GateValues, gateValues } from '../runs/gates.ts';
import { blockComesAfter, norm, type Recorded, vectors } from './recorded.ts';
import { imageRibbon, WHICH_IMAGE_TAPS } from './which-image.ts';

/** What to capture for `gateContributions`. */
export const CONTRIBUTION_TAPS: readonly string[] = [
  ...WHICH_IMAGE_TAPS,
  ...GATE_TAPS,
  'xattn.*.contribution.*',
  'xattn.*.residual.mid',
  'lm.embeddings.out',
  'lm.layers.*.residual.post',
];

/** Of one gated block, by token. */
export interface GateContribution {
  readonly layer: number;
  readonly gates: GateValues;
  /** Null for a token that sees no image, so that nothing can pass. */
  readonly attention: readonly (number | null)[];
  readonly dense: readonly number[];
}

/**
 * How much each gate adds to each token: sign(tanh(alpha)) |tanh(alpha) out| / |residual|, with |x| the Euclidean norm
 * over the width, and as residual what is added to: the block's input for attention, `residual.mid` for dense. (Beside
 * tanh(alpha), because what stands before a gate can be large or small.) Of tokens with a residual of 0 it is not finite.
 *
 * @param row of the batch, counted from 0; default 0
 * @throws TapError unless `CONTRIBUTION_TAPS` were captured
 * @throws ViewError for a row that is not there
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: CONTRIBUTION_TAPS });
 * const contributions = gateContributions(run);
 * ```
 */
export function gateContributions(run: Recorded, row = 0): GateContribution[] {
  requireKinds('gateContributions', { run }, '{names,get}');
  const { tokens } = imageRibbon(run, row);
  return gateValues(run).map((gates) => {
    const { layer } = gates;
    const before = blockComesAfter(run, layer) ? layer : layer - 1;
    const stream = before < 0 ? 'lm.embeddings.out' : `lm.layers.${before}.residual.post`;
    const attention = ratios(run, `xattn.${layer}.contribution.attention`, stream, row);
    const dense = ratios(run, `xattn.${layer}.contribution.dense`, `xattn.${layer}.residual.mid`, row);
    return {
      layer,
      gates,
      // Where nothing is allowed, other dialects still read a mean of all images; what does flow is shown.
      attention: attention.map((x, i) =>
        x === 0 && tokens[i]?.allowed.length === 0 ? null : x * sign(gates.attention),
      ),
      dense: dense.map((x) => x * sign(gates.dense)),
    };
  });
}

/** |added| / |residual| of every token */
function ratios(run: Recorded, added: string, residual: string, row: number): number[] {
  const base = vectors(run.get(residual), row);
  return vectors(run.get(added), row).map((x, token) => norm(x) / norm(base[token] as Float32Array));
}

/** A closed gate adds nothing on either side. */
const sign = (gate: number): number => (gate < 0 ? -1 : 1);
