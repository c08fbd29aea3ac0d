import { expect, it } from 'vitest';
import { type PromptTokenizer, tokenise } from '../../src/model/prompt.ts';

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
