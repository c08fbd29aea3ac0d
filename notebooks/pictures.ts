// Small SVG pictures for notebooks. Each stands on its own card, so that it reads on a light and on a dark page, and
// each is also a table: the text/plain that screen readers and terminals get.
import type { Tensor } from 'glass-flamingo/tensor';
import { display, type MimeBundle, type Showable } from './show.ts';
import { card, FAINT, GRID, INK, shade, text, widthOf } from './svg.ts';

const SIDE = 46;

export interface HeatMapOptions {
  readonly title: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** 1: seen, 0: hidden. A hidden cell is hatched and bears no number: hidden is not zero. */
  readonly mask?: Tensor;
  /** What the axes mean, rows first. */
  readonly axes?: readonly [string, string];
}

/** A matrix as coloured cells: pink above zero, blue below, hatched where the mask hides. */
export function heatMap(values: Tensor, options: HeatMapOptions): Showable {
  return {
    [display]: async (): Promise<MimeBundle> => {
      const cells = await matrix(values);
      const seen = options.mask ? await matrix(options.mask) : cells.map((row) => row.map(() => 1));
      return { 'image/svg+xml': drawHeatMap(cells, seen, options), 'text/plain': table(cells, seen, options) };
    },
  };
}

/** The rows of a matrix as numbers. */
export async function matrix(x: Tensor): Promise<number[][]> {
  const [rows = 0, columns = 0] = x.shape;
  const data = await x.data();
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns)));
}

function drawHeatMap(
  cells: number[][],
  seen: number[][],
  { title, rows, columns, axes, mask }: HeatMapOptions,
): string {
  const left = 24 + Math.max(...rows.map(widthOf)) * 7.5 + (axes ? 18 : 0);
  const top = axes ? 88 : 70;
  const across = Math.max(SIDE, Math.max(...columns.map(widthOf)) * 8 - 4); // of a cell
  const [right, bottom] = [left + columns.length * across, top + rows.length * SIDE];
  const largest = Math.max(1e-9, ...cells.flatMap((row, i) => row.map((v, j) => (seen[i]?.[j] ? Math.abs(v) : 0))));
  const write = writer(cells);
  const parts = [text(16, 28, title, { size: 15, weight: 600, anchor: 'start' })];
  if (axes) parts.push(text((left + right) / 2, top - 32, axes[1], { colour: FAINT }));
  if (axes) parts.push(text(18, (top + bottom) / 2, axes[0], { colour: FAINT, turn: true }));
  columns.forEach((name, j) => {
    parts.push(text(left + (j + 0.5) * across, top - 10, name));
  });
  rows.forEach((name, i) => {
    parts.push(text(left - 10, top + (i + 0.5) * SIDE + 4, name, { anchor: 'end' }));
    cells[i]?.forEach((value, j) => {
      const [x, y] = [left + j * across, top + i * SIDE];
      parts.push(seen[i]?.[j] ? cell(x, y, across, write(value), value / largest) : hatch(x, y, across));
    });
  });
  if (mask)
    parts.push(
      hatch(left, bottom + 14, 18, 18),
      text(left + 24, bottom + 27, '가려짐 hidden', { anchor: 'start', colour: FAINT }),
    );
  return card(Math.max(right + 20, widthOf(title) * 8 + 40), bottom + (mask ? 44 : 18), parts, title);
}

/** Whole numbers as they are, others with two digits; no -0.00. */
function writer(cells: number[][]): (value: number) => string {
  if (cells.flat().every((value) => Number.isInteger(value))) return (value) => String(value + 0);
  return (value) => value.toFixed(2).replace(/^-(0\.00)$/, '$1');
}

/** strength: -1 to 1 */
function cell(x: number, y: number, across: number, value: string, strength: number): string {
  const ink = Math.abs(strength) > 0.68 ? '#ffffff' : INK;
  return (
    `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${across - 2}" height="${SIDE - 2}" rx="4" fill="${shade(strength)}" stroke="${GRID}"/>` +
    text(x + across / 2 - 1, y + SIDE / 2 + 4, value, { colour: ink, size: 12 })
  );
}

function hatch(x: number, y: number, across: number, down: number = SIDE): string {
  const [width, height] = [across - 2, down - 2];
  const lines: string[] = [];
  for (let at = 8; at < width + height; at += 8) {
    const [bottom, right] = [Math.min(at, height), Math.min(at, width)];
    const [from, to] = [
      `${(x + at - bottom).toFixed(1)} ${(y + bottom).toFixed(1)}`,
      `${(x + right).toFixed(1)} ${(y + at - right).toFixed(1)}`,
    ];
    lines.push(`M${from}L${to}`);
  }
  const frame = `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width}" height="${height}" rx="4" fill="#f1ecea" stroke="${GRID}"/>`;
  return `${frame}<path d="${lines.join('')}" stroke="#b9aca7" fill="none"/>`;
}

function table(cells: number[][], seen: number[][], { title, rows, columns }: HeatMapOptions): string {
  const widest = Math.max(...rows.map(widthOf));
  const across = Math.max(7, Math.max(...columns.map(widthOf)) + 1);
  const pad = (name: string, width: number): string => name + ' '.repeat(Math.max(0, width - widthOf(name)));
  const head = ' '.repeat(widest + 2) + columns.map((name) => pad(name, across)).join('');
  const write = writer(cells);
  const lines = cells.map(
    (row, i) =>
      `${pad(rows[i] ?? '', widest)}  ${row.map((value, j) => pad(seen[i]?.[j] ? write(value) : 'x', across)).join('')}`,
  );
  return [title, head, ...lines].map((line) => line.trimEnd()).join('\n');
}
