import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReplaceNormalizer, Tokenizer as Slim } from '../../src/explorer/worker/tokenizers.ts';
import { parseTokenizerJson } from '../../src/model/tokenizer/json.ts';
import { openTokenizer } from '../../src/model/tokenizer/library.ts';
import { Tokenizer } from '../../src/model/tokenizer.ts';

const json = JSON.parse(await readFile(new URL('../../weights/tokenizer.json', import.meta.url), 'utf8'));

it("reads texts as the library's own tokenizer, and writes them back alike", () => {
  const [whole, own] = [new Tokenizer(json), openTokenizer(parseTokenizerJson(json), Slim)];
  const words = fc.constantFrom(
    'name :',
    '이름 : 판다',
    '<EOC>',
    '<image>',
    ' ',
    'dax',
    '漢字',
    '🦩',
    '\n',
    'A category',
  );
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.array(words).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (text) => {
      const ids = whole.encode(text);
      expect(own.encode(text, { add_special_tokens: false }).ids).toEqual(ids);
      if (ids.length > 0)
        for (const skip of [true, false])
          expect(own.decode(ids, { skip_special_tokens: skip })).toBe(whole.decode(ids, { skipSpecial: skip }));
    }),
    { numRuns: 300, seed: 4 },
  );
});

it('says what it does not read', () => {
  expect(() => new Slim({ ...json, model: { ...json.model, type: 'Unigram' } })).toThrow('no model of type Unigram');
  expect(() => new ReplaceNormalizer({ pattern: {} })).toThrow('no expressions');
  expect('a.b'.replace(new ReplaceNormalizer({ pattern: { String: '.' } }).pattern, '')).toBe('ab');
});
