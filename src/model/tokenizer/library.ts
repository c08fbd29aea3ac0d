/** The library that runs a `tokenizer.json`, brought to what Hugging Face's own tokenizers (Rust, 0.22) do. */

import * as huggingFace from '@huggingface/tokenizers';
import { addedTokenSplitter } from './added-tokens.ts';
import type { AddedToken, TokenizerJson, TokenizerModel } from './json.ts';

/** What is used of the library. Its own types name files without endings, which NodeNext does not find. */
export interface LibraryTokenizer {
  readonly model: (texts: readonly string[]) => string[];
  readonly decoder: object | null;
  readonly normalizer: ((text: string) => string) | null;
  readonly pre_tokenizer: ((text: string, options: { section_index: number }) => string[]) | null;
  encode_text: (text: string | null) => string[] | null;
  encode(
    text: string,
    options: { add_special_tokens: boolean },
  ): { ids: (number | null | undefined)[]; tokens: string[] };
  decode(ids: readonly number[], options: { skip_special_tokens: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
}

type Class<T> = abstract new (...parameters: never[]) => T;

interface UnigramModel {
  /** The score of a character that no piece covers. */
  readonly unk_score: number;
  readonly trie: { common_prefix_search(characters: readonly string[], start: number): Iterable<string> };
  encode: (texts: readonly string[]) => string[];
}

const { Tokenizer, Unigram, SequenceDecoder, ByteFallbackDecoder, SequencePreTokenizer, ByteLevelPreTokenizer } =
  huggingFace as unknown as {
    Tokenizer: new (json: object, options: { clean_up_tokenization_spaces: boolean }) => LibraryTokenizer;
    Unigram: Class<UnigramModel>;
    SequenceDecoder: Class<{ readonly decoders: readonly object[] }>;
    ByteFallbackDecoder: Class<{ decode_chain: (tokens: readonly string[]) => string[] }>;
    SequencePreTokenizer: Class<{ readonly tokenizers: readonly object[] }>;
    ByteLevelPreTokenizer: Class<{ pattern: RegExp }>;
  };

/** @throws Error of any kind for a file that the library cannot run */
export function openTokenizer(json: TokenizerJson): LibraryTokenizer {
  const tokenizer = new Tokenizer({ ...json, model: ownUnknown(json.model) }, { clean_up_tokenization_spaces: false });
  if (tokenizer.model instanceof Unigram && json.model.type === 'Unigram') segmentExactly(tokenizer.model, json.model);
  if (tokenizer.decoder) repairDecoder(tokenizer.decoder);
  if (tokenizer.pre_tokenizer) repairPreTokenizer(tokenizer.pre_tokenizer);
  tokenizer.encode_text = tokensOf(tokenizer, json.added_tokens);
  return tokenizer;
}

/** The unknown token is the model's own: an added one of its name doesn't stand for what has no token. */
function ownUnknown(model: TokenizerModel): TokenizerModel {
  const { unk_token: unknown } = model;
  if (model.type !== 'BPE' || typeof unknown !== 'string' || Object.hasOwn(model.vocab, unknown)) return model;
  return { ...model, unk_token: `${unknown}, and model.vocab lacks it` };
}

/**
 * A text to tokens. Added tokens are found twice: those with `normalized: false` in the text itself, the others, in
 * their own normalised form, in what the normaliser makes of the rest.
 */
function tokensOf(
  { normalizer, pre_tokenizer: split, model }: LibraryTokenizer,
  added: readonly AddedToken[],
): LibraryTokenizer['encode_text'] {
  const normalise = normalizer ?? ((text: string) => text);
  const isNormalised = ({ normalized, special = false }: AddedToken): boolean => normalized ?? !special;
  const raw = added.filter((token) => !isNormalised(token)).map((token) => ({ token, content: token.content }));
  const cooked = added.filter(isNormalised).map((token) => ({ token, content: normalise(token.content) }));
  const [splitRaw, splitCooked] = [addedTokenSplitter(raw), addedTokenSplitter(cooked)];
  return (text) =>
    text === null
      ? null
      : splitRaw(text).flatMap(({ token, text: part, start }) => {
          if (token) return [token.content];
          return splitCooked(normalise(part)).flatMap(({ token, text: piece, start: within }) => {
            if (token) return [token.content];
            if (piece === '') return [];
            // A Metaspace may ask whether this is where the whole text starts.
            return model(split ? split(piece, { section_index: start + within }) : [piece]);
          });
        });
}

function repairDecoder(decoder: object): void {
  if (decoder instanceof SequenceDecoder) decoder.decoders.forEach(repairDecoder);
  if (decoder instanceof ByteFallbackDecoder) decoder.decode_chain = joinBytes;
}

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Runs of byte tokens become text; a run that is not valid UTF-8 becomes one U+FFFD for each byte of all of it. */
function joinBytes(tokens: readonly string[]): string[] {
  const texts: string[] = [];
  let run: number[] = [];
  const flush = (): void => {
    if (run.length > 0) texts.push(utf8(run) ?? '\ufffd'.repeat(run.length));
    run = [];
  };
  for (const token of tokens) {
    const byte = BYTE_TOKEN.exec(token)?.[1];
    if (byte !== undefined) run.push(Number.parseInt(byte, 16));
    else {
      flush();
      texts.push(token);
    }
  }
  flush();
  return texts;
}

function utf8(bytes: readonly number[]): string | undefined {
  try {
    return UTF8.decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

/** GPT-2's split with Unicode's white space: JavaScript's \s has U+FEFF too, and lacks U+0085. */
const GPT2_SPLIT =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function repairPreTokenizer(preTokenizer: object): void {
  if (preTokenizer instanceof SequencePreTokenizer) preTokenizer.tokenizers.forEach(repairPreTokenizer);
  if (preTokenizer instanceof ByteLevelPreTokenizer) preTokenizer.pattern = GPT2_SPLIT;
}

/**
 * Kudo 2018: the segmentation with the largest sum of scores. Whole paths are compared, as the reference does it, so
 * that equal sums round alike and the earlier start wins; what has no piece becomes its bytes.
 */
function segmentExactly(unigram: UnigramModel, model: Extract<TokenizerModel, { type: 'Unigram' }>): void {
  const scores = new Map(model.vocab);
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const spell = (piece: string): string[] => {
    const tokens = Array.from(new TextEncoder().encode(piece), (byte) => bytes[byte] as string);
    return tokens.every((token) => scores.has(token)) ? tokens : [piece];
  };
  unigram.encode = (texts) =>
    texts
      .flatMap((text) => segment(Array.from(text), unigram, scores))
      .flatMap((piece) => (model.byte_fallback === true && !scores.has(piece) ? spell(piece) : [piece]));
}

/** Pieces of the best path; neighbouring characters that no piece covers are one piece. */
function segment(characters: readonly string[], unigram: UnigramModel, scores: ReadonlyMap<string, number>): string[] {
  const best: { start: number; score: number; known: boolean }[] = [{ start: 0, score: 0, known: true }];
  const offer = (end: number, start: number, score: number, known: boolean): void => {
    const held = best[end];
    if (held === undefined || score > held.score) best[end] = { start, score, known };
  };
  for (let start = 0; start < characters.length; start++) {
    const before = (best[start] as { score: number }).score;
    let single = false;
    let end = start;
    for (const piece of unigram.trie.common_prefix_search(characters, start)) {
      end = start + Array.from(piece).length;
      offer(end, start, (scores.get(piece) as number) + before, true);
      single ||= end === start + 1;
    }
    if (!single) offer(start + 1, start, unigram.unk_score + before, false);
  }
  const pieces: { text: string; known: boolean }[] = [];
  for (let end = characters.length; end > 0; ) {
    const { start, known } = best[end] as { start: number; known: boolean };
    const text = characters.slice(start, end).join('');
    const next = pieces.at(-1);
    if (next && !known && !next.known) next.text = text + next.text;
    else pieces.push({ text, known });
    end = start;
  }
  return pieces.reverse().map(({ text }) => text);
}
