import { displayWidth, padCells } from './bars.ts';

/** Columns as wide as their widest cell; those of `right` are aligned to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => displayWidth(row[i] ?? ''))));
  const align = (cell: string, i: number): string => {
    const room = (widths[i] as number) - displayWidth(cell);
    return right.includes(i) ? ' '.repeat(Math.max(0, room)) + cell : padCells(cell, widths[i] as number);
  };
  return rows.map((row) => row.map(align).join('  ').trimEnd());
}
