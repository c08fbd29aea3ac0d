/** Options objects hold no other keys than are known. JSON and JavaScript have no types to find a misspelt one. */

import { ArgumentError } from './errors.ts';

type Words<Text extends string> = Text extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : Text;

/** A text of names with a space between each two: all keys of an options type and no others, or it does not compile. */
export type OptionNames<T, Text extends string> = [keyof T, Words<Text>] extends [Words<Text>, keyof T] ? Text : never;

/**
 * @param operation what takes the options, for the error
 * @throws ArgumentError for what is not an object, and for a key that is not in `known`, with the nearest that is
 * @example
 * ```ts
 * const options: { fast?: boolean; seed?: number } = { fast: true };
 * requireOptions('work', options, 'fast seed');
 * ```
 */
export function requireOptions<T extends object, const Text extends string>(
  operation: string,
  options: T,
  known: Text & OptionNames<T, Text>,
): void {
  if (typeof options !== 'object' || options === null)
    throw new ArgumentError(operation, `the options are ${String(options)}; expected an object`);
  const names = known.split(' ');
  const unknown = Object.keys(options).find((key) => !names.includes(key));
  if (unknown === undefined) return;
  const nearest = `nearest is '${nearestName(unknown, names)}'; expected only ${names.join(', ')}`;
  throw new ArgumentError(operation, `there is no option '${unknown}'; ${nearest}`);
}

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
      const changed = (row[j] as number) + replace(x, y);
      next.push(Math.min(changed, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    });
    row = next;
  });
  return row[b.length] as number;
}
