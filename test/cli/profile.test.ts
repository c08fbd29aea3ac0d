import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Profile } from '../../src/inspect/index.ts';
import { EXAMPLES, runWithShipped } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
afterAll(() => rmSync(folder, { recursive: true }));

const panda = ['profile', '--image', join(EXAMPLES, 'panda.png'), '--text', 'name :', '--repeats', '1'];

test('shows operations and taps as tables, and draws them', async () => {
  const out = join(folder, 'profile.svg');
  const told = await runWithShipped([...panda, '--out', out, '--top', '4']);
  expect(told.code).toBe(0);
  expect(told.out).toMatch(/The prompt: [\d.]+ ms, \d+ operations/);
  expect(told.out).toMatch(/A token after it: [\d.]+ ms, \d+ operations/);
  expect(told.out).toMatch(/^operation +times +ms +share +MB +MFLOP +GFLOP\/s$/m);
  expect(told.out).toMatch(/^between operations +[\d.]+ +[\d.]+%$/m);
  expect(told.out).toMatch(/^(lm|xattn|vision)\.[\w.*]+ +\d+ +[\d.]+ +[\d.]+%/m);
  expect(readFileSync(out, 'utf8')).toContain('Where the time goes');
  expect((await runWithShipped([...panda, '--lang', 'ko'])).out).toMatch(/그다음 토큰 하나: [\d.]+ ms, 연산 \d+개/);
});

test('gives every operation as JSON', async () => {
  const { prompt, token } = JSON.parse((await runWithShipped([...panda, '--json'])).out) as Profile;
  expect(prompt.operations.length).toBeGreaterThan(token.operations.length);
  expect(token.operations[0]).toMatchObject({ op: expect.any(String), milliseconds: expect.any(Number) });
});

test('refuses what it cannot write, and an empty prompt', async () => {
  const nowhere = await runWithShipped([...panda, '--out', join(folder, 'missing', 'a.svg')]);
  expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('--out')]);
  expect((await runWithShipped(['profile'])).code).toBe(2);
});
