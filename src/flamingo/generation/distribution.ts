/** The distribution over the next token, in plain numbers. */

import type { Random } from '../../tensor/index.ts';
import type { GenerateOptions } from './options.ts';

export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

/** Apart from `logSoftmax`, which `map` calls with a second argument. */
export function tempered(logits: ArrayLike<number>, temperature: number): Float64Array {
  const scaled = new Float64Array(logits.length);
  for (let i = 0; i < scaled.length; i++) scaled[i] = (logits[i] as number) / temperature;
  return scaled;
}

/** x - log(sum(exp(x))) */
export function logSoftmax(logits: ArrayLike<number>): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i] as number);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp((logits[i] as number) - largest);
  const shift = largest + Math.log(total);
  const logs = new Float64Array(logits.length);
  for (let i = 0; i < logs.length; i++) logs[i] = (logits[i] as number) - shift;
  return logs;
}

/** Indices of the k largest values, largest first; equal ones by index. */
export function largest(values: ArrayLike<number>, k: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (best.length === k && value <= (values[best[k - 1] as number] as number)) continue;
    let at = best.length;
    while (at > 0 && (values[best[at - 1] as number] as number) < value) at--;
    best.splice(at, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

export type SamplingOptions = Pick<GenerateOptions, 'temperature' | 'topK' | 'topP'>;

/** Draws a token: temperature, then the k likeliest, then the likeliest that hold `topP` together. */
export function sample(logits: ArrayLike<number>, options: SamplingOptions, random: Random): number {
  const { temperature = 1, topK = logits.length, topP = 1 } = options;
  const logs = logSoftmax(tempered(logits, temperature));
  const ranked =
    topK < logs.length
      ? largest(logs, topK)
      : Array.from(logs.keys()).sort((a, b) => (logs[b] as number) - (logs[a] as number));
  const probabilities = ranked.map((id) => Math.exp(logs[id] as number));
  const held = probabilities.reduce((sum, p) => sum + p, 0);
  let kept = 0;
  let mass = 0;
  // The token that crosses the limit stays in, so that there is always one.
  while (kept < ranked.length && mass < topP * held) mass += probabilities[kept++] as number;
  let rest = random.uniform() * mass;
  for (let i = 0; i < kept; i++) {
    rest -= probabilities[i] as number;
    if (rest < 0) return ranked[i] as number;
  }
  return ranked[kept - 1] as number;
}

/** The likeliest token, or a drawn one when the temperature is above 0; default 0. */
export function choose(logits: ArrayLike<number>, options: SamplingOptions, random: Random): number {
  return (options.temperature ?? 0) > 0 ? sample(logits, options, random) : argmax(logits);
}

/** The logits with some tokens made impossible. */
export function without(logits: Float32Array, suppress: readonly number[]): Float32Array {
  if (suppress.length === 0) return logits;
  const allowed = logits.slice();
  for (const id of suppress) allowed[id] = Number.NEGATIVE_INFINITY;
  return allowed;
}
