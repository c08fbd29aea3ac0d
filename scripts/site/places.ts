/** Where a file of the repository stands on the site. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));
export const SITE: string = join(ROOT, 'site');
/** Pages of the programming interface, as Markdown. */
export const API: string = join(SITE, '.api');
export const BUILT: string = join(SITE, 'dist');

export type Lang = 'en' | 'ko';

/** A page of the site and the files that it is made from; without `ko` it is in English alone. */
export interface Page {
  /** Address without language and ending: `guide/taps`. */
  readonly slug: string;
  readonly en: string;
  readonly ko?: string;
}

/** Pages that stand outside docs/. */
const ELSEWHERE: readonly Page[] = [
  { slug: 'guide/model-card', en: 'weights/README.md', ko: 'weights/README.ko.md' },
  { slug: 'guide/contributing', en: 'CONTRIBUTING.md' },
  { slug: 'guide/changelog', en: 'CHANGELOG.md' },
  { slug: 'guide/credits', en: 'examples/CREDITS.md' },
];

const files = (folder: string, end: string): string[] =>
  readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(end));

export function evenings(): Page[] {
  const names = files('notebooks', '.en.ipynb').map((name) => name.replace('.en.ipynb', ''));
  return names
    .sort()
    .map((name) => ({ slug: `learn/${name}`, en: `notebooks/${name}.en.ipynb`, ko: `notebooks/${name}.ipynb` }));
}

export function guides(): Page[] {
  const names = files('docs', '.md').filter((name) => !name.endsWith('.ko.md'));
  const own = names.map((name): Page => {
    const ko = `docs/${name.replace('.md', '.ko.md')}`;
    return {
      slug: `guide/${name.replace('.md', '')}`,
      en: `docs/${name}`,
      ...(existsSync(join(ROOT, ko)) && { ko }),
    };
  });
  return [...own, ...ELSEWHERE];
}

/** Pages written for the site: `site/pages/NAME.md` and `NAME.ko.md`. */
export function ownPages(): Page[] {
  return files('site/pages', '.ko.md').map((name) => {
    const slug = name.replace('.ko.md', '');
    return { slug, en: `site/pages/${slug}.md`, ko: `site/pages/${name}` };
  });
}

/** From the root of the site. */
export function addressOf({ slug }: Pick<Page, 'slug'>, lang: Lang): string {
  return `${lang === 'ko' ? 'ko/' : ''}${slug}.html`;
}

export type Place =
  | { readonly kind: 'page'; readonly address: string }
  | { readonly kind: 'asset' | 'source' | 'folder' | 'missing'; readonly file: string };

/** Finds the place of a file or folder, by its path from the root of the repository. */
export function places(pages: readonly Page[]): (file: string) => Place {
  const known = new Map<string, string>();
  for (const page of pages) {
    known.set(page.en, addressOf(page, 'en'));
    if (page.ko) known.set(page.ko, addressOf(page, 'ko'));
  }
  known.set('README.md', 'index.html').set('README.ko.md', 'ko/index.html');
  return (given) => {
    const file = posix.normalize(given).replace(/\/$/, '');
    const address = known.get(file);
    if (address !== undefined) return { kind: 'page', address };
    const path = join(ROOT, file);
    if (!existsSync(path)) return { kind: 'missing', file };
    if (statSync(path).isDirectory()) return { kind: 'folder', file };
    return { kind: /\.(svg|png|jpe?g|webp|gif)$/.test(file) ? 'asset' : 'source', file };
  };
}
