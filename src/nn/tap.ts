import { requireKinds } from '../files/kinds.ts';
import type { Tensor } from '../tensor/index.ts';

/**
 * A named hook on an intermediate value: `x = tap('attention.weights', x)`. It returns x itself unless a run asks for it; what
 * it returns is what flows on. `at` names the doors of a part of the model: `at('lm.layers', 3)` those of layer 3, the
 * number apart so that no name is built when nobody asks. `wants` says whether a value that a fused kernel skips is
 * asked for.
 */
export interface Tap {
  /**
   * @param name of the value
   * @param x the value as it was computed
   */
  (name: string, x: Tensor): Tensor;
  at(part: string, index?: number): Tap;
  wants(name: string): boolean;
}

/** The tap of a run in which nobody asked for anything. */
export const noTap: Tap = Object.assign((_name: string, x: Tensor): Tensor => x, {
  at: (): Tap => noTap,
  wants: (): boolean => false,
});

/** Receives every value that passes a tap. */
export interface TapListener {
  /** Tells whether anything is to be done with the value of that name. */
  wants(name: string): boolean;
  /** Is shown every value that passes, by its whole name. What it returns flows on in its place. */
  pass(name: string, x: Tensor): Tensor;
}

/**
 * The tap to hand to a model's forward.
 * @param prefix stands before every name: `lm.`; default none
 * @example
 * ```ts
 * const tap = tapFor({ wants: () => true, pass: (name, x) => (name === 'attention.weights' ? x.mul(0) : x) });
 * ```
 */
export function tapFor(listener: TapListener, prefix = ''): Tap {
  requireKinds('tapFor', { listener, prefix }, '{wants,pass} text');
  return Object.assign((name: string, x: Tensor): Tensor => listener.pass(prefix + name, x), {
    at: (part: string, index?: number): Tap =>
      tapFor(listener, `${prefix}${part}.${index === undefined ? '' : `${index}.`}`),
    wants: (name: string): boolean => listener.wants(prefix + name),
  });
}
