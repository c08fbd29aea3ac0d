/** The form of a `tokenizer.json` (Hugging Face tokenizers): checked before anything runs it. */

import { requireKinds } from '../../files/kinds.ts';
import { quote } from '../../files/quote.ts';
import { GlassFlamingoError } from '../../tensor/errors.ts';
import { requireOptions } from '../../tensor/options.ts';
import { whyOtherwise } from './expressions.ts';
import { checkFirst, checkPart, checkTokenIds, type Refuse } from './parts.ts';
import { patternsIn, whySlow } from './patterns.ts';

/** A `tokenizer.json` that cannot be used, or ids and texts that it has no answer to. */
export class TokenizerError extends GlassFlamingoError {
  override readonly name = 'TokenizerError';
}

/** A token that is found in a text before anything else is done to it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Left out when `decode` skips special tokens. */
  readonly special?: boolean;
  readonly normalized?: boolean;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
}

export type TokenizerModel =
  | {
      readonly type: 'BPE';
      readonly vocab: Readonly<Record<string, number>>;
      readonly merges: readonly (readonly [string, string])[];
      readonly [option: string]: unknown;
    }
  | {
      readonly type: 'Unigram';
      readonly vocab: readonly (readonly [piece: string, score: number])[];
      readonly unk_id?: number | null;
      readonly [option: string]: unknown;
    };

export interface TokenizerJson {
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly post_processor: object | null;
  readonly decoder: object | null;
  readonly model: TokenizerModel;
  readonly [key: string]: unknown;
}

/** Ids beyond this are a mistake: the largest public vocabularies have 2^18 entries. */
const LARGEST_ID = 2 ** 24;

/**
 * A tokenizer.json of Hugging Face, checked.
 * @param value the parsed JSON
 * @throws TokenizerError that names the first place that does not fit
 * @example
 * ```ts
 * const json = parseTokenizerJson({ model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] } });
 * ```
 */
export function parseTokenizerJson(value: unknown): TokenizerJson {
  const json = record(value, 'the file');
  const added = json.added_tokens ?? [];
  if (!Array.isArray(added)) throw wrong('added_tokens', 'a list');
  const part = (key: string): object | null => (json[key] == null ? null : checked(record(json[key], key), key));
  const model = parseModel(record(json.model, 'model'));
  const tokens = added.map((token: unknown, i) => parseAddedToken(token, `added_tokens[${i}]`));
  const parts = { normalizer: part('normalizer'), pre_tokenizer: part('pre_tokenizer') };
  const around = { post_processor: part('post_processor'), decoder: part('decoder') };
  const whole = { ...json, added_tokens: numbered(model, tokens), ...parts, ...around, model };
  checkTogether(whole);
  return whole;
}

/** What fits by itself, and not with the other parts. */
function checkTogether({ normalizer, pre_tokenizer, post_processor, added_tokens, model }: TokenizerJson): void {
  checkFirst(normalizer, pre_tokenizer, refuse);
  const own = vocabularyOf(model);
  const added = new Map(added_tokens.map(({ content, id }) => [content, id]));
  checkTokenIds(post_processor, (token) => added.get(token) ?? own.get(token), refuse);
}

function checked(part: object, where: string): object {
  checkPart(part, where, refuse);
  for (const pattern of patternsIn(part)) {
    const reason = whySlow(pattern);
    if (reason) throw wrong(`${where} pattern ${quote(pattern)}`, `one that ends in time: ${reason}`);
    const other = whyOtherwise(pattern);
    if (other) throw wrong(`${where} pattern ${quote(pattern)}`, `one that finds the same in JavaScript: ${other}`);
  }
  return part;
}

function parseAddedToken(value: unknown, where: string): AddedToken {
  const { id, content, ...rest } = record(value, where);
  if (typeof content !== 'string' || content === '') throw wrong(`${where}.content`, 'a text');
  return { ...rest, content, id: parseId(id, `${where}.id`) };
}

function parseModel(model: Record<string, unknown>): TokenizerModel {
  // GPT-2's own file names no type: it is told by its vocabulary.
  const type = model.type ?? (Array.isArray(model.vocab) ? 'Unigram' : 'BPE');
  if (type === 'Unigram') return { ...model, type, vocab: parsePieces(model), unk_id: parseUnknown(model) };
  if (type !== 'BPE') throw wrong('model.type', 'BPE or Unigram');
  const vocab = record(model.vocab, 'model.vocab');
  const ids = new Map<number, string>();
  for (const [token, value] of Object.entries(vocab)) {
    const where = `model.vocab[${JSON.stringify(token)}]`;
    const id = parseId(value, where);
    if (ids.has(id)) throw wrong(where, `an id of its own: ${id} is that of ${JSON.stringify(ids.get(id))}`);
    ids.set(id, token);
  }
  if (model.unk_token != null && typeof model.unk_token !== 'string') throw wrong('model.unk_token', 'a text');
  if (model.dropout != null && model.dropout !== 0) throw wrong('model.dropout', 'none: texts would be read by chance');
  if (!Array.isArray(model.merges)) throw wrong('model.merges', 'a list');
  if (model.continuing_subword_prefix) throw wrong('model.continuing_subword_prefix', 'none: it is not read');
  const merges = model.merges.map((merge: unknown, i) => parseMerge(merge, `model.merges[${i}]`, vocab));
  return { ...model, type, vocab: vocab as Record<string, number>, merges };
}

function parseMerge(merge: unknown, where: string, vocab: Record<string, unknown>): readonly [string, string] {
  const [left, right, ...more]: unknown[] =
    typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
  if (typeof left !== 'string' || typeof right !== 'string' || more.length > 0) throw wrong(where, 'two tokens');
  for (const token of [left, right, left + right]) {
    if (!Object.hasOwn(vocab, token)) throw wrong(where, `tokens of model.vocab, which lacks ${JSON.stringify(token)}`);
  }
  return [left, right];
}

function parsePieces({ vocab }: Record<string, unknown>): (readonly [string, number])[] {
  if (!Array.isArray(vocab) || vocab.length === 0) throw wrong('model.vocab', 'a list of [piece, score]');
  return vocab.map((entry: unknown, i) => {
    const [piece, score]: unknown[] = Array.isArray(entry) ? entry : [];
    if (typeof piece !== 'string' || !Number.isFinite(score)) throw wrong(`model.vocab[${i}]`, 'a [piece, score]');
    return [piece, score as number];
  });
}

function parseUnknown({ unk_id, vocab }: Record<string, unknown>): number | null {
  if (unk_id == null) return null;
  const id = parseId(unk_id, 'model.unk_id');
  if (id >= (vocab as unknown[]).length) throw wrong('model.unk_id', 'an entry of model.vocab');
  return id;
}

function parseId(id: unknown, where: string): number {
  if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > LARGEST_ID)
    throw wrong(where, `a whole number from 0 to ${LARGEST_ID}`);
  return id as number;
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(where, 'an object');
  return value as Record<string, unknown>;
}

const refuse: Refuse = (where, expected) => {
  throw wrong(where, expected);
};

function wrong(where: string, expected: string): TokenizerError {
  return new TokenizerError(`tokenizer.json: ${where} is not as it should be; expected ${expected}`);
}

/** The same with tokens put behind all others, in this order; what the file has already stays as it is. */
export function withAddedTokens(
  json: TokenizerJson,
  tokens: readonly { readonly content: string; readonly special: boolean }[],
): TokenizerJson {
  const isNew = ({ content }: { content: string }) => json.added_tokens.every((token) => token.content !== content);
  const added = tokens.filter(isNew).map((token) => ({ ...token, normalized: !token.special }));
  return { ...json, added_tokens: numbered(json.model, [...json.added_tokens, ...added]) };
}

/**
 * Gives added tokens the ids that Hugging Face's tokenizers give them, whatever the file says: the model's own id, else
 * the next one where the vocabulary or the added tokens before it end. Of two with the same content the last counts.
 */
function numbered(model: TokenizerModel, tokens: readonly Omit<AddedToken, 'id'>[]): AddedToken[] {
  const own = vocabularyOf(model);
  const ids = new Map<string, number>();
  let next = own.size;
  for (const { content } of tokens) {
    if (ids.has(content)) continue;
    const id = own.get(content) ?? next;
    ids.set(content, id);
    next = Math.max(next, id + 1);
  }
  const last = new Map(tokens.map((token) => [token.content, token]));
  return Array.from(last.values(), (token) => ({ ...token, id: ids.get(token.content) as number }));
}

/** Ids of the model's own tokens. */
function vocabularyOf(model: TokenizerModel): Map<string, number> {
  if (model.type === 'BPE') return new Map(Object.entries(model.vocab));
  return new Map(model.vocab.map(([piece], id) => [piece, id]));
}

/** Where the ids end: one more than the largest. */
export function sizeOf(json: TokenizerJson): number {
  const ids = [...vocabularyOf(json.model).values(), ...json.added_tokens.map(({ id }) => id)];
  return ids.reduce((largest, id) => Math.max(largest, id), -1) + 1;
}

/**
 * A byte-level `tokenizer.json` from the older pair of files: `vocab.json` and `merges.txt` (GPT-2, OPT), as
 * transformers' `GPT2Converter` builds it.
 *
 * `special` are tokens of the vocabulary that are special, `</s>` and `<pad>`; `first` is the token that `encode` puts first
 * when it adds special tokens, OPT's `</s>`.
 */
export function byteLevelTokenizerJson(
  vocab: unknown,
  merges: string,
  options: { readonly special: readonly string[]; readonly first?: string },
): TokenizerJson {
  requireOptions('byteLevelTokenizerJson', options, 'special first');
  const { special, first } = options;
  requireKinds('byteLevelTokenizerJson', { merges, special }, 'text texts');
  const lines = merges.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'));
  const json = parseTokenizerJson({ model: { type: 'BPE', vocab, merges: lines, unk_token: null } });
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const whole = { ...json, pre_tokenizer: byteLevel, decoder: byteLevel };
  const complete = withAddedTokens(
    whole,
    special.map((content) => ({ content, special: true })),
  );
  return first === undefined ? complete : { ...complete, post_processor: startingWith(first, complete) };
}

function startingWith(token: string, { added_tokens }: TokenizerJson): object {
  const id = added_tokens.find(({ content }) => content === token)?.id;
  const [start, text] = [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }];
  return {
    type: 'TemplateProcessing',
    single: [start, text],
    pair: [start, text, { Sequence: { id: 'B', type_id: 0 } }],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}
