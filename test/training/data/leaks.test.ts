import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { loadBank } from '../../../src/training/data/bank.ts';
import { EVERYDAY } from '../../../src/training/data/everyday.ts';
import { LEAK_WORDS, leaks } from '../../../src/training/data/leak-words.ts';
import { normalise } from '../../../src/training/data/names.ts';
import { makeSplit } from '../../../src/training/data/split.ts';
import { dataFolder } from './fixtures.ts';

/** The split of the shipped seed. */
const held = JSON.parse(await readFile(new URL('./held-out.json', import.meta.url), 'utf8')) as Record<
  'novel' | 'development' | 'excluded',
  string[]
>;
const away = Object.values(held).flat();

describe('leak words', () => {
  it('cover every concept that is held out', () => {
    expect(away.filter((name) => !leaks(normalise(name)))).toEqual([]);
    expect(away.length).toBe(149);
  });

  it('reach synonyms, parts and compounds', () => {
    const names = [
      'reindeer',
      'saxophones',
      'steak',
      'search',
      'flashlights',
      'ski lift',
      'power plug',
      'lightbulb off',
    ];
    expect(names.filter((name) => !leaks(normalise(name)))).toEqual([]);
  });

  it('leave everyday things alone, whose names they are no part of', () => {
    const kept = ['anvil', 'lighthouse', 'sofa', 'robot', 'watermelon', 'glasses', 'cactus', 'rocket'];
    expect(kept.filter((name) => leaks(normalise(name)))).toEqual([]);
  });

  it('are written once, in lower case', () => {
    expect(new Set(LEAK_WORDS).size).toBe(LEAK_WORDS.length);
    expect(LEAK_WORDS.filter((word) => !/^=?[a-z]+$/.test(word))).toEqual([]);
  });

  it('hold out two of a hundred everyday things', () => {
    expect(EVERYDAY.filter((name) => away.includes(name))).toEqual(['flamingo', 'guitar']);
  });

  it.skipIf(dataFolder === null)(
    'are those of the split on the real data, and let nothing of it into the bank',
    async () => {
      const { concepts, pictures, iconConcepts, otherEmoji } = await loadBank(dataFolder as string);
      const { novel, development, excluded } = makeSplit(concepts, pictures);
      expect({ novel, development, excluded }).toEqual(held);
      expect([...iconConcepts, ...otherEmoji].filter((name) => leaks(normalise(name)))).toEqual([]);
      for (const name of iconConcepts.filter((_, i) => i % 50 === 0))
        expect(pictures.drawings(name).length).toBeGreaterThan(1);
    },
  );
});
