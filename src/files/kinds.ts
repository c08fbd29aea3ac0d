/** What a caller without types may give in a wrong kind is held to it where it enters, and not where it is used. */

import { ArgumentError, shown } from '../tensor/errors.ts';

interface Kind {
  readonly expected: string;
  readonly is: (value: unknown) => boolean;
  /** Of the entries of a list. */
  readonly each?: Kind;
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
const listOf = (expected: string, each: Kind, is: (value: unknown) => boolean = Array.isArray): Kind => ({
  expected,
  is: (value) => is(value) && Array.prototype.every.call(value, each.is),
  each,
});
const number = (expected: string, is: (value: number) => boolean): Kind => ({
  expected,
  is: (value) => typeof value === 'number' && is(value),
});

const text: Kind = { expected: 'a text', is: (value) => typeof value === 'string' };
const WHOLE = number('a whole number from 0 on', (value) => Number.isSafeInteger(value) && value >= 0);
const KINDS: Readonly<Record<string, Kind>> = {
  text,
  texts: listOf('an array of texts', text),
  whole: WHOLE,
  count: number('a whole number from 1 on', (value) => Number.isSafeInteger(value) && value >= 1),
  amount: number('a finite number from 0 on', (value) => Number.isFinite(value) && value >= 0),
  numbers: listOf(
    'an array of numbers',
    number('a number', () => true),
    isList,
  ),
  finites: listOf('an array of finite numbers', number('a finite number', Number.isFinite), isList),
  wholes: listOf('an array of whole numbers from 0 on', WHOLE, isList),
  list: { expected: 'an array', is: isList },
  bytes: { expected: 'a Uint8Array', is: (value) => value instanceof Uint8Array },
  function: { expected: 'a function', is: (value) => typeof value === 'function' },
};

/**
 * Checks what was given to a function, by its names.
 * @param kinds of each, in the same order, with a space between each two: `text`, `texts`, `whole`, `count`, `amount`,
 * `numbers`, `finites`, `wholes`, `list`, `bytes`, `function`; `{a,b}` for an object that has these fields, and `[a,b]` for an array of such. A
 * `?` after it lets undefined and null pass.
 * @throws ArgumentError that names what was given and what was expected
 * For example, `requireKinds('histogram', { name: 'x', bins: 40 }, 'text count')`.
 */
export function requireKinds(operation: string, given: Readonly<Record<string, unknown>>, kinds: string): void {
  const rules = rulesOf(kinds);
  for (const [place, [what, value]] of Object.entries(given).entries()) {
    const { may, kind } = rules[place] as Rule;
    if ((may && (value ?? null) === null) || kind.is(value)) continue;
    throw new ArgumentError(operation, `${what} is ${wrongIn(value, kind)}; expected ${kind.expected}`);
  }
}

interface Rule {
  readonly kind: Kind;
  readonly may: boolean;
}

const read = new Map<string, readonly Rule[]>();

/** These texts are constants: each is read once. */
function rulesOf(kinds: string): readonly Rule[] {
  const rules =
    read.get(kinds) ??
    kinds.split(' ').map((rule) => ({ kind: kindOf(rule.replace(/\?$/, '')), may: rule.endsWith('?') }));
  read.set(kinds, rules);
  return rules;
}

function kindOf(rule: string): Kind {
  const fields = rule.slice(1, -1).split(',').filter(Boolean);
  const having = fields.length > 0 ? ` with ${fields.join(', ')}` : '';
  const holds = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    !isList(value) &&
    fields.every((field) => field in value) &&
    (fields.length > 0 || !(Symbol.iterator in value)); // a Map has no fields to look at
  if (rule.startsWith('{')) return { expected: `an object${having}`, is: holds };
  if (rule.startsWith('['))
    return listOf(`an array of objects${having}`, { expected: `an object${having}`, is: holds });
  return KINDS[rule] as Kind;
}

/** The first wrong entry of a list, or the whole value. */
function wrongIn(value: unknown, { each }: Kind): string {
  const at = each && isList(value) ? Array.prototype.findIndex.call(value, (entry) => !each.is(entry)) : -1;
  return at < 0 ? shown(value) : `an array that holds ${shown((value as ArrayLike<unknown>)[at])}`;
}
