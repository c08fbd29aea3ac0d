/** The decoders of a tokenizer.json, as Hugging Face's own tokenizers (Rust, 0.22) run them. */

import { fromByteCharacters } from './byte-characters.ts';
import { expressionOf, type PatternJson, replaced } from './expressions.ts';

/** Tokens to texts that are put together in a row. */
export type Decode = (tokens: readonly string[]) => string[];

type Part = Readonly<Record<string, unknown>>;

const BY_TYPE: Readonly<Record<string, (part: Part) => Decode>> = {
  Sequence: ({ decoders }) => {
    const all = (decoders as Part[]).map(decoderOf);
    return (tokens) => all.reduce<string[]>((done, next) => next(done), [...tokens]);
  },
  ByteLevel: () => (tokens) => [
    LENIENT.decode(Uint8Array.from(tokens.flatMap((token) => [...fromByteCharacters(token)]))),
  ],
  Metaspace: ({ replacement = '▁', prepend_scheme, add_prefix_space }) => {
    const keepsFirst = (prepend_scheme ?? (add_prefix_space === false ? 'never' : 'always')) === 'never';
    return (tokens) =>
      tokens.map((token, i) => token.replaceAll(replacement as string, i === 0 && !keepsFirst ? '' : ' '));
  },
  BPEDecoder: ({ suffix = '</w>' }) => {
    return (tokens) => tokens.map((token, i) => token.replaceAll(suffix as string, i === tokens.length - 1 ? '' : ' '));
  },
  Replace: ({ pattern, content }) => {
    const expression = expressionOf(pattern as PatternJson);
    return (tokens) => tokens.map((token) => (token === '' ? '' : replaced(token, expression, content as string)));
  },
  Fuse: () => (tokens) => [tokens.join('')],
  Strip: ({ content, start, stop }) => {
    return (tokens) => tokens.map((token) => stripped(token, content as string, start as number, stop as number));
  },
  ByteFallback: () => joinBytes,
};

export const DECODERS: readonly string[] = Object.keys(BY_TYPE);

/** @param part checked by `checkPart` */
export function decoderOf(part: object): Decode {
  const make = BY_TYPE[(part as Part).type as string] as (part: Part) => Decode;
  return make(part as Part);
}

/** Without at most so many of a character at its start, and at its end. */
function stripped(token: string, content: string, start: number, stop: number): string {
  const characters = Array.from(token);
  let from = 0;
  while (from < start && characters[from] === content) from++;
  let to = characters.length;
  while (characters.length - to < stop && to > from && characters[to - 1] === content) to--;
  return characters.slice(from, to).join('');
}

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true });

/** A run of byte tokens becomes one text; one that is not valid UTF-8 becomes a U+FFFD for each of its bytes, a text each. */
function joinBytes(tokens: readonly string[]): string[] {
  const texts: string[] = [];
  let run: number[] = [];
  const flush = (): void => {
    const text = utf8(run);
    if (run.length > 0) texts.push(...(text === undefined ? run.map(() => '\ufffd') : [text]));
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
