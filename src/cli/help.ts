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
    ...new Set(examples.map((line) => `  $ glass-flamingo ${lang === 'ko' ? koreanExample(line) : line}`)),
    '',
    ...(more ? [inLanguage(more, lang), ''] : []),
    `${say('Exit codes', '종료 코드')}: ${inLanguage(exits, lang)}.`,
  ].join('\n');
}

/** The same command as a Korean reader types it: asked in Korean, told in Korean. */
function koreanExample(line: string): string {
  const asked = line.replace('"name :"', '"이름 :"').replace('"motion :"', '"움직임 :"');
  return /--lang|--json| > /.test(asked) ? asked : `${asked} --lang ko`;
}

const TITLES: Readonly<Record<string, string>> = {
  'Usage:': '사용법:',
  'Arguments:': '인자:',
  'Options:': '옵션:',
  'Global Options:': '모든 명령의 옵션:',
  'Commands:': '명령:',
};

/** What stands for a value in usage and options. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  command: '명령',
  device: '장치',
  dir: '폴더',
  edit: '수정',
  file: '파일',
  files: '파일',
  first: '첫째',
  folder: '폴더',
  format: '형식',
  labels: '이름표',
  language: '언어',
  layer: '층',
  location: '위치',
  mistake: '실수',
  model: '모델',
  name: '이름',
  number: '수',
  options: '옵션',
  pattern: '패턴',
  second: '둘째',
  seconds: '초',
  share: '몫',
  steps: '스텝',
  text: '글',
  words: '낱말',
};

/** `--prompt <file>` as `--prompt <파일>` */
export function koreanPlaceholders(text: string): string {
  return text.replace(/([<[=])([a-z]+)(\.{3})?(?=[\]>=])/g, (whole, open: string, name: string, more = '') => {
    const ko = PLACEHOLDERS[name];
    return ko === undefined ? whole : `${open}${ko}${more}`;
  });
}

const KOREAN_HELP: Partial<CommanderHelp> = {
  styleTitle: (title) => TITLES[title] ?? title,
  optionDescription,
  optionTerm: ({ flags }) => koreanPlaceholders(flags),
  argumentTerm: (argument) => PLACEHOLDERS[argument.name()] ?? argument.name(),
  commandUsage: (command) => koreanPlaceholders(Helper.prototype.commandUsage.call(new Helper(), command)),
  subcommandTerm: (command) => koreanPlaceholders(Helper.prototype.subcommandTerm.call(new Helper(), command)),
};

/** What commander says of itself, in the same language; Korean letters take two columns of a terminal. */
export function withHelpIn(program: Command, lang: Language): Command {
  const say = sayIn(lang);
  return program
    .configureHelp({
      showGlobalOptions: true,
      displayWidth,
      ...(lang === 'ko' && KOREAN_HELP),
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
