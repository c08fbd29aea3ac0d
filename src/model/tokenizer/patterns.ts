/** Regular expressions of a tokenizer.json: JavaScript tries every way to match, so some would run for ever. */

/**
 * Why a pattern is refused, or undefined. Repeated groups that hold a repetition or a choice, (a+)+ or (a|a)*, take
 * exponential time on a text that nearly matches; many repetitions in a row a high power of its length. No public
 * tokenizer has either: GPT-2's, LLaMA 3's and Qwen's patterns repeat classes, at most two in a row.
 */
export function whySlow(pattern: string): string | undefined {
  /** One entry for each open group; `free` counts the unbounded repetitions of the alternative being read. */
  const groups = [{ varies: false, free: 0 }];
  let closed: { varies: boolean } | undefined;
  for (let at = 0; at < pattern.length; at++) {
    const group = groups.at(-1) as { varies: boolean; free: number };
    const quantifier = /^(?:[*+]|\{\d+(?:,\d*)?\})/.exec(pattern.slice(at, at + 24))?.[0];
    if (quantifier) {
      if (closed?.varies) return `it repeats a group that holds a repetition or a choice, at character ${at}`;
      if (/^[*+]|,\}$/.test(quantifier)) group.free++;
      group.varies = true;
      if (group.free > MAX_IN_A_ROW) return `it has more than ${MAX_IN_A_ROW} repetitions in a row`;
      at += quantifier.length - 1;
    }
    closed = undefined;
    const letter = quantifier ? '' : pattern[at];
    if (letter === '\\') at++;
    else if (letter === '[') at = classEnd(pattern, at);
    else if (letter === '(') groups.push({ varies: false, free: 0 });
    else if (letter === '?' && pattern[at - 1] !== '(') group.varies = true;
    else if (letter === '|') Object.assign(group, { varies: true, free: 0 });
    else if (letter === ')' && groups.length > 1) {
      closed = groups.pop();
      const outer = groups.at(-1) as { varies: boolean };
      outer.varies ||= closed?.varies ?? false;
    }
  }
  return undefined;
}

const MAX_IN_A_ROW = 3;

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
