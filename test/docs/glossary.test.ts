import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TAPS } from '../../src/flamingo.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const pages = { en: 'docs/glossary.md', ko: 'docs/glossary.ko.md' } as const;

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** Where it stands: paper, files, taps, the same in both languages. */
  readonly sources: string;
}

function entriesOf(page: string): Entry[] {
  const parts = read(page)
    .split(/^### /m)
    .slice(1)
    .map((part) => (part.split(/^## /m)[0] as string).trim().split('\n\n'));
  return parts.map(([heading = '', text = '', sources = '', ...rest]) => {
    const [, title = '', id = ''] = /^(.*) <a id="([^"]+)"><\/a>$/.exec(heading) ?? [];
    expect(rest, `${page}: ${heading} has a text and one line of sources`).toEqual([]);
    const inEnglish = sources
      .replace(/^논문 /, 'Paper ')
      .replaceAll('그림 ', 'Figure ')
      .replaceAll('표 ', 'Table ');
    return { id, title, text, sources: inEnglish };
  });
}

const english = entriesOf(pages.en);
const korean = entriesOf(pages.ko);
const sourcesOf = (entries: readonly Entry[]): string[] => entries.map(({ id, sources }) => `${id}: ${sources}`);

describe('the glossary', () => {
  it('explains the same terms in both languages, from the same places', () => {
    expect(english.length).toBeGreaterThan(50);
    expect(sourcesOf(korean)).toEqual(sourcesOf(english));
    expect(new Set(english.map(({ id }) => id)).size).toBe(english.length);
  });

  it.each(english.map((entry, i) => [entry.id, entry, korean[i]] as const))('%s', (_, entry, translated) => {
    expect(entry.id).not.toBe('');
    expect(entry.text).toMatch(/[.?]$/);
    expect(translated?.text).toMatch(/[가-힣][.?]$/);
    expect(translated?.title).toMatch(/[A-Za-z]/); // the English term stands beside the Korean one
    expect(entry.sources).not.toBe('');
    for (const [, path] of entry.sources.matchAll(/\]\(([^)]+)\)/g))
      expect(existsSync(new URL(path as string, new URL('docs/', root))), path).toBe(true);
    for (const [, tap] of entry.sources.matchAll(/`([^`]+)`/g)) expect(Object.keys(TAPS)).toContain(tap);
  });

  it('is linked by the README and the notebooks, to terms that it has', () => {
    const notebooks = readdirSync(new URL('notebooks/', root)).filter((name) => name.endsWith('.ipynb'));
    const ids = new Set(english.map(({ id }) => id));
    for (const path of ['README.md', 'README.ko.md', ...notebooks.map((name) => `notebooks/${name}`)]) {
      const text = read(path);
      const page = /\.en\.ipynb$|README\.md$/.test(path) ? 'glossary.md' : 'glossary.ko.md';
      expect(text.includes(`docs/${page})`), path).toBe(true);
      for (const [, , id] of text.matchAll(/docs\/glossary(\.ko)?\.md#([a-z-]+)/g)) expect(ids, path).toContain(id);
    }
  });
});
