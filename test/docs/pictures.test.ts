import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { picturesPage } from '../../scripts/pictures-page.ts';

it.each([
  ['pictures.md', 'en'],
  ['pictures.ko.md', 'ko'],
] as const)('docs/%s is what the corpus gives (else: npm run pictures)', async (file, language) => {
  expect(await readFile(new URL(`../../docs/${file}`, import.meta.url), 'utf8')).toBe(await picturesPage(language));
});
