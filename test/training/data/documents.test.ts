import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/tensor/random.ts';
import { Documents } from '../../../src/training/data/documents.ts';
import { Episodes } from '../../../src/training/data/episodes.ts';
import { nonceWords, RESERVED_WORDS } from '../../../src/training/data/nonce.ts';
import { FORMS } from '../../../src/training/data/prompts.ts';
import { TextBank } from '../../../src/training/data/text-bank.ts';
import { concepts, facts, split, tokenizer } from './fixtures.ts';

const NAME_FORM = new RegExp(` (?:${FORMS.name.map((form) => form.replace('?', '\\?')).join('|')}) `);
const documents = new Documents(new TextBank(tokenizer, concepts, split));

describe('Documents', () => {
  it('fills [batch, context], each row from <BOS>, the same by seed', () => {
    const ids = documents.batch(new Random(1), 6, 96);
    expect(ids.length).toBe(6 * 96);
    for (let row = 0; row < 6; row++) expect(ids[row * 96]).toBe(tokenizer.special.bos);
    expect(ids.includes(tokenizer.special.pad)).toBe(false);
    expect(documents.batch(new Random(1), 6, 96)).toEqual(ids);
    expect(documents.batch(new Random(2), 6, 96)).not.toEqual(ids);
  });

  it('binds consistently: where a cue comes back, so does its label', () => {
    const random = new Random(5);
    let checked = 0;
    for (let i = 0; i < 60; i++) {
      const text = tokenizer.decode(documents.document(random, 400));
      const entries = text
        .slice(5)
        .split('<EOC>')
        .slice(0, -1)
        .map((entry) => entry.trim().split(NAME_FORM));
      if (entries.some((entry) => entry.length !== 2) || new Set(entries.map(([, label]) => label)).size > 4) continue;
      const labels = new Map<string, string>();
      for (const [cue, label] of entries as [string, string][]) {
        expect(labels.get(cue) ?? label).toBe(label);
        labels.set(cue, label);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(100);
  });

  it('uses no novel concept or relative as a label to bind', () => {
    const bank = new TextBank(tokenizer, concepts, split);
    const away = new Set([...split.novel, ...split.excluded]);
    const random = new Random(3);
    for (let i = 0; i < 500; i++)
      for (const label of bank.labels(random, 4)) expect(away).not.toContain(tokenizer.decode([...label]));
  });
});

describe('questions', () => {
  it('come in every form, in documents and in episodes', () => {
    const bank = new TextBank(tokenizer, concepts, split);
    const random = new Random(11);
    const texts = Array.from({ length: 2500 }, () => tokenizer.decode(documents.document(random, 96))).join('\n');
    const episodes = new Episodes(bank, facts, 2);
    const asked = Array.from({ length: 2500 }, () => tokenizer.decode(episodes.episode(random).ids)).join('\n');
    const forms = [
      ...Object.values(FORMS).flat(),
      'fruit ?',
      'Fruit?',
      'Is this a kind of bird?',
      '새야?',
      '이건 과일이야?',
    ];
    for (const form of forms) expect([form, texts.includes(form), asked.includes(form)]).toEqual([form, true, true]);
    expect(Object.values(FORMS).every((every) => new Set(every).size === every.length)).toBe(true);
  });
});

describe('nonceWord', () => {
  it('is never a word of the evaluation', () => {
    const words = new Set(nonceWords(new Random(1), 30_000));
    expect(RESERVED_WORDS.filter((word) => words.has(word))).toEqual([]);
    expect(RESERVED_WORDS.length).toBe(20);
  });
});
