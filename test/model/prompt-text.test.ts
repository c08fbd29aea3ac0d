import { expect, it } from 'vitest';
import { nearestForm, unknownQuestion } from '../../src/model/knowledge.ts';
import { plainText } from '../../src/model/prompt/plain.ts';
import { encodeAnswer, type PromptTokenizer, parsePrompt, tokenise } from '../../src/model/prompt.ts';
import { requireLabels } from '../../src/model/text-tower.ts';

/** Texts that a person cannot tell from the first, or only by their width. */
const ALIKE = [
  '이름 : 고양이',
  '이름 : 고양이'.normalize('NFD'),
  ' 이름\u3000:\t고양이\r\n',
  '\ufeff이름 : 고양이',
  '이름\u200b : 고\u2060양이\u00ad',
  '\u202a이름 : 고양이\u202c\u200e',
  '이름 ： 고양이',
];

it('a text in another normal form, or with other spaces, gives the same tokens', () => {
  const given: string[] = [];
  const encode = (text: string) => {
    given.push(text);
    return [7];
  };
  const tokenizer: PromptTokenizer = { encode, special: { bos: 1, eoc: 2, image: 3 } };
  for (const text of ALIKE) tokenise({ sequence: [{ text }] }, tokenizer);
  expect(new Set(given)).toEqual(new Set(['이름 : 고양이']));
});

it('a text that looks the same is the same question, candidate and label', () => {
  const picture = { image: 'a.png' };
  const known = [{ asks: 'name', language: 'ko', forms: ['이름 : 고양이'] }] as const;
  for (const [i, text] of ALIKE.entries()) {
    expect(unknownQuestion({ sequence: [picture, { text }] }, known)).toBeNull();
    if (i === 0) continue;
    const twice = [ALIKE[0] as string, text];
    expect(() => parsePrompt({ sequence: [picture], candidates: twice })).toThrow(
      'candidates[1] is candidates[0] again',
    );
    expect(() => requireLabels(twice)).toThrow('comes twice');
  }
  expect(nearestForm('①②③ⅳ', [{ asks: 'name', language: 'en', forms: ['123iv'] }])).toBe('123iv');
});

it('a text that shows nothing is blank, whatever it holds', () => {
  for (const text of ['\u200b', '\ufeff \u3000', '\u2060\u00ad']) {
    expect(() => parsePrompt({ sequence: [{ text }] })).toThrow('holds only blank texts');
    expect(() => parsePrompt({ sequence: [{ text: 'a' }], candidates: ['b', text] })).toThrow('candidates[1] is blank');
    expect(() => requireLabels(['a', text])).toThrow('a label is empty');
  }
});

it('what emoji and Persian need stays', () => {
  for (const text of ['👩\u200d🚀', '❤\ufe0f', 'می\u200cخواهم', 'ㅋㅋ', '¾²']) expect(plainText(text)).toBe(text);
});

it('a special token is told in disguise too, and an end that is none is refused', () => {
  const asked = (text: string) => () => parsePrompt({ sequence: [{ text }] });
  for (const text of ['<image>', '<im\u200bage>', '＜image＞', '<IMAGE>']) expect(asked(text)).toThrow('holds <image>');
  expect(asked('a <\u00adBOS>')).toThrow('holds the special token <BOS>');
  for (const text of ['dax<eoc>', 'dax< EOC >', 'dax<EOC> b<Eoc>', 'dax＜eoc＞'])
    expect(asked(text)).toThrow('expected <EOC> where an answer ends');
  const tokenizer: PromptTokenizer = { encode: () => [7], special: { bos: 1, eoc: 2, image: 3 } };
  expect(tokenise({ sequence: [{ text: 'dax＜EOC＞' }, { text: 'wug<E\u200bOC>' }] }, tokenizer).ids).toEqual([
    1, 7, 2, 7, 2,
  ]);
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
