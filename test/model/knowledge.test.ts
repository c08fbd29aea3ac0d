import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  KnowledgeError,
  nearestForm,
  parseKnowledge,
  type QuestionForms,
  unknownQuestion,
} from '../../src/model/knowledge.ts';
import { readKnowledge } from '../../src/zoo/open/knowledge.ts';

const questions: readonly QuestionForms[] = [
  { asks: 'name', language: 'en', forms: ['name :', 'What is this?'] },
  { asks: 'name', language: 'ko', forms: ['이름 :'] },
];
const image = { image: 'a.png' };
const text = (words: string) => ({ text: words });

describe('unknownQuestion', () => {
  it.each([
    ['a known form', [image, text('name :')]],
    ['more white space, and letters taken apart', [image, text(' 이름  :\n'.normalize('NFD'))]],
    ['a form that is answered in part', [image, text('name : sea')]],
    ['no words behind a picture', [text('dax<EOC>'), image]],
    ['a form in two texts', [image, text('What is'), text('this?')]],
    ['what a shot has shown', [image, text('size : big<EOC>'), image, text('size :')]],
    ['text that text has shown', [text('a : b<EOC>'), text('a :')]],
  ])('finds nothing odd about %s', (_, sequence) => {
    expect(unknownQuestion({ sequence }, questions)).toBeNull();
  });

  it.each([
    ['another case', [image, text('Name :')], 'Name :'],
    ['another word', [image, text('colour :')], 'colour :'],
    ['the last one only', [image, text('odd :<EOC>'), image, text('colour :')], 'colour :'],
    ['a form without a picture', [text('name :')], 'name :'],
    ['what stands behind an answer', [image, text('name : cat<EOC>')], ''],
  ])('finds %s', (_, sequence, asked) => {
    expect(unknownQuestion({ sequence }, questions)).toBe(asked);
  });
});

describe('nearestForm', () => {
  it.each([
    ['NAME', 'name :'],
    ["what's this", 'What is this?'],
    ['이름', '이름 :'],
    ['colour :', null],
    ['size :', null],
    ['name :', null],
    ['', null],
  ])('of %j is %j', (asked, form) => {
    expect(nearestForm(asked, questions)).toBe(form);
  });
});

describe('knowledge.json', () => {
  const valid = {
    kinds: { bird: '새' },
    things: [{ name: 'owl', korean: '부엉이', kind: 'bird' }],
    questions: [{ asks: 'name', language: 'en', forms: ['name :'] }],
  };

  it('is read as it stands', () => {
    expect(parseKnowledge(valid)).toEqual(valid);
  });

  it.each([
    [null, 'kinds'],
    [{ ...valid, kinds: { bird: 5 } }, 'kinds'],
    [{ ...valid, things: {} }, 'things'],
    [{ ...valid, things: [null] }, 'things[0]'],
    [{ ...valid, things: [{ name: 'owl', korean: '부엉이', kind: 'animal' }] }, 'things[0]'],
    [{ ...valid, things: [{ ...valid.things[0], relatives: 'duck' }] }, 'things[0]'],
    [{ ...valid, questions: [{ asks: 'name', language: 'en', forms: [] }] }, 'questions[0]'],
  ])('%j is refused by its place', (value, where) => {
    const parse = () => parseKnowledge(value);
    expect(parse).toThrow(KnowledgeError);
    expect(parse).toThrow(`knowledge.json: ${where} is not valid`);
  });

  it('of the shipped weights tells what the split tells', async () => {
    const knowledge = await readKnowledge(new URL('../../weights/', import.meta.url));
    const split = JSON.parse(readFileSync(new URL('../../weights/splits.json', import.meta.url), 'utf8'));
    const names = new Set(knowledge?.things.map(({ name }) => name));
    for (const name of [...split.seen, ...split.novel, ...(split.development ?? [])]) expect(names).toContain(name);
    expect(knowledge?.things.find(({ name }) => name === 'panda')).toEqual({
      name: 'panda',
      korean: '판다',
      kind: 'animal',
    });
  });

  it('of other weights may be missing', async () => {
    expect(await readKnowledge('nowhere')).toBeNull();
  });
});
