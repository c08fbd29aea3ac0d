/** What stands around every page. */

import { Html, html } from '../../src/inspect/report/html.ts';
import { explorerAddress } from './links.ts';
import type { Lang } from './places.ts';
import type { Section } from './render.ts';

export interface Group {
  readonly title: string;
  readonly pages: readonly { readonly title: string; readonly address: string; readonly english: boolean }[];
}

export interface Framed {
  readonly lang: Lang;
  readonly title: string;
  /** Address of the page and of the same in the other language, from the root of the site. */
  readonly address: string;
  readonly other: string;
  readonly body: Html;
  readonly sections: readonly Section[];
  readonly groups: readonly Group[];
  /** The language of the text itself, where it is not that of the page. */
  readonly textLang?: Lang;
  readonly front?: boolean;
}

const TEXTS = {
  en: {
    site: 'Glass Flamingo',
    skip: 'To the text',
    main: 'Main',
    see: 'See',
    learn: 'Learn',
    lookUp: 'Look up',
    search: 'Search',
    question: 'What are you looking for?',
    close: 'Close',
    theme: 'Light or dark',
    other: '한국어',
    pages: 'All pages',
    onPage: 'On this page',
    english: '',
    before: 'Before',
    after: 'Next',
  },
  ko: {
    site: '유리 플라밍고',
    skip: '본문으로',
    main: '주 메뉴',
    see: '보기',
    learn: '배우기',
    lookUp: '찾아보기',
    search: '검색',
    question: '무엇을 찾으세요?',
    close: '닫기',
    theme: '밝게 또는 어둡게',
    other: 'English',
    pages: '모든 페이지',
    onPage: '이 페이지의 차례',
    english: ' (영어)',
    before: '앞',
    after: '다음',
  },
} as const;

/** Before anything is painted, so that a page chosen dark never flashes light. */
const EARLY = `try{const t=localStorage.getItem('glass-flamingo-theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}`;

export const upFrom = (address: string): string => '../'.repeat(address.split('/').length - 1);

export function framed(page: Framed): string {
  const { lang, title, address, other, body, front = false } = page;
  const text = TEXTS[lang];
  const up = upFrom(address);
  const home = lang === 'ko' ? 'ko/' : '';
  const name = front ? text.site : `${title} · ${text.site}`;
  const door = (to: string, words: string, here: boolean): Html =>
    html`<a href="${up}${home}${to}"${here ? new Html(' aria-current="true"') : ''}>${words}</a>`;
  return html`<!doctype html>
<html lang="${lang}" data-lang="${lang}" data-up="${up}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<link rel="icon" href="data:,">
<link rel="alternate" hreflang="${lang === 'ko' ? 'en' : 'ko'}" href="${up}${other}">
<script>${new Html(EARLY)}</script>
<link rel="stylesheet" href="${up}assets/style.css">
<link rel="stylesheet" href="${up}assets/code.css">
<script type="module" src="${up}assets/site.js"></script>
</head>
<body${front ? new Html(' class="front"') : ''}>
<a class="skip" href="#text">${text.skip}</a>
<header>
<a class="home" href="${up}${home}index.html">${text.site}</a>
<nav aria-label="${text.main}">
<a href="${explorerAddress(up, '', lang)}">${text.see}</a>
${door('learn.html', text.learn, /^(ko\/)?learn/.test(address))}
${door('look-up.html', text.lookUp, /^(ko\/)?(guide|api|look-up)/.test(address))}
</nav>
<div class="tools">
<button id="open-search" type="button">${text.search} <kbd>/</kbd></button>
<a href="${up}${other}" lang="${lang === 'ko' ? 'en' : 'ko'}">${text.other}</a>
<button id="theme" type="button" aria-label="${text.theme}" title="${text.theme}">◐</button>
</div>
</header>
<div class="columns">
${front ? null : sidebar(page)}
<main id="text"${page.textLang && page.textLang !== lang ? html` lang="${page.textLang}"` : null}>
${body}
${front ? null : neighbours(page)}
</main>
${front ? null : outline(page)}
</div>
<dialog id="search" aria-label="${text.search}">
<form method="dialog"><label>${text.question} <input type="search" autocomplete="off" spellcheck="false"></label>
<button>${text.close}</button></form>
<p role="status"></p>
<ol></ol>
</dialog>
</body>
</html>
`.text;
}

function sidebar({ lang, address, groups }: Framed): Html {
  const up = upFrom(address);
  const text = TEXTS[lang];
  const lists = groups.map(({ title, pages }) => {
    const here = pages.some((page) => page.address === address);
    const items = pages.map((page) => {
      const current = page.address === address ? new Html(' aria-current="page"') : null;
      const note = page.english ? text.english : null;
      return html`<li><a href="${up}${page.address}"${current}>${page.title}${note}</a></li>\n`;
    });
    // The other groups lead to their first pages: all links on every page would be a tenth of the site.
    if (!here) return html`<p><a href="${up}${pages[0]?.address ?? ''}">${title}</a></p>\n`;
    return html`<details open><summary>${title}</summary><ul>${items}</ul></details>\n`;
  });
  return html`<nav class="side" aria-label="${text.pages}"><details class="all" open><summary>${text.pages}</summary>${lists}</details></nav>`;
}

/** Long pages show their larger parts only. */
const MOST_PARTS = 60;

function outline({ lang, sections }: Framed): Html | null {
  const at = (deepest: number): Section[] => sections.filter(({ id, level }) => id !== '' && level <= deepest);
  const shown = at(3).length > MOST_PARTS ? at(2) : at(3);
  if (shown.length < 2) return null;
  const items = shown.map(
    ({ id, title, level }) =>
      html`<li class="l${level}"><a href="#${encodeURIComponent(id)}">${title.replace(/ \([^()]*\)$/, '')}</a></li>\n`,
  );
  return html`<nav class="outline" aria-label="${TEXTS[lang].onPage}"><p>${TEXTS[lang].onPage}</p><ul>${items}</ul></nav>`;
}

function neighbours({ lang, address, groups }: Framed): Html | null {
  const group = groups.find(({ pages }) => pages.some((page) => page.address === address));
  const at = group?.pages.findIndex((page) => page.address === address) ?? -1;
  const [before, after] = [group?.pages[at - 1], group?.pages[at + 1]];
  if (!before && !after) return null;
  const up = upFrom(address);
  const link = (page: Group['pages'][number] | undefined, words: string): Html =>
    page ? html`<a href="${up}${page.address}"><small>${words}</small> ${page.title}</a>` : html`<span></span>`;
  return html`<div class="neighbours">${link(before, TEXTS[lang].before)}${link(after, TEXTS[lang].after)}</div>`;
}
