import { parseHTML } from 'linkedom';
import { expect, it } from 'vitest';
import { barChart, lineChart } from '../../notebooks/charts.ts';
import { patchMaps } from '../../notebooks/patches.ts';
import { heatMap } from '../../notebooks/pictures.ts';
import { display, type Showable } from '../../notebooks/show.ts';
import { openDevice, tensor } from '../../src/tensor/index.ts';

const device = await openDevice('simd');

interface Shape {
  getAttribute(name: string): string | null;
  readonly textContent: string;
}

/** A picture's shapes and its table. */
async function look(picture: Showable) {
  const { 'image/svg+xml': svg = '', 'text/plain': table = '' } = await picture[display]();
  const { document } = parseHTML(svg);
  const all = (selector: string): Shape[] => Array.from(document.querySelectorAll(selector)) as unknown as Shape[];
  return { all, table, texts: all('text').map(({ textContent }) => textContent) };
}

const numberOf = (shape: Shape | undefined, name: string): number => Number(shape?.getAttribute(name));

it('bars grow from the line at 0, to the right above it and to the left below', async () => {
  const bars = [
    { name: 'a', value: 0.5 },
    { name: 'b', value: -0.25 },
    { name: 'c', value: 0 },
  ];
  const { all, texts, table } = await look(barChart(bars, { title: 't', axis: 'x', digits: 2 }));
  const [a, b] = all('rect[rx="2"]');
  const zero = Number(/^M([\d.]+)/.exec(all('path').at(-1)?.getAttribute('d') ?? '')?.[1]);
  expect(numberOf(a, 'x')).toBeCloseTo(zero, 0);
  expect(numberOf(b, 'x') + numberOf(b, 'width')).toBeCloseTo(zero, 0);
  expect(numberOf(a, 'width') / numberOf(b, 'width')).toBeCloseTo(2, 1);
  expect(texts).toEqual(expect.arrayContaining(['0.50', '-0.25', '0.00']));
  expect(table.split('\n')).toEqual(['t', 'a    0.50', 'b   -0.25', 'c    0.00']);
});

it.each([
  { above: [2, 1.1, 1.1, 1.1], side: 'below' },
  { above: [2, 0.9, 0.9, 0.9], side: 'above' },
])('the name of a level stands $side it, where no line passes', async ({ above: values, side }) => {
  const level = { value: 1, name: 'text alone' };
  const { all } = await look(lineChart(values, { title: 't', axes: ['y', 'x'], level }));
  const line = Number(/^M\d+ ([\d.]+)/.exec(all('path[stroke-dasharray]')[0]?.getAttribute('d') ?? '')?.[1]);
  const name = all('text').find(({ textContent }) => textContent === level.name);
  expect(numberOf(name, 'y') > line ? 'below' : 'above').toBe(side);
});

it('lines pass through their values, below 0 too, and bear their names at the end', async () => {
  const series = [
    { name: 'up', values: [0, 1, 2] },
    { name: 'down', values: [0, -1, -1] },
  ];
  const { all, texts, table } = await look(lineChart(series, { title: 't', axes: ['y', 'x'] }));
  const lines = all('path[stroke-width="2"]').map((path) =>
    Array.from(path.getAttribute('d')?.matchAll(/[ML]([\d.]+) ([\d.]+)/g) ?? [], ([, x, y]) => [Number(x), Number(y)]),
  );
  const zero = lines[0]?.[0]?.[1] as number;
  const perUnit = zero - (lines[0]?.[1]?.[1] as number);
  expect(perUnit).toBeGreaterThan(0);
  const read = lines.map((line) => line.map(([, y]) => Math.round(((zero - (y as number)) / perUnit) * 10) / 10));
  expect(read).toEqual(series.map(({ values }) => values));
  expect(lines[0]?.map(([x]) => x)).toEqual([52, 262, 472]);
  expect(texts).toEqual(expect.arrayContaining(['up', 'down', '2.00', '-1.00']));
  expect(table).toBe('up: 0.00 -> 2.00\ndown: 0.00 -> -1.00');
});

it('a hidden cell is hatched and bears no number, a zero does', async () => {
  const values = tensor(device, [
    [0, 0.5],
    [1, -1],
  ]);
  const mask = tensor(device, [
    [1, 0],
    [1, 1],
  ]);
  const { all, texts, table } = await look(
    heatMap(values, { title: 't', rows: ['a', 'b'], columns: ['c', 'd'], mask }),
  );
  expect(texts).toEqual(expect.arrayContaining(['0.00', '1.00', '-1.00']));
  expect(texts).not.toContain('0.50');
  expect(all('rect[fill="#f1ecea"]')).toHaveLength(2); // the cell, and the legend
  expect(all('rect[fill="#c2185b"]')).toHaveLength(1); // 1
  expect(all('rect[fill="#1962a0"]')).toHaveLength(1); // -1
  expect(table.split('\n')[2]).toMatch(/^a {2}0\.00 +x$/);
});

it('patches are veiled by how little they get, on one scale when there is one', async () => {
  const map = { name: 'p', picture: [0, 1, 2, 3].map(() => [1, 0, 0]), shares: [0.1, 0.4, 0.2, 0] };
  const own = await look(patchMaps([map], { title: 't' }));
  const shared = await look(patchMaps([map], { title: 't', scale: 0.8 }));
  const veils = ({ all }: typeof own): number[] =>
    all('rect[fill-opacity]').map((veil) => numberOf(veil, 'fill-opacity'));
  expect(veils(own)).toEqual([0.65, 0, 0.43, 0.86]);
  expect(veils(shared)).toEqual([0.75, 0.43, 0.65, 0.86]);
  expect(own.texts).toContain('40%');
  const written = await look(patchMaps([map], { title: 't', write: (share) => share.toFixed(2) }));
  expect(written.texts).toContain('0.40');
  expect(own.table).toBe('t\np: 40% at row 1, column 2');
});
