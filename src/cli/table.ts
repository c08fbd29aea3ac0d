import { oneLine } from '../inspect/printable.ts';
import { displayWidth, padCells, widest } from './bars.ts';

/** Columns as wide as their widest cell; those of `right` are aligned to the right. */
export function table(cells: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const rows = cells.map((row) => row.map(oneLine));
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: columns }, (_, i) => widest(rows.map((row) => row[i] ?? '')));
  const align = (cell: string, i: number): string => {
    const room = (widths[i] as number) - displayWidth(cell);
    return right.includes(i) ? ' '.repeat(Math.max(0, room)) + cell : padCells(cell, widths[i] as number);
  };
  return rows.map((row) => row.map(align).join('  ').trimEnd());
}
