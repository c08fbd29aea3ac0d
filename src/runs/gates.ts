/** The gates of Figure 4, as a run had them. */

import { requireKinds } from '../files/kinds.ts';
import type { BlockGates } from '../flamingo/gated-cross-attention.ts';
import { layersOf, type Run } from './captured.ts';

/** The gates of the block at a layer of the language model, from 0. */
export interface GateValues extends BlockGates {
  readonly layer: number;
}

/** What to capture for `gateValues`. */
export const GATE_TAPS: readonly string[] = ['xattn.*.gate.*'];

/**
 * Both gates of every block, signs kept, as this run had them: an edit shows. A gate with a value for each channel counts
 * as their mean.
 * @throws TapError unless `GATE_TAPS` were captured
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: GATE_TAPS });
 * const gates = gateValues(run); // tanh(alpha) of both gates of every block
 * ```
 */
export function gateValues(run: Pick<Run, 'names' | 'get'>): GateValues[] {
  requireKinds('gateValues', { run }, '{names,get}');
  const value = (layer: number, gate: keyof BlockGates): number => {
    const { data } = run.get(`xattn.${layer}.gate.${gate}`);
    return data.reduce((sum, x) => sum + x, 0) / data.length;
  };
  return layersOf(run, 'xattn', 'gate.attention').map((layer) => ({
    layer,
    attention: value(layer, 'attention'),
    dense: value(layer, 'dense'),
  }));
}
