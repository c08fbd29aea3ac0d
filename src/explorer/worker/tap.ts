/** One value, explained. */

import { histogram } from '../../inspect/histogram.ts';
import { ViewError } from '../../inspect/recorded.ts';
import { summariseTap } from '../../inspect/tap-summary.ts';
import type { Run } from '../../runs/captured.ts';
import type { RunOptions } from '../../runs/run.ts';
import { tapOf } from '../../runs/taps.ts';
import type { TapView } from '../protocol.ts';

const BINS = 24;
const MOST_CELLS = 24;

export async function tapView(name: string, ask: (options: RunOptions) => Promise<Run>): Promise<TapView> {
  const entry = tapOf(name);
  if (!entry) throw new ViewError(`there is no value '${name}'; expected a name of docs/taps.md`);
  const captured = (await ask({ capture: [name], stopAfter: name })).get(name);
  const { edges, counts } = histogram(name, captured, BINS);
  const { equation, source, gloss } = entry;
  return { ...summariseTap(captured), equation, source, gloss, edges, counts, cells: cellsOf(captured) };
}

/** The end of the last two axes, where the text that is asked stands. */
function cellsOf({ shape, data }: { shape: readonly number[]; data: Float32Array }): TapView['cells'] {
  const [height, width] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const [rows, columns] = [Math.min(height, MOST_CELLS), Math.min(width, MOST_CELLS)];
  const start = data.length - rows * width;
  const values = Array.from({ length: rows * columns }, (_, i) => {
    return data[start + Math.floor(i / columns) * width + (i % columns)] as number;
  });
  return { rows, columns, values };
}
