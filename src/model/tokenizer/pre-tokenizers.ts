/** The pre-tokenizers of a tokenizer.json, as Hugging Face's own tokenizers (Rust, 0.22) run them. */

import { toByteCharacters } from './byte-characters.ts';
import { expressionOf, type Found, type PatternJson, placesOf } from './expressions.ts';
import { eachPunctuation } from './old-unicode.ts';

/** A stretch of a text, of which no token goes beyond the end. */
export interface Piece {
  readonly text: string;
  /** Where it starts in the whole text; 0 is the very beginning. */
  readonly start: number;
}

export type Cut = (piece: Piece) => Piece[];

type Part = Readonly<Record<string, unknown>>;

/** What becomes of that at which a text is cut. */
export const BEHAVIORS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
type Behavior = (typeof BEHAVIORS)[number];

/** GPT-2's split with Unicode's white space: JavaScript's \s has U+FEFF too, and lacks U+0085. */
const GPT2_SPLIT =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
/** Words and what stands between them, with Unicode's word characters: JavaScript's \w has ASCII's alone. */
const WORDS =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;
const DEFAULT_MARK = '▁';

const BY_TYPE: Readonly<Record<string, (part: Part) => Cut>> = {
  Sequence: ({ pretokenizers }) => {
    const all = (pretokenizers as Part[]).map(cutterOf);
    return (piece) => all.reduce<Piece[]>((pieces, cut) => pieces.flatMap(cut), [piece]);
  },
  ByteLevel: ({ add_prefix_space, use_regex }) => {
    const split = use_regex === false ? (piece: Piece) => [piece] : at(GPT2_SPLIT, 'Isolated');
    const space = add_prefix_space !== false;
    return ({ text, start }) =>
      split({ text: space && !text.startsWith(' ') ? ` ${text}` : text, start }).map((piece) => ({
        ...piece,
        text: toByteCharacters(piece.text),
      }));
  },
  Metaspace: metaspace,
  Split: ({ pattern, behavior, invert }) =>
    at(expressionOf(pattern as PatternJson), behavior as Behavior, invert === true),
  CharDelimiterSplit: ({ delimiter }) => at(expressionOf({ String: delimiter as string }), 'Removed'),
  Punctuation: ({ behavior }) => at(eachPunctuation(), (behavior as Behavior | undefined) ?? 'Isolated'),
  Digits: ({ individual_digits }) => at(/\p{N}/gu, individual_digits === true ? 'Isolated' : 'Contiguous'),
  Whitespace: () => at(WORDS, 'Removed', true),
  WhitespaceSplit: () => at(/\p{White_Space}/gu, 'Removed'),
};

export const PRE_TOKENIZERS: readonly string[] = Object.keys(BY_TYPE);

/** @param part checked by `checkPart` */
export function cutterOf(part: object): Cut {
  const make = BY_TYPE[(part as Part).type as string] as (part: Part) => Cut;
  return make(part as Part);
}

/** SentencePiece's sign for a space, put in front as the scheme says; each begins a piece unless `split` is false. */
function metaspace({ replacement = DEFAULT_MARK, prepend_scheme, add_prefix_space, split }: Part): Cut {
  const mark = replacement as string;
  const scheme = prepend_scheme ?? (add_prefix_space === false ? 'never' : 'always');
  const cut = split === false ? (piece: Piece) => [piece] : at(expressionOf({ String: mark }), 'MergedWithNext');
  return ({ text, start }) => {
    const marked = text.replaceAll(' ', () => mark);
    const prepends = scheme === 'always' || (scheme === 'first' && start === 0);
    return cut({ text: prepends && !marked.startsWith(mark) ? mark + marked : marked, start });
  };
}

/** Cuts a text at all that is found, or at all that is not. */
function at(expression: RegExp, behavior: Behavior, invert = false): Cut {
  return ({ text, start }) =>
    joined(parts(placesOf(expression, text), text.length, invert), behavior)
      .filter(({ from, to }) => from < to)
      .map(({ from, to }) => ({ text: text.slice(from, to), start: start + from }));
}

interface Stretch {
  readonly from: number;
  to: number;
  /** Whether it is that at which the text is cut. */
  readonly cuts: boolean;
}

/** The whole text, part after part. */
function parts(found: readonly Found[], length: number, invert: boolean): Stretch[] {
  const all: Stretch[] = [];
  let done = 0;
  for (const [from, to] of found) {
    if (done < from) all.push({ from: done, to: from, cuts: invert });
    all.push({ from, to, cuts: !invert });
    done = to;
  }
  if (done < length) all.push({ from: done, to: length, cuts: invert });
  return all;
}

/** What stays in one piece. */
function joined(all: readonly Stretch[], behavior: Behavior): Stretch[] {
  if (behavior === 'Isolated') return [...all];
  if (behavior === 'Removed') return all.filter(({ cuts }) => !cuts);
  const backwards = behavior === 'MergedWithNext';
  const out: { from: number; to: number }[] = [];
  let before = false;
  for (const { from, to, cuts } of backwards ? [...all].reverse() : all) {
    const last = out.at(-1);
    const joins = behavior === 'Contiguous' ? cuts === before : cuts && !before;
    before = cuts;
    if (last === undefined || !joins) out.push({ from, to });
    else if (backwards) last.from = from;
    else last.to = to;
  }
  return (backwards ? out.reverse() : out).map((stretch) => ({ ...stretch, cuts: false }));
}
