/** Tensors by name that lie in memory. */

import { WeightsFileError } from './byte-source.ts';
import type { StateSource } from './checkpoint-source.ts';
import type { TensorValues } from './element-types.ts';
import { requireKinds } from './kinds.ts';
import { quote } from './quote.ts';

/**
 * A source over values in memory.
 * @param values by name
 * @throws ArgumentError for what is no Map, and WeightsFileError for a name that is not there
 * @example
 * ```ts
 * const layer = new Linear({ device, random: new Random(1) }, 2, 1);
 * const data = Float32Array.of(3, 4);
 * await loadStateDict(layer, mapSource(new Map([['weight', { shape: [1, 2], dtype: 'float32', data }]])), { strict: false });
 * ```
 */
export function mapSource(values: ReadonlyMap<string, TensorValues>): StateSource {
  requireKinds('mapSource', { values }, '{get,keys}');
  const get = (name: string): TensorValues => {
    const entry = values.get(name);
    if (!entry) throw new WeightsFileError('name-unknown', `there is no tensor ${quote(name)}`);
    return entry;
  };
  return { names: [...values.keys()], info: get, read: async (name) => get(name) };
}
