/** What goes wrong in a command, in Korean: the library's errors, and those of long work. */

import { LIBRARY } from '../inspect/korean/library.ts';
import { type Phrases, translator } from '../inspect/korean/phrases.ts';
import { toldInKorean } from '../inspect/korean/told.ts';
import { UsageError } from './context.ts';
import { ARGUMENTS } from './korean-errors/arguments.ts';
import { CHECKPOINTS } from './korean-errors/checkpoints.ts';
import { FILES } from './korean-errors/files.ts';
import { TOKENIZERS } from './korean-errors/tokenizers.ts';
import { WORK } from './korean-errors/work.ts';
import type { Language } from './language.ts';

const USAGE: Phrases = [
  ['{}\n(Did you mean {}?)', '{}\n(혹시 {}인가요?)'],
  ['{}\n(Did you mean one of {}?)', '{}\n(혹시 {} 가운데 하나인가요?)'],
  ["error: unknown option '{}'", "오류: '{}'라는 옵션은 없어요"],
  ["error: unknown command '{}'", "오류: '{}'라는 명령은 없어요"],
  ["error: missing required argument '{}'", "오류: 인자 '{}'가 필요해요"],
  ["error: option '{}' argument missing", "오류: 옵션 '{}'에 값이 필요해요"],
  ["error: required option '{}' not specified", "오류: 옵션 '{}'가 꼭 필요해요"],
  ["error: option '{}' argument '{}' is invalid. {}", "오류: 옵션 '{}'에 '{}'는 쓸 수 없어요. {}"],
  ['Allowed choices are {}.', '쓸 수 있는 값: {}'],
  ['expected a whole number from {}.', '{} 이상의 정수를 써 주세요.'],
  ['expected a port: 0 to 65535.', '포트 번호는 0부터 65535까지예요.'],
  [
    "error: too many arguments for '{}'. Expected {} but got {}.",
    "오류: '{}'의 인자가 너무 많아요. {}, 받은 것은 {}개.",
  ],
  ['error: too many arguments. Expected {} but got {}.', '오류: 인자가 너무 많아요. {}, 받은 것은 {}개.'],
  ['{} arguments', '쓸 수 있는 것은 {}개'],
  ['{} argument', '쓸 수 있는 것은 {}개'],
];

const PLACES: Phrases = [
  ["{}: '{}' cannot be written: {}", "{}: '{}'에 쓸 수 없어요. {}"],
  ["'{}' cannot be written: {}", "'{}'에 쓸 수 없어요. {}"],
  ['standard output cannot be written: {}', '표준 출력에 쓸 수 없어요. {}'],
  ['its folder does not exist', '그 폴더가 없어요'],
  ['it has no name', '이름이 비어 있어요'],
  ['a file is in the way', '같은 이름의 파일이 있어요'],
  ['a folder is in the way', '같은 이름의 폴더가 있어요'],
  ['a folder or a link is in the way', '같은 이름의 폴더나 링크가 있어요'],
  ['a FIFO, a device or a socket is in the way', '같은 이름의 FIFO나 장치, 소켓이 있어요'],
  ['it holds something already; expected a new folder', '이미 무언가 들어 있어요. 새 폴더를 써 주세요'],
  ['that is not allowed', '권한이 없어요'],
  ['the disk is read-only', '읽기 전용 디스크예요'],
  ['no space is left on the disk', '디스크에 남은 자리가 없어요'],
  ['the disk quota is used up', '디스크 할당량을 다 썼어요'],
  ['the name is too long', '이름이 너무 길어요'],
  [
    '{}: this is not a file of weights: it begins with {}; expected safetensors, an index of shards (JSON), or a file of torch.save',
    '{}: 가중치 파일이 아니에요. {}로 시작해요. 필요한 것: safetensors, 조각의 색인(JSON), torch.save 파일',
  ],
  ['{}: the file is cut: {}', '{}: 파일이 잘렸어요. {}'],
  [
    'no file says what kind of language model it is; give languageModel: its weights or config.json',
    '어떤 언어 모델인지 알려 주는 파일이 없어요. 언어 모델의 가중치나 config.json이 필요해요',
  ],
  ['{} (in the cache; {} brings it)', '{} (캐시에서 찾았어요. {}로 가져올 수 있어요)'],
  [
    'no file or folder is called {}; as a name of the hub: {}',
    '{}라는 파일이나 폴더가 없고, 허브의 이름으로도 찾지 못했어요. {}',
  ],
  ['{} is not a name of a repository; expected OWNER/NAME', '{}은 저장소의 이름이 아니에요. 필요한 것: 소유자/이름'],
  ['{}: {} cannot be reached ({})', '{}: {}에 연결할 수 없어요 ({})'],
  ['{}: there is no such model, or it has no {}', '{}: 그런 모델이 없거나, 모델에 {}이 없어요'],
  ['{}; nearest known: {}', '{}. 아는 것 가운데 가까운 것: {}'],
  ['{} is not in {}: {}', '{}은 {}에 없어요. {}'],
];

/** A message or a part of one in Korean; null where the lists do not have it. */
export const inKorean: (message: string) => string | null = translator(
  USAGE,
  PLACES,
  TOKENIZERS,
  CHECKPOINTS,
  FILES,
  LIBRARY,
  WORK,
  ARGUMENTS,
);

/** A note of the library, such as one about an animation. */
export function noteText(note: string, lang: Language): string {
  return lang === 'ko' ? (inKorean(note) ?? note) : note;
}

/**
 * What a person is told of an error that was thrown on purpose. Lines of its own begin with two spaces: any other line
 * break is of a name in it, and could feign another message.
 */
export function errorText(error: Error, lang: Language): string {
  const told = (message: string): string => message.replace(/\n(?! {2})/g, '\\n');
  if (lang === 'en') return told(error.message);
  const korean = koreanText(error);
  return korean === null ? `자세한 설명은 영어로만 있어요:\n${told(error.message)}` : told(korean);
}

/** Several errors in one: OwnDataError, whose code is not loaded for its name. */
interface Several extends Error {
  readonly lines: readonly { readonly where: string; readonly error: Error }[];
}

const isSeveral = (error: Error): error is Several => error.name === 'OwnDataError' && 'lines' in error;

/** Bad lines that a message lists. */
const LISTED = 20;

function severalText({ lines }: Several): string {
  const listed = lines.slice(0, LISTED).map(({ where, error }) => `\n  ${where}: ${errorText(error, 'ko')}`);
  const rest = lines.length > LISTED ? `\n  그 밖에 ${lines.length - LISTED}줄` : '';
  return `쓸 수 없는 줄이 ${lines.length}개 있어요. 아직 아무것도 시작하지 않았어요:${listed.join('')}${rest}`;
}

function koreanText(error: Error): string | null {
  if (isSeveral(error)) return severalText(error);
  if (error instanceof UsageError) return error.ko;
  return toldInKorean(error, inKorean);
}
