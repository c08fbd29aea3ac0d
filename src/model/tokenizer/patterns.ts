/** Regular expressions of a tokenizer.json: JavaScript tries every way to match, so some would run for ever. */

/**
 * Why a pattern is refused, or undefined. Where a text nearly matches, every way to match it is tried. What is repeated
 * without an end must match in one way, else the ways are exponential in the text's length: (a+)+, (a|a)*. The others
 * multiply in a row and add up over alternatives: 2 for `a?`, n - m + 1 for `a{m,n}`, LONG for `a*`. GPT-2's, LLaMA 3's,
 * Qwen's and GPT-4o's patterns have two repetitions in a row and few choices beside them.
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
      if (endless && group.last > 1)
        return `it repeats a group that holds a repetition or a choice, at character ${at}`;
      const most = sign === '?' ? 1 : Number(high || low);
      const counts = endless ? LONG : Math.min(LONG, sign === '?' ? 2 : most - Number(low) + 1);
      group.last = counts * (endless ? 1 : group.last ** most);
      at += quantifier[0].length;
    } else if (pattern[at] === '|') {
      Object.assign(group, { ...EMPTY, before: waysOf(group) });
      at++;
    } else if (pattern[at] === ')' && groups.length > 1) {
      groups.pop();
      append(groups.at(-1) as Group, waysOf(group));
      at++;
    } else if (pattern[at] === '(') {
      groups.push({ ...EMPTY });
      at += GROUP.exec(pattern.slice(at, at + 80))?.[0].length ?? 1;
    } else {
      append(group, 1);
      at = pieceEnd(pattern, at);
    }
    if (waysOf(groups.at(-1) as Group) > MOST) return `it can match in too many ways, up to character ${at}`;
  }
  return undefined;
}

/** In how many ways an open group can match a text. */
interface Group {
  /** Its finished alternatives. */
  readonly before: number;
  /** The pieces of the alternative being read, but the last. */
  row: number;
  /** The last piece, which a quantifier may follow. */
  last: number;
}

const EMPTY: Group = { before: 0, row: 1, last: 1 };
/** How long a part of a text that nearly matches is taken to be. */
const LONG = 2 ** 8;
const MOST = 2 ** 23;
const QUANTIFIER = /^(?:(?<sign>[*+?])|\{(?<low>\d+)(?<comma>,(?<high>\d*))?\})\??/;
const GROUP = /^\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:))?/;

const waysOf = ({ before, row, last }: Group): number => before + row * last;

function append(group: Group, ways: number): void {
  group.row *= group.last;
  group.last = ways;
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
