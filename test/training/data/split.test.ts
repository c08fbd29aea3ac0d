import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBank } from '../../../src/training/data/bank.ts';
import { EVERYDAY } from '../../../src/training/data/everyday.ts';
import { makeSplit, nearRelatives, readSplit, type Split, writeSplit } from '../../../src/training/data/split.ts';
import { concepts, dataFolder, facts, split } from './fixtures.ts';

function expectNoLeak(made: Split, relatives: ReadonlyMap<string, ReadonlySet<string>>): void {
  const away = new Set([...made.novel, ...made.development, ...made.excluded]);
  expect([...made.seen, ...made.vision].filter((name) => away.has(name))).toEqual([]);
  const shown = new Set([...made.vision, ...made.novel, ...made.development]);
  for (const name of [...made.novel, ...made.development]) {
    for (const relative of relatives.get(name) ?? [])
      expect(shown, `${relative} is a relative of ${name}`).not.toContain(relative);
  }
}

describe('makeSplit', () => {
  it('repeats by seed, with the flamingo novel', () => {
    expect(makeSplit(concepts, facts, 4)).toEqual(split);
    expect(makeSplit(concepts, facts, 5).novel).not.toEqual(split.novel);
    expect(split.novel).toContain('flamingo');
    expect(split.vision).toContain('door');
    expect(split.seen).not.toContain('door');
  });

  it('shows no novel concept and no relative of one', () => {
    for (let seed = 0; seed < 20; seed++)
      expectNoLeak(makeSplit(concepts, facts, seed), nearRelatives(concepts, facts));
  });

  it('holds out at most three of a hundred everyday things, of the hundred', () => {
    expect([EVERYDAY.length, new Set(EVERYDAY).size]).toEqual([100, 100]);
    for (let seed = 0; seed < 20; seed++) {
      const made = makeSplit(concepts, facts, seed);
      const known = EVERYDAY.filter((name) => concepts.some((concept) => concept.name === name));
      expect(known.filter((name) => !made.seen.includes(name)).length).toBeLessThanOrEqual(3);
    }
  });

  it('knows relatives by head noun, compound, family, tag and look', () => {
    const relatives = nearRelatives(concepts, facts);
    const expected = {
      dog: ['guide dog', 'poodle', 'fox'],
      melon: ['watermelon'],
      house: ['old house'],
      squid: ['octopus'],
      bus: ['minibus'],
    };
    for (const [name, kin] of Object.entries(expected))
      for (const other of kin) expect(relatives.get(name)).toContain(other);
    expect(relatives.get('owl')).not.toContain('crab');
  });

  it('survives its file, and refuses another', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'split-'));
    await writeSplit(join(folder, 'splits.json'), split);
    expect(await readSplit(join(folder, 'splits.json'))).toEqual(split);
    await writeSplit(join(folder, 'other.json'), { ...split, novel: undefined } as unknown as Split);
    await expect(readSplit(join(folder, 'other.json'))).rejects.toThrow(/"novel"/);
    await expect(readSplit(folder)).rejects.toThrow(`${folder} is a folder`);
    await rm(folder, { recursive: true });
  });

  it.skipIf(dataFolder === null)('leaks nothing on the real data', async () => {
    const { concepts: real, pictures } = await loadBank(dataFolder as string);
    const made = makeSplit(real, pictures);
    expectNoLeak(made, nearRelatives(real, pictures));
    expect([made.novel.length, made.development.length, made.seen.length]).toEqual([64, 24, 290]);
    expect(EVERYDAY.filter((name) => !made.seen.includes(name))).toEqual(['flamingo', 'guitar']);
    expect(['panda', 'cactus', 'rocket', 'strawberry'].filter((name) => !made.seen.includes(name))).toEqual([]);
    expect(['flamingo', 'trumpet'].filter((name) => !made.novel.includes(name))).toEqual([]);
  });
});
