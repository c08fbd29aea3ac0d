/** The picture of docs/benchmarks.md: for each case, how many times this library's time each other takes, on a logarithmic scale. */

import { FONT, series, styleSheet } from '../src/inspect/figures/theme.ts';
import { casesOf, OTHERS } from './page.ts';
import { figure, type Row, ratio } from './results.ts';

const LEFT = 290;
const WIDTH = 940;
const TOP = 70;
const LINE = 30;
const RADIUS = 8;
/** How far a dot stands below the middle of its line. */
const LEVELS = [0, 9, -9] as const;

/** A letter for each other, so that nothing hangs on a colour. */
const LETTERS = ['T', 'J', 'W', 'N', 'P', 'p', 'L', 'G', 'c', 'w'] as const;

interface Dot {
  readonly who: number;
  readonly times: number;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function picture(rows: readonly Row[]): string {
  const lines = casesOf(rows).flatMap((name) => {
    const dots = OTHERS.flatMap((contestant, who): Dot[] => {
      const row = rows.find((each) => each.case === name && each.contestant === contestant);
      const times = row && ratio(row, rows);
      return times ? [{ who, times }] : [];
    });
    return dots.length > 0 ? [{ name, dots }] : [];
  });
  const all = lines.flatMap(({ dots }) => dots.map(({ times }) => Math.log10(times)));
  const [least, most] = [Math.floor(Math.min(0, ...all)), Math.ceil(Math.max(1, ...all))];
  const x = (times: number): number => LEFT + ((Math.log10(times) - least) / (most - least)) * (WIDTH - LEFT - 40);
  const height = TOP + lines.length * LINE + 20;
  const powers = Array.from({ length: most - least + 1 }, (_, i) => 10 ** (least + i));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="glass-figure" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="${FONT}" font-size="12" fill="currentColor" role="img">`,
    `<title>Processor time of other implementations, this library's = 1</title><style>${styleSheet()}</style>`,
    `<rect width="${WIDTH}" height="${height}" fill="var(--paper)"/>`,
    legend(),
    ...powers.map((power) => gridLine(x(power), `${power}`, height, power === 1)),
    ...lines.map(({ name, dots }, i) => line(name, dots, TOP + (i + 0.5) * LINE, x)),
    '</svg>\n',
  ];
  return parts.join('\n');
}

function legend(): string {
  const items = OTHERS.map((name, who) => {
    const [x, y] = [20 + (who % 5) * 170, 16 + Math.floor(who / 5) * 22];
    return `${mark(who, x, y)}<text x="${x + 14}" y="${y + 4}">${name}</text>`;
  });
  return items.join('\n');
}

function gridLine(x: number, label: string, height: number, strong: boolean): string {
  const stroke = strong ? 'var(--ink)' : 'var(--line)';
  const text = strong ? 'this library = 1' : `${label} times`;
  return `<line x1="${x}" x2="${x}" y1="${TOP}" y2="${height - 10}" stroke="${stroke}"/><text x="${x}" y="${TOP - 6}" text-anchor="middle">${text}</text>`;
}

function line(name: string, dots: readonly Dot[], y: number, x: (times: number) => number): string {
  let before = Number.NEGATIVE_INFINITY;
  let level = 0;
  const sorted = dots.toSorted((a, b) => a.times - b.times);
  const marks = sorted.map(({ who, times }) => {
    const at = x(times);
    level = at - before < 2 * RADIUS ? (level + 1) % LEVELS.length : 0; // those that would lie on one another take turns
    before = at;
    return `<g><title>${OTHERS[who]}: ${figure(times)} times</title>${mark(who, at, y + (LEVELS[level] as number))}</g>`;
  });
  return `<text x="${LEFT - 12}" y="${y + 4}" text-anchor="end">${escaped(name)}</text>\n${marks.join('\n')}`;
}

function mark(who: number, x: number, y: number): string {
  const { colour } = series(who);
  const ring = `<circle cx="${x.toFixed(1)}" cy="${y}" r="${RADIUS}" fill="var(--paper)" stroke="${colour}" stroke-width="1.5"/>`;
  return `${ring}<text x="${x.toFixed(1)}" y="${y + 3.5}" text-anchor="middle" font-size="10">${LETTERS[who]}</text>`;
}
