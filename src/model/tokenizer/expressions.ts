/** Patterns of a tokenizer.json, which Oniguruma runs in Hugging Face's tokenizers, as JavaScript's expressions. */

import * as huggingFace from '@huggingface/tokenizers';

/** How the file writes a pattern: a text that stands for itself, or an expression. */
export type PatternJson = { readonly String: string } | { readonly Regex: string };

/** The library's part that turns an expression of Oniguruma into one of JavaScript. */
const { ReplaceNormalizer } = huggingFace as unknown as {
  ReplaceNormalizer: new (config: { readonly pattern: PatternJson }) => { readonly pattern: RegExp };
};

/** @throws Error of any kind for an expression that JavaScript cannot run */
export function expressionOf(pattern: PatternJson): RegExp {
  const asked = 'Regex' in pattern ? { Regex: withFolds(pattern.Regex) } : pattern;
  return new ReplaceNormalizer({ pattern: asked }).pattern;
}

/** What JavaScript reads in another way, or passes over, and why. */
const OTHERWISE: readonly (readonly [found: RegExp, reason: string])[] = [
  [/^\(\?>/, 'it has an atomic group'],
  [/^\\G/, 'it has \\G, where the search began'],
  [/^\\(?:[1-9]|k[<'])/, 'it has a backreference'],
  [/^\{\d+\}\?/, 'a count is followed by a question mark'],
];
const CASE_FREE = /^\(\?i:((?:[!-'*-Z^-~ ]|\[[^[\]\\&]+\])*)\)/;
/** Letters that together are the same as one sign where case doesn't count. */
const LIGATURES = /ss|ff|fi|fl|st/i;

/** Why a pattern would find something else here than in Hugging Face's tokenizers, or undefined. */
export function whyOtherwise(pattern: string): string | undefined {
  for (let at = 0; at < pattern.length; at += pattern[at] === '\\' ? 2 : 1) {
    const rest = pattern.slice(at);
    const found = OTHERWISE.find(([expression]) => expression.test(rest));
    if (found) return `${found[1]}, at character ${at}`;
    if (rest.startsWith('(?i:') && !isPlain(rest))
      return `its case-insensitive part holds more than ASCII's letters and classes, at character ${at}`;
  }
  try {
    expressionOf({ Regex: pattern });
  } catch {
    return 'it is no expression that JavaScript can run';
  }
  return undefined;
}

function isPlain(text: string): boolean {
  const inside = CASE_FREE.exec(text)?.[1];
  return inside !== undefined && !LIGATURES.test(inside) && !inside.includes('[^');
}

/** With the two signs that are the same as letters of ASCII where case doesn't count: ſ is an s, the Kelvin sign a k. */
function withFolds(pattern: string): string {
  return pattern.replace(/\(\?i:(?:\[[^\]]*\]|[^)\\[])*\)/g, (group) =>
    group.replace(/\[[^\]]*\]|[skSK]/g, (atom) => {
      const set = new RegExp(atom.startsWith('[') ? atom : `[${atom}]`, 'iu');
      const folds = ['ſ', '\u212a'].filter((sign) => set.test(sign)).join('');
      return atom.startsWith('[') ? `${atom.slice(0, -1)}${folds}]` : `[${atom}${folds}]`;
    }),
  );
}

/** Where something is found in a text: from, and behind its last character. */
export type Found = readonly [start: number, end: number];

/** All places, as Oniguruma goes on: behind a match no empty one is taken. */
export function placesOf(expression: RegExp, text: string): Found[] {
  const found: Found[] = [];
  let last = -1;
  expression.lastIndex = 0;
  for (let match = expression.exec(text); match; match = expression.exec(text)) {
    const start = match.index;
    const end = start + match[0].length;
    if (end > start || start !== last) found.push([start, end]);
    last = found.at(-1)?.[1] ?? -1;
    if (end === start) expression.lastIndex = end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
  }
  return found;
}

/** Puts `content`, as it stands, in place of all that is found. */
export function replaced(text: string, expression: RegExp, content: string): string {
  let done = 0;
  let out = '';
  for (const [start, end] of placesOf(expression, text)) {
    out += text.slice(done, start) + content;
    done = end;
  }
  return out + text.slice(done);
}
