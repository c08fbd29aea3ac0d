/**
 * A museum of mistakes: eight that people make when they write a Flamingo, each of which still runs and gives plausible
 * numbers. All are made from outside (changed weights, settings and taps), so that the model's own code stays as it is:
 *
 *     const change = mistake.make(under('xattn.1'))(flamingo);
 *     flamingo.forward(inputs, changedTap(tap, change));
 *
 * A model in which weights or settings were changed stays so: make mistakes in a copy.
 */

import { MaskedCrossAttention } from '../flamingo/gated-cross-attention.ts';
import { PerceiverAttention, PerceiverResampler } from '../flamingo/perceiver-resampler.ts';
import { type Activation, FeedForward, LayerNorm, type Module, MultiHeadAttention, RMSNorm } from '../nn/index.ts';
import { concat, scope, split, type Tensor } from '../tensor/index.ts';
import { type Alteration, parametersByRole, partsOf, type TapChange, type Where } from './alteration.ts';

export type MistakeName =
  | 'mask-off-by-one'
  | 'latents-missing'
  | 'media-and-latents-swapped'
  | 'quick-gelu-for-gelu'
  | 'wrong-eps'
  | 'transposed-weight'
  | 'keys-and-values-swapped'
  | 'scale-missing';

/** What would put a mistake right, where it was made. */
export interface Correction {
  /** What it amounts to, as a clause: `with eps 1e-5`. */
  readonly says: string;
  readonly alteration: Alteration;
}

export interface Mistake {
  readonly name: MistakeName;
  /** What is wrong. */
  readonly title: string;
  /** How it comes about, and what it looks like. */
  readonly story: string;
  /** Makes it in every part that is meant and can have it. */
  make(where?: Where): Alteration;
  /** What to try in a model that may have it. */
  corrections(model: Module, where: Where): Correction[];
}

const everywhere: Where = () => true;
const noChange: TapChange | null = null;

/** eps of Keras's layer normalisation; PyTorch's is 1e-5, LLaMA's RMSNorm has 1e-6. */
const KERAS_EPS = 1e-3;
const KNOWN_EPS: readonly number[] = [1e-5, 1e-6, 1e-12, KERAS_EPS];
const KNOWN_ACTIVATIONS: readonly Activation[] = ['gelu', 'quickGelu', 'geluTanh', 'relu', 'squaredRelu', 'silu'];

/** Only what is at taps of this name: `attention.scores` of every part that is meant. */
function atTap(suffix: string, where: Where, change: (x: Tensor, role: string) => Tensor): TapChange {
  const touches = (name: string): boolean => name.endsWith(suffix) && where(name);
  return { touches, change: (name, x) => change(x, name.slice(0, -suffix.length - 1)) };
}

/** Every part of a kind that is meant. */
function each<M extends Module>(
  model: Module,
  where: Where,
  kind: (module: Module) => module is M,
): { role: string; module: M }[] {
  return partsOf(model).flatMap(({ role, module }) => (where(role) && kind(module) ? [{ role, module }] : []));
}

const isFused = (module: Module): module is PerceiverAttention | MaskedCrossAttention =>
  module instanceof PerceiverAttention || module instanceof MaskedCrossAttention;
const isFeedForward = (module: Module): module is FeedForward => module instanceof FeedForward;
const isNorm = (module: Module): module is LayerNorm | RMSNorm =>
  module instanceof LayerNorm || module instanceof RMSNorm;
const isSelfAttention = (module: Module): module is MultiHeadAttention => module instanceof MultiHeadAttention;

function set<M, K extends keyof M>(module: M, key: K, value: M[K]): void {
  module[key] = value;
}

/** text_time moved by some media. */
const shiftedMask =
  (by: number): Alteration =>
  () =>
    atTap('mask.text_time', everywhere, (x) => x.add(by));

/** Of every feed-forward network that has the one, the other. */
const setActivation =
  (where: Where, from: Activation, to: Activation): Alteration =>
  (model) => {
    for (const { module } of each(model, where, isFeedForward)) {
      if (module.activation === from) set(module as { activation: Activation }, 'activation', to);
    }
    return noChange;
  };

/** QuickGELU where GELU belongs, and the other way. */
const exchangeGelus =
  (where: Where): Alteration =>
  (model) => {
    const [exact, quick] = (['gelu', 'quickGelu'] as const).map((has) =>
      each(model, where, isFeedForward).filter(({ module }) => module.activation === has),
    );
    for (const { module } of exact ?? []) set(module as { activation: Activation }, 'activation', 'quickGelu');
    for (const { module } of quick ?? []) set(module as { activation: Activation }, 'activation', 'gelu');
    return noChange;
  };

/** Of every norm that has the one, or any, the other. */
const setEps =
  (where: Where, from: number | null, to: number): Alteration =>
  (model) => {
    for (const { module } of each(model, where, isNorm)) {
      if (from === null || module.eps === from) set(module as { eps: number }, 'eps', to);
    }
    return noChange;
  };

/** Every value that is there to be changed, with every other that is known. */
function changes<T>(present: readonly T[], known: readonly T[]): { from: T; to: T }[] {
  return [...new Set(present)].flatMap((from) => known.filter((to) => to !== from).map((to) => ({ from, to })));
}

/** Rows of keys and of values exchanged. */
const swapKeysAndValues =
  (where: Where): Alteration =>
  (model) => {
    for (const { module } of each(model, where, isFused)) {
      const inner = module.toQ.weight.shape[0] as number;
      const { weight } = module.toKV;
      const swapped = scope(weight.device, () => concat(split(weight, [inner, inner], 0).reverse(), 0));
      weight.assign(swapped);
    }
    for (const { module } of each(model, where, isSelfAttention)) {
      [module.toK, module.toV] = [module.toV, module.toK];
    }
    return noChange;
  };

/** Latents before media among keys and values, where they belong after them; `undo` puts them back. */
const swapOrder =
  (where: Where, undo: boolean): Alteration =>
  (model) => {
    const latents = latentsOf(model);
    const exchange = (x: Tensor): Tensor => {
      const all = x.shape.at(-2) as number;
      return concat(split(x, undo ? [latents, all - latents] : [all - latents, latents], -2).reverse(), -2);
    };
    return keysOfResampler(where, exchange);
  };

function latentsOf(model: Module): number {
  const found = partsOf(model).find(({ module }) => module instanceof PerceiverResampler);
  return found ? ((found.module as PerceiverResampler).latents.shape[0] as number) : 0;
}

function keysOfResampler(where: Where, change: (x: Tensor) => Tensor): TapChange {
  const inResampler: Where = (role) => role.startsWith('resampler.') && where(role);
  const [keys, values] = [atTap('attention.keys', inResampler, change), atTap('attention.values', inResampler, change)];
  return { touches: (name) => keys.touches(name) || values.touches(name), change: (_, x) => change(x) };
}

/** Scores times a power of the square root of the head's width. */
const rescale =
  (where: Where, power: number): Alteration =>
  () => {
    let width = 1;
    const queries = atTap('attention.queries', where, (x) => x);
    const scores = atTap('attention.scores', where, (x) => x.mul(width ** (power / 2)));
    return {
      touches: (name) => queries.touches(name) || scores.touches(name),
      change: (name, x) => {
        if (scores.touches(name)) return scores.change(name, x);
        width = x.shape.at(-1) as number;
        return x;
      },
    };
  };

/** A matrix read as if it were laid out the other way round: rows as columns. `undo` reads it back. */
const transpose =
  (where: Where, undo: boolean): Alteration =>
  (model) => {
    for (const [role, parameter] of parametersByRole(model)) {
      if (parameter.shape.length !== 2 || !where(role)) continue;
      const [rows, columns] = parameter.shape as [number, number];
      const turned = scope(parameter.device, () =>
        (undo ? parameter.reshape([columns, rows]) : parameter).transpose().reshape([rows, columns]).mul(1),
      );
      parameter.assign(turned);
    }
    return noChange;
  };

const MISTAKES_BY_NAME: Readonly<Record<MistakeName, Omit<Mistake, 'name'>>> = {
  'mask-off-by-one': {
    title: 'the mask is off by one: a token sees the image before its own',
    story:
      'Images are counted from 0 on one side and from 1 on the other, or <image> tokens are counted without the token itself. Text still reads an image, the wrong one.',
    make: () => shiftedMask(-1),
    corrections: () =>
      [1, -1].map((by) => ({
        says: `counting ${by > 0 ? 'one more' : 'one fewer'} image`,
        alteration: shiftedMask(by),
      })),
  },
  'latents-missing': {
    title: 'the latents are missing from the keys and values of the resampler',
    story:
      'Figure 5 concatenates x_f and x: latents look at the visual tokens and at one another. Without that there are fewer keys, and every weight is a little larger.',
    make:
      (where = everywhere) =>
      (model) => {
        const latents = latentsOf(model);
        return keysOfResampler(where, (x) =>
          x.slice([...x.shape.slice(0, -2).map(() => [null] as [null]), [0, (x.shape.at(-2) as number) - latents]]),
        );
      },
    corrections: () => [], // What is not there cannot be put back from outside: the shapes of scores and weights tell.
  },
  'media-and-latents-swapped': {
    title: 'latents stand before media among the keys and values of the resampler',
    story:
      'Attention does not care about the order of its keys, so the answer is the same. What is read off the weights is not: the columns of patches are those of latents.',
    make: (where = everywhere) => swapOrder(where, false),
    corrections: (_, where) => [{ says: 'exchanging media and latents', alteration: swapOrder(where, true) }],
  },
  'quick-gelu-for-gelu': {
    title: 'an activation is not the one that the weights were trained with, as QuickGELU for GELU',
    story:
      'x * sigmoid(1.702 x) is near to the exact GELU, and OpenAI trained its CLIP with it: the two differ by up to 0.02, and no weights file says which it wants.',
    make: (where = everywhere) => exchangeGelus(where),
    corrections: (model, where) =>
      changes(
        each(model, where, isFeedForward).map(({ module }) => module.activation),
        KNOWN_ACTIVATIONS,
      ).map(({ from, to }) => ({ says: `with ${to} for ${from}`, alteration: setActivation(where, from, to) })),
  },
  'wrong-eps': {
    title: 'the eps of a norm is wrong',
    story:
      'Keras normalises with 1e-3 by default, PyTorch with 1e-5, LLaMA with 1e-6. It hardly shows where numbers are large and moves everything where they are small.',
    make: (where = everywhere) => setEps(where, null, KERAS_EPS),
    corrections: (model, where) =>
      changes(
        each(model, where, isNorm).map(({ module }) => module.eps),
        KNOWN_EPS,
      ).map(({ from, to }) => ({
        says: `with eps ${to.toExponential()} for ${from.toExponential()}`,
        alteration: setEps(where, from, to),
      })),
  },
  'transposed-weight': {
    title: 'a weight is transposed',
    story:
      "PyTorch's Linear keeps [out, in], GPT-2's Conv1D and OpenAI's projections [in, out]. A square matrix, or one read by its number of values alone, loads either way.",
    make:
      (where = everywhere) =>
      (model) => {
        const meant = Array.from(parametersByRole(model).keys()).filter(where);
        const outputs = meant.filter((role) => role.endsWith('.toOut.weight'));
        return transpose((role) => (outputs.length > 0 ? outputs : meant).includes(role), false)(model);
      },
    corrections: (model, where) =>
      Array.from(parametersByRole(model))
        .filter(([role, { shape }]) => shape.length === 2 && where(role))
        .map(([role]) => ({ says: `turning ${role}`, alteration: transpose((other) => other === role, true) })),
  },
  'keys-and-values-swapped': {
    title: 'keys and values are swapped',
    story:
      'to_kv holds keys in its first half of rows and values in its second. Cut the other way round, attention looks by what it should bring and brings what it should look by.',
    make: (where = everywhere) => swapKeysAndValues(where),
    corrections: (_, where) => [{ says: 'exchanging keys and values', alteration: swapKeysAndValues(where) }],
  },
  'scale-missing': {
    title: 'the scale of attention is missing',
    story:
      'Scores are divided by the square root of the width of a head. Without it they are that much larger and attention sees little but its favourite.',
    make: (where = everywhere) => rescale(where, 1),
    corrections: (_, where) => [
      { says: 'dividing scores by the square root of the width of a head', alteration: rescale(where, -1) },
      { says: 'multiplying scores by the square root of the width of a head', alteration: rescale(where, 1) },
    ],
  },
};

/** All of them. */
export const MISTAKES: readonly Mistake[] = Object.entries(MISTAKES_BY_NAME).map(([name, mistake]) => ({
  name: name as MistakeName,
  ...mistake,
}));
