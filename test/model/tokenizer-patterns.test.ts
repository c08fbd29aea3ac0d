import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { whySlow } from '../../src/model/tokenizer/patterns.ts';
import { TextTokenizer, TokenizerError } from '../../src/model/tokenizer.ts';

/** As GPT-2, LLaMA 3, GPT-4o, Qwen, DeepSeek, CLIP and Falcon split texts, and others like them. */
const PUBLIC = [
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{M}]*[\p{Ll}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?| ?[^\s\p{L}\p{N}]+[\r\n/]*`,
  String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`,
  String.raw`\p{N}{1,3}(?=(?:\p{N}{3})*(?:\P{N}|$))`,
  '[0-9][0-9][0-9]',
  '[a*+(]+x',
  ' {2,}',
];

it.each(PUBLIC)('lets %s pass', (pattern) => expect(whySlow(pattern)).toBe(undefined));

/** Kinds of patterns for which a short text takes minutes: one that repeats what varies, one that varies in a row. */
const NESTED = [
  '(x+)+y',
  '(a|a)*b',
  '((a+))+',
  '(?:a{2,}b){3,}',
  '(([a-z])+.)+',
  '(a?)+b',
  '(?<n>a{1,2})*b',
  '(a+?)*?b',
];
const IN_A_ROW = [
  'x*x*x*x*y',
  '(a+)(a+)(a+)(a+)b',
  '((a*)((?:a*)(?:(a*))))a*b',
  'a*?a+?a{3,}?b',
  `${'a?'.repeat(40)}${'a'.repeat(40)}`,
  `${'(a)?'.repeat(40)}${'a'.repeat(40)}`,
  '(?:a?){40}a{40}',
  '(?:(?:a?){7}){6}b',
  '(a|a)'.repeat(40),
  '(?:a|[ab]|.)'.repeat(20),
  'a{0,9}'.repeat(20),
  `(?=${'a?'.repeat(40)}b)`,
  `b|(?:c|${'a??'.repeat(40)}b)`,
];

it.each(NESTED)('refuses %s', (pattern) => expect(whySlow(pattern)).toMatch(/^it repeats a group that holds/));

it.each(IN_A_ROW)('refuses %s', (pattern) => {
  expect(() => new RegExp(pattern, 'u')).not.toThrow();
  expect(whySlow(pattern)).toMatch(/^it can match in too many ways/);
});

/** Two repetitions before something that may fail: a text of 3000 letters takes seconds, one of 30000 hours. */
const BEFORE_A_FAILURE = [
  '.*.*x',
  String.raw`\p{L}+\p{L}+\p{N}`,
  '(?:a+b?a+)c',
  '(a*a*b)?',
  String.raw`(?<n>a+)\k<n>*b`,
  'a+?b+?$',
  'c|.*.*(?!d)',
];

it.each(BEFORE_A_FAILURE)('refuses %s', (pattern) => {
  expect(() => new RegExp(pattern, 'u')).not.toThrow();
  expect(whySlow(pattern)).toBe('it tries too many ways on a text that nearly matches');
});

it.each(['y*z*', 'a+b+c?', '(?:a+b+)c?', 'a*b', 'a*b|c*d', 'a*b{2}'])('lets %s pass, which ends soon', (pattern) =>
  expect(whySlow(pattern)).toBe(undefined),
);

it('reads what is not a quantifier, and a pattern of any depth', () => {
  for (const plain of [
    '[?*+]'.repeat(40),
    String.raw`\?\*\(\|`.repeat(40),
    '(?:a)(?=b)(?<n>c)(?<!d)'.repeat(40),
    'a{3}'.repeat(40),
  ])
    expect(whySlow(plain)).toBe(undefined);
  expect(whySlow(`${'('.repeat(1e5)}a${')'.repeat(1e5)}`)).toBe(undefined);
});

it('a tokenizer that would take minutes for a short text is refused when it is opened', () => {
  const folder = join(import.meta.dirname, '../fixtures/goldens/tokenizer/byte-level');
  const json = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'));
  const split = { type: 'Split', pattern: { Regex: '(x+)+y' }, behavior: 'Isolated', invert: false };
  const open = () => new TextTokenizer({ ...json, pre_tokenizer: { type: 'Sequence', pretokenizers: [split] } });
  expect(open).toThrow(TokenizerError);
  expect(open).toThrow('tokenizer.json: pre_tokenizer pattern "(x+)+y"');
});
