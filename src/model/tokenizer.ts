import { requireKinds } from '../files/kinds.ts';
import { shown } from '../tensor/errors.ts';
import { inspectedAs, requireOptions } from '../tensor/index.ts';
import type { PromptWords } from './prompt.ts';
import { parseTokenizerJson, sizeOf, TokenizerError, withAddedTokens } from './tokenizer/json.ts';
import { type LibraryTokenizer, openTokenizer } from './tokenizer/library.ts';

export { TokenizerError } from './tokenizer/json.ts';

/**
 * Text to token ids and back, over a parsed Hugging Face `tokenizer.json`, with the ids and texts of Python's
 * `tokenizers`. Added tokens (`<image>`) written in a text are found anywhere in it.
 * Needs no file system, so it runs in a page as in Node.
 * @example
 * ```ts
 * const ids = model.tokenizer.encode('name :');
 * model.tokenizer.decode(ids); // 'name :'
 * const { tokenizer } = model;
 * tokenizer.token(tokenizer.id('<image>')); // '<image>'
 * ```
 */
export class TextTokenizer {
  /** Number of ids: 0 to size - 1. */
  readonly size: number;
  private readonly inner: LibraryTokenizer;

  /**
   * @param added tokens to put behind those of the file, in this order: `content`, and whether it is `special`
   * @throws TokenizerError if `json` is not a tokenizer.json with BPE or Unigram
   */
  constructor(json: unknown, added: readonly { readonly content: string; readonly special: boolean }[] = []) {
    requireKinds('TextTokenizer', { added }, '[content,special]');
    const checked = withAddedTokens(parseTokenizerJson(json), added);
    this.inner = orTokenizerError('tokenizer.json', () => openTokenizer(checked));
    this.size = sizeOf(checked);
  }

  /** Ids of `text`. `addSpecial` adds what the file itself puts around a text: LLaMA's `<s>`, OPT's `</s>` in front. */
  encode(text: string, options: { readonly addSpecial?: boolean } = {}): number[] {
    requireOptions('encode', options, 'addSpecial');
    const { addSpecial = false } = options;
    requireKinds('encode', { text }, 'text');
    const { ids, tokens } = orTokenizerError(`the text ${JSON.stringify(text.slice(0, 40))}`, () =>
      this.inner.encode(text, { add_special_tokens: addSpecial }),
    );
    const lost = ids.findIndex((id) => typeof id !== 'number');
    if (lost >= 0) throw new TokenizerError(`tokenizer.json has no token for ${JSON.stringify(tokens[lost])}`);
    return ids as number[];
  }

  /**
   * The text of `ids`. Special tokens are written out unless `skipSpecial`. Ids without a token are left out, as in
   * Python: embedding tables are often longer than the vocabulary.
   */
  decode(ids: readonly number[], options: { readonly skipSpecial?: boolean } = {}): string {
    requireOptions('decode', options, 'skipSpecial');
    const { skipSpecial = false } = options;
    requireKinds('decode', { ids }, 'numbers');
    const known = ids.filter((id) => this.inner.id_to_token(id) !== undefined);
    if (known.length === 0) return '';
    return orTokenizerError('the ids', () => this.inner.decode(known, { skip_special_tokens: skipSpecial }));
  }

  /**
   * One token as it stands in the vocabulary: `▁` or `Ġ` marks a space. An id without one is `[50300]`: embedding tables are
   * often longer than the vocabulary, and a vocabulary may have holes.
   * @throws TokenizerError for what is no id
   */
  token(id: number): string {
    if (!Number.isSafeInteger(id) || id < 0)
      throw new TokenizerError(`${shown(id)} is no token's id; expected a whole number`);
    return this.inner.id_to_token(id) ?? `[${id}]`;
  }

  /**
   * The id of a token as it stands in the vocabulary.
   * @param token as `token` gives it, a byte-level piece and no plain text: `Ġox`
   * @throws TokenizerError if there is none
   */
  id(token: string): number {
    const id = this.inner.token_to_id(token);
    if (id === undefined)
      throw new TokenizerError(`tokenizer.json has no token ${typeof token === 'string' ? token : shown(token)}`);
    return id;
  }
}

function orTokenizerError<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new TokenizerError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Which token plays which part, as they are written in the vocabulary. */
export interface TokenRoles {
  /** Fills shorter rows. */
  readonly pad: string;
  /** Begins every text. */
  readonly bos: string;
  /** End of chunk: closes the text that belongs to an image (paper, section 2.4). */
  readonly eoc: string;
  /** Stands for an image. */
  readonly image: string;
  /** Texts whose last token counts as an image as well: flamingo-mini's `<` may have a space before it. */
  readonly imageTexts?: readonly string[];
}

/** The tokens of the shipped model. */
export const SPECIAL_TOKENS = { pad: '<PAD>', bos: '<BOS>', eoc: '<EOC>', image: '<image>' } as const;

/** Ids of the special tokens. */
export type SpecialIds = Readonly<Record<'pad' | 'bos' | 'eoc' | 'image', number>>;

/** What a model adds to the tokenizer of its language model, and which token plays which part. */
export interface TokenizerSetup {
  /** Put behind the file's own tokens, in this order, unless it has them: the text, `content`, and whether it is `special`. */
  readonly added: readonly { readonly content: string; readonly special: boolean }[];
  readonly roles: TokenRoles;
  /** How it writes prompts; default as this project's own. */
  readonly words?: PromptWords | null;
}

/**
 * A tokenizer that knows what a Flamingo needs to know.
 * @example
 * ```ts
 * const { image, eoc } = model.tokenizer.special;
 * ```
 */
export class Tokenizer extends TextTokenizer {
  readonly special: SpecialIds;
  /** Every id that stands for an image. */
  readonly media: readonly number[];
  readonly words: PromptWords | null;

  /** @throws TokenizerError if `json` is not a tokenizer.json or lacks one of the special tokens */
  constructor(json: unknown, setup: TokenizerSetup = { added: [], roles: SPECIAL_TOKENS }) {
    requireOptions('Tokenizer', setup, 'added roles words');
    const { added, roles, words = null } = setup;
    super(json, added);
    requireOptions('Tokenizer', roles, 'pad bos eoc image imageTexts');
    this.words = words;
    const { pad, bos, eoc, image, imageTexts = [] } = roles;
    this.special = { pad: this.id(pad), bos: this.id(bos), eoc: this.id(eoc), image: this.id(image) };
    const others = imageTexts.map((text) => this.encode(text).at(-1) as number);
    this.media = [...new Set([this.special.image, ...others])];
  }
}

inspectedAs(Tokenizer, ({ size, special }) => {
  const ids = Object.entries(special).map(([role, id]) => `${role} ${id}`);
  return `Tokenizer of ${size} tokens; ${ids.join(', ')}`;
});
