/** The code of docs/first-model.md is run, as one file, and is the same in both languages. */

import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';

const docs = join(import.meta.dirname, '../../docs');
const codeOf = (page: string): string =>
  Array.from(readFileSync(join(docs, page), 'utf8').matchAll(/```js\n([\s\S]*?)```/g), ([, code]) => code).join('\n');

it('runs as one file, learns XOR, and looks into a head', async () => {
  const folder = await mkdtemp(join(import.meta.dirname, '.first-model-'));
  const print = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    const file = join(folder, 'page.mjs');
    writeFileSync(file, `${codeOf('first-model.md')}\nexport { learned, weights, changed, head, words, xor };\n`);
    const page = await import(/* @vite-ignore */ pathToFileURL(file).href);
    const learned: number[] = Array.from(await page.learned.data());
    expect(learned.map(Math.round)).toEqual([0, 1, 1, 0]);
    const weights: number[] = Array.from(await page.weights.data());
    for (const row of [0, 3, 6]) expect(weights.slice(row, row + 3).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect([weights[1], weights[2], weights[5]]).toEqual([0, 0, 0]);
    const values = page.head.toOut.forward(page.head.toV.forward(page.words));
    const [changed, alone] = [await page.changed.data(), await values.data()];
    for (let i = 0; i < changed.length; i++) expect(changed[i]).toBeCloseTo(alone[i], 5);
    expect(print.mock.calls.flat().some((said) => String(said).includes('33 parameters'))).toBe(true);
  } finally {
    print.mockRestore();
    await rm(folder, { recursive: true, force: true });
  }
});

it('is the same code in Korean', () => {
  expect(codeOf('first-model.ko.md')).toBe(codeOf('first-model.md'));
  expect(codeOf('web-page.ko.md')).toBe(codeOf('web-page.md'));
});
