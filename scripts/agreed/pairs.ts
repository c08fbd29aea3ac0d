/** Texts in two languages that are to say the same: which parts of them changed since a person last said so. */

import { createHash } from 'node:crypto';

/** A part's name -> the hashes of its Korean and its English text. */
export type Agreed = Readonly<Record<string, readonly [korean: string, english: string]>>;

const hash = (text: string): string => createHash('sha256').update(text.trimEnd()).digest('hex').slice(0, 12);

/** The words of a page by its headings, counted from 0 (what stands before the first is part 0). */
export function pageParts(text: string): Map<string, string> {
  const parts: string[] = [];
  let fenced = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    if (parts.length === 0 || (!fenced && /^#{1,6} /.test(line))) parts.push('');
    parts[parts.length - 1] += `${line}\n`;
  }
  return new Map(parts.map((part, i) => [`part ${i}`, part]));
}

/** The words of a notebook by the names of its cells; code is shared and compared elsewhere. */
export function notebookParts(text: string): Map<string, string> {
  const { cells } = JSON.parse(text) as {
    cells: readonly { cell_type: string; id: string; source: string | readonly string[] }[];
  };
  const words = cells.filter(({ cell_type }) => cell_type === 'markdown');
  return new Map(words.map(({ id, source }) => [id, typeof source === 'string' ? source : source.join('')]));
}

/** What a person would say of a pair now. */
export function agree(korean: ReadonlyMap<string, string>, english: ReadonlyMap<string, string>): Agreed {
  const both = [...korean.keys()].filter((key) => english.has(key));
  return Object.fromEntries(both.map((key) => [key, [hash(korean.get(key) ?? ''), hash(english.get(key) ?? '')]]));
}

/** What of a pair is out of step: parts that only one has, and parts of which one language changed without the other. */
export function outOfStep(
  korean: ReadonlyMap<string, string>,
  english: ReadonlyMap<string, string>,
  agreed: Agreed,
): string[] {
  const now = agree(korean, english);
  const alone = (own: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>, language: string): string[] =>
    [...own.keys()].filter((key) => !other.has(key)).map((key) => `${key}: in ${language} only`);
  const changed = Object.entries(now).flatMap(([key, [ko, en]]) => {
    const before = agreed[key];
    if (!before) return [`${key}: new`];
    const [koChanged, enChanged] = [ko !== before[0], en !== before[1]];
    if (!koChanged && !enChanged) return [];
    if (koChanged && enChanged) return [`${key}: both languages changed`];
    return [`${key}: ${koChanged ? 'Korean' : 'English'} changed, ${koChanged ? 'English' : 'Korean'} did not`];
  });
  return [...alone(korean, english, 'Korean'), ...alone(english, korean, 'English'), ...changed];
}
