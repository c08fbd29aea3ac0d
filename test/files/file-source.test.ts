import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fileSource } from '../../src/files/file-source.ts';
import { readFileWhole } from '../../src/files/read-file.ts';
import { readResource } from '../../src/files/resource.ts';

const folder = mkdtempSync(join(tmpdir(), 'file-source-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'numbers');
const numbers = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) >> 3);
writeFileSync(file, numbers);

it('gives every part of a file, small and large, forwards and back, and less where the file ends', async () => {
  const source = await fileSource(file);
  const parts = [
    [0, 8],
    [8, 70_000],
    [60_000, 60_004],
    [125_530, 125_540],
    [125_535, 125_550],
    [10, 10],
    [65_536, 131_072],
    [131_072, 131_073],
    [5, 9],
    [199_990, 200_000],
    [199_990, 200_010],
    [200_000, 200_004],
  ] as const;
  for (const [start, end] of parts) expect(await source.read(start, end)).toEqual(numbers.slice(start, end));
  const together = await Promise.all(parts.map(([start, end]) => source.read(start, end)));
  expect(together).toEqual(parts.map(([start, end]) => numbers.slice(start, end)));
});

it('gives bytes of their own, and small parts that lie side by side at one reading', async () => {
  const source = await fileSource(file);
  const first = await source.read(0, 4);
  first.fill(255);
  writeFileSync(file, new Uint8Array(numbers.length));
  expect(await source.read(0, 4)).toEqual(numbers.slice(0, 4));
  expect(await source.read(100_000, 100_004)).toEqual(new Uint8Array(4));
});

it.skipIf(process.platform === 'win32')('takes nothing endless for a file, and no pipe for an empty one', async () => {
  const most = 100_000;
  await expect(readFileWhole('/dev/zero', { most })).rejects.toThrow(`it has no end: more than ${most} bytes came`);
  await expect(readResource('/dev/zero', { signal: AbortSignal.timeout(50) })).rejects.toThrow();
  await expect(fileSource('/dev/zero')).rejects.toThrow('it is a pipe or a device, not a file');
  expect(await readFileWhole('/dev/null')).toEqual(new Uint8Array(0));
  expect(new Uint8Array(await readFileWhole(file, { most: 1 }))).toHaveLength(numbers.length);
});
