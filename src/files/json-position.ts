/** A place in a text, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const BLANK = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold them
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const ATOM = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;

/** Deeper nesting counts as an error: no file needs it, and the call stack ends. */
const MAX_DEPTH = 1000;

/** Where a text stops being JSON (RFC 8259); `JSON.parse` tells only sometimes. Undefined when it is JSON. */
export function firstJsonError(text: string): Position | undefined {
  const scanner = new JsonScanner(text);
  if (scanner.value() && scanner.atEnd()) return undefined;
  const before = text.slice(0, scanner.at);
  return { line: before.split('\n').length, column: scanner.at - before.lastIndexOf('\n') };
}

/** What `JSON.parse` refuses a text for, in the same words everywhere: the place, behind so many lines, and what stands there. */
export function jsonFault(text: string, linesBefore = 0): string {
  const { line, column } = firstJsonError(text) ?? { line: 1, column: 1 };
  const found = text
    .split('\n')
    [line - 1]?.slice(column - 1, column + 19)
    .trimEnd(); // a mark of byte order at the start is shown
  return `line ${linesBefore + line}, column ${column}: ${found ? `unexpected ${found}` : 'it ends too early'}`;
}

/** Recursive descent that stops at the first character that fits no rule, with `at` on it. */
class JsonScanner {
  private readonly text: string;
  private depth = 0;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(): boolean {
    this.match(BLANK);
    if (this.take('{')) return this.list('}', () => this.member());
    if (this.take('[')) return this.list(']', () => this.value());
    return this.match(STRING) || this.match(ATOM);
  }

  atEnd(): boolean {
    this.match(BLANK);
    return this.at === this.text.length;
  }

  private member(): boolean {
    this.match(BLANK);
    return this.match(STRING) && this.take(':') && this.value();
  }

  private list(end: string, item: () => boolean): boolean {
    if (this.take(end)) return true;
    if (++this.depth > MAX_DEPTH) return false;
    do {
      if (!item()) return false;
    } while (this.take(','));
    this.depth--;
    return this.take(end);
  }

  private take(sign: string): boolean {
    this.match(BLANK);
    if (this.text[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  private match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found !== null;
  }
}
