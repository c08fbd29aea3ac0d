/**
 * Cells of a heat map: how strongly a cell is coloured is |value| / largest, from the paper's colour at 0 up. Cells
 * without a number are drawn differently from 0: hatched where nothing may be seen, a mark where a number is not finite.
 */

import { plain } from './numbers.ts';
import type { LegendEntry, Mark, Plot } from './sheet.ts';
import { colour, HATCHED } from './theme.ts';

export interface HeatCell {
  readonly column: number;
  readonly row: number;
  /** Null where there is nothing to be seen. */
  readonly value: number | null;
  readonly title: string;
  /** Written into the cell. */
  readonly text?: string;
}

/** The largest absolute value that is finite; 0 without any. */
export function largestOf(values: Iterable<number | null>): number {
  let largest = 0;
  for (const value of values)
    if (value !== null && Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** Opacity of a cell, in ten-thousandths. */
function strength(value: number, largest: number, most: number): number {
  return largest === 0 ? 0 : Number(((Math.abs(value) / largest) * most).toFixed(4));
}

/** On band scales of rows and columns. `most` is the opacity of the largest: less than 1 over a picture. */
export function heatMarks(plot: Plot, cells: readonly HeatCell[], largest: number, most = 1): Mark[] {
  const place = { x: 'column', y: 'row', title: 'title', stroke: colour('line'), strokeWidth: 0.5, inset: 0 } as const;
  const numbers = cells.filter(({ value }) => value !== null && Number.isFinite(value)) as NumberCell[];
  const others = cells.filter(({ value }) => value !== null && !Number.isFinite(value));
  const hidden = cells.filter(({ value }) => value === null);
  return [
    plot.cell(numbers, {
      ...place,
      fill: { value: ({ value }: NumberCell) => colour(value < 0 ? 'negative' : 'heat'), scale: null },
      fillOpacity: { value: ({ value }: NumberCell) => strength(value, largest, most), scale: null },
    }),
    plot.cell(hidden, { ...place, fill: HATCHED }),
    plot.cell(others, { ...place, fill: colour('paper') }),
    plot.text(others, { x: 'column', y: 'row', text: () => '!', fontWeight: 700 }),
    plot.text(numbers, { x: 'column', y: 'row', text: 'text', filter: ({ text }: NumberCell) => text !== undefined }),
  ];
}

interface NumberCell extends HeatCell {
  readonly value: number;
}

/** What the colours mean: 0, the largest, and below 0 the smallest when there is one. */
export function heatLegend(values: Iterable<number | null>, write: (value: number) => string = plain): LegendEntry[] {
  const all = Array.from(values);
  const largest = largestOf(all);
  const negative = all.some((value) => value !== null && value < 0);
  return [
    ...(negative ? [{ label: write(-largest), fill: colour('negative') }] : []),
    { label: '0', fill: colour('paper'), opacity: 1 },
    { label: write(largest), fill: colour('heat') },
  ];
}

/** The entry of hatched cells. */
export function hatchedEntry(label: string): LegendEntry {
  return { label, fill: HATCHED };
}

/** The entry of cells with a mark. */
export function notFiniteEntry(label: string): LegendEntry {
  return { label: `! ${label}`, fill: colour('paper') };
}
