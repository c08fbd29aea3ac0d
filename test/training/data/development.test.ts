import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadEvaluationData, prepareTrainingData } from '../../../src/training/data/index.ts';
import { DEVELOPMENT_HIDDEN } from '../../../src/training/data/styles.ts';
import { TrainingError } from '../../../src/training/files.ts';
import { dataFolder } from './fixtures.ts';

const weights = fileURLToPath(new URL('../../../weights/', import.meta.url));

describe.skipIf(dataFolder === null)('training to make choices', () => {
  const prepare = (run: string, development: boolean) =>
    prepareTrainingData(dataFolder as string, run, () => {}, { development });

  it('leaves out a style and its older drawings, and says so in the split', async () => {
    const run = await mkdtemp(join(tmpdir(), 'development-'));
    await cp(join(weights, 'tokenizer.json'), join(run, 'tokenizer.json')); // training one takes long
    const { pictures, split } = await prepare(run, true);
    expect(split.trainingStyles).not.toContain('twemoji');
    for (const style of DEVELOPMENT_HIDDEN) expect(split.seen.some((name) => pictures.has(name, style))).toBe(false);
    expect(split.seen.some((name) => pictures.has(name, 'noto'))).toBe(true);
    expect(JSON.parse(await readFile(join(run, 'splits.json'), 'utf8')).trainingStyles).toEqual(split.trainingStyles);
    await expect(prepare(run, false)).rejects.toThrow(TrainingError);
  });

  it('does not go on with a run that saw that style', async () => {
    const run = await mkdtemp(join(tmpdir(), 'development-'));
    for (const name of ['tokenizer.json', 'splits.json']) await cp(join(weights, name), join(run, name));
    await expect(prepare(run, true)).rejects.toThrow(/trains on noto, twemoji.*--development/);
    expect((await prepare(run, false)).split.trainingStyles).toContain('twemoji');
  });

  it('refuses a split that knows nothing of these pictures', async () => {
    const run = await mkdtemp(join(tmpdir(), 'development-'));
    await cp(join(weights, 'tokenizer.json'), join(run, 'tokenizer.json'));
    const split = JSON.parse(await readFile(join(weights, 'splits.json'), 'utf8'));
    for (const key of ['seen', 'novel', 'vision']) {
      await writeFile(join(run, 'splits.json'), JSON.stringify({ ...split, [key]: ['blargh'] }));
      const said = `splits.json lists no concept of the training data under "${key}": it begins with "blargh"`;
      await expect(prepare(run, false)).rejects.toThrow(said);
      await expect(loadEvaluationData(dataFolder as string, run, () => {})).rejects.toThrow(said);
    }
  });
});
