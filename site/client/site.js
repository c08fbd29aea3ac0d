/** What a page of the site does beyond being read: light or dark, what goes on behind an edge, and the search. */

import { find, INDEX } from './words.js';

const root = document.documentElement;
const { up, lang } = root.dataset;

// On a narrow screen the list of all pages is folded until it is asked for.
if (innerWidth < 960) document.querySelector('.side .all')?.removeAttribute('open');

/** Says where a drawing goes on behind an edge; text shows it by the shade below. */
function showEdges(box) {
  const hidden = box.scrollWidth - box.clientWidth;
  box.classList.toggle('goes-on', hidden > 1);
  box.classList.toggle('before', box.scrollLeft > 1);
  box.classList.toggle('behind', box.scrollLeft < hidden - 1);
}
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) showEdges(target);
});
for (const box of document.querySelectorAll('.figure')) {
  sizes.observe(box);
  box.addEventListener('scroll', () => showEdges(box), { passive: true });
}

const theme = document.querySelector('#theme');
theme?.addEventListener('click', () => {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = root.dataset.theme ?? (dark ? 'dark' : 'light');
  root.dataset.theme = now === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('glass-flamingo-theme', root.dataset.theme);
  } catch {
    // Where nothing may be kept, the choice holds for this page.
  }
});

const dialog = document.querySelector('#search');
const field = dialog.querySelector('input');
const list = dialog.querySelector('ol');
const state = dialog.querySelector('[role=status]');
const TEXTS = {
  en: { none: 'Nothing found', some: (n) => `${n} found`, failed: 'The search could not be loaded from this place' },
  ko: { none: '찾은 것이 없어요', some: (n) => `${n}개를 찾았어요`, failed: '여기에서는 검색을 불러올 수 없어요' },
};
const texts = TEXTS[lang];
const MOST_SHOWN = 20;

let opened;
async function get(name) {
  const response = await fetch(`${up}assets/${name}.json`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.json();
}

/** The index comes when the search is first opened. */
function openIndex() {
  opened ??= Promise.all([import('./minisearch.js'), ...[`search-${lang}`, 'search-api', 'synonyms'].map(get)]).then(
    ([{ default: MiniSearch }, own, api, synonyms]) => ({
      indexes: [own, api].map((index) => MiniSearch.loadJS(index, INDEX)),
      synonyms,
    }),
  );
  return opened;
}

async function search() {
  const question = field.value.trim();
  const { indexes, synonyms } = await openIndex();
  if (question !== field.value.trim()) return;
  const hits = question === '' ? [] : find(indexes, question, synonyms);
  list.replaceChildren(
    ...hits.slice(0, MOST_SHOWN).map(({ title, page, address }) => {
      const item = document.createElement('li');
      const link = document.createElement('a');
      link.href = up + address;
      const name = document.createElement('strong');
      name.textContent = title || page;
      link.append(name);
      if (title) {
        const where = document.createElement('span');
        where.textContent = page;
        link.append(' ', where);
      }
      item.append(link);
      return item;
    }),
  );
  state.textContent = question === '' ? '' : hits.length === 0 ? texts.none : texts.some(hits.length);
  dialog.dataset.shown = question;
}

const tell = () => {
  state.textContent = texts.failed;
};

function open() {
  dialog.showModal();
  field.select();
  openIndex().then(search).catch(tell);
}

document.querySelector('#open-search')?.addEventListener('click', open);
field.addEventListener('input', () => search().catch(tell));
dialog.addEventListener('click', (event) => {
  if (event.target === dialog || event.target.closest('a')) dialog.close();
});
addEventListener('keydown', (event) => {
  const writing = event.target.closest?.('input, textarea, select, [contenteditable]');
  if ((event.key === '/' && !writing) || (event.key === 'k' && (event.ctrlKey || event.metaKey))) {
    event.preventDefault();
    open();
  }
});
dialog.addEventListener('keydown', (event) => {
  const links = [...list.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement);
  if (event.key === 'ArrowDown') (links[at + 1] ?? links[0])?.focus();
  else if (event.key === 'ArrowUp') (links[at - 1] ?? field).focus();
  else if (event.key === 'Enter' && event.target === field && !event.isComposing) links[0]?.click();
  else return;
  event.preventDefault();
});
