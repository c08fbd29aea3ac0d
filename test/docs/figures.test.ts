import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { gatesFigure } from '../../scripts/ablations/gates.ts';
import { exampleFigures } from '../../scripts/figures-page.ts';
import * as figures from '../../src/inspect/figures/index.ts';

const docs = new URL('../../docs/', import.meta.url);
const text = (name: string): Promise<string> => readFile(new URL(name, docs), 'utf8');

/** Text without its pictures and numbers, and the numbers. */
const NUMBER = /\d+(?:\.\d+)?/g;
const withoutPictures = (svg: string): string => svg.replace(/base64,[\w+/=]+/g, '').replaceAll('−0.00', '0.00');
const skeleton = (svg: string): string => withoutPictures(svg).replace(NUMBER, '#');
const numbers = (svg: string): string[] => withoutPictures(svg).match(NUMBER) ?? [];
const digits = (number: string): number => number.split('.')[1]?.length ?? 0;

/** With fused multiply-add or without, the last digit may differ from machine to machine. */
function differ(a: string, b: string): boolean {
  return Math.abs(Number(a) - Number(b)) > 2.01 * 10 ** -Math.max(digits(a), digits(b));
}

it('the figures of the docs are what the code draws (else: npm run figures)', async () => {
  const drawn = await exampleFigures();
  expect((await readdir(new URL('figures/', docs))).sort()).toEqual([...drawn.keys()].sort());
  for (const [name, svg] of drawn) {
    const shown = await text(`figures/${name}`);
    expect(skeleton(shown), name).toBe(skeleton(svg));
    const [a, b] = [numbers(shown), numbers(svg)];
    const off = a.findIndex((x, i) => differ(x, b[i] as string));
    expect(off < 0 ? '' : `${a[off]} instead of ${b[off]}`, name).toBe('');
  }
});

it('the page shows all of them', async () => {
  const names = (await readdir(new URL('figures/', docs))).sort();
  const shown = Array.from((await text('figures.md')).matchAll(/\(figures\/([\w.]+)\)/g), ([, name]) => name).sort();
  expect(shown).toEqual(names.filter((name) => name.endsWith('.en.svg')));
});

it('the page names every figure that is exported, and a test of test/inspect reads it back', async () => {
  const tests = new URL('../inspect/', import.meta.url);
  const files = (await readdir(tests)).filter((name) => name.endsWith('.test.ts'));
  const read = (await Promise.all(files.map((name) => readFile(new URL(name, tests), 'utf8')))).join('\n');
  const lacks = (where: string): string[] => Object.keys(figures).filter((name) => !where.includes(`${name}(`));
  expect({ 'not in docs/figures.md': lacks(await text('figures.md')), 'not in test/inspect/': lacks(read) }).toEqual({
    'not in docs/figures.md': [],
    'not in test/inspect/': [],
  });
});

it('every drawing of the docs has a size, and is light on a light page and dark on a dark one', async () => {
  const names = (await readdir(docs, { recursive: true })).filter((name) => name.endsWith('.svg'));
  expect(names.length).toBeGreaterThan(30);
  const svgs = await Promise.all(names.map(async (name) => [name, await text(name)] as const));
  const fixed = /(?:fill|stroke)="(?!none|currentColor|var\(|url\()[^"]*"/;
  const wrong = svgs.flatMap(([name, svg]) => {
    const [first] = fixed.exec(svg) ?? [svg.includes('prefers-color-scheme:dark') ? '' : 'no dark colours'];
    return first ? [`${name}: ${first}`] : [];
  });
  expect(wrong).toEqual([]);
  const sized = /^<svg[^>]* width="[\d.]+"/; // without, a page has no size to scroll it at, and shrinks it to a telephone
  expect(svgs.flatMap(([name, svg]) => (sized.test(svg) ? [] : [name]))).toEqual([]);
});

it("the ablations' gates are what the code draws of docs/ablations.json (else: npm run ablate -- --keep)", async () => {
  const results = JSON.parse(await text('ablations.json'));
  for (const lang of ['en', 'ko'] as const)
    expect(await text(`ablations-gates.${lang}.svg`)).toBe(gatesFigure(results, lang));
});
