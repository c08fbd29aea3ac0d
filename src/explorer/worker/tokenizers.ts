/**
 * In the page's worker in place of `@huggingface/tokenizers`: the model of the project's own tokenizer.json, without
 * those of public models.
 */

import * as library from '@huggingface/tokenizers';
import type { LibraryTokenizer } from '../../model/tokenizer/library.ts';

type Part = new (config: object) => never;
/** The library's own types name files without endings, which NodeNext does not find. */
type Named = Readonly<Record<string, Part>>;
type Vocabulary = LibraryTokenizer['model'] & {
  readonly tokens_to_ids: Map<string, number>;
  readonly vocab: (string | undefined)[];
};
// By its own name, so that the bundler leaves out what is not named.
const Bpe = (library as unknown as Named).BPE as Part;

interface Json {
  readonly model: { readonly type?: string };
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special?: boolean }[];
}

/** As the library's class of that name, as far as `TextTokenizer` uses it. */
export class Tokenizer implements LibraryTokenizer {
  readonly model: Vocabulary;
  /** These two are set by who opens it. */
  decoder: LibraryTokenizer['decoder'] = null;
  encode_text: LibraryTokenizer['encode_text'] = () => null;
  private readonly special: ReadonlySet<string>;

  /** @throws Error for a model that only public files have */
  constructor({ model, added_tokens }: Json) {
    if (model.type !== 'BPE') throw new Error(`the explorer reads no model of type ${model.type}`);
    this.model = new Bpe(model);
    for (const { id, content } of added_tokens) {
      this.model.tokens_to_ids.set(content, id);
      this.model.vocab[id] = content;
    }
    this.special = new Set(added_tokens.filter(({ special }) => special).map(({ content }) => content));
  }

  encode(text: string): { ids: (number | undefined)[]; tokens: string[] } {
    const tokens = this.encode_text(text) ?? [];
    return { tokens, ids: tokens.map((token) => this.token_to_id(token)) };
  }

  decode(ids: readonly number[], { skip_special_tokens }: { skip_special_tokens: boolean }): string {
    const tokens = ids.map((id) => this.id_to_token(id) ?? '');
    const kept = skip_special_tokens ? tokens.filter((token) => !this.special.has(token)) : tokens;
    return this.decoder ? this.decoder(kept) : kept.join(' ');
  }

  token_to_id(token: string): number | undefined {
    return this.model.tokens_to_ids.get(token);
  }

  id_to_token(id: number): string | undefined {
    return this.model.vocab[id];
  }
}

/** In place of the library's, for `expressions.ts`: the project's own tokenizer.json has texts alone. */
export class ReplaceNormalizer {
  readonly pattern: RegExp;

  constructor({ pattern }: { readonly pattern: { readonly String?: string } }) {
    if (pattern.String === undefined) throw new Error('the explorer reads no expressions');
    this.pattern = new RegExp(pattern.String.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gu');
  }
}
