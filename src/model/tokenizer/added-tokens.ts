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
  const longestFirst = patterns
    .filter(({ content }) => content !== '')
    .sort((a, b) => b.content.length - a.content.length);
  if (longestFirst.length === 0) return (text) => [{ text, start: 0 }];
  const byContent = new Map(longestFirst.map(({ content, token }) => [content, token]));
  // Alternatives are tried in their order, so the longest wins.
  const finder = new RegExp(longestFirst.map(({ content }) => escaped(content)).join('|'), 'g');
  return (text) => {
    const stretches: Stretch[] = [];
    let done = 0;
    for (const match of text.matchAll(finder)) {
      const token = byContent.get(match[0]) as AddedToken;
      let [start, end] = [match.index, match.index + match[0].length];
      if (token.single_word && !standsAlone(text, start, end)) continue;
      if (token.lstrip) while (start > done && SPACE.test(text[start - 1] as string)) start--;
      if (token.rstrip) end += (SPACE_AFTER.exec(text.slice(end)) as RegExpExecArray)[0].length;
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

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
