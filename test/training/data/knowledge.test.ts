import { expect, test } from 'vitest';
import { parseKnowledge, unknownQuestion } from '../../../src/model/knowledge.ts';
import { knowledgeOf } from '../../../src/training/data/knowledge.ts';
import { FORMS, questionForms } from '../../../src/training/data/prompts.ts';
import { concepts, facts, split } from './fixtures.ts';

const knowledge = knowledgeOf(concepts, facts, split);

test('names every thing of the split with its Korean name and kind, and nothing else', () => {
  const names = knowledge.things.map(({ name }) => name).sort();
  const { seen, novel, development, excluded } = split;
  const withKind = new Set(concepts.filter(({ category }) => category !== null).map(({ name }) => name));
  expect(names).toEqual([...seen, ...novel, ...development, ...excluded].filter((name) => withKind.has(name)).sort());
  for (const { name, korean, kind } of knowledge.things) {
    expect(concepts.find((concept) => concept.name === name)).toMatchObject({ korean, category: kind });
    expect(knowledge.kinds[kind]).toMatch(/[가-힣]/);
  }
});

test('says for which held-out thing another one was left out', () => {
  const held = [...split.novel, ...split.development];
  expect(split.excluded.length).toBeGreaterThan(0);
  for (const { name, relatives } of knowledge.things) {
    if (!split.excluded.includes(name)) expect(relatives).toBeUndefined();
    else expect(held).toEqual(expect.arrayContaining([...(relatives ?? ['none'])]));
  }
});

test('holds every form in which training asks, as JSON gives it back', () => {
  const { questions } = parseKnowledge(JSON.parse(JSON.stringify(knowledge)));
  for (const form of [...Object.values(FORMS).flat(), ...questionForms('fruit', 'en'), ...questionForms('bird', 'ko')])
    expect(unknownQuestion({ sequence: [{ image: 'a.png' }, { text: form }] }, questions)).toBeNull();
});
