/** The library's unigram, with the choices of Hugging Face's own tokenizers (Rust, 0.22). */

import { byteTokens } from './bpe.ts';
import type { TokenizerModel } from './json.ts';

/** What is used of the library's model. */
export interface UnigramModel {
  /** The score of a character that no piece covers. */
  readonly unk_score: number;
  readonly trie: { common_prefix_search(characters: readonly string[], start: number): Iterable<string> };
  encode: (texts: readonly string[]) => string[];
  fuse_unk: boolean;
}

/**
 * Kudo 2018: the segmentation with the largest sum of scores. Whole paths are compared, as the reference does it, so
 * that equal sums round alike and the earlier start wins; what has no piece becomes its bytes.
 */
export function segmentExactly(unigram: UnigramModel, model: Extract<TokenizerModel, { type: 'Unigram' }>): void {
  const scores = new Map(model.vocab);
  const unknown = model.unk_id == null ? undefined : model.vocab[model.unk_id]?.[0];
  const spell = (piece: string): string[] => {
    const tokens = byteTokens(piece);
    return model.byte_fallback === true && tokens.every((token) => scores.has(token)) ? tokens : [unknown ?? piece];
  };
  unigram.fuse_unk = false; // done here, within each text
  unigram.encode = (texts) =>
    texts
      .flatMap((text) => segment(Array.from(text), { unigram, scores, unknown }))
      .flatMap(({ text }) => (scores.has(text) ? [text] : spell(text)));
}

/** A part of a text that becomes one token, or has none. */
interface Part {
  text: string;
  readonly known: boolean;
}

interface Pieces {
  readonly unigram: UnigramModel;
  readonly scores: ReadonlyMap<string, number>;
  /** The piece of what has no token: written in a text, it is unknown as well. */
  readonly unknown: string | undefined;
}

/** Pieces of the best path; neighbouring characters that no piece covers are one piece. */
function segment(characters: readonly string[], { unigram, scores, unknown }: Pieces): Part[] {
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
      offer(end, start, (scores.get(piece) as number) + before, piece !== unknown);
      single ||= end === start + 1;
    }
    if (!single) offer(start + 1, start, unigram.unk_score + before, false);
  }
  const pieces: Part[] = [];
  for (let end = characters.length; end > 0; ) {
    const { start, known } = best[end] as { start: number; known: boolean };
    const text = characters.slice(start, end).join('');
    const next = pieces.at(-1);
    if (next && !known && !next.known) next.text = text + next.text;
    else pieces.push({ text, known });
    end = start;
  }
  return pieces.reverse();
}
