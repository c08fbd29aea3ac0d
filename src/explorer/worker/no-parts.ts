/**
 * In the page's worker in place of the checks of a tokenizer's parts and of their patterns: `tokenizers.ts` makes the parts of
 * this project's own files alone, which have no regular expressions, and refuses others.
 */

export const checkPart = (): void => undefined;
export const checkFirst = (): void => undefined;
export const checkTokenIds = (): void => undefined;

/** @throws Error where there is one */
export function patternsIn(part: unknown): never[] {
  if (JSON.stringify(part).includes('"Regex":')) throw new Error('the explorer reads no regular expressions');
  return [];
}

export const whySlow = (): undefined => undefined;
export const whyOtherwise = (): undefined => undefined;

/** @throws Error for what only public files have */
export function segmentExactly(): never {
  throw new Error('the explorer reads no unigram');
}
export function readCharacterMap(): never {
  throw new Error('the explorer reads no map of characters');
}
export const throughMap: typeof readCharacterMap = readCharacterMap;

/** The shipped files are JSON; of others the page says no place. */
export const jsonFault = (): string => 'it breaks off or goes on otherwise';
