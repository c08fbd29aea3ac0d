/** Which tokens a training text is learned from. */

import { ArgumentError, requireArray } from '../tensor/errors.ts';
import { requireOptions, requireWord } from '../tensor/options.ts';

/**
 * `text`: all but padding (flamingo-mini). `pairs`: not `<image>` either (OpenFlamingo's pairs of picture and text,
 * IDEFICS). `interleaved`: nor what stands before the first `<image>`, nor what stands between an `<EOC>` and the next one
 * (OpenFlamingo's documents). `<EOC>` itself is learned in all of them. The paper does not say which tokens it leaves out.
 */
export type LabelRule = 'text' | 'pairs' | 'interleaved';

/** The label of a token that is not learned: what `crossEntropy` leaves out. */
export const NO_LABEL = -100;

/**
 * One row of ids, and 1 where it is text or 0 where it is padding -> its labels, which the loss shifts by one.
 * @param ids of the row's tokens
 * @param attentionMask 1 where the token is text, 0 where it is padding
 * @param tokens `image` and `endOfChunk`: the ids of `<image>` and `<EOC>`
 * @example
 * ```ts
 * labelsOf([7, 50, 9, 0], [1, 1, 1, 0], 'pairs', { image: 50, endOfChunk: 60 }); // [7, NO_LABEL, 9, NO_LABEL]
 * ```
 */
export function labelsOf(
  ids: readonly number[],
  attentionMask: readonly number[],
  rule: LabelRule,
  tokens: { readonly image: number; readonly endOfChunk: number },
): number[] {
  for (const row of [ids, attentionMask]) requireArray('labelsOf', 'a row', row);
  requireOptions('labelsOf', tokens, 'image endOfChunk');
  if (attentionMask.length !== ids.length)
    throw new ArgumentError('labelsOf', `${ids.length} ids with an attention mask of ${attentionMask.length}`);
  requireWord('labelsOf', 'the rule', rule, 'text|pairs|interleaved');
  let inChunk = rule !== 'interleaved';
  return ids.map((id, i) => {
    if (id === tokens.image) inChunk = true;
    const learned = attentionMask[i] !== 0 && inChunk && (rule === 'text' || id !== tokens.image);
    if (id === tokens.endOfChunk && rule === 'interleaved') inChunk = false;
    return learned ? id : NO_LABEL;
  });
}
