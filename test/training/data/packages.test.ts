import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { inLanguage, type Worded } from '../../../src/runs/worded.ts';
import { DATA_PACKAGES, ensureData, hasData } from '../../../src/training/data/packages.ts';

it('does and says nothing where every package is there in its version', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'data-'));
  expect(await hasData(folder)).toBe(false);
  for (const { folder: name, version } of DATA_PACKAGES) {
    const path = join(folder, 'node_modules', name, 'package.json');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify({ version }));
  }
  expect(await hasData(folder)).toBe(true);
  const said: string[] = [];
  await ensureData(folder, (line) => said.push(inLanguage(line as Worded, 'en')));
  expect(said).toEqual([]);
  await writeFile(join(folder, 'node_modules', 'emojione', 'package.json'), '{"version":"3.0.0"}');
  expect(await hasData(folder)).toBe(false);
  await rm(folder, { recursive: true });
});
