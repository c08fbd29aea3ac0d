/** The library that runs a `tokenizer.json`, brought to what Hugging Face's own tokenizers (Rust, 0.22) do. */

import * as huggingFace from '@huggingface/tokenizers';
import { quote } from '../../files/quote.ts';
import { addedTokenSplitter } from './added-tokens.ts';
import { type BpeModel, encodeExactly } from './bpe.ts';
import { decoderOf } from './decoders.ts';
import type { AddedToken, TokenizerJson, TokenizerModel } from './json.ts';
import { normaliserOf } from './normalizers.ts';
import { type Cut, cutterOf } from './pre-tokenizers.ts';
import { segmentExactly, type UnigramModel } from './unigram.ts';

/** What is used of the library. Its own types name files without endings, which NodeNext does not find. */
export interface LibraryTokenizer {
  readonly model: ((texts: readonly string[]) => string[]) & { readonly tokens_to_ids: Map<string, number> };
  decoder: ((tokens: readonly string[]) => string) | null;
  encode_text: (text: string | null) => string[] | null;
  encode(
    text: string,
    options: { add_special_tokens: boolean },
  ): { ids: (number | null | undefined)[]; tokens: string[] };
  decode(ids: readonly number[], options: { skip_special_tokens: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
}

type LibraryClass = new (json: never, options: { clean_up_tokenization_spaces: boolean }) => LibraryTokenizer;

const { Tokenizer: Whole } = huggingFace as unknown as { Tokenizer: LibraryClass };

/**
 * The library has the model and the special tokens around a text; what comes before and after is run here.
 * @param Tokenizer the library's class, or what stands for it
 * @throws Error of any kind for a file that the library cannot run
 */
export function openTokenizer(json: TokenizerJson, Tokenizer: LibraryClass = Whole): LibraryTokenizer {
  const known = asHere(json.model);
  const bare = { ...json, model: known, normalizer: null, pre_tokenizer: null, decoder: null };
  const tokenizer = new Tokenizer(bare as never, { clean_up_tokenization_spaces: false });
  const model: unknown = tokenizer.model;
  if (known.type === 'BPE') encodeExactly(model as BpeModel, known);
  else segmentExactly(model as UnigramModel, known);
  if (json.decoder) tokenizer.decoder = decoding(json.decoder, json.model);
  tokenizer.encode_text = tokensOf(tokenizer.model, json);
  keepApart(tokenizer, json);
  return tokenizer;
}

/** The library tells its model of the added tokens as well, which would find them in pieces of a text. */
function keepApart(tokenizer: LibraryTokenizer, { added_tokens, model }: TokenizerJson): void {
  const own = tokenizer.model.tokens_to_ids;
  const isOwn = model.type === 'BPE' ? (token: string) => Object.hasOwn(model.vocab, token) : piecesOf(model);
  const apart = new Map(added_tokens.filter(({ content }) => !isOwn(content)).map(({ content, id }) => [content, id]));
  for (const content of apart.keys()) own.delete(content);
  tokenizer.token_to_id = (token) => apart.get(token) ?? own.get(token);
}

function piecesOf({ vocab }: Extract<TokenizerModel, { type: 'Unigram' }>): (token: string) => boolean {
  const pieces = new Set(vocab.map(([piece]) => piece));
  return (token) => pieces.has(token);
}

/** transformers, not tokenizers, makes a space of the end of a word that byte-level tokens are written with: CLIP. */
function decoding(decoder: object, { end_of_word_suffix }: TokenizerModel): LibraryTokenizer['decoder'] {
  const decode = decoderOf(decoder);
  const suffix = (decoder as { type?: string }).type === 'ByteLevel' ? end_of_word_suffix : null;
  return Object.assign((tokens: readonly string[]) => decode(tokens).join(''), { end_of_word_suffix: suffix });
}

/**
 * The unknown token is the model's own: an added one of its name doesn't stand for what has no token. Of the options, the
 * library has one that Hugging Face's tokenizers don't know.
 */
function asHere(model: TokenizerModel): TokenizerModel {
  const { unk_token: unknown } = model;
  if (model.type !== 'BPE') return model;
  const known = { ...model, continuing_subword_suffix: null };
  if (typeof unknown !== 'string' || Object.hasOwn(model.vocab, unknown)) return known;
  return { ...known, unk_token: `${unknown}, and model.vocab lacks it` };
}

/** How much of a text's start the normalizers take away, as far as it matters: 1 stands for any. */
function startIn(text: string, normalise: (text: string) => string): number {
  const [first = ''] = text;
  return first !== '' && normalise(`${first}a`) === normalise('a') ? 1 : 0; // before a letter: ends are stripped too
}

/**
 * A text to tokens. Added tokens are found twice: those with `normalized: false` in the text itself, the others, in
 * their own normalised form, in what the normaliser makes of the rest.
 */
function tokensOf(
  model: LibraryTokenizer['model'],
  { normalizer, pre_tokenizer, added_tokens: added }: TokenizerJson,
): LibraryTokenizer['encode_text'] {
  const normalise = normalizer ? normaliserOf(normalizer) : (text: string) => text;
  const cut: Cut = pre_tokenizer ? cutterOf(pre_tokenizer) : (piece) => [piece];
  const isNormalised = ({ normalized, special = false }: AddedToken): boolean => normalized ?? !special;
  const raw = added.filter((token) => !isNormalised(token)).map((token) => ({ token, content: token.content }));
  const cooked = added.filter(isNormalised).map((token) => ({ token, content: normalise(token.content) }));
  const gone = cooked.find(({ content }) => content === '')?.token.content;
  if (gone !== undefined)
    throw new Error(`the added token ${quote(gone)} is nothing once it's normalised; expected a text that stays`);
  const [splitRaw, splitCooked] = [addedTokenSplitter(raw), addedTokenSplitter(cooked)];
  return (text) =>
    text === null
      ? null
      : splitRaw(text).flatMap(({ token, text: part, start }) => {
          if (token) return [token.content];
          const moved = startIn(part, normalise);
          return splitCooked(normalise(part)).flatMap(({ token, text: piece, start: within }) => {
            if (token) return [token.content];
            if (piece === '') return [];
            // Each piece by itself: unknown characters of two pieces are two unknown tokens.
            return cut({ text: piece, start: start + within + moved }).flatMap((one) => model([one.text]));
          });
        });
}
