import { type Command, Option } from 'commander';

export const LANGUAGES = ['en', 'ko'] as const;

export type Language = (typeof LANGUAGES)[number];

/** A text in every language. */
export type Worded = Readonly<Record<Language, string>>;

/** Adds `--lang`. */
export function withLanguage(command: Command): Command {
  return command.addOption(
    new Option('--lang <language>', 'language of what is said').choices(LANGUAGES).default('en'),
  );
}

/** The language that a command line asks for, known before it is parsed: help and errors are in it too. */
export function languageOf(argv: readonly string[]): Language {
  const at = argv.findLastIndex((word) => word === '--lang' || word.startsWith('--lang='));
  const written = argv[at] === '--lang' ? argv[at + 1] : argv[at]?.slice('--lang='.length);
  return LANGUAGES.find((language) => language === written) ?? 'en';
}
