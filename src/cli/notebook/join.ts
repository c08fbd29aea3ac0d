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

/** The name that cells must leave alone. */
export const BEGIN = '$beginCell';

/** Code cells as one module, as a kernel would see them one after another. Columns stay as they are. */
export function joinCells(sources: readonly string[]): Joined {
  const lines = [`declare function ${BEGIN}(cell: number): void; export {};`];
  const starts: number[] = [];
  sources.forEach((source, index) => {
    lines.push(`;${BEGIN}(${index + 1});`); // the semicolon closes what the cell before may have left open
    starts.push(lines.length);
    for (const line of source.split('\n')) lines.push(line);
  });
  return {
    text: `${lines.join('\n')}\n`,
    locate: (line) => {
      const cell = Math.max(1, starts.findLastIndex((start) => start < line) + 1);
      return { cell, line: Math.max(1, line - (starts[cell - 1] ?? 0)) };
    },
  };
}

export function formatPlace({ cell, line }: Place, column: number | string): string {
  return `[cell ${cell}] ${line}:${column}`;
}
