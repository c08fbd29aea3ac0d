/** A public tokenizer from the files that lie beside a language model. */

import { requireKinds } from '../../files/kinds.ts';
import { quote } from '../../files/quote.ts';
import { shown } from '../../tensor/errors.ts';
import { byteLevelTokenizerJson, parseTokenizerJson, TokenizerError, type TokenizerJson } from './json.ts';

/** The files by name; JSON is parsed, `merges.txt` is text. */
export interface TokenizerFiles {
  /** The parsed file. */
  readonly 'tokenizer.json'?: unknown;
  /** With `merges.txt`, in place of tokenizer.json: OPT, GPT-2. */
  readonly 'vocab.json'?: unknown;
  readonly 'merges.txt'?: string;
  /** The parsed file; names special tokens. */
  readonly 'tokenizer_config.json'?: unknown;
  /** The parsed file; names special tokens. */
  readonly 'special_tokens_map.json'?: unknown;
}

/** The tokens that a language model's `tokenizer_config.json` names. */
export interface NamedTokens {
  readonly bos?: string;
  readonly eos?: string;
  readonly pad?: string;
  readonly unk?: string;
}

/**
 * Reads `tokenizer_config.json` or `special_tokens_map.json`: a token is a text, or an object with `content`; null or an
 * empty text is none.
 * @param file which of them, for errors
 * @throws TokenizerError for a token that is something else
 */
export function readNamedTokens(config: unknown, file = 'tokenizer_config.json'): NamedTokens {
  if (config !== undefined && (typeof config !== 'object' || config === null || Array.isArray(config)))
    throw new TokenizerError(`${file} is ${shown(config)}; expected an object`);
  const entries = (config ?? {}) as Record<string, unknown>;
  const read = (key: string): string | undefined => {
    const value = entries[`${key}_token`];
    if (value === undefined || value === null || value === '') return undefined;
    const content = typeof value === 'object' ? (value as { content?: unknown }).content : value;
    if (typeof content === 'string' && content !== '') return content;
    throw new TokenizerError(`${file}: ${key}_token is ${quote(value)}; expected a text, or an object with content`);
  };
  const named = (['bos', 'eos', 'pad', 'unk'] as const).map((key) => [key, read(key)] as const);
  return Object.fromEntries(named.filter(([, token]) => token !== undefined));
}

export interface LanguageModelTokenizer {
  readonly json: TokenizerJson;
  /** What the files call bos, eos, pad and unk. */
  readonly named: NamedTokens;
}

/**
 * The tokenizer of a language model as transformers' fast classes build it. Of tokens named twice,
 * `tokenizer_config.json` counts.
 *
 * @throws TokenizerError when neither tokenizer.json nor vocab.json with merges.txt is there, or one is broken
 * @example
 * ```ts
 * const files = { 'vocab.json': { a: 0, b: 1, ab: 2 }, 'merges.txt': '#version: 0.2\na b' };
 * const { json } = readTokenizerFiles(files);
 * ```
 */
export function readTokenizerFiles(files: TokenizerFiles): LanguageModelTokenizer {
  requireKinds('readTokenizerFiles', { files }, '{}');
  const config = files['tokenizer_config.json'];
  const named = {
    ...readNamedTokens(files['special_tokens_map.json'], 'special_tokens_map.json'),
    ...readNamedTokens(config),
  };
  if (files['tokenizer.json'] !== undefined) return { json: parseTokenizerJson(files['tokenizer.json']), named };
  const { 'vocab.json': vocab, 'merges.txt': merges } = files;
  if (vocab === undefined || merges === undefined)
    throw new TokenizerError('no tokenizer; expected tokenizer.json, or vocab.json with merges.txt');
  const special = [...new Set(Object.values(named))];
  // Only OPT asks for it; its slow class puts the token first by hand.
  const putsBosFirst = (config as { add_bos_token?: unknown } | null | undefined)?.add_bos_token === true;
  const first = putsBosFirst && named.bos !== undefined ? { first: named.bos } : {};
  return { json: byteLevelTokenizerJson(vocab, merges, { special, ...first }), named };
}
