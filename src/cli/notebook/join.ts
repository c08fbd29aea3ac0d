import type { LastValue } from './last-value.ts';

/** A place in a notebook: code cells, lines and columns count from 1. */
interface Place {
  readonly cell: number;
  readonly line: number;
}

export interface Joined {
  /** One TypeScript module; before each cell it tells the host that the cell begins. */
  readonly text: string;
  /** Where a line of the module, from 1, stands in the notebook. */
  locate(line: number): Place;
}

/** Names that cells must leave alone. */
export const BEGIN = '$beginCell';
export const VALUE = '$showValue';

/**
 * Code cells as one module, as a kernel would see them one after another; what a cell ends with is shown. Columns stay as
 * they are.
 */
export function joinCells(sources: readonly string[], lastValue: LastValue): Joined {
  const lines = [
    `declare function ${BEGIN}(cell: number): void; declare function ${VALUE}(value: unknown): Promise<void>; export {};`,
  ];
  const places: Place[] = [{ cell: 1, line: 1 }];
  const put = (text: string, place: Place): void => {
    lines.push(text);
    places.push(place);
  };
  sources.forEach((source, index) => {
    const cell = index + 1;
    let line = 1;
    put(`;${BEGIN}(${cell});`, { cell, line }); // the semicolon closes what the cell before may have left open
    const own = (text: string): void => {
      for (const [i, part] of text.split('\n').entries()) put(part, { cell, line: line + i });
      line += text.split('\n').length - 1;
    };
    const [start, end] = lastValue(source) ?? [source.length, source.length];
    const before = source.slice(0, start);
    own(before);
    if (start === end) return;
    put(`;await ${VALUE}((`, { cell, line });
    own(`${' '.repeat(start - before.lastIndexOf('\n') - 1)}${source.slice(start, end)}`);
    put('));', { cell, line });
    own(source.slice(end));
  });
  return {
    text: `${lines.join('\n')}\n`,
    locate: (line) => places[Math.min(line, places.length) - 1] as Place,
  };
}

export function formatPlace({ cell, line }: Place, column: number | string): string {
  return `[cell ${cell}] ${line}:${column}`;
}
