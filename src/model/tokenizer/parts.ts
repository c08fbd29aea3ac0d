/** The parts of a tokenizer.json around its model: the library that runs them passes over what it doesn't know. */

import { quote } from '../../files/quote.ts';
import { readCharacterMap } from './charsmap.ts';
import { DECODERS } from './decoders.ts';
import { expressionOf, type PatternJson, placesOf } from './expressions.ts';
import { NORMALIZERS } from './normalizers.ts';
import { BEHAVIORS, PRE_TOKENIZERS } from './pre-tokenizers.ts';

/** Tells of the first place that does not fit: where it is, and what is expected. */
export type Refuse = (where: string, expected: string) => never;

/** What can be run as Hugging Face's tokenizers run it; the others are refused by name. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  normalizer: NORMALIZERS,
  pre_tokenizer: PRE_TOKENIZERS,
  post_processor: ['Sequence', 'TemplateProcessing', 'BertProcessing', 'RobertaProcessing', 'ByteLevel'],
  decoder: DECODERS,
};

/** What a part that runs others in a row calls their list. */
const LISTS: Readonly<Record<string, string>> = {
  normalizer: 'normalizers',
  pre_tokenizer: 'pretokenizers',
  post_processor: 'processors',
  decoder: 'decoders',
};
/** Rows within rows beyond this are a mistake. */
const DEEPEST = 16;

/**
 * Checks a part and those within it: what the library would fail on later, or pass over so that other tokens come out.
 * @param kind the key of the file under which it stands: `normalizer`, `decoder`
 */
export function checkPart(part: object, kind: string, refuse: Refuse, where: string = kind, depth = 0): void {
  const { type, ...given } = part as Record<string, unknown>;
  if (typeof type !== 'string') refuse(`${where}.type`, 'a text');
  const known = TYPES[kind] as readonly string[];
  if (!known.includes(type as string)) refuse(`${where}.type ${quote(type)}`, `one of ${known.join(', ')}`);
  if (depth > DEEPEST) refuse(where, `at most ${DEEPEST} parts within one another`);
  if (type === 'Sequence') {
    const list = LISTS[kind] as string;
    const parts = given[list];
    if (!Array.isArray(parts)) refuse(`${where}.${list}`, 'a list');
    for (const [i, inner] of (parts as unknown[]).entries()) {
      const place = `${where}.${list}[${i}]`;
      if (typeof inner !== 'object' || inner === null) refuse(place, 'an object');
      checkPart(inner, kind, refuse, place, depth + 1);
    }
  }
  const name = type === 'Strip' && kind === 'decoder' ? 'strips of a decoder' : type;
  for (const [key, [fits, expected]] of Object.entries(FORMS[name as string] ?? {}))
    if (!fits(given[key], given)) refuse(`${where}.${key}`, expected);
  // Between letters Hugging Face's own count characters wrongly there, and mostly end in an error.
  if (kind === 'normalizer' && type === 'Replace' && findsNothing(given.pattern as PatternJson))
    refuse(`${where}.pattern`, 'one that never matches an empty text');
}

/** Whether a pattern is found between two characters, where nothing is. What is no pattern is told of later. */
function findsNothing(pattern: PatternJson): boolean {
  try {
    return placesOf(expressionOf(pattern), 'a b1.').some(([start, end]) => start === end);
  } catch {
    return false;
  }
}

type Form = readonly [fits: (value: unknown, part: Record<string, unknown>) => boolean, expected: string];

const isText = (value: unknown): value is string => typeof value === 'string';
const within = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const text: Form = [isText, 'a text'];
const count: Form = [(value) => Number.isSafeInteger(value) && (value as number) >= 0, 'a whole number from 0'];
const pattern: Form = [
  (value) => isText(within(value).String) || isText(within(value).Regex),
  '{"String": a text} or {"Regex": a text}',
];
const named: Form = [(value) => Array.isArray(value) && isText(value[0]), 'a list of a token and its id'];
const template: Form = [
  (value) =>
    Array.isArray(value) &&
    value.every((item) => isText(within(within(item).SpecialToken).id) || within(within(item).Sequence).id === 'A'),
  'a list of {"SpecialToken": ..} and {"Sequence": ..}',
];

const SCHEMES: readonly unknown[] = ['always', 'first', 'never'];
const flag: Form = [(value) => typeof value === 'boolean', 'true or false'];
const character: Form = [(value) => isText(value) && Array.from(value).length === 1, 'one character'];
const behavior: Form = [(value) => (BEHAVIORS as readonly unknown[]).includes(value), `one of ${BEHAVIORS.join(', ')}`];
const characterMap: Form = [isCharacterMap, "SentencePiece's map of characters in base64"];

/** Absent, or null, as well. */
function optional([fits, expected]: Form): Form {
  return [(value, part) => value === undefined || value === null || fits(value, part), expected];
}

function isCharacterMap(value: unknown): boolean {
  try {
    return readCharacterMap(value as string) !== undefined;
  } catch {
    return false;
  }
}

/** Normalizers after which the first character of a text is still known to be the first. */
const KEEP_FIRST = ['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents', 'Strip', 'Nmt', 'Precompiled'];

/**
 * A sign in front of the whole text alone needs the place of each piece in the text as it was written, which is not
 * followed through every normalizer and cut.
 */
export function checkFirst(normalizer: object | null, preTokenizer: object | null, refuse: Refuse): void {
  const [first, ...later] = flat(preTokenizer, 'pre_tokenizer');
  const needs = (part: Row): boolean => part.type === 'Metaspace' && part.prepend_scheme === 'first';
  if (later.some(needs)) refuse('pre_tokenizer', 'a Metaspace with prepend_scheme first before other parts');
  const moves = flat(normalizer, 'normalizer').find(({ type }) => !KEEP_FIRST.includes(String(type)));
  if (first && needs(first) && moves)
    refuse('pre_tokenizer.prepend_scheme', `always or never with a normalizer of type ${moves.type}`);
}

type Row = Readonly<Record<string, unknown>>;

/** The parts that run, one after the other. */
function flat(part: object | null, kind: string): Row[] {
  if (part === null) return [];
  const row = part as Row;
  return row.type === 'Sequence' ? (row[LISTS[kind] as string] as Row[]).flatMap((inner) => flat(inner, kind)) : [row];
}

/**
 * The special tokens around a text are written with ids of their own there, which have to be those of the vocabulary: the
 * library puts the unknown token where it has none.
 */
export function checkTokenIds(post: object | null, idOf: (token: string) => number | undefined, refuse: Refuse): void {
  for (const part of flat(post, 'post_processor')) {
    const named = within(part.special_tokens);
    const used = specialsIn(part.single);
    const lost = used.find((token) => !Object.hasOwn(named, token));
    if (lost !== undefined) refuse('post_processor special_tokens', `an entry for ${quote(lost)}, which single names`);
    const given: readonly (readonly [where: string, token: string, ids: unknown])[] = [
      ...Object.entries(named).map(([token, one]) => [`special_tokens.${token}.ids`, token, within(one).ids] as const),
      ...['cls', 'sep'].flatMap((key) => pairOf(part[key]).map(([token, id]) => [key, token, [id]] as const)),
    ];
    for (const [where, token, ids] of given) {
      const id = idOf(token);
      if (id === undefined && (used.includes(token) || where in part))
        refuse(`post_processor ${where}`, `a token of the vocabulary, which lacks ${quote(token)}`);
      if (id !== undefined && JSON.stringify(ids) !== `[${id}]`)
        refuse(`post_processor ${where}`, `${id}, the id of ${quote(token)} in the vocabulary`);
    }
  }
}

/** The special tokens of a template, which is checked. */
function specialsIn(template: unknown): string[] {
  if (!Array.isArray(template)) return [];
  return template.map((item) => within(within(item).SpecialToken).id).filter(isText);
}

function pairOf(value: unknown): (readonly [string, unknown])[] {
  return Array.isArray(value) && isText(value[0]) ? [[value[0], value[1]]] : [];
}

/** By the type of a part. */
const FORMS: Readonly<Record<string, Readonly<Record<string, Form>>>> = {
  Replace: { pattern, content: text },
  Prepend: { prepend: text },
  Strip: { strip_left: flag, strip_right: flag },
  Precompiled: { precompiled_charsmap: characterMap },
  Split: { pattern, behavior, invert: optional(flag) },
  CharDelimiterSplit: { delimiter: character },
  Punctuation: { behavior: optional(behavior) },
  Digits: { individual_digits: optional(flag) },
  Metaspace: {
    replacement: optional(character),
    prepend_scheme: optional([(value) => SCHEMES.includes(value), 'always, first or never']),
    add_prefix_space: optional(flag),
    split: optional(flag),
  },
  ByteLevel: { add_prefix_space: optional(flag), use_regex: optional(flag) },
  BPEDecoder: { suffix: optional(text) },
  TemplateProcessing: { single: template },
  BertProcessing: { sep: named, cls: named },
  RobertaProcessing: { sep: named, cls: named },
  'strips of a decoder': { content: character, start: count, stop: count },
};
