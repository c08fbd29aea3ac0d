/** Texts for readers, in the languages that they may choose. */

export type Language = 'en' | 'ko';

/** A text in English and, where somebody has translated it, in Korean. */
export interface Worded {
  readonly en: string;
  readonly ko?: string;
}

/** A text in a language; in English where it is not translated. */
export function inLanguage(text: Worded, language: Language): string {
  return text[language] ?? text.en;
}

/** The texts of each language; what Korean lacks is English. */
export function inBoth<T extends object>(en: T, ko: Partial<T>): Readonly<Record<Language, T>> {
  return { en, ko: { ...en, ...ko } };
}
