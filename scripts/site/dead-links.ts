/** Links of the built site that lead nowhere. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** @returns each link that leads to no file of the site, or to no place on its page */
export function deadLinks(folder: string): string[] {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html') && !/^explorer[/\\]/.test(name))
    .map((name) => join(folder, name));
  const ids = new Map<string, ReadonlySet<string>>();
  const idsOf = (page: string): ReadonlySet<string> => {
    const known = ids.get(page);
    if (known) return known;
    const found = new Set(
      Array.from(readFileSync(page, 'utf8').matchAll(/ (?:id|name)="([^"]+)"/g), ([, id]) => id as string),
    );
    ids.set(page, found);
    return found;
  };
  return pages.flatMap((page) => {
    const links = readFileSync(page, 'utf8').matchAll(/ (?:href|src)="([^"]*)"/g);
    const dead = Array.from(links, ([, link]) => plain(link as string)).filter((link) => {
      if (/^(https?:|mailto:|data:)/.test(link)) return false;
      const [path = '', fragment] = link.split('#');
      const file = path === '' ? page : resolve(dirname(page), decodeURI(path));
      if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) return true;
      // What stands after `#` of the explorer is its state.
      const inPage = fragment !== undefined && file.endsWith('.html') && !relative(folder, file).startsWith('explorer');
      return inPage && fragment !== '' && !idsOf(file).has(decodeURIComponent(fragment));
    });
    return [...new Set(dead)].map((link) => `${relative(folder, page)}: ${link}`);
  });
}

const plain = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))).replaceAll('&amp;', '&');
