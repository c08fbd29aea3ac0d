import { type Command, Option } from 'commander';

export type Language = 'en' | 'ko';

/** Adds `--lang`. */
export function withLanguage(command: Command): Command {
  return command.addOption(new Option('--lang <language>', 'language of labels').choices(['en', 'ko']).default('en'));
}
