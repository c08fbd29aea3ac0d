/** Changes to a model from outside: to its weights and settings once they are loaded, and to what passes its taps. */

import { requireKinds } from '../files/kinds.ts';
import { GatedCrossAttention } from '../flamingo/gated-cross-attention.ts';
import { LanguageModel } from '../flamingo/language-model.ts';
import { PerceiverResampler } from '../flamingo/perceiver-resampler.ts';
import { Module, type Tap, tapFor } from '../nn/index.ts';
import type { Tensor } from '../tensor/index.ts';

/** What an alteration does to values that pass. */
export interface TapChange {
  /** Tells whether it changes the value of that name: values that a fused kernel skips are then computed. */
  touches(name: string): boolean;
  /** What flows on in place of x. */
  change(name: string, x: Tensor): Tensor;
}

/** Changes a loaded model in place, and says what is to happen at its taps; null for nothing. */
export type Alteration = (model: Module) => TapChange | null;

/** Which parts of a model are meant, by role. */
export type Where = (role: string) => boolean;

/** A part of a model under the name that its taps have. */
export interface Part {
  /** `xattn.1.attention`; the empty string for the whole model. */
  readonly role: string;
  readonly module: Module;
}

/**
 * The model and every module in it, in the order of their fields. Parts alone are called what they are in a Flamingo.
 * @example
 * ```ts
 * for (const { role, module } of partsOf(model.flamingo)) console.log(role, module.parameters().size);
 * ```
 */
export function partsOf(model: Module): Part[] {
  requireKinds('partsOf', { model }, '{parameters}');
  const parts: Part[] = [];
  const walk = (value: unknown, path: string): void => {
    if (value instanceof Module) parts.push({ role: roleOf(model, path), module: value });
    if (!(value instanceof Module) && !Array.isArray(value)) return;
    for (const [key, entry] of Object.entries(value)) walk(entry, path ? `${path}.${key}` : key);
  };
  walk(model, '');
  return parts;
}

/** Every parameter under the name that its taps have: `xattn.1.attention.toQ.weight`. */
export function parametersByRole(model: Module): Map<string, Tensor> {
  return new Map(Array.from(model.parameters(), ([path, parameter]) => [roleOf(model, path), parameter]));
}

function roleOf(model: Module, path: string): string {
  const alone: readonly (readonly [boolean, string])[] = [
    [model instanceof PerceiverResampler, 'resampler'],
    [model instanceof GatedCrossAttention, 'xattn.0'],
    [model instanceof LanguageModel, 'lm'],
  ];
  const prefix = alone.find(([is]) => is)?.[1];
  if (prefix) return path ? `${prefix}.${path}` : prefix;
  return path.replace(/^crossAttention(?=\.|$)/, 'xattn').replace(/^languageModel(?=\.|$)/, 'lm');
}

/**
 * Two alterations as one, the first before the second.
 * @param first is applied before the second
 * @param second is applied to what the first gave
 * @example
 * ```ts
 * const [first, second] = MISTAKES.map((mistake) => mistake.make(under('xattn.0')));
 * const change = first && second && both(first, second); // called with a model, it alters that one
 * ```
 */
export function both(first: Alteration, second: Alteration): Alteration {
  requireKinds('both', { first, second }, 'function function');
  return (model) => {
    const changes = [first(model), second(model)].filter((change) => change !== null);
    if (changes.length === 0) return null;
    return {
      touches: (name) => changes.some((change) => change.touches(name)),
      change: (name, x) => changes.reduce((value, change) => change.change(name, value), x),
    };
  };
}

/**
 * A tap whose values are changed before `tap` sees them, and go on changed.
 * @example
 * ```ts
 * const double = { touches: (name: string) => name === 'attention.out', change: (_: string, x: Tensor) => x.mul(2) };
 * const head = new MultiHeadAttention({ device, random: new Random(1) }, 8, 1);
 * head.forward(ones(device, [1, 3, 8]), {}, changedTap(noTap, double));
 * ```
 */
export function changedTap(tap: Tap, change: TapChange | null): Tap {
  requireKinds('changedTap', { tap, change }, 'function {touches,change}?');
  if (!change) return tap;
  return tapFor({
    wants: (name) => tap.wants(name) || change.touches(name),
    pass: (name, x) => tap(name, change.touches(name) ? change.change(name, x) : x),
  });
}

/**
 * The part of that role and all in it.
 * @param role a segment of the names: `attention`
 * @example
 * ```ts
 * const inFirst = partsOf(model.flamingo).filter(({ role }) => under('xattn.0')(role));
 * ```
 */
export function under(role: string): Where {
  requireKinds('under', { role }, 'text');
  return (other) => other === role || other.startsWith(`${role}.`);
}
