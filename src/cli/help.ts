/** What the commands' `--help` says, in the language that was asked for. */

import { type Command, type Help as CommanderHelp, Help as Helper, type Option } from 'commander';
import { displayWidth } from './bars.ts';
import { inLanguage, type Language, sayIn, type Worded } from './language.ts';

/** What stands below the options of a command. */
export interface Help {
  readonly about?: Worded;
  /** Command lines, without the name of the program. */
  readonly examples: readonly string[];
  readonly more?: Worded;
  /** `0 done; 2 wrong usage or input` */
  readonly exits: Worded;
}

export const DONE_OR_WRONG: Worded = { en: '0 done; 2 wrong usage or input', ko: '0 끝남; 2 사용법이나 입력이 잘못됨' };

/** For `addHelpText('after', ..)`. */
export function helpText({ about, examples, more, exits }: Help, lang: Language): string {
  const say = sayIn(lang);
  return [
    ...(about ? ['', inLanguage(about, lang)] : []),
    '',
    `${say('Examples', '예')}:`,
    ...examples.map((line) => `  $ glass-flamingo ${line}`),
    '',
    ...(more ? [inLanguage(more, lang), ''] : []),
    `${say('Exit codes', '종료 코드')}: ${inLanguage(exits, lang)}.`,
  ].join('\n');
}

const TITLES: Readonly<Record<string, string>> = {
  'Usage:': '사용법:',
  'Arguments:': '인자:',
  'Options:': '옵션:',
  'Global Options:': '모든 명령의 옵션:',
  'Commands:': '명령:',
};

/** What commander says of itself, in the same language; Korean letters take two columns of a terminal. */
export function withHelpIn(program: Command, lang: Language): Command {
  const say = sayIn(lang);
  return program
    .configureHelp({
      showGlobalOptions: true,
      displayWidth,
      ...(lang === 'ko' && { styleTitle: (title) => TITLES[title] ?? title, optionDescription }),
    })
    .helpOption('-h, --help', say('show this help', '이 도움말을 보여 줘요'))
    .helpCommand('help [command]', say('show the help of a command', '명령의 도움말을 보여 줘요'))
    .showHelpAfterError(say('(--help shows what is possible)', '(--help가 쓸 수 있는 것을 보여 줘요)'));
}

function optionDescription(this: CommanderHelp, option: Option): string {
  return Helper.prototype.optionDescription
    .call(this, option)
    .replace('(choices: ', '(고를 수 있는 값: ')
    .replace('(default: ', '(기본값: ')
    .replace(', default: ', ', 기본값: ');
}
