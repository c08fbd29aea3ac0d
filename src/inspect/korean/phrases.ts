import { behind } from '../particles.ts';

/**
 * Errors in Korean. The library's errors are English; a list tells them in Korean, by what they say. `{}` stands for what a
 * message names: a file, or a phrase of the lists; `{#}` for a number. Particles right behind either take the form that fits.
 */
export type Phrases = readonly (readonly [en: string, ko: string])[];

type Phrase = readonly [pattern: RegExp, ko: string];

const SLOTS: Readonly<Record<string, string>> = { '{}': '([^]+?)', '{#}': '(-?[\\d.]+)' };

const compiled = (list: Phrases): readonly Phrase[] =>
  list.map(([en, ko]) => {
    const escaped = en.replace(/\{#?\}|[.*+?^${}()|[\]\\]/g, (sign) => SLOTS[sign] ?? `\\${sign}`);
    return [new RegExp(`^${escaped}$`), ko];
  });

const open = (phrase: string): number => Number(phrase.includes('{'));
const said = (phrase: string): number => phrase.replace(/\{#?\}/g, '').length;

/** What tells a message, or a part of one, in Korean; it answers null where the lists do not have it. */
export function translator(...lists: readonly Phrases[]): (message: string) => string | null {
  let phrases: readonly Phrase[] | undefined;
  const inKorean = (message: string): string | null => {
    // Whole phrases before patterns, which may match them too, and of patterns that match both the one that says more.
    phrases ??= compiled(lists.flat().sort(([a], [b]) => open(a) - open(b) || said(b) - said(a)));
    for (const [pattern, ko] of phrases) {
      const found = pattern.exec(message);
      if (!found) continue;
      const [first = '', ...rest] = ko.split(/\{#?\}/);
      return rest.reduce((text, part, i) => {
        const named = found[i + 1] as string;
        const word = inKorean(named) ?? named;
        return `${text}${word}${behind(word, part)}`;
      }, first);
    }
    return listInKorean(message);
  };
  /** Several reasons in one line, where the lists have every one. */
  const listInKorean = (message: string): string | null => {
    const reasons = message.split('; ');
    const korean = reasons.length > 1 ? reasons.map(inKorean) : [null];
    return korean.includes(null) ? null : korean.join('. ');
  };
  return inKorean;
}
