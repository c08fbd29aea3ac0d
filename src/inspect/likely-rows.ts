import type { Answer, LikelyAnswer } from '../model/answer.ts';
import { percent } from './figures/numbers.ts';

/** A whole answer, and how likely it is in words. */
export interface LikelyRow extends LikelyAnswer {
  readonly chance: string;
}

/**
 * The likeliest answers, then the one that was given where it is none of them. Greedy decoding takes the likeliest token each
 * time, which leads to an answer less likely than the last of these when many others begin with its first token.
 */
export function likelyRows({ text, likely = [] }: Pick<Answer, 'text' | 'likely'>): LikelyRow[] {
  const rows = likely.map((one) => ({ ...one, chance: percent(one.probability) }));
  const last = likely.at(-1);
  if (!last || likely.some((one) => one.text === text)) return rows;
  return [...rows, { text, probability: 0, chance: `< ${percent(last.probability)}` }];
}

/** How likely the answer that was given is; null where that was not asked. */
export function chanceSaid(answer: Pick<Answer, 'text' | 'likely'>): string | null {
  return likelyRows(answer).find(({ text }) => text === answer.text)?.chance ?? null;
}
