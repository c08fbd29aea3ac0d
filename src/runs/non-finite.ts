/** Where NaN or infinity arises first: both spread to all that is computed after them. */

import type { Flamingo } from '../flamingo/flamingo.ts';
import { scope } from '../tensor/index.ts';
import type { Captured } from './captured.ts';
import { attendOf, Hooks, planRun, type RunInputs, type RunOptions } from './run.ts';

/**
 * The first tap, in the order of computation, at which a value of this prompt is NaN or infinite; null when none is. What
 * a mask forbids is -Infinity on purpose, so that there only NaN and Infinity count.
 *
 * All taps are captured, without a budget: this is for a run that has failed.
 */
export async function firstNonFinite(
  flamingo: Flamingo,
  inputs: RunInputs,
  options: Pick<RunOptions, 'edit' | 'attend'> = {},
  known: Parameters<typeof planRun>[3] = {},
): Promise<string | null> {
  const plan = planRun(flamingo, inputs, { ...options, capture: ['**'], budget: Number.POSITIVE_INFINITY }, known);
  const hooks = new Hooks(plan);
  scope(flamingo.device, () => void hooks.forward((tap) => flamingo.forward({ ...inputs, ...attendOf(plan) }, tap)), {
    noGrad: true,
  });
  const run = await hooks.run();
  return run.names.find((name) => !isSound(run.get(name))) ?? null;
}

function isSound({ name, data }: Captured): boolean {
  const masked = name.startsWith('mask.') || name.endsWith('.scores');
  return data.every((value) => Number.isFinite(value) || (masked && value === -Infinity));
}
