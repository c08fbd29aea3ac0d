/** Everything that the site shows, written into `site/dist` from what the repository holds. */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseNotebook } from '../../src/cli/notebook/file.ts';
import { Html } from '../../src/inspect/report/html.ts';
import { sceneHtml } from './front.ts';
import { framed, type Group, upFrom } from './layout.ts';
import { type Linker, linksOf } from './links.ts';
import { lostPage } from './lost-page.ts';
import { notebookPage } from './notebook-page.ts';
import {
  API,
  addressOf,
  BUILT,
  evenings,
  guides,
  type Lang,
  ownPages,
  type Page,
  places,
  ROOT,
  SITE,
} from './places.ts';
import { Pages, type Rendered } from './render.ts';
import type { FrontScene } from './scene.ts';
import { filePage, folderPage, SOURCE_STYLE } from './source-page.ts';
import { synonymsOf, termsOf } from './terms.ts';
import { openTools, type Tools } from './tools.ts';

/** What stands above a page of a notebook, and above an English page among the Korean ones. */
const NOTES = {
  en: (file: string): string =>
    `This page shows \`${file}\` with its saved outputs. To work on it: \`npm run notebook -- open\``,
  ko: (file: string): string => `\`${file}\`과 저장된 결과예요. 직접 돌리려면 \`npm run notebook -- open\``,
  english: '이 페이지는 아직 영어로만 있어요.',
} as const;

/** Titles of the groups of pages at the side, and which pages stand in each by their names; the last takes the rest. */
const GROUPS: readonly { readonly en: string; readonly ko: string; readonly slugs: readonly string[] }[] = [
  { en: 'Eight evenings', ko: '저녁 여덟 번', slugs: ['learn'] },
  { en: 'Words and values', ko: '말과 값', slugs: ['glossary', 'taps', 'figures', 'operations', 'dialects'] },
  {
    en: 'Begin',
    ko: '시작',
    slugs: ['what-it-does', 'first-model', 'web-page', 'explorer', 'pictures', 'own-data', 'design'],
  },
  {
    en: 'Public models',
    ko: '공개된 모델',
    slugs: ['checkpoints', 'public-models', 'language-models', 'large-models', 'pytorch'],
  },
  {
    en: 'Measured',
    ko: '잰 것',
    slugs: [
      'model-card',
      'few-shot',
      'dialogues',
      'clips',
      'ablations',
      'benchmarks',
      'growth',
      'explorer-speed',
      'graphics-cards',
    ],
  },
  { en: 'Programming interface', ko: 'API', slugs: ['api'] },
  { en: 'More', ko: '그 밖에', slugs: [] },
];

/** The modules of the programming interface, by their pages. */
const MODULES = {
  index: 'glass-flamingo',
  tensor: 'glass-flamingo/tensor',
  nn: 'glass-flamingo/nn',
  flamingo: 'glass-flamingo/flamingo',
  inspect: 'glass-flamingo/inspect',
  worker: 'glass-flamingo/worker',
} as const;

/** A page in one language, before what stands around it is known. */
interface Drawn extends Rendered {
  readonly lang: Lang;
  readonly slug: string;
  readonly title: string;
  /** True if the text is English on a Korean page. */
  readonly english: boolean;
}

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

function put(file: string, text: string): void {
  const path = join(BUILT, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** @param scene what the front page lets one move */
export async function writePages(scene: FrontScene): Promise<void> {
  const tools = await openTools();
  const renderer = await Pages.open(tools);
  const pages = [...ownPages(), ...evenings(), ...guides()];
  const placeOf = places(pages);
  const kept: Linker = { assets: new Set(), files: new Set(), folders: new Set() };
  const drawn = pages.flatMap((page) =>
    (['en', 'ko'] as const).map((lang) => draw(page, lang, { renderer, placeOf, kept })),
  );
  drawn.push(...mended(drawApi(renderer)));
  const front = (lang: Lang): Html => sceneHtml(scene, lang, upFrom(addressOf({ slug: 'index' }, lang)));
  for (const lang of ['en', 'ko'] as const) {
    const groups = grouped(drawn, lang);
    for (const page of drawn.filter((page) => page.lang === lang)) writePage(page, groups, front);
    writeIndex(
      lang,
      drawn.filter((page) => page.lang === lang && !isApi(page) && page.slug !== 'index'),
      tools,
    );
  }
  writeIndex('api', drawn.filter(isApi), tools);
  put('assets/synonyms.json', JSON.stringify(synonymsOf(termsOf(read('docs/terms.tsv')))));
  for (const file of kept.assets) cpSync(join(ROOT, file), join(BUILT, 'files', file));
  for (const folder of kept.folders) {
    const { page, files } = folderPage(folder);
    put(`source/${folder}/index.html`, page);
    for (const file of files) kept.files.add(file);
  }
  for (const file of kept.files) put(`source/${file}.html`, filePage(file));
  put('404.html', lostPage());
  put('assets/code.css', renderer.styles);
  put('assets/source.css', SOURCE_STYLE);
  cpSync(join(SITE, 'client'), join(BUILT, 'assets'), { recursive: true });
  cpSync(tools.searchLibrary, join(BUILT, 'assets/minisearch.js'));
}

interface Means {
  readonly renderer: Pages;
  readonly placeOf: ReturnType<typeof places>;
  readonly kept: Linker;
}

function draw(page: Page, lang: Lang, { renderer, placeOf, kept }: Means): Drawn {
  const file = (lang === 'ko' && page.ko) || page.en;
  const english = lang === 'ko' && page.ko === undefined;
  let markdown = read(file);
  if (file.endsWith('.ipynb')) {
    const shown = notebookPage(parseNotebook(markdown, file));
    for (const [name, svg] of shown.pictures) put(`outputs/${name}`, svg);
    markdown = below(shown.markdown, `> ${NOTES[lang](file)}`);
  }
  if (english) markdown = below(markdown, `> ${NOTES.english}`);
  const links = linksOf(file, upFrom(addressOf(page, lang)), lang, placeOf, kept);
  const rendered = renderer.render(markdown, links, !/\.ipynb$|operations\.md$/.test(file));
  return { ...rendered, lang, slug: page.slug, title: titleOf(markdown, page.slug), english };
}

const titleOf = (markdown: string, slug: string): string =>
  /^# (.+)$/m.exec(markdown)?.[1]?.replaceAll('`', '') ?? slug;

/** Puts a remark under the title. */
const below = (markdown: string, remark: string): string =>
  markdown.replace(/^# .+$/m, (title) => `${title}\n\n${remark}`);

/** Letters of a section of the programming interface that the search knows. */
const MOST_OF_API = 40;

/** Where a member comes from tells nobody how to call it, and would be a twentieth of the pages. */
export const withoutOrigins = (markdown: string): string =>
  markdown.replace(/^#+ (?:Inherited from|Implementation of|Overrides)\n\n(?:[^#\n].*\n)+\n?/gm, '');

/** The programming interface is in English; what TypeDoc wrote links among its own files. */
function drawApi(renderer: Pages): Drawn[] {
  const files = existsSync(API) ? readdirSync(API).filter((name) => name.endsWith('.md') && name !== 'modules.md') : [];
  return files.map((name) => {
    const module = name.replace('.md', '');
    const title =
      (MODULES as Readonly<Record<string, string>>)[module] ?? `glass-flamingo/${module.replace('.Namespace.', ': ')}`;
    const markdown = withoutOrigins(readFileSync(join(API, name), 'utf8')).replace(/^# .+$/m, `# ${title}`);
    const links = (target: string): string =>
      target.startsWith('http') ? target : target.replace(/\.md(#|$)/, '.html$1');
    const { html, sections } = renderer.render(markdown, links, false);
    // The first sentences say what a thing is; tables of parameters would be most of the index.
    const short = sections.map((section) => ({ ...section, text: section.text.slice(0, MOST_OF_API) }));
    return { html, sections: short, lang: 'en', slug: `api/${module}`, title, english: false };
  });
}

/** TypeDoc counts headings that became rows of tables: `#name-1` of a page that has one `name` is `#name`. */
function mended(pages: readonly Drawn[]): Drawn[] {
  const has = (slug: string, id: string): boolean =>
    pages.some((page) => page.slug === slug && page.html.includes(` id="${id}"`));
  return pages.map((page) => ({
    ...page,
    html: page.html.replace(
      /href="([\w.]*?)(?:\.html)?#([\w-]+)-(\d+)"/g,
      (whole, name: string, id: string, times: string) => {
        const slug = name === '' ? page.slug : `api/${name}`;
        if (has(slug, `${id}-${times}`) || !has(slug, id)) return whole;
        return `href="${name === '' ? '' : `${name}.html`}#${id}"`;
      },
    ),
  }));
}

const isApi = ({ slug }: Drawn): boolean => slug.startsWith('api/');

function writePage(page: Drawn, groups: readonly Group[], front: (lang: Lang) => Html): void {
  const { lang, slug, title, sections, english } = page;
  const isFront = slug === 'index';
  const otherSlug = slug.startsWith('api/') ? 'look-up' : slug;
  const text = new Html(page.html);
  put(
    addressOf(page, lang),
    framed({
      lang,
      title,
      address: addressOf(page, lang),
      other: addressOf({ slug: otherSlug }, lang === 'en' ? 'ko' : 'en'),
      body: isFront ? new Html(page.html.replace('<div class="scene"></div>', () => front(lang).text)) : text,
      sections,
      groups,
      front: isFront,
      ...(english && { textLang: 'en' as const }),
    }),
  );
}

function grouped(pages: readonly Drawn[], lang: Lang): Group[] {
  const own = pages.filter((page) => page.lang === lang || page.slug.startsWith('api/'));
  const left = new Map(own.map((page) => [page.slug, page]));
  for (const slug of ['index', 'learn', 'look-up']) left.delete(slug);
  return GROUPS.map(({ slugs, ...titles }) => {
    const named = slugs.flatMap((slug) =>
      [...left.keys()].filter((key) => key.startsWith(`${slug}/`) || key === `guide/${slug}`),
    );
    const members = (slugs.length === 0 ? [...left.keys()] : named).map((slug) => left.get(slug) as Drawn);
    for (const { slug } of members) left.delete(slug);
    return {
      title: titles[lang],
      pages: members.map((page) => ({
        title: page.title,
        address: addressOf(page, page.lang),
        english: lang === 'ko' && (page.english || page.lang === 'en'),
      })),
    };
  });
}

/** Words of the glossary and the evenings go before those of the programming interface and of lists. */
function weightOf(slug: string): number {
  if (slug === 'guide/glossary') return 1.5;
  if (slug.startsWith('api/') || /changelog|credits/.test(slug)) return 0.5;
  return slug === 'guide/operations' ? 0.7 : 1;
}

/** Both languages share the index of the programming interface. */
function writeIndex(name: Lang | 'api', pages: readonly Drawn[], tools: Tools): void {
  const index = tools.index(searchOptions);
  const sections = pages.flatMap((page) =>
    page.sections.map(({ id, title, text }) => ({
      title,
      page: page.title,
      text,
      address: `${addressOf(page, page.lang)}${id === '' ? '' : `#${encodeURIComponent(id)}`}`,
      weight: weightOf(page.slug) * (id === '' ? 1.2 : 1),
    })),
  );
  index.addAll(sections.map((section, id) => ({ id, ...section })));
  put(`assets/search-${name}.json`, JSON.stringify(index));
}

/** The same as in the page: the one file says it for both. */
const { INDEX: searchOptions } = (await import(new URL('../../site/client/words.js', import.meta.url).href)) as {
  INDEX: object;
};
