/**
 * What goes wrong, in Korean. The library's errors are English; those that people meet first are told here in Korean,
 * by what they say. `{}` stands for what a message names: a file, or a phrase of this list; `{#}` for a number.
 */

import { PictureError } from '../files/picture/error.ts';
import { PromptError } from '../model/prompt.ts';
import { UsageError } from './context.ts';
import { WORK } from './korean-errors/work.ts';
import type { Language } from './language.ts';

const USAGE: readonly (readonly [en: string, ko: string])[] = [
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

const PICTURES: readonly (readonly [en: string, ko: string])[] = [
  ['a picture file', '그림 파일'],
  ['a PNG, JPEG, GIF, BMP, TIFF, WebP or AVIF picture', 'PNG, JPEG, GIF, BMP, TIFF, WebP, AVIF 그림'],
  ['a PNG, JPEG, GIF, BMP, TIFF, WebP or AVIF picture: {}', 'PNG, JPEG, GIF, BMP, TIFF, WebP, AVIF 그림. {}'],
  ['another layout: {}', '다른 방식으로 저장한 그림. {}'],
  ['convert it with {}, on a Mac {}', '{}로 바꿀 수 있어요. Mac에서는 {}'],
  ['convert it with {} (ImageMagick)', '{}로 바꿀 수 있어요 (ImageMagick)'],
  ['is text, not a picture', '그림이 아니라 글이에요'],
  ['is not a picture', '그림이 아니에요'],
  ['is an SVG drawing, not pixels', '픽셀이 아니라 SVG 도형이에요'],
  ['is {}, which cannot be read', '{} 파일이라서 읽을 수 없어요'],
  ['a Windows icon (ICO)', 'Windows 아이콘(ICO)'],
  ['is a {}, which is not read', '{} 형식이라서 읽지 않아요'],
  ['is a cut or damaged {} ({})', '잘렸거나 깨진 {}예요 ({})'],
  ['its end is missing', '끝부분이 없어요'],
  ['no header', '머리말이 없어요'],
  ['no size', '크기가 없어요'],
  ['Offset is outside the bounds of the DataView', '파일이 너무 짧아요'],
  ['the whole file', '온전한 파일'],
  ['declares {} x {} pixels ({} megapixels)', '{} x {} 픽셀({}메가픽셀)이라고 적혀 있어요'],
  [
    'declares {} x {} pixels ({} megapixels) in {} bytes',
    '{} x {} 픽셀({}메가픽셀)이라고 적혀 있는데 {}바이트뿐이에요',
  ],
  ['declares {} x {} pixels', '{} x {} 픽셀이라고 적혀 있어요'],
  ['at most {} megapixels; make it smaller first', '{}메가픽셀 이하. 먼저 크기를 줄여 주세요'],
  ['sides of at most {}', '한 변이 {} 이하인 그림'],
  ['a byte for every {} pixels', '픽셀 {}개마다 한 바이트 이상'],
  ['{} has several pages: only page 1 is looked at', '{}: 여러 쪽 가운데 1쪽만 봐요'],
  ['{} is an animation: only its first picture is looked at', '{}: 움직이는 그림이라서 첫 장만 봐요'],
  ['{} is an animation of {} frames: only frame 1 is looked at', '{}: 프레임 {}개 가운데 첫 프레임만 봐요'],
  [
    'a clip has {} frames: {} of them are looked at, evenly',
    '움직이는 그림의 프레임 {}개 가운데 {}개만 고르게 골라서 봐요',
  ],
];

const PROMPTS: readonly (readonly [en: string, ko: string])[] = [
  ['the prompt', '프롬프트'],
  ['the file', '파일'],
  ['{}: the prompt', '{}: 프롬프트'],
  ['{}: the file', '{}: 파일'],
  ['does not exist', '그런 파일이 없어요'],
  ['is a folder', '파일이 아니라 폴더예요'],
  ['may not be read', '읽을 권한이 없어요'],
  ['cannot be read ({})', '읽을 수 없어요 ({})'],
  ['is empty', '비어 있어요'],
  ['is blank', '빈칸뿐이에요'],
  ['is missing', '빠져 있어요'],
  ['is not valid', '맞지 않아요'],
  ['is not a text in UTF-8', 'UTF-8 글이 아니에요'],
  ['is not JSON: line {}, column {}: unexpected {}', '{}번째 줄 {}번째 글자가 JSON에 맞지 않아요: {}'],
  ['is not JSON: line {}, column {}: it ends too early', '{}번째 줄 {}번째 글자에서 JSON이 끊겼어요'],
  ['is nested too deeply', '괄호가 너무 깊이 겹쳐 있어요'],
  ['holds only blank texts', '빈칸뿐이에요'],
  ['holds half of a character', '글자 하나가 반만 있어요'],
  ['holds the special token {}', '특수 토큰 {}이 들어 있어요'],
  ['holds {#} pictures', '그림이 {#}장 있어요'],
  ['holds <{}>', '<{}>이 들어 있어요'],
  ['has the unknown key {} (nearest: {})', '{}라는 키는 없어요 (가까운 것: {})'],
  ['is candidates[{}] again', 'candidates[{}]과 같아요'],
  ['is a string', '글이에요'],
  ['is a number', '숫자예요'],
  ['is a boolean', '참/거짓 값이에요'],
  ['is an array', '배열이에요'],
  ['is an object', '객체예요'],
  ['is {#}', '{#}이에요'],
  ['asks for {} beams at temperature {}', '빔 {}개와 온도 {}를 함께 쓸 수 없어요'],
  ['needs {} tokens, and {} more to generate or rank', '토큰이 {}개이고, 답에 {}개가 더 필요해요'],
  ['at most {} together', '모두 합해 {}개 이하'],
  ['at most {#}', '{#} 이하'],
  ['only {}', '{}만 쓸 수 있어요'],
  ['a prompt file', '프롬프트 파일'],
  ['a prompt in JSON', 'JSON으로 쓴 프롬프트'],
  ['a prompt in JSON or JSONL', 'JSON이나 JSONL로 쓴 프롬프트'],
  ['one prompt a line', '한 줄에 프롬프트 하나'],
  ['a list of scenes', '장면의 목록'],
  ['the number of a scene', '장면의 번호'],
  ['a path', '파일 경로'],
  ['a string', '글'],
  ['an object', '객체'],
  ['an array of texts', '글의 배열'],
  ['an array of pictures and texts', '그림과 글의 배열'],
  ['some words', '낱말'],
  ['at least one picture or text', '그림이나 글 하나 이상'],
  ['at least one picture or some words', '그림이나 낱말 하나 이상'],
  ['at least one text, or no such key', '글 하나 이상. 아니면 이 키를 빼 주세요'],
  ['the words alone: it is added when a candidate is scored', '낱말만. 점수를 매길 때 저절로 붙어요'],
  ['no special token but {}', '특수 토큰은 {}만 쓸 수 있어요'],
  ['pictures as items of their own: {"image": PATH}', '그림은 따로: {"image": 경로}'],
  [
    'one of {"image": PATH}, {"video": PATH or PATHS} and {"text": WORDS}',
    '{"image": 경로}, {"video": 경로나 경로의 목록}, {"text": 글} 가운데 하나',
  ],
  ['holds {} and {}', '{}와 {}가 함께 있어요'],
  ['is a clip', '움직이는 그림이에요'],
  ['is a clip of {#} frames', '프레임이 {#}장인 움직이는 그림이에요'],
  ['a picture: {} takes no clips', '그림. {}에는 움직이는 그림을 쓸 수 없어요'],
  [
    'a picture: clips are for models with temporal embeddings, such as --weights video',
    '그림. 움직이는 그림은 시간 임베딩이 있는 모델만 읽어요. --weights video가 그런 모델이에요',
  ],
  ['the path of a GIF, or the paths of its frames', 'GIF의 경로, 또는 프레임마다의 경로'],
  ["one's own data", '내 글'],
  ['texts that differ', '서로 다른 글'],
  ['temperature 0 with beams', '빔을 쓸 때는 온도 0'],
  ['whole ones, such as {}', '{} 같은 온전한 글자'],
  ['a whole number from {} to {}', '{}부터 {}까지의 정수'],
  ['a whole number from {}', '{} 이상의 정수'],
];

const PLACES: readonly (readonly [en: string, ko: string])[] = [
  ["{}: '{}' cannot be written: {}", "{}: '{}'에 쓸 수 없어요. {}"],
  ["'{}' cannot be written: {}", "'{}'에 쓸 수 없어요. {}"],
  ['its folder does not exist', '그 폴더가 없어요'],
  ['a file is in the way', '같은 이름의 파일이 있어요'],
  ['a folder is in the way', '같은 이름의 폴더가 있어요'],
  ['it holds something already; expected a new folder', '이미 무언가 들어 있어요. 새 폴더를 써 주세요'],
  ['that is not allowed', '권한이 없어요'],
  ['the disk is read-only', '읽기 전용 디스크예요'],
  ['no space is left on the disk', '디스크에 남은 자리가 없어요'],
  ['the disk quota is used up', '디스크 할당량을 다 썼어요'],
  ['the name is too long', '이름이 너무 길어요'],
  ['no weights: {}; expected a folder with {}', '가중치가 없어요. {}. 필요한 것: {}이 든 폴더'],
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
  ['{} does not exist', '{}: 그런 파일이나 폴더가 없어요'],
  ['{} is a folder', '{}: 파일이 아니라 폴더예요'],
  ['{} may not be read', '{}: 읽을 권한이 없어요'],
  [
    '{} is an HTML page, as servers send where they have no such file',
    '{}: HTML 페이지가 왔어요. 서버에 그런 파일이 없을 때 흔히 이렇게 보내요',
  ],
  ['{} cannot be fetched ({})', '{}: 가져올 수 없어요 ({})'],
  ['{} is not valid JSON in UTF-8: {}', '{}: UTF-8 JSON이 아니에요 ({})'],
  ['these weights have no text tower, {}: {}', '이 가중치에는 텍스트 타워 {}이 없어요. {}'],
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

const INSIDE: readonly (readonly [en: string, ko: string])[] = [
  ["no tap matches '{}'; nearest: {}", "'{}'에 맞는 탭이 없어요. 가까운 것: {}"],
  [
    "[openDevice] the device is '{}'; nearest is '{}'; expected only {}",
    "'{}'라는 장치는 없어요. 가장 가까운 것: '{}'. 쓸 수 있는 장치: {}",
  ],
  ['{} is not available here: {}', '{}: 여기서는 쓸 수 없어요. {}'],
  [
    'Node has no WebGPU of its own: {} brings one (without a graphics card, {})',
    'Node에는 WebGPU가 없어요. {}가 넣어 줘요 (그래픽 카드가 없으면: {})',
  ],
  ['set VK_ICD_FILENAMES to a software Vulkan driver', 'VK_ICD_FILENAMES로 소프트웨어 Vulkan 드라이버를 고르세요'],
  ['{} and run under an X server ({})', '{}로 설치하고 X 서버에서 실행하세요 ({})'],
];

type Phrase = readonly [pattern: RegExp, ko: string];

const SLOTS: Readonly<Record<string, string>> = { '{}': '([^]+?)', '{#}': '(-?[\\d.]+)' };

const compiled = (list: readonly (readonly [string, string])[]): readonly Phrase[] =>
  list.map(([en, ko]) => {
    const escaped = en.replace(/\{#?\}|[.*+?^${}()|[\]\\]/g, (sign) => SLOTS[sign] ?? `\\${sign}`);
    return [new RegExp(`^${escaped}$`), ko];
  });

let phrases: readonly Phrase[] | undefined;

/** A message or a part of one in Korean; null where the list does not have it. */
export function inKorean(message: string): string | null {
  phrases ??= compiled(
    // Whole phrases before patterns, which may match them too.
    [...USAGE, ...PICTURES, ...PROMPTS, ...PLACES, ...INSIDE, ...WORK].sort(
      ([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')),
    ),
  );
  for (const [pattern, ko] of phrases) {
    const found = pattern.exec(message);
    if (!found) continue;
    let slot = 0;
    return ko.replace(/\{#?\}/g, () => {
      const named = found[++slot] as string;
      return inKorean(named) ?? named;
    });
  }
  return listInKorean(message);
}

/** Several reasons in one line, where the list has every one. */
function listInKorean(message: string): string | null {
  const reasons = message.split('; ');
  const korean = reasons.length > 1 ? reasons.map(inKorean) : [null];
  return korean.includes(null) ? null : korean.join('. ');
}

/** A note of the library, such as one about an animation. */
export function noteText(note: string, lang: Language): string {
  return lang === 'ko' ? (inKorean(note) ?? note) : note;
}

/** What a person is told of an error that was thrown on purpose. */
export function errorText(error: Error, lang: Language): string {
  if (lang === 'en') return error.message;
  return koreanText(error) ?? `자세한 설명은 영어로만 있어요:\n${error.message}`;
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
  if (!(error instanceof PictureError || error instanceof PromptError)) return inKorean(error.message);
  const where = error instanceof PictureError ? error.picture : error.where;
  const [what, expected] = [inKorean(error.what), inKorean(error.expected)];
  return what === null || expected === null ? null : `${inKorean(where) ?? where}: ${what}. 필요한 것: ${expected}`;
}
