/** How tokens and their probabilities are shown. */

import { EditError } from './region.ts';

/** How tokens are written; by default as their numbers. */
export interface TokenText {
  token(id: number): string;
  /** The text of some ids, trimmed, without `<EOC>`. */
  decode(ids: readonly number[]): string;
  /** @throws EditError when the text is not one token */
  tokenOf(text: string): number;
  /** Of the probabilities that are shown; default 1. */
  readonly temperature?: number;
}

export const NUMBERS: TokenText = {
  token: String,
  decode: (ids) => ids.join(' '),
  tokenOf: (text) => {
    throw new EditError(`'${text}' is a text, and there is no tokenizer; expected a token's id`);
  },
};
