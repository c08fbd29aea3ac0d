import { expect, it } from 'vitest';
import { dialoguePrompt, type Turn, turnsThatFit } from '../../src/model/dialogue.ts';
import { PromptError, type PromptTokenizer, tokenise } from '../../src/model/prompt.ts';

const turn = (image: string, text: string, answer: string): Turn<string> => ({ question: { image, text }, answer });
const turns = [turn('a.png', 'name :', 'panda'), turn('a.png', 'kind :', 'animal')];
const tokenizer: PromptTokenizer = {
  encode: (text) => text.split(' ').map((word) => 10 + word.length),
  special: { bos: 1, eoc: 2, image: 3 },
};

it('shows a picture once before the questions that follow each other about it', () => {
  expect(dialoguePrompt(turns, { image: 'a.png', text: '이름 :' })).toEqual({
    sequence: [{ image: 'a.png' }, { text: 'name : panda<EOC>' }, { text: 'kind : animal<EOC>' }, { text: '이름 :' }],
  });
  const { images } = tokenise(
    dialoguePrompt([...turns, turn('b.png', '', 'dax')], { image: 'a.png', text: '' }),
    tokenizer,
  );
  expect(images).toEqual(['a.png', 'b.png', 'a.png']);
});

it('leaves the oldest turns out, and no more of them than it must', () => {
  const question = { image: 'a.png', text: 'name :' };
  const all = dialoguePrompt(turns, question);
  const tokens = tokenise(all, tokenizer).ids.length + 8;
  expect(turnsThatFit(turns, question, tokenizer, { images: 9, tokens })).toEqual(turns);
  expect(turnsThatFit(turns, question, tokenizer, { images: 9, tokens: tokens - 1 })).toEqual(turns.slice(1));
  const other = { image: 'b.png', text: '' };
  expect(turnsThatFit(turns, other, tokenizer, { images: 1, tokens: 99 })).toEqual([]);
  expect(() => turnsThatFit(turns, question, tokenizer, { images: 9, tokens: 5 })).toThrow(PromptError);
});
