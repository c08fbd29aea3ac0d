/** What the site is made of, piece by piece; `npm run site -- --check` tries the whole in a browser. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withoutOrigins } from '../../scripts/site/content.ts';
import { deadLinks } from '../../scripts/site/dead-links.ts';
import { type Linker, linksOf } from '../../scripts/site/links.ts';
import { notebookPage } from '../../scripts/site/notebook-page.ts';
import { evenings, guides, ownPages, places } from '../../scripts/site/places.ts';
import { inlineCode, scrolling, unbroken } from '../../scripts/site/render.ts';
import { serveUnder } from '../../scripts/site/serve.ts';
import type { Notebook } from '../../src/cli/notebook/file.ts';

const words = (await import(new URL('../../site/client/words.js', import.meta.url).href)) as {
  wordsOf(text: string): string[];
  askedFor(question: string, synonyms?: Record<string, string[]>): string[][];
};

describe('the search', () => {
  it('cuts Korean into pairs of syllables and leaves other words whole', () => {
    expect(words.wordsOf('Tanh 게이트가 xattn.0')).toEqual(['tanh', '게이', '이트', '트가', 'xattn', '0']);
  });

  it.each([
    ['게이트가', ['게이', '이트']],
    ['크로스 어텐션에서', ['크로', '로스', '어텐', '텐션']],
    ['층을', ['층을']],
  ])('asks for %s without its particle', (question, pieces) => {
    expect(words.askedFor(question)).toEqual([pieces]);
  });

  it('asks in the words of the pages too', () => {
    expect(words.askedFor('파인튜닝은', { 파인튜닝: ['미세 조정', 'fine-tuning'] }).slice(1)).toEqual([
      ['미세', '조정'],
      ['fine', 'tuning'],
    ]);
  });
});

describe('links', () => {
  const placeOf = places([...ownPages(), ...evenings(), ...guides()]);
  const kept: Linker = { assets: new Set(), files: new Set(), folders: new Set() };
  const en = linksOf('docs/taps.md', '../', 'en', placeOf, kept);

  it.each([
    ['glossary.md#gate', '../guide/glossary.html#gate'],
    ['glossary.ko.md', '../ko/guide/glossary.html'],
    ['../notebooks/05-the-gate.en.ipynb', '../learn/05-the-gate.html'],
    ['../README.ko.md', '../ko/index.html'],
    ['../src/flamingo/media-mask.ts', '../source/src/flamingo/media-mask.ts.html'],
    ['figures/gates.en.svg', '../files/docs/figures/gates.en.svg'],
    ['explorer.md#p=@panda&g=3d0', '../explorer/index.html#p=@panda&g=3d0'],
    ['explorer.md#how-it-is-made', '../guide/explorer.html#how-it-is-made'],
    ['https://arxiv.org/abs/2204.14198', 'https://arxiv.org/abs/2204.14198'],
    ['#taps', '#taps'],
  ])('%s leads to %s', (link, address) => {
    expect(en(link)).toBe(address);
  });

  it('to nothing are refused, with the page that holds them', () => {
    expect(() => en('nowhere.md')).toThrow('docs/taps.md: the link to nowhere.md leads nowhere');
  });

  it('that lead nowhere are found in what was built', () => {
    const folder = mkdtempSync(join(tmpdir(), 'site-'));
    writeFileSync(join(folder, 'a.html'), '<h1 id="here">a</h1><a href="b.html#there">b</a><a href="#here">a</a>');
    writeFileSync(
      join(folder, 'b.html'),
      '<a href="a.html#here">a</a><img src="none.png"><a href="https://x.org">x</a>',
    );
    expect(deadLinks(folder)).toEqual(['a.html: b.html#there', 'b.html: none.png']);
    rmSync(folder, { recursive: true });
  });
});

it('a notebook is shown with its outputs, pictures with their titles', () => {
  const cell = { id: 'a', metadata: {}, execution_count: 1, source: 'await show(x);' };
  const svg = ['<svg><title>Gates [0]</title></svg>'];
  const notebook: Notebook = {
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
    cells: [
      { cell_type: 'markdown', id: 'm', metadata: {}, source: '# Title' },
      {
        ...cell,
        cell_type: 'code',
        outputs: [
          { output_type: 'stream', name: 'stdout', text: ['1\n', '2\n'] },
          { output_type: 'display_data', data: { 'image/svg+xml': svg }, metadata: {} },
        ],
      },
    ],
  };
  const { markdown, pictures } = notebookPage(notebook);
  const [name] = [...pictures.keys()];
  expect(pictures.get(name as string)).toBe(svg[0]);
  expect(markdown).toContain('# Title\n\n```ts\nawait show(x);\n```');
  expect(markdown).toContain('```text\n1\n2\n```');
  expect(markdown).toContain(`![Gates \\[0\\]](/outputs/${name})`);
});

it('lets figures scroll, and leaves photographs as they are', () => {
  const [figure, photograph] = ['<img src="../a.svg" alt="b" loading="lazy">', '<img src="a.png" alt="a.svg">'];
  expect(scrolling(`<p>${figure}</p><p>${photograph}</p>`)).toBe(
    `<p><span class="figure" tabindex="0">${figure}</span></p><p>${photograph}</p>`,
  );
});

it('keeps an interval in a cell of a table on one line, breaks long code at its joints, and gives prose room', () => {
  expect(unbroken('<td><code>reshape(permute(matmul(softmax(q,k))))</code> <code>f(g(x))</code></td>')).toBe(
    '<td><code>reshape(<wbr>permute(<wbr>matmul(<wbr>softmax(<wbr>q,<wbr>k))))</code> <code>f(g(x))</code></td>',
  );
  const prose = 'a sentence that would stand in a column of one word a line';
  expect(unbroken(`<td>a word</td><td>${prose}</td>`)).toBe(`<td>a word</td><td class="long">${prose}</td>`);
  expect(unbroken('<p>[1, 2]</p><td style="x">97 [-.2, 99]</td>')).toBe(
    '<p>[1, 2]</p><td style="x">97 [-.2,\u00a099]</td>',
  );
  for (const interval of ['(.889 to .902)', '(58.5–63.1)', '(.93~.96)', '(−1.5–2)'])
    expect(unbroken(`<td>.9 ${interval}</td>`)).toBe(`<td>.9 <span class="whole">${interval}</span></td>`);
});

it('breaks code in a sentence at its spaces alone, not behind the dashes of an option', () => {
  expect(inlineCode('motion :')).toBe('<code class="whole">motion :</code>');
  expect(inlineCode('npm run evaluate -- --shots -n x-y')).toBe(
    '<code>npm run evaluate -- <span class="whole">--shots</span> <span class="whole">-n</span> x-y</code>',
  );
});

it('leaves out where a member of the programming interface comes from', () => {
  const page =
    '##### add()\n\nthis + b\n\n###### Inherited from\n\n[`Pointwise`](a.md)\n\n##### mul()\n\n###### Overrides\n\nx\n';
  expect(withoutOrigins(page)).toBe('##### add()\n\nthis + b\n\n##### mul()\n\n');
});

it('is served under its path alone, and nothing beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'site-'));
  for (const name of ['index.html', '404.html']) writeFileSync(join(folder, name), name);
  const { address, close } = await serveUnder(folder, '/x/y/', 0);
  const get = (path: string): Promise<string> => fetch(new URL(path, address)).then((answer) => answer.text());
  expect(await get('/x/y/')).toBe('index.html');
  expect(await get('/index.html')).toBe('404.html');
  for (const hostile of ['/x/y/..%2f..%2fetc/passwd', '/x/y/%', '/x/y/%00', '/x/y/..%5cindex.html'])
    expect(await get(hostile), hostile).toBe('404.html');
  rmSync(join(folder, '404.html'));
  expect(await get('/index.html')).toBe('There is no page here.');
  await close();
  rmSync(folder, { recursive: true });
});
