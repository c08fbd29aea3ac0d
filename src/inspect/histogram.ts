/** How the values of a parameter are spread. */

import type { StateSource } from '../files/checkpoint-source.ts';
import { requireKinds } from '../files/kinds.ts';
import { matcher } from '../runs/patterns.ts';
import { ViewError } from './recorded.ts';

export interface Histogram {
  readonly name: string;
  readonly shape: readonly number[];
  /** counts[i] values from edges[i] up to edges[i + 1], the last edge included. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly mean: number;
  /** Standard deviation over all values, dividing by their number. */
  readonly std: number;
  /** NaN and infinite values: in no bin, and in neither mean nor standard deviation. */
  readonly notFinite: number;
}

/**
 * Equal bins from the smallest to the largest finite value; a parameter whose values are all the same has one bin as wide
 * as 0.
 * @param name of the parameter, for the figure
 * @param values `shape` and `data` of the parameter, as `captured` values and state dicts have them
 * @param bins how many; default 40
 * @throws ViewError for less than one bin
 * @example
 * ```ts
 * const { edges, counts } = histogram('x', { shape: [3], data: [0, 1, 1] }, 2);
 * ```
 */
export function histogram(
  name: string,
  values: { readonly shape: readonly number[]; readonly data: ArrayLike<number | bigint> },
  bins = 40,
): Histogram {
  requireKinds('histogram', { name, values }, 'text {shape,data}');
  const { shape, data } = values;
  requireKinds('histogram', { shape, data }, 'numbers list');
  if (!Number.isInteger(bins) || bins < 1) throw new ViewError(`a histogram of ${bins} bins; expected at least 1`);
  const finite = Float64Array.from(data as ArrayLike<number>, Number).filter(Number.isFinite);
  let [low, high, total, squares] = [Infinity, -Infinity, 0, 0];
  for (const x of finite) [low, high, total] = [Math.min(low, x), Math.max(high, x), total + x];
  const mean = total / finite.length;
  for (const x of finite) squares += (x - mean) ** 2;
  const spread = {
    name,
    shape,
    mean,
    std: Math.sqrt(squares / finite.length),
    notFinite: data.length - finite.length,
  };
  if (finite.length === 0) return { ...spread, edges: [], counts: [] };
  if (low === high) return { ...spread, edges: [low, high], counts: [finite.length] };
  const counts = new Array<number>(bins).fill(0);
  for (const x of finite) {
    const bin = Math.min(bins - 1, Math.floor(((x - low) / (high - low)) * bins));
    counts[bin] = (counts[bin] as number) + 1;
  }
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + ((high - low) * i) / bins));
  return { ...spread, edges, counts };
}

/**
 * Histograms of a checkpoint's tensors, or of those that a pattern names (`*` one segment, `**` any number), one read at a
 * time.
 * @param pattern default every tensor
 * @param bins how many a histogram has; default 40
 * @throws ViewError when the pattern names none
 * @example
 * ```ts
 * const file = await openCheckpoint('weights/model.safetensors');
 * const histograms = await parameterHistograms(file, '**.attn_gate');
 * await file.close();
 * ```
 */
export async function parameterHistograms(source: StateSource, pattern = '**', bins = 40): Promise<Histogram[]> {
  requireKinds('parameterHistograms', { source, pattern }, '{names,read} text');
  const names = source.names.filter(matcher(pattern));
  if (names.length === 0)
    throw new ViewError(`no parameter matches '${pattern}'; there are ${source.names.slice(0, 5).join(', ')}, …`);
  const found: Histogram[] = [];
  for (const name of names) found.push(histogram(name, await source.read(name), bins));
  return found;
}
