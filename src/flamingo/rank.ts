/**
 * Ranking by log-likelihood, for questions with a closed set of answers (paper, section 2.4 and appendix B.1.1). Every
 * candidate is read with the whole prompt, without a cache: OpenFlamingo's cached ranking lets candidates see each other
 * on current transformers.
 */

import { type Decoder, Decoding, type DecodingPrompt } from './decoding.ts';
import { logSoftmax } from './distribution.ts';

/** Rows that are read together. */
const ROWS_AT_ONCE = 32;

interface Pair {
  readonly prompt: number;
  readonly ids: readonly number[];
  readonly tokens: readonly number[];
}

/**
 * Natural log-probability of each token of each candidate after each prompt: result[prompt][candidate][token], for
 * candidates[prompt][candidate]. Their sum ranks; with `<EOC>` as last token, "ox" does not win by being the beginning of
 * "oxen".
 */
export async function logLikelihoods(
  model: Decoder,
  prompt: DecodingPrompt,
  candidates: readonly (readonly (readonly number[])[])[],
): Promise<number[][][]> {
  const pairs = prompt.ids.flatMap((ids, i) =>
    (candidates[i] ?? []).map((tokens): Pair => ({ prompt: i, ids: [...ids, ...tokens], tokens })),
  );
  const found: number[][][] = prompt.ids.map(() => []);
  for (let start = 0; start < pairs.length; start += ROWS_AT_ONCE) {
    const part = pairs.slice(start, start + ROWS_AT_ONCE);
    const scores = await scorePairs(model, prompt, part);
    part.forEach((pair, i) => {
      found[pair.prompt]?.push(scores[i] as number[]);
    });
  }
  return found;
}

async function scorePairs(model: Decoder, prompt: DecodingPrompt, pairs: readonly Pair[]): Promise<number[][]> {
  const decoding = new Decoding(model, prompt.ids.length, prompt.latents ?? null);
  try {
    decoding.select(pairs.map((pair) => pair.prompt));
    const longest = Math.max(...pairs.map(({ tokens }) => tokens.length));
    // Rows are padded on the left, so all candidates end together; the logits before a token give its probability.
    const logits = await decoding.start(
      pairs.map(({ ids }) => ids),
      longest + 1,
    );
    return pairs.map(({ tokens }, row) => {
      const all = logits[row] as Float32Array;
      const vocabulary = all.length / (longest + 1);
      return tokens.map((id, k) => {
        const place = longest - tokens.length + k;
        return logSoftmax(all.subarray(place * vocabulary, (place + 1) * vocabulary))[id] as number;
      });
    });
  } finally {
    decoding.dispose();
  }
}
