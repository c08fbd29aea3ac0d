/** The normalizers of a tokenizer.json, as Hugging Face's own tokenizers (Rust, 0.22) run them. */

import { readCharacterMap, throughMap } from './charsmap.ts';
import { expressionOf, type PatternJson, replaced } from './expressions.ts';
import { normalForm, withoutMarks } from './old-unicode.ts';

/** A text to the text that is cut into pieces. */
export type Normalise = (text: string) => string;

type Part = Readonly<Record<string, unknown>>;

/** SentencePiece's rules for translation: controls go, and what separates becomes a space. */
const NMT_NOTHING = /(?![\t\n\f\r\0\u0080-\u008e\u0090-\u009e])\p{Cc}/gu;
const NMT_SPACE = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/gu;

/** One character after the other: JavaScript writes a capital sigma otherwise at the end of a word. */
const lowercase: Normalise = (text) => Array.from(text, (character) => character.toLowerCase()).join('');

const BY_TYPE: Readonly<Record<string, (part: Part) => Normalise>> = {
  Sequence: ({ normalizers }) => {
    const all = (normalizers as Part[]).map(normaliserOf);
    return (text) => all.reduce((done, next) => next(done), text);
  },
  NFC: () => (text) => normalForm('NFC', text),
  NFD: () => (text) => normalForm('NFD', text),
  NFKC: () => (text) => normalForm('NFKC', text),
  NFKD: () => (text) => normalForm('NFKD', text),
  Lowercase: () => lowercase,
  StripAccents: () => withoutMarks,
  Strip: ({ strip_left, strip_right }) => {
    const start = strip_left ? /^\p{White_Space}+/u : /^/;
    const end = strip_right ? /(?<!\p{White_Space})\p{White_Space}+$/u : /$/;
    return (text) => text.replace(start, '').replace(end, '');
  },
  Nmt: () => (text) => text.replace(NMT_NOTHING, '').replace(NMT_SPACE, ' '),
  Prepend:
    ({ prepend }) =>
    (text) =>
      text === '' ? '' : `${prepend}${text}`,
  Replace: ({ pattern, content }) => {
    const expression = expressionOf(pattern as PatternJson);
    return (text) => (text === '' ? '' : replaced(text, expression, content as string));
  },
  Precompiled: ({ precompiled_charsmap }) => throughMap(readCharacterMap(precompiled_charsmap as string)),
};

export const NORMALIZERS: readonly string[] = Object.keys(BY_TYPE);

/** @param part checked by `checkPart` */
export function normaliserOf(part: object): Normalise {
  const make = BY_TYPE[(part as Part).type as string] as (part: Part) => Normalise;
  return make(part as Part);
}
