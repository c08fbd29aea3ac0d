import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';

/** The four special tokens, as they are written in a text. */
export const SPECIAL_TOKENS = { pad: '<PAD>', bos: '<BOS>', eoc: '<EOC>', image: '<image>' } as const;

/** A `tokenizer.json` that this model cannot use. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
}

/** Ids of the special tokens. */
export interface SpecialIds {
  readonly pad: number;
  readonly bos: number;
  /** End of chunk: closes the text that belongs to an image (paper, appendix A.3.2). */
  readonly eoc: number;
  readonly image: number;
}

function requireId(tokenizer: HuggingFaceTokenizer, token: string): number {
  const id = tokenizer.token_to_id(token);
  if (id === undefined) throw new TokenizerError(`tokenizer.json has no token ${token}`);
  return id;
}

/**
 * Text to token ids and back, over a parsed Hugging Face `tokenizer.json`: the file that Python's `tokenizers` reads too.
 * White space at the ends of a text is dropped, and a text always starts a new word: `encode('a b')` equals
 * `[...encode('a'), ...encode('b')]`. Special tokens written in a text are recognised anywhere in it.
 * Needs no file system, so it runs in a page as in Node.
 */
export class Tokenizer {
  readonly special: SpecialIds;
  /** Number of ids: 0 to size - 1. */
  readonly size: number;
  private readonly inner: HuggingFaceTokenizer;

  /** @throws TokenizerError if `json` is no tokenizer.json or lacks one of the special tokens. */
  constructor(json: unknown) {
    if (typeof json !== 'object' || json === null) throw new TokenizerError('tokenizer.json: expected an object');
    try {
      this.inner = new HuggingFaceTokenizer(json, { clean_up_tokenization_spaces: false });
    } catch (error) {
      throw new TokenizerError(`tokenizer.json: ${error instanceof Error ? error.message : String(error)}`);
    }
    const id = (token: string): number => requireId(this.inner, token);
    const { pad, bos, eoc, image } = SPECIAL_TOKENS;
    this.special = { pad: id(pad), bos: id(bos), eoc: id(eoc), image: id(image) };
    this.size = this.inner.get_vocab().size;
  }

  /** Ids of `text`; nothing is added (no `<BOS>`). An empty text gives an empty list. */
  encode(text: string): number[] {
    return text.trim() === '' ? [] : this.inner.encode(text, { add_special_tokens: false }).ids;
  }

  /** The text of `ids`, trimmed. Special tokens are written out unless `skipSpecial`. */
  decode(ids: readonly number[], options: { readonly skipSpecial?: boolean } = {}): string {
    if (ids.length === 0) return '';
    return this.inner.decode([...ids], { skip_special_tokens: options.skipSpecial ?? false }).trim();
  }

  /** One token as it stands in the vocabulary: `▁` marks the start of a word. */
  token(id: number): string {
    const token = this.inner.id_to_token(id);
    if (token === undefined) throw new RangeError(`token id ${id} is outside 0..${this.size - 1}`);
    return token;
  }
}
