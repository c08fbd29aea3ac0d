import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Tokenizer as Slim } from '../../src/explorer/worker/tokenizers.ts';
import { addedTokenSplitter } from '../../src/model/tokenizer/added-tokens.ts';
import { Tokenizer } from '../../src/model/tokenizer.ts';

const json = JSON.parse(await readFile(new URL('../../weights/tokenizer.json', import.meta.url), 'utf8'));

/** As `openTokenizer` opens the library's. */
function slim(): Slim {
  const tokenizer = new Slim(json);
  const split = addedTokenSplitter(
    json.added_tokens.map((token: { content: string }) => ({ token, content: token.content })),
  );
  tokenizer.encode_text = (text) =>
    text === null
      ? null
      : split(text).flatMap(({ token, text: part, start }) => {
          const read = tokenizer.normalizer?.(part) ?? part;
          if (token) return [token.content];
          return read === ''
            ? []
            : tokenizer.model(tokenizer.pre_tokenizer?.(read, { section_index: start }) ?? [read]);
        });
  return tokenizer;
}

it("reads texts as the library's own tokenizer, and writes them back alike", () => {
  const [whole, own] = [new Tokenizer(json), slim()];
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
      expect(own.encode(text).ids).toEqual(ids);
      if (ids.length > 0)
        for (const skip of [true, false])
          expect(own.decode(ids, { skip_special_tokens: skip })).toBe(whole.decode(ids, { skipSpecial: skip }));
    }),
    { numRuns: 300, seed: 4 },
  );
});

it('says which kind of part it does not read', () => {
  expect(() => new Slim({ ...json, model: { ...json.model, type: 'Unigram' } })).toThrow('no model of type Unigram');
  expect(() => new Slim({ ...json, pre_tokenizer: { type: 'ByteLevel' } })).toThrow(
    'no pre_tokenizer of type ByteLevel',
  );
});
