/** Byte-pair encoding on the library's model, with what has no token as Hugging Face's tokenizers (Rust, 0.22) treat it. */

import type { TokenizerModel } from './json.ts';

/** What is used of the library's model. */
export interface BpeModel {
  readonly bpe: (word: string) => string[];
  encode: (words: readonly string[]) => string[];
  fuse_unk: boolean;
}

type Model = Extract<TokenizerModel, { type: 'BPE' }>;

/** What a word is before anything is merged, and whether it stands for a character that has no token. */
interface Symbol {
  readonly token: string;
  readonly added: boolean;
}

/** What has no token becomes bytes, the unknown token or nothing before the merges: what stands there may be merged. */
export function encodeExactly(library: BpeModel, model: Model): void {
  const inMerges = new Set(model.merges.flat());
  const suffix = typeof model.end_of_word_suffix === 'string' ? model.end_of_word_suffix : '';
  const ranks = new Map(model.merges.map(([left, right], rank) => [JSON.stringify([left, right]), rank]));
  const has = (token: string): boolean => Object.hasOwn(model.vocab, token);
  library.fuse_unk = false; // done here, where a written unknown token is none
  library.encode = (words) =>
    words.flatMap((word) => {
      if (model.ignore_merges === true && has(word)) return [word];
      const characters = Array.from(word);
      const spelt = characters.map((character, i) => (i === characters.length - 1 ? character + suffix : character));
      if (spelt.every(has)) return library.bpe(word);
      const symbols = symbolsOf(spelt, model, has);
      if (suffix !== '' || symbols.some(({ token, added }) => added && inMerges.has(token)))
        return merged(symbols, ranks);
      return runsOf(symbols).flatMap(({ token, added }) => (added ? [token] : library.bpe(token)));
    });
}

function symbolsOf(spelt: readonly string[], model: Model, has: (token: string) => boolean): Symbol[] {
  const symbols: Symbol[] = [];
  const unknown = typeof model.unk_token === 'string' ? { token: model.unk_token, added: true } : undefined;
  // An unknown token waits for the next known character: bytes in between come before it.
  let waits = false;
  for (const token of spelt) {
    const bytes = has(token) || model.byte_fallback !== true ? [] : byteTokens(token);
    if (has(token)) {
      if (waits && unknown) symbols.push(unknown);
      waits = false;
      symbols.push({ token, added: false });
    } else if (bytes.length > 0 && bytes.every(has))
      symbols.push(...bytes.map((byte) => ({ token: byte, added: true })));
    else if (unknown) {
      if (waits && model.fuse_unk !== true) symbols.push(unknown);
      waits = true;
    }
  }
  if (waits && unknown) symbols.push(unknown);
  return symbols;
}

export function byteTokens(text: string): string[] {
  return Array.from(
    new TextEncoder().encode(text),
    (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
}

/** Neighbouring characters as one text: no merge goes across what was added. */
function runsOf(symbols: readonly Symbol[]): Symbol[] {
  const runs: Symbol[] = [];
  for (const symbol of symbols) {
    const last = runs.at(-1);
    if (last && !last.added && !symbol.added)
      runs[runs.length - 1] = { token: last.token + symbol.token, added: false };
    else runs.push(symbol);
  }
  return runs;
}

/** The merge that comes first in the list, and of equal ones the leftmost, until there is none. */
function merged(symbols: readonly Symbol[], ranks: ReadonlyMap<string, number>): string[] {
  const tokens = symbols.map(({ token }) => token);
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    let place = -1;
    for (let i = 0; i + 1 < tokens.length; i++) {
      const rank = ranks.get(JSON.stringify([tokens[i], tokens[i + 1]])) ?? Number.POSITIVE_INFINITY;
      if (rank < best) [best, place] = [rank, i];
    }
    if (place < 0) return tokens;
    tokens.splice(place, 2, `${tokens[place]}${tokens[place + 1]}`);
  }
}
