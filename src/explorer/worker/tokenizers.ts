/**
 * In the page's worker in place of `@huggingface/tokenizers`: the parts of that library that the project's own
 * tokenizer.json is made of, BPE over Metaspace with bytes for what it does not know, without those of public models.
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
type Decoder = (tokens: readonly string[]) => string;

// Each by its own name, so that the bundler leaves out what is not named.
const parts = {
  normalizer: {
    Strip: (library as unknown as Named).StripNormalizer,
    NFC: (library as unknown as Named).NFCNormalizer,
  },
  pre_tokenizer: { Metaspace: (library as unknown as Named).MetaspacePreTokenizer },
  decoder: { Sequence: (library as unknown as Named).SequenceDecoder },
  model: { BPE: (library as unknown as Named).BPE },
} as const;

/** @throws Error for a kind of part that only public models have */
function made<T>(kind: keyof typeof parts, config: { readonly type?: string } | null): T | null {
  if (config === null) return null;
  const Made = (parts[kind] as Readonly<Record<string, Part | undefined>>)[config.type ?? ''];
  if (!Made) throw new Error(`the explorer reads no ${kind} of type ${config.type}`);
  return new Made(config);
}

interface Json {
  readonly normalizer: { readonly type?: string; readonly normalizers?: readonly { readonly type?: string }[] } | null;
  readonly pre_tokenizer: { readonly type?: string } | null;
  readonly decoder: { readonly type?: string } | null;
  readonly model: { readonly type?: string };
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special?: boolean }[];
}

/** As the library's class of that name, as far as `TextTokenizer` uses it. */
export class Tokenizer implements LibraryTokenizer {
  readonly model: Vocabulary;
  readonly decoder: Decoder | null;
  readonly normalizer: LibraryTokenizer['normalizer'];
  readonly pre_tokenizer: LibraryTokenizer['pre_tokenizer'];
  /** Set by who opens it. */
  encode_text: LibraryTokenizer['encode_text'] = () => null;
  private readonly special: ReadonlySet<string>;

  constructor({ normalizer, pre_tokenizer, decoder, model, added_tokens }: Json) {
    const steps = (normalizer?.normalizers ?? [normalizer]).map((one) =>
      made<(text: string) => string>('normalizer', one),
    );
    this.normalizer = normalizer && ((text) => steps.reduce((read, step) => step?.(read) ?? read, text));
    this.pre_tokenizer = made('pre_tokenizer', pre_tokenizer);
    this.decoder = made('decoder', decoder);
    this.model = made<Vocabulary>('model', model) as Vocabulary;
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

// Classes by which `TextTokenizer` repairs the library, and by which it knows public models.
export const SequenceDecoder: Part = (library as unknown as Named).SequenceDecoder as Part;
export const ByteFallbackDecoder: Part = (library as unknown as Named).ByteFallbackDecoder as Part;
export abstract class Unigram {}
export abstract class SequencePreTokenizer {}
export abstract class ByteLevelPreTokenizer {}
