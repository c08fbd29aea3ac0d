/** Sizes of Flamingo models. The modules themselves are built, of shapes alone: 80 billion parameters cost nothing. */

import { requireKinds } from '../files/kinds.ts';
import { Flamingo, type FlamingoConfig } from '../flamingo/flamingo.ts';
import { parameterCount } from '../nn/index.ts';
import { ShapeDevice, sizeOf } from '../tensor/index.ts';

export interface ParameterCount {
  /** 0 where visual tokens come from outside. */
  readonly vision: number;
  readonly resampler: number;
  readonly crossAttention: number;
  readonly languageModel: number;
  readonly total: number;
}

/**
 * How many numbers each part of such a model learns, without building it.
 * @example
 * ```ts
 * const { total, vision, languageModel } = countParameters(model.config.model);
 * ```
 */
export function countParameters(config: FlamingoConfig): ParameterCount {
  requireKinds('countParameters', { config }, '{languageModel,resampler}');
  const model = new Flamingo({ device: new ShapeDevice() }, config);
  const blocks = model.crossAttention.map((block) => (block ? parameterCount(block) : 0));
  return {
    vision: model.vision ? parameterCount(model.vision) : 0,
    resampler: parameterCount(model.resampler),
    crossAttention: blocks.reduce((sum, count) => sum + count, 0),
    languageModel: parameterCount(model.languageModel),
    total: parameterCount(model),
  };
}

/** A part of a model, all of its like together: the layers of a tower are one. */
export interface ParameterTree {
  /** A field of its parent. */
  readonly name: string;
  /** How many there are of it. */
  readonly times: number;
  /** How many numbers all of them hold. */
  readonly parameters: number;
  /** The shape of one, where it is a parameter. */
  readonly shape?: readonly number[];
  readonly parts: readonly ParameterTree[];
}

/**
 * The parts of a model and their parameters, as its fields lie in one another.
 * @example
 * ```ts
 * const { parts } = parameterTree(model.config.model);
 * ```
 */
export function parameterTree(config: FlamingoConfig): ParameterTree {
  requireKinds('parameterTree', { config }, '{languageModel,resampler}');
  const flamingo = new Flamingo({ device: new ShapeDevice() }, config);
  const leaves = Array.from(flamingo.parameters(), ([path, { shape }]) => ({ path: path.split('.'), shape }));
  return branch('flamingo', 1, leaves);
}

interface Leaf {
  /** From the branch on; numbers are places in an array. */
  readonly path: readonly string[];
  readonly shape: readonly number[];
}

function branch(name: string, times: number, leaves: readonly Leaf[]): ParameterTree {
  const parameters = leaves.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const [only] = leaves;
  if (only && leaves.every(({ path }) => path.length === 0))
    return { name, times, parameters, shape: only.shape, parts: [] };
  const fields = new Map<string, Leaf[]>();
  for (const leaf of leaves) {
    const field = leaf.path[0] as string;
    fields.set(field, [...(fields.get(field) ?? []), leaf]);
  }
  const parts = Array.from(fields, ([field, all]) => {
    const inside = all.map(({ path, shape }) => ({ path: path.slice(1), shape }));
    const places = new Set(inside.map(({ path }) => path[0]).filter((place) => /^\d+$/.test(place ?? '')));
    const merged = places.size > 0 ? inside.map(({ path, shape }) => ({ path: path.slice(1), shape })) : inside;
    return branch(field, Math.max(1, places.size), merged);
  });
  return { name, times, parameters, parts };
}
