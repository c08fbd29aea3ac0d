import { copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/tensor/random.ts';
import { openShared } from '../../../src/training/data/index.ts';
import { keyOf, openFeatures } from '../../../src/training/features.ts';
import { FLAMINGO_RECIPE } from '../../../src/training/flamingo-stage.ts';
import { type OwnScore, withOtherPictures } from '../../../src/training/own/evaluate-own.ts';
import { ownRecipe, readOwnForTraining } from '../../../src/training/own/in-training.ts';
import { ownEpisode, withOwnFeatures } from '../../../src/training/own/own-episodes.ts';
import { train } from '../../../src/training/pipeline.ts';
import type { Report } from '../../../src/training/report.ts';
import { EXAMPLES, runWithFake } from '../../cli/support.ts';
import { noisyData, smallConfig } from '../../support/training-data.ts';

const report: Report = { say: () => {}, begin: () => {}, step: () => {}, end: () => {} };
const data = openShared(noisyData());
const config = smallConfig(data.tokenizerJson);

async function own(lines = ['panda', 'cactus', 'panda', 'cactus']): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'own-training-'));
  for (const name of ['panda', 'cactus']) await copyFile(join(EXAMPLES, `${name}.png`), join(folder, `${name}.png`));
  const text = lines.map((name) => JSON.stringify({ sequence: [{ image: `${name}.png` }, { text: `${name}<EOC>` }] }));
  for (const file of ['train.jsonl', 'eval.jsonl']) await writeFile(join(folder, file), text.join('\n'));
  return folder;
}

describe("one's own data in training", () => {
  it('is a kind of the mixture with its weight, and the other kinds share the rest as they did', async () => {
    const read = await readOwnForTraining({ data: await own(), weight: 0.2 }, data, config, 1);
    const { mixture, own: hash } = ownRecipe(FLAMINGO_RECIPE, read);
    expect(mixture?.weights).toEqual({ binding: 0.8 * 0.45, questions: 0.8 * 0.55, own: 0.2 });
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  it('finds each view of each picture in the cache, behind the others', async () => {
    const { lines } = await readOwnForTraining({ data: await own(), weight: 0.2 }, data, config, 1);
    const before = { shape: [1, 2] as const, keys: ['a'], memory: new SharedArrayBuffer(8) };
    const memory = new SharedArrayBuffer(2 * 3 * 2 * 4); // two pictures, three views, one token of two numbers
    new Float32Array(memory).forEach((_, i, all) => {
      all[i] = 1 + i;
    });
    const cache = openFeatures(withOwnFeatures(before, { kind: 'features', views: 3, shape: [1, 2], memory }, keyOf));
    const draws = Array.from({ length: 40 }, (_, i) => ownEpisode({ texts: lines.train, views: 3 }, new Random(i)));
    const seen = new Set(draws.flatMap(({ images }) => images.map((image) => cache.of(image)[0])));
    expect([...seen].sort((a, b) => Number(a) - Number(b))).toEqual([1, 3, 5, 7, 9, 11]);
  });

  it.each([
    [['--data-own', 'no/such/folder'], 'no/such/folder'],
    [['--data-own', '.', '--own-weight', '1'], 'expected a number between 0 and 1'],
    [['--data-own', '.', '--stage', 'vision'], '--stage leaves out'],
    [['--data-own', '.', '--from', EXAMPLES], 'pictures has no tokenizer.json'],
    [['--data', join(EXAMPLES, 'panda.png')], "panda.png' cannot be written: a file is in the way"],
  ])('refuses %j before anything starts', async (more, words) => {
    const out = join(tmpdir(), 'own-training-none');
    const { code, err } = await runWithFake(['train', '--data', out, '--out', out, ...more]);
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
  });

  it('names a line that is too long for an episode', async () => {
    const folder = await own(['panda '.repeat(60)]);
    const options = {
      out: folder,
      data: folder,
      seed: 1,
      stages: ['flamingo'],
      report,
      architecture: () => config,
    } as const;
    await expect(train({ ...options, own: { data: folder, weight: 0.3 } })).rejects.toThrow(/train\.jsonl:1: /);
  });
});

describe("a control of one's own lines", () => {
  it('shows each line the picture of another answer to its question', async () => {
    const { lines } = await readOwnForTraining(
      { data: await own(['panda', 'panda', 'cactus']), weight: 0.2 },
      data,
      config,
      1,
    );
    expect(withOtherPictures(lines.evaluated).map(({ answer, pictures }) => [answer, pictures])).toEqual([
      ['panda', [1]],
      ['panda', [1]],
      ['cactus', [0]],
    ]);
  });

  it('is measured by evaluate beside the lines as they are, and needs no training data', async () => {
    const json = join(await mkdtemp(join(tmpdir(), 'own-training-')), 'own.json');
    const { code, out } = await runWithFake(['evaluate', '--data-own', await own(['panda', 'cactus']), '--json', json]);
    expect([code, out]).toEqual([0, expect.stringContaining('other pictures')]);
    const measured = JSON.parse(await readFile(json, 'utf8')) as { control: string | null; rank: OwnScore }[];
    const right = measured.map(({ control, rank }) => [control, rank.right]);
    expect(right).toEqual([
      [null, 2],
      ['other pictures', 0],
      ['gates 0', 1],
    ]);
  });
});
