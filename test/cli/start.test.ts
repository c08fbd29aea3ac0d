import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

/** Every source that these read as they are imported, types and late imports aside, with the one that asks for it. */
async function readAtStart(files: readonly string[]): Promise<Map<string, string>> {
  const found = new Map(files.map((file) => [resolve(SOURCES, file), '']));
  for (const file of found.keys()) {
    const source = await readFile(file, 'utf8');
    for (const [, clause = '', path = ''] of source.matchAll(
      /^(?:import|export) ((?:(?!;$)[\s\S])*?)from '(\.[^']*)';$/gm,
    )) {
      const values = /^type /.test(clause)
        ? []
        : clause
            .replace(/[{}]/g, '')
            .split(',')
            .map((name) => name.trim());
      const imported = resolve(dirname(file), path);
      if (values.some((name) => name !== '' && !name.startsWith('type ')) && !found.has(imported))
        found.set(imported, file);
    }
  }
  return found;
}

it.each([
  ['--help', ['cli/main.ts']],
  ['ask --help', ['cli/main.ts', 'cli/ask.ts']],
])('%s reads neither tensors nor kernels', async (_, files) => {
  const found = await readAtStart(files);
  const names = Array.from(found, ([file, by]) => `${relative(SOURCES, file)}, for ${relative(SOURCES, by)}`);
  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => /^(tensor\/(index|tensor|devices|ops)|nn)\b/.test(name))).toEqual([]);
});
