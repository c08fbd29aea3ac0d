import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCases } from '../../src/parity/find.ts';
import { type CaseReport, runCases } from '../../src/parity/run.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import { failures, goldens } from './support.ts';

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await openDevice('simd');
  folder = await mkdtemp(join(tmpdir(), 'indexed-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(root: string): Promise<CaseReport[]> {
  const reports: CaseReport[] = [];
  for await (const report of runCases(await findCases(root), device)) reports.push(report);
  return reports;
}

describe.each([
  ['tokenizer', 4],
  ['preprocessing', 12],
  ['files', 113],
])('%s', (group, count) => {
  it(`passes all ${count} cases`, async () => {
    const reports = await run(join(goldens, group));
    expect(reports.flatMap(({ tensors, case: name }) => failures(tensors, name))).toEqual([]);
    expect(reports.map(({ verdict }) => verdict)).toEqual(Array.from({ length: count }, () => 'pass'));
  });
});

/** What fails in a copy of a group in which one file was changed. */
async function failing(group: string, file: string, change: (text: string) => string): Promise<string[]> {
  const copy = join(folder, 'any-name');
  await rm(copy, { recursive: true, force: true });
  await cp(join(goldens, group), copy, { recursive: true });
  await writeFile(join(copy, file), change(await readFile(join(copy, file), 'latin1')), 'latin1');
  const reports = await run(copy);
  return reports.flatMap(({ case: name, tensors }) => failures(tensors, name.split('/')[1]));
}

describe('a difference fails, whatever the folder is called', () => {
  it('in ids', async () => {
    const change = (text: string) => text.replace('"ids": [221], "tokens"', '"ids": [222], "tokens"');
    const failed = await failing('tokenizer', 'cases.json', change);
    expect(failed[0]).toBe('byte-level texts.1.ids fail: "221" instead of "222"');
    expect(failed.every((line) => line.startsWith('byte-level texts.1.'))).toBe(true);
  });

  it('in a tokenizer that is broken', async () => {
    const failed = await failing('tokenizer', 'unigram/tokenizer.json', (text) => text.replace('"Unigram"', '"Magic"'));
    expect(failed).toEqual([expect.stringMatching(/^unigram \* fail: tokenizer\.json: model\.type/)]);
  });

  it('in the orientation of a JPEG', async () => {
    const tag = '\x01\x12\x00\x03\x00\x00\x00\x01\x00';
    const change = (text: string) => text.replace(`${tag}\x06`, `${tag}\x08`);
    const failed = await failing('preprocessing', 'sources/exif6.jpg', change);
    expect(failed).toEqual([
      'exif6.jpg rgb fail: turned or mirrored the wrong way',
      'exif6.jpg rgb.oriented fail: turned or mirrored the wrong way',
    ]);
  });

  it('in how much room a style leaves', async () => {
    const failed = await failing('preprocessing', 'index.json', (text) => text.replace('0.48145466', '0.4814'));
    expect(failed).toContainEqual(expect.stringMatching(/^rgb\.png clip fail/));
    expect(failed).toContainEqual(expect.stringMatching(/^exif6\.jpg clip\.oriented fail/));
    expect(failed).toContainEqual(expect.stringMatching(/^gray16\.png clip\.huggingface fail/));
  });

  it('in a byte of a good file, in its names, and in a broken file that is read', async () => {
    const one = await failing('files', 'torch/flat.pt', (text) => text.replace('\x00\x00\x80\x3e', '\x00\x00\x80\x3f'));
    expect(one).toEqual([expect.stringMatching(/^torch gate fail: 0.75 > 0/)]);
    const names = await failing('files', 'index.json', (text) => text.replace('"emptyMatrix"', '"emptyMatrices"'));
    expect(names).toEqual([expect.stringMatching(/^torch names fail/)]);
    const good = await readFile(join(goldens, 'files/torch/flat.pt'), 'latin1');
    const read = await failing('files', 'broken/malicious-system.pt', () => good);
    expect(read).toEqual(['broken refused fail: it was read, expected a refusal (global-refused)']);
  });
});
