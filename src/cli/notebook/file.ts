import { UsageError } from '../context.ts';

/** A saved output, as nbformat 4.5 has it; longer texts are lists of lines. */
export type Output =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: string[] }
  | { output_type: 'display_data'; data: Record<string, unknown>; metadata: Record<string, unknown> };

export interface CodeCell {
  cell_type: 'code';
  id: string;
  execution_count: number | null;
  metadata: { tags?: string[]; [key: string]: unknown };
  outputs: Output[];
  source: string | string[];
}

interface OtherCell {
  cell_type: 'markdown' | 'raw';
  id: string;
  metadata: Record<string, unknown>;
  source: string | string[];
}

export interface Notebook {
  cells: (CodeCell | OtherCell)[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** Cells that show something else each time, such as durations: only the kinds of their outputs are compared. */
const VOLATILE = 'volatile';

/** @throws UsageError when the text is not a notebook of format 4 */
export function parseNotebook(text: string, file: string): Notebook {
  let value: Partial<Notebook> | null;
  try {
    value = JSON.parse(text) as Partial<Notebook> | null;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new UsageError(`${file} is not a notebook: ${why}`, `${file}: 노트북이 아니에요. JSON이 아니에요`);
  }
  if (value?.nbformat !== 4 || !Array.isArray(value.cells)) {
    throw new UsageError(
      `${file} is not a notebook of format 4: it has no "nbformat": 4 or no list of "cells"`,
      `${file}: 형식 4의 노트북이 아니에요. "nbformat": 4나 "cells"의 목록이 없어요`,
    );
  }
  return value as Notebook;
}

/** nbformat's own layout, so that Jupyter saves the same bytes: sorted keys, one space of indent. */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({ ...cell, source: linesOf(sourceOf(cell)) }));
  return `${JSON.stringify(sorted({ ...notebook, cells }), null, 1)}\n`;
}

export function codeCells(notebook: Notebook): CodeCell[] {
  return notebook.cells.filter((cell) => cell.cell_type === 'code');
}

export function sourceOf({ source }: { source: string | string[] }): string {
  return Array.isArray(source) ? source.join('') : source;
}

/** Lines with their ends. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

export function isVolatile(cell: CodeCell): boolean {
  return cell.metadata.tags?.includes(VOLATILE) ?? false;
}

/** The same code with no outputs and no numbers. */
export function strip(notebook: Notebook): Notebook {
  return withOutputs(
    notebook,
    codeCells(notebook).map(() => null),
  );
}

/** The notebook with outputs for each code cell in order; null clears. */
export function withOutputs(notebook: Notebook, outputs: readonly (readonly Output[] | null)[]): Notebook {
  let index = 0;
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type !== 'code') return cell;
    const own = outputs[index++] ?? null;
    return { ...cell, outputs: own ? [...own] : [], execution_count: own ? index : null };
  });
  return { ...notebook, cells };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, sorted(entry)]));
}
