import { type Command, Option } from 'commander';
import type { Language, Worded } from '../runs/worded.ts';

export type { Language, Worded };

export const LANGUAGES: readonly Language[] = ['en', 'ko'];

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
