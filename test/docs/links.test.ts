/** No link of the README or the pages leads nowhere, nor to a place that its page does not have: on npm a relative link leads to the same file in the repository. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { slugOf } from '../../scripts/site/render.ts';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pages = ['', 'docs/', 'examples/', 'weights/', 'scripts/pytorch/'].flatMap((folder) =>
  readdirSync(join(root, folder || '.'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}${name}`),
);

const read = (page: string): string => readFileSync(join(root, page), 'utf8').replace(/```[\s\S]*?```/g, '');

/** What stands behind `#` in links to a page: as GitHub makes it of headings, and what the page names itself. */
function placesIn(page: string): ReadonlySet<string> {
  const text = read(page);
  const headings = Array.from(text.matchAll(/^#{1,6} (.*)$/gm), ([, heading = '']) =>
    slugOf(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')),
  );
  const named = Array.from(text.matchAll(/ id="([^"]+)"/g), ([, id = '']) => id);
  const again = headings.map((slug, i) => `${slug}-${headings.slice(0, i).filter((other) => other === slug).length}`);
  return new Set([...headings, ...again, ...named]);
}

it.each(pages)('%s links only to what is there', (page) => {
  const links = Array.from(
    read(page)
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm),
    ([, a, b]) => a ?? b ?? '',
  );
  const dead = links.filter((link) => {
    if (/^(https?:|mailto:)/.test(link)) return false;
    const [path = '', place] = link.split('#').map(decodeURIComponent);
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(root, file))) return true;
    return place !== undefined && file.endsWith('.md') && !placesIn(file).has(place);
  });
  expect(dead).toEqual([]);
});

it.each(['README.md', 'README.ko.md'])(
  '%s has no link of its own around a picture, which typedoc leaves dead',
  (page) => {
    expect(read(page)).not.toMatch(/\[!\[[^\]]*\]\([^)]*\)\]\((?!https?:)/);
  },
);

it('a package without an address of its repository cannot be published', () => {
  expect(manifest.scripts.prepublishOnly).toContain('scripts/check-publish.mjs');
});
