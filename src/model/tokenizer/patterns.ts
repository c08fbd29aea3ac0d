/** Regular expressions of a tokenizer.json: JavaScript tries every way to match, so some would run for ever. */

/**
 * Why a pattern is refused, or undefined. Where a text nearly matches, every way to match it is tried. What is repeated
 * without an end must match in one way, else the ways are exponential in the text's length: (a+)+, (a|a)*. The others
 * multiply in a row and add up over alternatives: 2 for `a?`, n - m + 1 for `a{m,n}`, LONG for `a*`. Ways count as far as
 * something behind them can fail: of GPT-2's, LLaMA 3's, Qwen's and GPT-4o's patterns one repetition and few choices.
 */
export function whySlow(pattern: string): string | undefined {
  const groups: Group[] = [{ ...EMPTY }];
  let at = 0;
  while (at < pattern.length) {
    const group = groups.at(-1) as Group;
    const quantifier = QUANTIFIER.exec(pattern.slice(at, at + 40));
    if (quantifier?.groups) {
      const { sign = '', low = '', comma, high = '' } = quantifier.groups;
      const endless = sign === '*' || sign === '+' || (comma !== undefined && high === '');
      if (endless && group.last.ways > 1)
        return `it repeats a group that holds a repetition or a choice, at character ${at}`;
      const most = sign === '?' ? 1 : Number(high || low);
      group.last = repeated(group.last, sign === '?' || sign === '*' ? 0 : Number(low || 1), endless ? Infinity : most);
      at += quantifier[0].length;
    } else if (pattern[at] === '|') {
      Object.assign(group, { ...EMPTY, before: whole(group) });
      at++;
    } else if (pattern[at] === ')' && groups.length > 1) {
      groups.pop();
      append(groups.at(-1) as Group, whole(group));
      at++;
    } else if (pattern[at] === '(') {
      groups.push({ ...EMPTY });
      at += GROUP.exec(pattern.slice(at, at + 80))?.[0].length ?? 1;
    } else {
      append(group, ONE);
      at = pieceEnd(pattern, at);
    }
    if (whole(groups.at(-1) as Group).ways > MOST) return `it can match in too many ways, up to character ${at}`;
  }
  // An unclosed group is no pattern; who makes a regular expression of it says so.
  return whole(groups[0] as Group).tried > MOST_TRIED
    ? 'it tries too many ways on a text that nearly matches'
    : undefined;
}

/** A letter, a class or a group, with what repeats it. */
interface Piece {
  /** In how many ways it can match a text. */
  readonly ways: number;
  /** How many of them are tried where nothing behind it can fail. */
  readonly tried: number;
  /** False for what matches nothing as well: `a*`. */
  readonly mayFail: boolean;
}

/** A group that is being read. */
interface Group {
  /** Its finished alternatives, together. */
  readonly before: Piece;
  /** The pieces of the alternative being read, but the last, in a row. */
  row: Piece;
  /** The last piece, which a quantifier may follow. */
  last: Piece;
}

const ONE: Piece = { ways: 1, tried: 1, mayFail: true };
const NOTHING: Piece = { ways: 1, tried: 1, mayFail: false };
const EMPTY: Group = { before: { ways: 0, tried: 0, mayFail: true }, row: NOTHING, last: NOTHING };
/** How long a part of a text that nearly matches is taken to be. */
const LONG = 2 ** 8;
const MOST = 2 ** 23;
/** One repetition from each place on, before something that may fail, and a few choices beside it. */
const MOST_TRIED = 2 ** 14;
const QUANTIFIER = /^(?:(?<sign>[*+?])|\{(?<low>\d+)(?<comma>,(?<high>\d*))?\})\??/;
const GROUP = /^\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:))?/;

/** Two pieces one behind the other: when the second fails, every way of the first is tried with it. */
const inRow = (a: Piece, b: Piece): Piece => ({
  ways: a.ways * b.ways,
  tried: Math.max(a.tried, b.mayFail ? a.ways * b.tried : b.tried),
  mayFail: a.mayFail || b.mayFail,
});

/** All alternatives of an open group. */
function whole({ before, row, last }: Group): Piece {
  const { ways, tried } = inRow(row, last);
  return { ways: before.ways + ways, tried: before.tried + tried, mayFail: true };
}

/** A piece at least `least` and at most `most` times; one without an end matches in one way. */
function repeated({ ways, tried, mayFail }: Piece, least: number, most: number): Piece {
  const counts = Math.min(LONG, most - least + 1);
  const all = counts * (most === Number.POSITIVE_INFINITY ? 1 : ways ** most);
  return { ways: all, tried: ways === 1 || most === 1 ? tried : all, mayFail: mayFail && least > 0 };
}

function append(group: Group, piece: Piece): void {
  group.row = inRow(group.row, group.last);
  group.last = piece;
}

/** Behind a letter, an escape or a class. */
function pieceEnd(pattern: string, start: number): number {
  if (pattern[start] === '[') return classEnd(pattern, start) + 1;
  const escaped = /^\\(?:[pPu]\{[^}]*\}|k<[^>]*>|.)/su.exec(pattern.slice(start, start + 80));
  return start + (escaped?.[0].length ?? 1);
}

function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  while (at < pattern.length && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
  return at;
}

/** Every pattern anywhere in a part of the file: Hugging Face writes them as {"Regex": TEXT}. */
export function patternsIn(part: unknown): string[] {
  const found: string[] = [];
  const open = [part];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, entry] of Object.entries(value)) {
      if (key === 'Regex' && typeof entry === 'string') found.push(entry);
      else open.push(entry);
    }
  }
  return found;
}
