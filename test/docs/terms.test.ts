/** One word for one notion: docs/terms.tsv says which, in English and in Korean, and the texts keep to it. */

import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Term, termsOf } from '../../scripts/site/terms.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { KO as DEMO } from '../../src/cli/demo/texts.ts';
import { KO as CLI } from '../../src/cli/words.ts';
import { KO as PAGE } from '../../src/explorer/page/texts.ko.ts';
import { FIGURE_TEXTS } from '../../src/inspect/figures/words.ts';
import { KO as REPORT } from '../../src/inspect/report/texts.ts';
import { TAPS } from '../../src/runs/taps.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');
const terms = termsOf(await read('docs/terms.tsv'));

/** Texts by where they stand. What is code is no text; the glossary says what words are also known as. */
async function texts(): Promise<[where: string, text: string][]> {
  const docs = (await readdir(new URL('docs/', root))).filter((name) => name.endsWith('.md'));
  const pages = ['README.md', 'README.ko.md', 'weights/README.md', 'weights/README.ko.md'];
  for (const name of docs) if (!name.startsWith('glossary')) pages.push(`docs/${name}`);
  for (const name of await readdir(new URL('site/pages/', root))) pages.push(`site/pages/${name}`);
  const notebooks = (await readdir(new URL('notebooks/', root))).filter((name) => name.endsWith('.ipynb'));
  const words: [string, unknown][] = [
    ['src/explorer/page/texts.ko.ts', PAGE],
    ['src/inspect/report/texts.ts', REPORT],
    ['src/inspect/figures/words.ts', FIGURE_TEXTS],
    ['src/cli/words.ts', CLI],
    ['src/cli/demo/texts.ts', DEMO],
    ['src/cli/commands.ts', Object.values(COMMANDS).map(({ does }) => does)],
    ['src/runs/taps.ts', Object.values(TAPS).map(({ gloss }) => gloss)],
  ];
  return [
    ...(await Promise.all(pages.map(async (page): Promise<[string, string]> => [page, prose(await read(page))]))),
    ...(await Promise.all(
      notebooks.map(
        async (name): Promise<[string, string]> => [name, wordsOf(JSON.parse(await read(`notebooks/${name}`)))],
      ),
    )),
    ...(await Promise.all(
      (await sources()).map(async (path): Promise<[string, string]> => [path, koreanOf(await read(path))]),
    )),
    ...words.map(([where, value]): [string, string] => [where, JSON.stringify(value, said)]),
  ];
}

/** Programs, whose Korean is all said to people: commands, errors, figures, pages. */
async function sources(): Promise<string[]> {
  const files = await Promise.all(
    ['src', 'scripts'].map(async (folder) =>
      (await readdir(new URL(`${folder}/`, root), { recursive: true })).map((name) => `${folder}/${name}`),
    ),
  );
  return files.flat().filter((name) => /\.tsx?$/.test(name));
}

const koreanOf = (text: string): string => (text.match(/[가-힣][가-힣 ]*/g) ?? []).join('\n');

/** Some texts are made from numbers. */
const said = (_: string, value: unknown): unknown => (typeof value === 'function' ? String(value) : value);

const prose = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
}

/** Words of a notebook's texts, and those that its programs print or draw in Korean. */
function wordsOf({ cells }: { cells: readonly Cell[] }): string {
  const texts = cells.map(({ cell_type, source }) => {
    const text = typeof source === 'string' ? source : source.join('');
    return cell_type === 'markdown' ? prose(text) : koreanOf(text);
  });
  return texts.join('\n');
}

const ENDINGS = '(?:은|는|이|가|을|를|의|에|로|와|과|도|만|에서|으로|처럼|이에요|예요)?(?![가-힣])';

/** Other words than the term's own in a text; longer words that merely hold one are none. */
function others(text: string, { also }: Term): string[] {
  return also.filter((word) => {
    const korean = /[가-힣]/.test(word);
    return new RegExp(korean ? `(?<![가-힣])${word}${ENDINGS}` : `\\b${word}\\b`, korean ? '' : 'i').test(text);
  });
}

describe('docs/terms.tsv', () => {
  it('has each term once, and says nothing twice', () => {
    expect(new Set(terms.map(({ english }) => english)).size).toBe(terms.length);
    const all = terms.flatMap(({ korean, also }) => [korean, ...also]);
    expect(all.filter((word, i) => all.indexOf(word) !== i)).toEqual([]);
  });

  it('names layers 층, and the glossary says that others call them 계층', async () => {
    expect(terms.find(({ english }) => english === 'layer')).toEqual({
      english: 'layer',
      korean: '층',
      also: ['계층', '레이어'],
    });
    expect(await read('docs/glossary.ko.md')).toMatch(/### 층\(layer\)[^#]*계층/);
  });

  it.each([
    ['docs/glossary.md', 'english'],
    ['docs/glossary.ko.md', 'korean'],
  ] as const)('holds the words of %s', async (page, language) => {
    const headings = (await read(page)).match(/^### .*$/gm) ?? [];
    const unnamed = headings.filter(
      (heading) => !terms.some((term) => heading.toLowerCase().includes(term[language].toLowerCase())),
    );
    // Names that are the same in both languages.
    expect(unnamed.filter((heading) => !/`<image>`|RICES/.test(heading))).toEqual([]);
  });

  it('is kept to by every text', async () => {
    const found = (await texts()).flatMap(([where, text]) =>
      terms.flatMap((term) => others(text, term).map((word) => `${where}: ${word}, expected ${term.korean}`)),
    );
    expect(found).toEqual([]);
  });

  it('finds another word where there is one', () => {
    const layer = terms.find(({ english }) => english === 'layer') as Term;
    expect(others('두 번째 계층을 봐요', layer)).toEqual(['계층']);
    expect(others('두 번째 층을 봐요', layer)).toEqual([]);
  });
});
