/** Options hold no other keys and no other words than are known. JSON and JavaScript have no types to find a misspelt one. */

import { ArgumentError, shown } from './errors.ts';

type Split<Text extends string, By extends string> = Text extends `${infer One}${By}${infer Rest}`
  ? One | Split<Rest, By>
  : Text;
type Same<A, B> = [A, B] extends [B, A] ? true : false;
/** The words that a value may be; never when it may be something else too. */
type WordsOf<V> = [V] extends [string | null | undefined]
  ? string extends V
    ? never
    : `${V & (string | null)}`
  : never;
type NameOf<Part extends string> = Part extends `${infer Name}:${string}` ? Name : Part;
type Said<Part extends string, Name extends string> = Part extends `${Name}:${infer Words}` ? Split<Words, '|'> : never;
type Wrong<T, Part extends string> = {
  [K in keyof T & string]-?: Same<WordsOf<T[K]>, Said<Part, K>> extends true ? never : K;
}[keyof T & string];

/** A text of words with `|` between each two: all of `T` and no others, or it does not compile. */
export type AllWords<T extends string, Text extends string> = Same<T, Split<Text, '|'>> extends true ? Text : never;

/**
 * A text of names with a space between each two: all keys of an options type and no others, or it does not compile. Where
 * the value is one of some words, they follow: `size reduction:mean|sum`; `null` is one where it may stand.
 */
export type OptionNames<T, Text extends string> = [
  keyof T,
  NameOf<Split<Text, ' '>>,
  Wrong<T, Split<Text, ' '>>,
] extends [NameOf<Split<Text, ' '>>, keyof T, never]
  ? Text
  : never;

/**
 * Checks that options hold no key but those that are known.
 * @param operation what takes the options, for the error
 * @param options what was given
 * @throws ArgumentError for what is not a plain object, for a key that is not in `known` and for another word than it may
 * be, with the nearest that is
 * @example
 * ```ts
 * const options: { pace?: 'fast' | 'slow'; seed?: number } = { pace: 'fast' };
 * requireOptions('work', options, 'pace:fast|slow seed');
 * ```
 */
export function requireOptions<T extends object, const Text extends string>(
  operation: string,
  options: T,
  known: Text & OptionNames<T, Text>,
): void {
  // Plain, of whatever window or worker: a Map, an array or a model would say nothing by its keys.
  const prototype = Object(options) === options ? Object.getPrototypeOf(options) : undefined;
  if (prototype === undefined || (prototype !== null && Object.getPrototypeOf(prototype) !== null))
    throw new ArgumentError(operation, `the options are ${shown(options)}; expected a plain object`);
  const rules = rulesOf(known);
  for (const key of Object.keys(options)) {
    const words = rules.get(key);
    if (words === undefined)
      throw new ArgumentError(operation, `there is no option '${key}'; ${expected(key, [...rules.keys()])}`);
    const value = (options as Readonly<Record<string, unknown>>)[key];
    if (words.length > 0 && value !== undefined) requireOneOf(operation, key, value, words);
  }
}

const read = new Map<string, ReadonlyMap<string, readonly string[]>>();

/** The words of each name, none where anything may stand. These texts are constants: each is read once, as calls are many. */
function rulesOf(known: string): ReadonlyMap<string, readonly string[]> {
  const before = read.get(known);
  if (before) return before;
  const parts = known.split(' ').map((part) => part.split(':') as [name: string, words?: string]);
  const rules = new Map(parts.map(([name, words]) => [name, words?.split('|') ?? []]));
  read.set(known, rules);
  return rules;
}

/**
 * Checks that an option is one of the words that it may be.
 * @param what the word says, for the error
 * @param known all of them with `|` between each two: `requireWord('work', 'the pace', pace, 'fast|slow')`
 * @throws ArgumentError for another word, with the nearest of the known ones
 */
export function requireWord<T extends string, const Text extends string>(
  operation: string,
  what: string,
  word: T,
  known: Text & AllWords<T, Text>,
): void {
  requireOneOf(operation, what, word, known.split('|'));
}

function requireOneOf(operation: string, what: string, word: unknown, words: readonly string[]): void {
  if (!words.includes((word ?? 'null') as string))
    throw new ArgumentError(operation, `${what} is ${shown(word)}; ${expected(shown(word), words)}`);
}

const expected = (name: string, names: readonly string[]): string =>
  `nearest is '${nearestName(name, names)}'; expected only ${names.join(', ')}`;

/** The one of some names that takes the fewest changes of letters, upper and lower case being the same. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const letters = (text: string): string[] => [...text.toLowerCase()];
  const changes = (other: string): number => editDistance(letters(name), letters(other), (a, b) => (a === b ? 0 : 1));
  return [...names].sort((a, b) => changes(a) - changes(b))[0];
}

/** Levenshtein's distance; insertions and deletions cost 1. */
export function editDistance<T>(a: readonly T[], b: readonly T[], replace: (x: T, y: T) => number): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  a.forEach((x, i) => {
    const next = [i + 1];
    b.forEach((y, j) => {
      next.push(Math.min((row[j] as number) + replace(x, y), (row[j + 1] as number) + 1, (next[j] as number) + 1));
    });
    row = next;
  });
  return row[b.length] as number;
}
