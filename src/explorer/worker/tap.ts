/** One value, explained. */

import { cellEquation, cellTaps } from '../../inspect/cell-equation.ts';
import { histogram } from '../../inspect/histogram.ts';
import { ViewError } from '../../inspect/recorded.ts';
import { summariseTap } from '../../inspect/tap-summary.ts';
import type { Model } from '../../model/model.ts';
import type { Captured, Run } from '../../runs/captured.ts';
import type { RunOptions } from '../../runs/run.ts';
import { fileOf } from '../../runs/tap-files.ts';
import { tapOf } from '../../runs/taps.ts';
import type { TapView } from '../protocol.ts';

const BINS = 24;
const MOST_CELLS = 24;

interface Asked {
  readonly name: string;
  readonly cell: readonly number[] | null;
  /** All values of the run, in order. */
  readonly names: readonly string[];
}

export async function tapView(
  { flamingo }: Model,
  { name, cell, names }: Asked,
  ask: (options: RunOptions) => Promise<Run>,
): Promise<TapView> {
  const entry = tapOf(name);
  if (!entry) throw new ViewError(`there is no value '${name}'; expected a name of docs/taps.md`);
  const run = await ask({ capture: [name, ...cellTaps(flamingo, name, names)], stopAfter: name });
  const captured = run.get(name);
  const { edges, counts } = histogram(name, captured, BINS);
  const { equation, source, gloss } = entry;
  const index = indexIn(captured.shape, cell);
  return {
    ...summariseTap(captured),
    ...{ equation, source, gloss, edges, counts, file: fileOf(name) },
    cells: cellsAround(captured, index),
    cell: {
      index,
      value: captured.data[offsetOf(captured.shape, index)] as number,
      equation: await cellEquation(flamingo, run, name, names, index),
    },
  };
}

/** The chosen cell, kept inside; else the first number of the last row, where the text that is asked stands. */
function indexIn(shape: readonly number[], cell: readonly number[] | null): number[] {
  const chosen = cell?.length === shape.length ? cell : shape.map((size, i) => (i === shape.length - 1 ? 0 : size - 1));
  return shape.map((size, axis) => Math.min(chosen[axis] as number, size - 1));
}

const offsetOf = (shape: readonly number[], index: readonly number[]): number =>
  shape.reduce((offset, size, axis) => offset * size + (index[axis] as number), 0);

/** Rows and columns around a cell: the last two axes, those before it as they are. */
function cellsAround({ shape, data }: Captured, index: readonly number[]): TapView['cells'] {
  const [height, width] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const [rows, columns] = [Math.min(height, MOST_CELLS), Math.min(width, MOST_CELLS)];
  const [row, column] = [index.at(-2) ?? 0, index.at(-1) ?? 0];
  const begin = (at: number, shown: number, all: number): number =>
    Math.max(0, Math.min(all - shown, at - Math.floor(shown / 2)));
  const from = [begin(row, rows, height), begin(column, columns, width)] as const;
  const start = offsetOf(shape, index) - row * width - column;
  const values = Array.from({ length: rows * columns }, (_, i) => {
    const [r, c] = [from[0] + Math.floor(i / columns), from[1] + (i % columns)];
    return data[start + r * width + c] as number;
  });
  return { from, rows, columns, values };
}
