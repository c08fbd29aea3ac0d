import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeFolder, WriteError, writeFileWhole } from '../../src/files/file-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
afterAll(() => rmSync(folder, { recursive: true }));
const within = (name: string): string => join(folder, name);

it('writes a file whole, in place of what was there', async () => {
  writeFileSync(within('a'), 'before');
  await writeFileWhole(within('a'), 'after');
  expect(readFileSync(within('a'), 'utf8')).toBe('after');
  expect(readdirSync(folder)).toEqual(['a']);
});

it.each([
  ['none/b', 'its folder does not exist'],
  ['a/b', 'a file is in the way'],
  ['', 'a folder is in the way'],
])('says why %j cannot be written, and leaves nothing', async (name, reason) => {
  const refused = writeFileWhole(within(name), 'text');
  await expect(refused).rejects.toThrow(`cannot be written: ${reason}`);
  await expect(refused).rejects.toBeInstanceOf(WriteError);
  expect(readdirSync(folder)).toEqual(['a']);
});

it('makes folders, but not over a file', async () => {
  await makeFolder(within('b/c'));
  await makeFolder(within('b/c'));
  expect(readdirSync(within('b'))).toEqual(['c']);
  await expect(makeFolder(within('a'))).rejects.toThrow(`'${within('a')}' cannot be written: a file is in the way`);
});
