import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tokenizer, TokenizerError } from '../../../src/model/tokenizer.ts';
import { trainTokenizer } from '../../../src/training/data/train-tokenizer.ts';
import { concepts, tokenizer } from './fixtures.ts';

describe('the trained tokenizer', () => {
  it('repeats by seed', () => {
    expect(trainTokenizer(concepts, 1, 700)).toEqual(trainTokenizer(concepts, 1, 700));
  });

  it('has the specials first and splits them off anywhere', () => {
    const { pad, bos, eoc, image } = tokenizer.special;
    expect([pad, bos, eoc, image]).toEqual([0, 1, 2, 3]);
    expect(tokenizer.encode('<BOS><image> fox <EOC> name :')).toEqual([
      bos,
      image,
      ...tokenizer.encode('fox'),
      eoc,
      ...tokenizer.encode('name :'),
    ]);
    expect(tokenizer.decode([bos, image, ...tokenizer.encode('fox'), eoc], { skipSpecial: true })).toBe('fox');
  });

  it('starts a new word at every text, whatever the white space at its ends', () => {
    expect(tokenizer.encode('  여우 name :\n')).toEqual(
      ['여우', 'name', ':'].flatMap((word) => tokenizer.encode(word)),
    );
    expect(tokenizer.encode('  ')).toEqual([]);
    expect(tokenizer.decode([])).toBe('');
  });

  it('reads a text the same however its characters are composed', () => {
    for (const text of ['여우 이름 :', 'café'])
      expect(tokenizer.encode(text.normalize('NFD'))).toEqual(tokenizer.encode(text.normalize('NFC')));
  });

  it('writes any Unicode text and reads it back', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 30 })
      .filter((value) => !/▁|<(PAD|BOS|EOC|image)>/.test(value) && !/\p{Surrogate}/u.test(value));
    fc.assert(
      fc.property(text, (value) => {
        expect(tokenizer.decode(tokenizer.encode(value))).toBe(value.normalize('NFC').trim());
      }),
      { numRuns: 500, seed: 1 },
    );
    for (const value of ['漢字 🦩', 'naïve  double\ttab', '<0x41> <image', '읊'])
      expect(tokenizer.decode(tokenizer.encode(value))).toBe(value);
  });

  it('needs few tokens for the names it was trained on', () => {
    const lengths = concepts.flatMap(({ name, korean }) => [name, korean]).map((name) => tokenizer.encode(name).length);
    expect(lengths.reduce((a, b) => a + b) / lengths.length).toBeLessThan(3.3);
  });

  it('refuses what is not a tokenizer', () => {
    expect(() => new Tokenizer({})).toThrow(TokenizerError);
    expect(() => new Tokenizer(null)).toThrow(/expected an object/);
    const json = structuredClone(trainTokenizer(concepts, 1, 700)) as unknown as {
      added_tokens: unknown[];
      model: { vocab: Record<string, number> };
    };
    json.added_tokens = [];
    delete json.model.vocab['<EOC>'];
    expect(() => new Tokenizer(json)).toThrow(/<EOC>/);
  });
});
