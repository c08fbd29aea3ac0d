/** What a thing in a clip does, and how that is asked and answered in both languages. */

/** By name; `reversed` is what the same frames show from the last to the first. */
export const MOTIONS = {
  left: { en: 'left', ko: '왼쪽', reversed: 'right' },
  right: { en: 'right', ko: '오른쪽', reversed: 'left' },
  up: { en: 'up', ko: '위', reversed: 'down' },
  down: { en: 'down', ko: '아래', reversed: 'up' },
  grows: { en: 'grows', ko: '커짐', reversed: 'shrinks' },
  shrinks: { en: 'shrinks', ko: '작아짐', reversed: 'grows' },
  'turns right': { en: 'turns right', ko: '시계 방향', reversed: 'turns left' },
  'turns left': { en: 'turns left', ko: '반시계 방향', reversed: 'turns right' },
  appears: { en: 'appears', ko: '나타남', reversed: 'vanishes' },
  vanishes: { en: 'vanishes', ko: '사라짐', reversed: 'appears' },
  blinks: { en: 'blinks', ko: '깜박임', reversed: 'blinks' },
  stays: { en: 'stays', ko: '가만히', reversed: 'stays' },
} as const;
export type Motion = keyof typeof MOTIONS;
export const MOTION_NAMES = Object.keys(MOTIONS) as readonly Motion[];

export type Language = 'en' | 'ko';

/** Tints of scenes: sRGB in [0, 1]. */
export const COLOURS = {
  red: { en: 'red', ko: '빨강', rgb: [0.95, 0.15, 0.15] },
  yellow: { en: 'yellow', ko: '노랑', rgb: [0.98, 0.85, 0.1] },
  green: { en: 'green', ko: '초록', rgb: [0.15, 0.75, 0.25] },
  blue: { en: 'blue', ko: '파랑', rgb: [0.15, 0.35, 0.95] },
  purple: { en: 'purple', ko: '보라', rgb: [0.6, 0.2, 0.8] },
} as const;
export type ColourName = keyof typeof COLOURS;
export const COLOUR_NAMES = Object.keys(COLOURS) as readonly ColourName[];

/** One to four things. */
export const COUNTS: readonly Readonly<Record<Language, string>>[] = [
  { en: 'one', ko: '한 개' },
  { en: 'two', ko: '두 개' },
  { en: 'three', ko: '세 개' },
  { en: 'four', ko: '네 개' },
];

/** What can be asked about a clip or a scene, but for names, kinds and whether there is one of a kind. */
export type ClipTask = 'motion' | 'count' | 'colour' | 'left' | 'right' | 'leftKind' | 'rightKind';

/** The forms in which each question is put; the first one is the usual. */
export const CLIP_FORMS: Readonly<Record<ClipTask, Readonly<Record<Language, readonly [string, ...string[]]>>>> = {
  motion: {
    en: ['motion :', 'motion:', 'motion?', 'Motion?', 'How does it move?', 'What does it do?'],
    ko: ['움직임 :', '움직임:', '움직임?', '움직임은?', '어떻게 움직여?', '뭐 해?'],
  },
  count: {
    en: ['count :', 'count:', 'count?', 'how many?', 'How many?', 'How many are there?'],
    ko: ['개수 :', '개수:', '개수?', '개수는?', '몇 개?', '몇 개야?'],
  },
  colour: {
    en: ['colour :', 'color :', 'colour?', 'color?', 'What colour is it?', 'What color is it?'],
    ko: ['색 :', '색:', '색?', '색은?', '무슨 색?', '무슨 색이야?'],
  },
  left: {
    en: ['left :', 'left:', 'left?', 'what is on the left?', 'What is on the left?'],
    ko: ['왼쪽 :', '왼쪽:', '왼쪽은?', '왼쪽은 뭐야?', '왼쪽에 뭐가 있어?'],
  },
  right: {
    en: ['right :', 'right:', 'right?', 'what is on the right?', 'What is on the right?'],
    ko: ['오른쪽 :', '오른쪽:', '오른쪽은?', '오른쪽은 뭐야?', '오른쪽에 뭐가 있어?'],
  },
  leftKind: {
    en: ['left kind :', 'left kind?', 'What kind is on the left?'],
    ko: ['왼쪽 종류 :', '왼쪽 종류는?', '왼쪽은 무슨 종류야?'],
  },
  rightKind: {
    en: ['right kind :', 'right kind?', 'What kind is on the right?'],
    ko: ['오른쪽 종류 :', '오른쪽 종류는?', '오른쪽은 무슨 종류야?'],
  },
};

/** Kinds that are not counted: "any food", not "a food". */
const MASS: ReadonlySet<string> = new Set(['food', 'weather', 'clothing', 'fruit']);

const article = (kind: string): string => (MASS.has(kind) ? 'any' : /^[aeiou]/.test(kind) ? 'an' : 'a');

/** 새 -> 새가, 동물 -> 동물이: the particle follows the last syllable's final consonant. */
const withSubject = (noun: string): string =>
  `${noun}${(noun.charCodeAt(noun.length - 1) - 0xac00) % 28 ? '이' : '가'}`;

/** Forms of "is there one of this kind?". @param kind its word in that language */
export function thereForms(kind: string, language: Language): readonly [string, ...string[]] {
  if (language === 'ko') return [`${kind} 있어?`, `${withSubject(kind)} 있어?`];
  return [`there ${kind} ?`, `Is there ${article(kind)} ${kind}?`, `is there ${article(kind)} ${kind}?`];
}
