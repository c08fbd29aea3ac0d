/**
 * Ranking by log-likelihood, for questions with a closed set of answers (paper, section 2.5 and appendix A.2).
 *
 * A prompt is read once, and each candidate goes on from a copy of what the model keeps of it. (OpenFlamingo's ranking
 * with a cache lets one candidate see another on current transformers; its ranking without gives what this gives.)
 */

import { ArgumentError, requireArray, requireWhole } from '../../tensor/errors.ts';
import { requireOptions, requireSignal } from '../../tensor/index.ts';
import { type Decoder, type Decoding, type DecodingPrompt, reading } from './decoding.ts';
import { logSoftmax } from './distribution.ts';

/** Candidates that are read together. */
const ROWS_AT_ONCE = 64;

/** A candidate of a prompt. */
type Pair = readonly [prompt: number, tokens: readonly number[]];

/**
 * Natural log-probability of each token of each candidate after each prompt: result[prompt][candidate][token], for
 * candidates[prompt][candidate]. Their sum ranks; with `<EOC>` as last token, "ox" does not win by being the beginning of
 * "oxen".
 * @param candidates ids of each candidate's tokens, by prompt; prompts may have different numbers of candidates
 * @throws what the signal was aborted with, which is heeded between readings
 * @example
 * ```ts
 * const { bos, eoc } = model.tokenizer.special;
 * const [scores] = await logLikelihoods(model.flamingo, { ids: [[bos]] }, [[[5, eoc], [6, 7, eoc]]]);
 * ```
 */
export async function logLikelihoods(
  model: Decoder,
  prompt: DecodingPrompt,
  candidates: readonly (readonly (readonly number[])[])[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<number[][][]> {
  requireOptions('logLikelihoods', options, 'signal');
  requireSignal('logLikelihoods', options.signal);
  requireArray('logLikelihoods', 'candidates', candidates);
  for (const list of [...candidates, ...[...candidates].flat()]) requireArray('logLikelihoods', 'candidates', list);
  const pairs = candidates.flatMap((list, i) => list.map((tokens): Pair => [i, tokens]));
  const found: number[][][] = candidates.map(() => []);
  await reading(model, prompt, options.signal, async ({ decoding, first }) => {
    if (found.length !== first.length)
      throw new ArgumentError('logLikelihoods', `${found.length} lists of candidates for ${first.length} prompts`);
    const last = (first[0]?.length ?? 0) - 1;
    for (const [, tokens] of pairs) for (const id of tokens) requireWhole('logLikelihoods', 'a token', id, 0, last);
    const firstLogs = first.map((logits) => logSoftmax(logits));
    for (let start = 0; start < pairs.length; start += ROWS_AT_ONCE) {
      const part = pairs.slice(start, start + ROWS_AT_ONCE);
      const rest = await laterTokens(decoding, part);
      part.forEach(([prompt, [token]], i) => {
        const own = token === undefined ? [] : [firstLogs[prompt]?.[token] as number, ...(rest[i] as number[])];
        found[prompt]?.push(own);
      });
    }
  });
  return found;
}

/** Log-probabilities of each candidate's tokens from the second on. */
async function laterTokens(prompts: Decoding, pairs: readonly Pair[]): Promise<number[][]> {
  const longest = Math.max(...pairs.map(([, tokens]) => tokens.length));
  if (longest < 2) return pairs.map(() => []);
  // The last token predicts nothing that counts. Shorter candidates are filled up at the end, where nothing reads on.
  const read = pairs.map(([, tokens]) => tokens.slice(0, -1));
  const filled = read.map((tokens) => [...tokens, ...new Array<number>(longest - 1 - tokens.length).fill(0)]);
  const decoding = prompts.fork(pairs.map(([prompt]) => prompt));
  try {
    const logits = await decoding.read(filled, undefined, longest - 1);
    return pairs.map(([, tokens], row) => {
      const all = logits[row] as Float32Array;
      const vocabulary = all.length / (longest - 1);
      return tokens
        .slice(1)
        .map((id, k) => logSoftmax(all.subarray(k * vocabulary, (k + 1) * vocabulary))[id] as number);
    });
  } finally {
    decoding.dispose();
  }
}
