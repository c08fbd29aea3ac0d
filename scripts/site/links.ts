/** The links of a page, which lead to files of the repository, made to lead to their places on the site. */

import { posix } from 'node:path';
import type { Lang, Place } from './places.ts';

export interface Linker {
  /** Pictures that pages show, and files and folders that pages lead to and that are no pages, so far. */
  readonly assets: Set<string>;
  readonly files: Set<string>;
  readonly folders: Set<string>;
}

/**
 * What a link of a page becomes: relative, so that the site works wherever it stands.
 *
 * @param file of the page, from the root of the repository
 * @param up from the page to the root of the site: `../../`
 * @throws Error when a link leads to no file
 */
export function linksOf(
  file: string,
  up: string,
  lang: Lang,
  placeOf: (file: string) => Place,
  { assets, files, folders }: Linker,
): (target: string) => string {
  return (target) => {
    if (/^(https?:|mailto:|data:|#)/.test(target)) return target;
    if (target.startsWith('/')) return up + target.slice(1);
    if (target.startsWith('explorer:')) return explorerAddress(up, target.slice('explorer:'.length), lang);
    const [path = '', fragment] = decodeURI(target).split('#');
    const place = placeOf(posix.join(posix.dirname(file), path));
    const end = fragment === undefined ? '' : `#${fragment}`;
    if (place.kind === 'missing') throw new Error(`${file}: the link to ${target} leads nowhere`);
    // In the repository, a link to a state of the explorer leads to the page that says how to open it.
    const isGuide = place.kind === 'page' && place.address.endsWith('guide/explorer.html');
    if (isGuide && fragment !== undefined && /^\w+=/.test(fragment)) return explorerAddress(up, fragment, lang);
    if (place.kind === 'page') return up + place.address + end;
    const kept = { asset: assets, source: files, folder: folders }[place.kind];
    kept.add(place.file);
    if (place.kind === 'asset') return `${up}files/${place.file}`;
    return `${up}source/${place.file}${place.kind === 'folder' ? '/index' : ''}.html`;
  };
}

export function explorerAddress(up: string, state: string, lang: Lang): string {
  const hash = [state, lang === 'ko' ? 'lang=ko' : ''].filter((part) => part !== '').join('&');
  return `${up}explorer/index.html${hash === '' ? '' : `#${hash}`}`;
}
