import { expect, it } from 'vitest';
import { encodeAnswer, type PromptTokenizer, tokenise } from '../../src/model/prompt.ts';

it('a text in another normal form, or with other spaces, gives the same tokens', () => {
  const given: string[] = [];
  const encode = (text: string) => {
    given.push(text);
    return [7];
  };
  const tokenizer: PromptTokenizer = { encode, special: { bos: 1, eoc: 2, image: 3 } };
  for (const text of ['이름 : 고양이', '이름 : 고양이'.normalize('NFD'), ' 이름\u3000:\t고양이\n'])
    tokenise({ sequence: [{ text }] }, tokenizer);
  expect(new Set(given)).toEqual(new Set(['이름 : 고양이']));
});

it('a candidate is read as the prompt is, and as it stands for a public model', () => {
  const given: string[] = [];
  const encode = (text: string) => {
    given.push(text);
    return [7];
  };
  const tokenizer: PromptTokenizer = { encode, special: { bos: 1, eoc: 2, image: 3 } };
  expect(encodeAnswer(' 고양이\u3000둘'.normalize('NFD'), tokenizer)).toEqual([7]);
  const words = { image: '<image>', endOfChunk: '<|endofchunk|>', caption: '' };
  encodeAnswer(' yes', { ...tokenizer, words } as PromptTokenizer);
  expect(given).toEqual(['고양이 둘', ' yes']);
});
