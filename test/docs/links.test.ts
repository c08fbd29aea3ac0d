/** No link of the README or the pages leads nowhere: on npm a relative link leads to the same file in the repository. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pages = [
  'README.md',
  'README.ko.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

it.each(pages)('%s links only to what is there', (page) => {
  const text = readFileSync(join(root, page), 'utf8').replace(/```[\s\S]*?```/g, '');
  const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link).filter(
    (link) => !/^(https?:|mailto:|#)/.test(link),
  );
  const dead = links.filter((link) => !existsSync(join(root, dirname(page), decodeURI(link.split('#')[0] as string))));
  expect(dead).toEqual([]);
});

it('a package without an address of its repository cannot be published', () => {
  expect(manifest.scripts.prepublishOnly).toContain('scripts/check-publish.mjs');
});
