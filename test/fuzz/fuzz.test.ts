import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCase } from '../../scripts/fuzz/case.ts';
import { fuzz, summary } from '../../scripts/fuzz/run.ts';
import { targets as hostile } from './hostile-targets.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
});
afterAll(() => rm(folder, { recursive: true }));

const module = (path: string): string => new URL(path, import.meta.url).href;

it('500 broken files, prompts and pictures load rightly or are refused', async () => {
  const options = { seed: 500, cases: 500, targets: module('../../scripts/fuzz/targets.ts'), folder };
  const result = await fuzz(options);
  expect(result.failures).toEqual([]);
  expect(result.loaded + result.refused).toBe(500);
  expect(Math.min(result.loaded, result.refused)).toBeGreaterThan(50);
  expect(summary(options, result)).toMatch(/^fuzz: 500 cases, seed 500: \d+ loaded, \d+ refused .*, 0 failed \(/);
});

it('notices what throws, hangs, dies or grows, keeps the case, and goes on', async () => {
  const cases = hostile.length;
  const result = await fuzz({
    seed: 7,
    cases,
    targets: module('./hostile-targets.ts'),
    folder,
    limits: { seconds: 0.2, watchdogSeconds: 10, bytes: 600e6 }, // on a busy machine 0.3 s of a processor take seconds
  });
  expect(result.failures.map(({ target, reason }) => [target, reason.split('\n')[0]])).toEqual([
    ['throws', 'TypeError: undefined is not a function'],
    ['is slow', expect.stringMatching(/^took \d\.\d s, expected at most 0\.2$/)],
    ['hangs', 'hung for 10 s and was stopped'],
    ['waits for ever', 'hung for 10 s and was stopped'],
    ['dies', 'the process died (exit code 3)'],
    ['grows', expect.stringMatching(/^the process grew to \d+ MB, expected at most 600 MB$/)],
  ]);
  expect([result.loaded, result.refused]).toEqual([2, 1]);
  for (const { file, index } of result.failures)
    expect(new Uint8Array(await readFile(file))).toEqual(makeCase(hostile, 7, index).bytes);
});

it('reads a case that was kept again', async () => {
  const options = { seed: 7, cases: 3, targets: module('./hostile-targets.ts'), folder };
  const { failures } = await fuzz(options);
  const replay = { file: failures[0]?.file as string, target: 'throws' };
  const again = await fuzz({ ...options, cases: 1, replay });
  expect(again.failures).toMatchObject([{ target: 'throws', index: 0, file: replay.file }]);
  expect(again.failures[0]?.reason).toMatch(/^TypeError: undefined is not a function\n/);
});
