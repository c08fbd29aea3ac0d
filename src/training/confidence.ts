import { logSoftmax, tempered } from '../flamingo/generation/distribution.ts';

/** Temperatures that are tried: tenths of an octave from 1/4 to 4. */
export const TEMPERATURES: readonly number[] = Array.from({ length: 41 }, (_, i) =>
  Number((2 ** ((i - 20) / 10)).toFixed(3)),
);
const BINS = 10;

/** What the first word of answers was given, beside whether it was right; sums, which add up. By temperature. */
export interface Confidence {
  /** Natural log-probability of the right word, summed. */
  readonly logProbability: number[];
  /** By bin of the likeliest word's probability: how often, the sum of those probabilities, and how often right. */
  readonly bins: { count: number; probability: number; right: number }[][];
}

/** How well probabilities fit, in ten bins. */
export interface Reliability {
  readonly temperature: number;
  /** Expected calibration error: mean distance between probability and share of right answers, over bins by their size. */
  readonly error: number;
  /** Mean natural log-probability of the right word. */
  readonly logProbability: number;
  readonly bins: readonly { readonly count: number; readonly probability: number; readonly right: number }[];
}

export function noConfidence(): Confidence {
  const bins = (): { count: number; probability: number; right: number }[] =>
    Array.from({ length: BINS }, () => ({ count: 0, probability: 0, right: 0 }));
  return { logProbability: TEMPERATURES.map(() => 0), bins: TEMPERATURES.map(bins) };
}

/** Counts one answer, whose first word should have been `right`. */
export function observe(into: Confidence, logits: Float32Array, right: number): void {
  TEMPERATURES.forEach((temperature, t) => {
    const logs = logSoftmax(tempered(logits, temperature));
    let best = 0;
    for (let i = 1; i < logs.length; i++) if ((logs[i] as number) > (logs[best] as number)) best = i;
    const probability = Math.exp(logs[best] as number);
    into.logProbability[t] = (into.logProbability[t] as number) + (logs[right] as number);
    const bin = into.bins[t]?.[Math.min(BINS - 1, Math.floor(probability * BINS))];
    if (!bin) return;
    bin.count++;
    bin.probability += probability;
    if (best === right) bin.right++;
  });
}

export function addConfidence(a: Confidence, b: Confidence): Confidence {
  return {
    logProbability: a.logProbability.map((value, t) => value + (b.logProbability[t] as number)),
    bins: a.bins.map((bins, t) =>
      bins.map((bin, i) => {
        const other = b.bins[t]?.[i] as typeof bin;
        return {
          count: bin.count + other.count,
          probability: bin.probability + other.probability,
          right: bin.right + other.right,
        };
      }),
    ),
  };
}

/** Confidence with probabilities as they are, and at a temperature. */
export interface ConfidenceRow {
  readonly before: Reliability;
  readonly after: Reliability;
  /** The temperature at which the right words are likeliest here: taken from where nothing is reported. */
  readonly fits: number;
}

/** @param temperature the nearest one that was tried is taken */
export function summarise({ logProbability, bins }: Confidence, temperature: number): ConfidenceRow {
  const nearest = (wanted: number): number =>
    TEMPERATURES.reduce(
      (best, t, i) => (Math.abs(t - wanted) < Math.abs((TEMPERATURES[best] as number) - wanted) ? i : best),
      0,
    );
  const at = (t: number): Reliability =>
    reliability(TEMPERATURES[t] as number, logProbability[t] as number, bins[t] ?? []);
  const best = logProbability.indexOf(Math.max(...logProbability));
  return { before: at(nearest(1)), after: at(nearest(temperature)), fits: TEMPERATURES[best] as number };
}

function reliability(temperature: number, total: number, bins: Confidence['bins'][number]): Reliability {
  const n = bins.reduce((sum, { count }) => sum + count, 0);
  return {
    temperature,
    error: bins.reduce((sum, { probability, right }) => sum + Math.abs(probability - right), 0) / n,
    logProbability: total / n,
    bins: bins.map(({ count, probability, right }) => ({
      count,
      probability: probability / Math.max(1, count),
      right: right / Math.max(1, count),
    })),
  };
}
