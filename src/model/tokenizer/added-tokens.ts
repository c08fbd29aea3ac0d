/** Finding added tokens in a text, as Hugging Face's tokenizers (Rust, 0.22) do: leftmost, then longest. */

import type { AddedToken } from './json.ts';

/** A stretch of a text: an added token, with the white space that it takes in, or text between them. */
export interface Stretch {
  readonly text: string;
  /** Where it starts in the whole. */
  readonly start: number;
  readonly token?: AddedToken;
}

/** An added token, and how it reads in the text that is searched. */
export interface Pattern {
  readonly content: string;
  readonly token: AddedToken;
}

export type Splitter = (text: string) => Stretch[];

/** White space and word characters as Unicode has them; JavaScript's own \s and \w are others. */
const SPACE_AFTER = /^\p{White_Space}*/u;
const WORD_AFTER = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE = /^\p{White_Space}$/u;

export function addedTokenSplitter(patterns: readonly Pattern[]): Splitter {
  const finder = finderOf(patterns);
  if (finder === null) return (text) => [{ text, start: 0 }];
  return (text) => {
    const stretches: Stretch[] = [];
    let done = 0;
    for (let found = finder(text, 0); found; found = finder(text, found.end)) {
      const { token } = found;
      let { start, end } = found;
      if (token.single_word && !standsAlone(text, start, end)) continue;
      if (token.lstrip) {
        while (start > done && SPACE.test(text[start - 1] as string)) start--;
        start = Math.max(start, done);
      }
      if (token.rstrip) end += (SPACE_AFTER.exec(text.slice(end)) as RegExpExecArray)[0].length;
      // White space that the token before took in is not there any more.
      if (start >= end) continue;
      if (done < start) stretches.push({ text: text.slice(done, start), start: done });
      stretches.push({ text: text.slice(start, end), start, token });
      done = end;
    }
    if (done < text.length) stretches.push({ text: text.slice(done), start: done });
    return stretches;
  };
}

function standsAlone(text: string, start: number, end: number): boolean {
  const before = Array.from(text.slice(Math.max(0, start - 2), start)).at(-1) ?? '';
  return !WORD_AFTER.test(before) && !WORD_AFTER.test(text.slice(end));
}

interface Match {
  readonly token: AddedToken;
  readonly start: number;
  /** Behind its last character. */
  readonly end: number;
}

/** Finds the first match from a place on, the longest of those that start there; null without patterns. */
function finderOf(patterns: readonly Pattern[]): ((text: string, from: number) => Match | undefined) | null {
  const byContent = new Map(patterns.map(({ content, token }) => [content, token]));
  byContent.delete('');
  // A file may hold a million tokens: a regular expression of as many alternatives takes minutes.
  const lengths = new Map<string, Set<number>>();
  for (const content of byContent.keys()) {
    const first = content[0] as string;
    lengths.set(first, (lengths.get(first) ?? new Set()).add(content.length));
  }
  const longestFirst = new Map(Array.from(lengths, ([first, all]) => [first, [...all].sort((a, b) => b - a)]));
  if (byContent.size === 0) return null;
  return (text, from) => {
    for (let start = from; start < text.length; start++)
      for (const length of longestFirst.get(text[start] as string) ?? []) {
        const token = byContent.get(text.slice(start, start + length));
        if (token) return { token, start, end: start + length };
      }
    return undefined;
  };
}
