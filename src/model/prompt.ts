/** Interleaved few-shot prompts: pictures and words in reading order, as people write them and as the model reads them. */

import { requireKinds } from '../files/kinds.ts';
import { DEFAULT_MAX_TOKENS, GENERATE_RULES, type GenerateOptions } from '../flamingo/generation/options.ts';
import { GlassFlamingoError } from '../tensor/errors.ts';
import { nearestName } from '../tensor/options.ts';
import { plainText } from './prompt/plain.ts';

/** A picture or a text. `Image` is a path when a person wrote it, a Picture once it is loaded. */
export type PictureItem<Image = string> =
  /** The picture; in a file of prompts its path. */
  | { readonly image: Image }
  /** Words, without special tokens. */
  | { readonly text: string };

/** A clip: one file that holds its frames (GIF), or the frames, each a picture. */
export interface VideoItem<Image = string> {
  /** A GIF, or one picture a frame; in a file of prompts, paths. */
  readonly video: Image | readonly Image[];
}

/** A picture, a clip or a text. */
export type PromptItem<Image = string> = PictureItem<Image> | VideoItem<Image>;

/** What stands at an `<image>` token. */
export type MediaItem<Image = string> = Exclude<PromptItem<Image>, { readonly text: string }>;

export interface Prompt<Image = string> {
  /** Pictures and texts in the order in which they are read. */
  readonly sequence: readonly PromptItem<Image>[];
  /** Texts to rank by log-likelihood as continuations. */
  readonly candidates?: readonly string[];
  readonly generate?: GenerateOptions;
}

/** A prompt without clips. */
export interface PicturePrompt<Image = string> extends Prompt<Image> {
  readonly sequence: readonly PictureItem<Image>[];
}

/** A prompt that cannot be used: where in it, what is wrong, and what would do. */
export class PromptError extends GlassFlamingoError {
  override name = 'PromptError';
  readonly where: string;
  readonly what: string;
  readonly expected: string;
  /** Line in the prompt's file, from 1, when it is known. */
  readonly line: number | undefined;

  constructor(where: string, what: string, expected: string, line?: number) {
    super(`${where} ${what}; expected ${expected}`);
    this.where = where;
    this.what = what;
    this.expected = expected;
    this.line = line;
  }
}

/** Ends an answer; the only special token that a text may hold. */
export const END_OF_CHUNK = '<EOC>';

const RESERVED = /<(?:image|BOS|EOS|PAD|UNK)>/i;
/** Nobody means these letters: they stand where an answer was to end. */
const ALMOST_END = /< ?eoc ?>/gi;
const ITEM_FORM = 'one of {"image": PATH}, {"video": PATH or PATHS} and {"text": WORDS}';

/**
 * Checks a prompt's JSON form: `{"sequence": [{"image": path} | {"video": path or paths} | {"text": words}], "candidates"?,
 * "generate"?}`.
 *
 * @param value the parsed JSON
 * @throws PromptError for unknown keys, wrong types, an empty sequence, special tokens or half characters in a text, and
 * candidates that come twice
 * @example
 * ```ts
 * const prompt = parsePrompt({ sequence: [{ image: 'cat.png' }, { text: 'name :' }], generate: { maxTokens: 4 } });
 * ```
 */
export function parsePrompt(value: unknown): Prompt {
  const { sequence, candidates, generate } = record(value, 'the prompt', ['sequence', 'candidates', 'generate']);
  if (!Array.isArray(sequence)) throw wrongType('sequence', sequence, 'an array of pictures and texts');
  const items = sequence.map((item, i) => parseItem(item, `sequence[${i}]`));
  if (items.length === 0) throw new PromptError('sequence', 'is empty', 'at least one picture or text');
  if (items.every((item) => 'text' in item && plainText(item.text) === '')) {
    throw new PromptError('sequence', 'holds only blank texts', 'at least one picture or some words');
  }
  return {
    sequence: items,
    ...(candidates !== undefined && { candidates: parseCandidates(candidates) }),
    ...(generate !== undefined && { generate: parseGenerate(generate) }),
  };
}

function parseItem(value: unknown, where: string): PromptItem {
  const item = record(value, where, ['image', 'video', 'text']);
  const [first, ...others] = Object.keys(item);
  if (first === undefined) throw new PromptError(where, 'is empty', ITEM_FORM);
  if (others.length > 0) throw new PromptError(where, `holds ${[first, ...others].join(' and ')}`, ITEM_FORM);
  if ('image' in item) {
    if (typeof item.image !== 'string') throw wrongType(`${where}.image`, item.image, 'a path');
    if (item.image === '') throw new PromptError(`${where}.image`, 'is empty', 'a path');
    return { image: item.image };
  }
  if ('video' in item) return { video: parseVideo(item.video, `${where}.video`) };
  if (typeof item.text !== 'string') throw wrongType(`${where}.text`, item.text, 'a string');
  return { text: withoutSpecials(item.text, `${where}.text`) };
}

const VIDEO_FORM = 'the path of a GIF, or the paths of its frames';

function parseVideo(value: unknown, where: string): string | string[] {
  const paths: unknown[] = Array.isArray(value) ? value : [value];
  if (paths.length === 0 || value === '') throw new PromptError(where, 'is empty', VIDEO_FORM);
  for (const [i, path] of paths.entries()) {
    if (typeof path !== 'string') throw wrongType(Array.isArray(value) ? `${where}[${i}]` : where, path, VIDEO_FORM);
    if (path === '') throw new PromptError(`${where}[${i}]`, 'is empty', 'a path');
  }
  return value as string | string[];
}

/**
 * A prompt of pictures and texts, for what shows pictures one by one.
 * @param who takes no clips: the name of a command or a function
 * @throws PromptError for a clip
 * @example
 * ```ts
 * const { sequence } = requirePictures({ sequence: [{ image: 'cat.png' }, { text: 'name :' }] }, 'my view');
 * ```
 */
export function requirePictures<Image>(prompt: Prompt<Image>, who: string): PicturePrompt<Image> {
  requireKinds('requirePictures', { prompt, who }, '{sequence} text');
  requireKinds('requirePictures', { sequence: prompt.sequence }, '[]');
  const sequence = prompt.sequence.map((item, i): PictureItem<Image> => {
    if ('video' in item) throw new PromptError(`sequence[${i}]`, 'is a clip', `a picture: ${who} takes no clips`);
    return item;
  });
  return { ...prompt, sequence };
}

function withoutSpecials(text: string, where: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new PromptError(where, 'holds half of a character', 'whole ones, such as 🦩');
  const read = plainText(text);
  const special = RESERVED.exec(read)?.[0];
  if (special?.toLowerCase() === '<image>')
    throw new PromptError(where, 'holds <image>', 'pictures as items of their own: {"image": PATH}');
  if (special)
    throw new PromptError(where, `holds the special token ${special}`, `no special token but ${END_OF_CHUNK}`);
  const almost = read.match(ALMOST_END)?.find((found) => found !== END_OF_CHUNK);
  if (almost !== undefined) throw new PromptError(where, `holds ${almost}`, `${END_OF_CHUNK} where an answer ends`);
  return text;
}

function parseCandidates(value: unknown): string[] {
  if (!Array.isArray(value)) throw wrongType('candidates', value, 'an array of texts');
  if (value.length === 0) throw new PromptError('candidates', 'is empty', 'at least one text, or no such key');
  const texts = value.map((candidate: unknown, i) => {
    const where = `candidates[${i}]`;
    if (typeof candidate !== 'string') throw wrongType(where, candidate, 'a string');
    if (plainText(candidate).includes(END_OF_CHUNK)) {
      throw new PromptError(where, `holds ${END_OF_CHUNK}`, 'the words alone: it is added when a candidate is scored');
    }
    const text = withoutSpecials(candidate, where).trim();
    if (plainText(text) === '') throw new PromptError(where, 'is blank', 'some words');
    return text;
  });
  const places = new Map<string, number>();
  for (const [i, text] of texts.map(plainText).entries()) {
    const first = places.get(text); // two of one text would share its probability
    places.set(text, i);
    if (first !== undefined)
      throw new PromptError(`candidates[${i}]`, `is candidates[${first}] again`, 'texts that differ');
  }
  return texts;
}

function parseGenerate(value: unknown): GenerateOptions {
  const options = record(value, 'generate', Object.keys(GENERATE_RULES));
  for (const [key, option] of Object.entries(options)) {
    const [expected, allowed] = GENERATE_RULES[key as keyof GenerateOptions];
    const where = `generate.${key}`;
    if (typeof option !== 'number') throw wrongType(where, option, expected);
    if (!allowed(option)) throw new PromptError(where, `is ${option}`, expected);
  }
  const { beams = 1, temperature = 0 } = options as GenerateOptions;
  if (beams > 1 && temperature > 0) {
    throw new PromptError(
      'generate',
      `asks for ${beams} beams at temperature ${temperature}`,
      'temperature 0 with beams',
    );
  }
  return options as GenerateOptions;
}

/** A JSON object with no other keys than `keys`. */
function record(value: unknown, where: string, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(where, value, 'an object');
  for (const key of Object.keys(value)) {
    if (!keys.includes(key))
      throw new PromptError(
        where,
        `has the unknown key ${JSON.stringify(key)} (nearest: ${nearestName(key, keys)})`,
        `only ${keys.join(', ')}`,
      );
  }
  return value as Record<string, unknown>;
}

function wrongType(where: string, value: unknown, expected: string): PromptError {
  if (value === undefined) return new PromptError(where, 'is missing', expected);
  const kind =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'an array'
        : typeof value === 'object'
          ? 'an object'
          : `a ${typeof value}`;
  return new PromptError(where, `is ${kind}`, expected);
}

/** How a public model writes a prompt: as one text, in which words of its own stand for pictures and ends. */
export interface PromptWords {
  /** Stands for a picture. */
  readonly image: string;
  /** Stands for `<EOC>`. */
  readonly endOfChunk: string;
  /** The question that a prompt ends with whose last item is a picture. */
  readonly caption: string;
  /** Where two of this meet there is one: IDEFICS's fake token between neighbouring pictures. */
  readonly merged?: string;
}

/**
 * What a prompt needs of a tokenizer. Without `words`, `encode` is given trimmed words without any special token, and starts
 * a new word; with them, the whole prompt as one text.
 */
export interface PromptTokenizer {
  encode(text: string, options?: { readonly addSpecial?: boolean }): readonly number[];
  /** How a public model writes prompts; default as this project's own. */
  readonly words?: PromptWords | null;
  /** Ids: `bos` begins a text, `eoc` is the end of chunk, `image` stands for a picture. */
  readonly special: { readonly bos: number; readonly eoc: number; readonly image: number };
}

export interface TokenisedPrompt<Image> {
  /** `<BOS>`, then each picture as `<image>`, each text as its tokens. */
  readonly ids: number[];
  /** The pictures among the media. */
  readonly images: Image[];
  /** Pictures and clips, in the order of the `<image>` tokens. */
  readonly media: MediaItem<Image>[];
}

/**
 * White space around a text, and around `<EOC>` within it, does not matter, nor do characters that show nothing, nor how
 * letters are composed; except to public models, whose prompts are texts written as their implementations write them.
 * @example
 * ```ts
 * const { ids, images } = tokenise({ sequence: [{ image: 'cat.png' }, { text: 'name :' }] }, model.tokenizer);
 * ```
 */
export function tokenise<Image>(prompt: Prompt<Image>, tokenizer: PromptTokenizer): TokenisedPrompt<Image> {
  requireKinds('tokenise', { prompt, tokenizer }, '{sequence} {encode,special}');
  const media = prompt.sequence.filter((item) => !('text' in item)) as MediaItem<Image>[];
  const images = media.flatMap((item) => ('image' in item ? [item.image] : []));
  if (tokenizer.words)
    return { ids: [...tokenizer.encode(promptText(prompt, tokenizer.words), { addSpecial: true })], images, media };
  const ids = [tokenizer.special.bos];
  for (const item of prompt.sequence) {
    if (!('text' in item)) ids.push(tokenizer.special.image);
    else for (const id of encodeText(item.text, tokenizer)) ids.push(id);
  }
  return { ids, images, media };
}

/** The text that a public model reads. */
function promptText<Image>({ sequence }: Prompt<Image>, words: PromptWords): string {
  const parts = sequence.map((item) =>
    'text' in item ? item.text.replaceAll(END_OF_CHUNK, words.endOfChunk) : words.image,
  );
  const asked = 'text' in (sequence.at(-1) ?? { text: '' }) ? '' : words.caption;
  const text = parts.join('') + asked;
  return words.merged === undefined ? text : text.replaceAll(words.merged + words.merged, words.merged);
}

function encodeText(text: string, tokenizer: PromptTokenizer): number[] {
  return plainText(text)
    .split(END_OF_CHUNK)
    .flatMap((part, i) => {
      const words = part.trim();
      const ids = words === '' ? [] : tokenizer.encode(words);
      return i === 0 ? [...ids] : [tokenizer.special.eoc, ...ids];
    });
}

/** The ids of an answer, read as the prompt is. */
export function encodeAnswer(text: string, tokenizer: PromptTokenizer): number[] {
  return tokenizer.words ? [...tokenizer.encode(text)] : encodeText(text, tokenizer);
}

/** How much a model takes in one prompt. */
export interface PromptLimits {
  /** How many pictures a prompt may hold. */
  readonly images: number;
  /** Tokens of the prompt and of what follows it together; a picture is one token. */
  readonly tokens: number;
  /** Tokens that are generated when a prompt does not say how many; default 8. */
  readonly answer?: number;
  /** Frames of a clip; of longer ones as many are taken, evenly. Absent: no clips. */
  readonly frames?: number;
}

/** What the shipped model takes: its text was trained on at most this much. */
export const SHIPPED_LIMITS: PromptLimits = { images: 9, tokens: 96 };

/** @throws PromptError when the prompt, with what is to be generated or ranked, does not fit into the model */
export function checkLimits<Image>(prompt: Prompt<Image>, tokenizer: PromptTokenizer, limits: PromptLimits): void {
  const { ids, media } = tokenise(prompt, tokenizer);
  if (media.length > limits.images) {
    throw new PromptError('sequence', `holds ${media.length} pictures`, `at most ${limits.images}`);
  }
  const candidates = (prompt.candidates ?? []).map((text) => encodeAnswer(text, tokenizer).length + 1);
  const following = candidates.reduce(
    (a, b) => Math.max(a, b),
    prompt.generate?.maxTokens ?? limits.answer ?? DEFAULT_MAX_TOKENS,
  );
  if (ids.length + following > limits.tokens) {
    const what = `needs ${ids.length} tokens, and ${following} more to generate or rank`;
    throw new PromptError('the prompt', what, `at most ${limits.tokens} together`);
  }
}
