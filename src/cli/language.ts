import { type Command, Option } from 'commander';
import { inLanguage, type Language, type Worded } from '../runs/worded.ts';

export { inLanguage, type Language, type Worded };

export const LANGUAGES: readonly Language[] = ['en', 'ko'];

/** Chooses between a text and its Korean; English where there is none. */
export type Say = (en: string, ko?: string) => string;

export function sayIn(language: Language): Say {
  return (en, ko = en) => (language === 'ko' ? ko : en);
}

/** Adds `--lang`. */
export function withLanguage(command: Command, language: Language): Command {
  const what = sayIn(language)('language of what is said', '출력할 언어');
  return command.addOption(new Option('--lang <language>', what).choices(LANGUAGES).default('en'));
}

/** The language that a command line asks for, known before it is parsed: help and errors are in it too. */
export function languageOf(argv: readonly string[]): Language {
  const at = argv.findLastIndex((word) => word === '--lang' || word.startsWith('--lang='));
  const written = argv[at] === '--lang' ? argv[at + 1] : argv[at]?.slice('--lang='.length);
  return LANGUAGES.find((language) => language === written) ?? 'en';
}
