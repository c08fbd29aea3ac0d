// Small SVG pictures for notebooks. Each stands on its own card, so that it reads on a light and on a dark page, and
// each is also a table: the text/plain that screen readers and terminals get.
import type { Tensor } from 'glass-flamingo/tensor';
import { display, type MimeBundle, type Showable } from './show.ts';

const CARD = '#fffaf7';
const INK = '#33272f';
const FAINT = '#8a7d85';
const GRID = '#e6dad6';
const POSITIVE = [194, 24, 91] as const;
const NEGATIVE = [25, 98, 160] as const;
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
  const [right, bottom] = [left + columns.length * SIDE, top + rows.length * SIDE];
  const largest = Math.max(1e-9, ...cells.flatMap((row, i) => row.map((v, j) => (seen[i]?.[j] ? Math.abs(v) : 0))));
  const write = writer(cells);
  const parts = [text(16, 28, title, { size: 15, weight: 600, anchor: 'start' })];
  if (axes) parts.push(text((left + right) / 2, top - 32, axes[1], { colour: FAINT }));
  if (axes) parts.push(text(18, (top + bottom) / 2, axes[0], { colour: FAINT, turn: true }));
  columns.forEach((name, j) => {
    parts.push(text(left + (j + 0.5) * SIDE, top - 10, name));
  });
  rows.forEach((name, i) => {
    parts.push(text(left - 10, top + (i + 0.5) * SIDE + 4, name, { anchor: 'end' }));
    cells[i]?.forEach((value, j) => {
      const [x, y] = [left + j * SIDE, top + i * SIDE];
      parts.push(seen[i]?.[j] ? cell(x, y, write(value), value / largest) : hatch(x, y));
    });
  });
  if (mask)
    parts.push(
      hatch(left, bottom + 14, 16),
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
function cell(x: number, y: number, value: string, strength: number): string {
  const ink = Math.abs(strength) > 0.68 ? '#ffffff' : INK;
  return (
    `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${SIDE - 2}" height="${SIDE - 2}" rx="4" fill="${shade(strength)}" stroke="${GRID}"/>` +
    text(x + SIDE / 2 - 1, y + SIDE / 2 + 4, value, { colour: ink, size: 12 })
  );
}

function hatch(x: number, y: number, side: number = SIDE - 2): string {
  const lines: string[] = [];
  for (let at = 8; at < side * 2; at += 8) {
    const [from, to] = [Math.min(at, side), Math.max(0, at - side)];
    lines.push(`M${(x + to).toFixed(1)} ${(y + from).toFixed(1)}L${(x + from).toFixed(1)} ${(y + to).toFixed(1)}`);
  }
  const frame = `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${side}" height="${side}" rx="4" fill="#f1ecea" stroke="${GRID}"/>`;
  return `${frame}<path d="${lines.join('')}" stroke="#b9aca7" fill="none"/>`;
}

function shade(strength: number): string {
  const end = strength >= 0 ? POSITIVE : NEGATIVE;
  const part = Math.min(1, Math.abs(strength));
  return `#${end
    .map((to) =>
      Math.round(255 + (to - 255) * part)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}

/** One number a step as a line; `level` is drawn dashed, for what guessing would give. */
export function lineChart(
  values: readonly number[],
  { title, level, axes }: { title: string; level?: { value: number; name: string }; axes: readonly [string, string] },
): Showable {
  const [left, top, width, height] = [52, 52, 420, 170];
  const largest = Math.max(...values, level?.value ?? 0) * 1.05;
  const x = (step: number): string => (left + (width * step) / Math.max(1, values.length - 1)).toFixed(1);
  const y = (value: number): string => (top + height * (1 - value / largest)).toFixed(1);
  const frame = `M${left} ${top}V${top + height}H${left + width}`;
  const parts = [
    text(16, 28, title, { size: 15, weight: 600, anchor: 'start' }),
    `<path d="${frame}" stroke="${FAINT}" fill="none"/>`,
    text(left - 8, top + height + 4, '0', { anchor: 'end', colour: FAINT }),
    text(left - 8, Number(y(Math.max(...values))) + 4, Math.max(...values).toFixed(2), {
      anchor: 'end',
      colour: FAINT,
    }),
    text(left + width, top + height + 20, `${values.length}`, { colour: FAINT }),
    text(left + width / 2, top + height + 20, axes[1], { colour: FAINT }),
    text(18, top + height / 2, axes[0], { colour: FAINT, turn: true }),
  ];
  if (level) {
    const at = y(level.value);
    parts.push(`<path d="M${left} ${at}H${left + width}" stroke="${FAINT}" stroke-dasharray="5 5"/>`);
    parts.push(text(left + width, Number(at) - 7, level.name, { anchor: 'end', colour: FAINT }));
  }
  const path = values.map((value, step) => `${step === 0 ? 'M' : 'L'}${x(step)} ${y(value)}`).join('');
  parts.push(
    `<path d="${path}" stroke="rgb(${POSITIVE.join(',')})" stroke-width="2" fill="none" stroke-linejoin="round"/>`,
  );
  const summary = `${title}: ${(values[0] ?? 0).toFixed(2)} -> ${(values.at(-1) ?? 0).toFixed(2)}`;
  return {
    [display]: () => ({
      'image/svg+xml': card(left + width + 28, top + height + 36, parts, summary),
      'text/plain': summary,
    }),
  };
}

interface TextStyle {
  readonly size?: number;
  readonly weight?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly colour?: string;
  readonly turn?: boolean;
}

function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 13, weight = 400, anchor = 'middle', colour = INK, turn = false } = style;
  const [left, top] = [x.toFixed(1), y.toFixed(1)];
  const turned = turn ? ` transform="rotate(-90 ${left} ${top})"` : '';
  return `<text x="${left}" y="${top}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${colour}"${turned}>${escapeXml(content)}</text>`;
}

function card(width: number, height: number, parts: readonly string[], title: string): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" font-family="system-ui, 'Noto Sans KR', sans-serif">`;
  const ground = `<rect x="0.5" y="0.5" width="${w - 1}" height="${h - 1}" rx="10" fill="${CARD}" stroke="${GRID}"/>`;
  return [head, `<title>${escapeXml(title)}</title>`, ground, ...parts, '</svg>'].join('\n');
}

function table(cells: number[][], seen: number[][], { title, rows, columns }: HeatMapOptions): string {
  const widest = Math.max(...rows.map(widthOf));
  const pad = (name: string, width: number): string => name + ' '.repeat(Math.max(0, width - widthOf(name)));
  const head = ' '.repeat(widest + 2) + columns.map((name) => pad(name, 7)).join('');
  const write = writer(cells);
  const lines = cells.map(
    (row, i) =>
      `${pad(rows[i] ?? '', widest)}  ${row.map((value, j) => pad(seen[i]?.[j] ? write(value) : 'x', 7)).join('')}`,
  );
  return [title, head, ...lines].map((line) => line.trimEnd()).join('\n');
}

/** Hangul takes two columns. */
function widthOf(name: string): number {
  return Array.from(name).reduce((width, letter) => width + (/[ㄱ-힣]/.test(letter) ? 2 : 1), 0);
}

function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
