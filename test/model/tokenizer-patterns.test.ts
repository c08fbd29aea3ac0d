import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { whySlow } from '../../src/model/tokenizer/patterns.ts';
import { TextTokenizer, TokenizerError } from '../../src/model/tokenizer.ts';

/** As GPT-2, LLaMA 3 and GPT-4o split texts. */
const PUBLIC = [
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{M}]*[\p{Ll}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?| ?[^\s\p{L}\p{N}]+[\r\n/]*`,
  '[a*+(]+x',
  ' {2,}',
];

it.each(PUBLIC)('lets %s pass', (pattern) => expect(whySlow(pattern)).toBe(undefined));

it.each(['(x+)+y', '(a|a)*b', '((a+))+', '(?:a{2,}b){3,}', '(([a-z])+.)+', '(a?)+b', 'x*x*x*x*y'])(
  'refuses %s',
  (pattern) => expect(whySlow(pattern)).toMatch(/^it (repeats a group|has more than 3)/),
);

it('a tokenizer that would take minutes for a short text is refused when it is opened', () => {
  const folder = join(import.meta.dirname, '../fixtures/goldens/tokenizer/byte-level');
  const json = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'));
  const split = { type: 'Split', pattern: { Regex: '(x+)+y' }, behavior: 'Isolated', invert: false };
  const open = () => new TextTokenizer({ ...json, pre_tokenizer: { type: 'Sequence', pretokenizers: [split] } });
  expect(open).toThrow(TokenizerError);
  expect(open).toThrow('tokenizer.json: pre_tokenizer pattern "(x+)+y"');
});
