import { firstJsonError } from '../../files/json-position.ts';
import { oneLine } from '../../inspect/printable.ts';
import { UsageError } from '../context.ts';

/** A saved output, as nbformat 4.5 has it; longer texts are lists of lines. */
export type Output =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: string[] }
  | { output_type: 'display_data'; data: Record<string, unknown>; metadata: Record<string, unknown> };

interface SavedError {
  readonly output_type: 'error';
  readonly ename?: unknown;
  readonly evalue?: unknown;
}

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

/** @throws UsageError when the text is not a notebook of format 4, whose cells have all that is read of them */
export function parseNotebook(text: string, file: string): Notebook {
  let value: Partial<Notebook> | null;
  try {
    value = JSON.parse(text) as Partial<Notebook> | null;
  } catch {
    throw noJson(text, file);
  }
  if (value?.nbformat !== 4 || !Array.isArray(value.cells)) {
    throw new UsageError(
      `${file} is not a notebook of format 4: it has no "nbformat": 4 or no list of "cells"`,
      `${file}: 형식 4의 노트북이 아니에요. "nbformat": 4나 "cells"의 목록이 없어요`,
    );
  }
  for (const [i, cell] of value.cells.entries()) requireCell(cell, i + 1, file);
  const notebook = value as Notebook;
  for (const cell of codeCells(notebook)) cell.outputs = cell.outputs.map(plainOutput);
  return notebook;
}

function noJson(text: string, file: string): UsageError {
  if (text.trim() === '')
    return new UsageError(`${file} is not a notebook: it is empty`, `${file}: 노트북이 아니에요. 비어 있어요`);
  const { line, column } = firstJsonError(text) ?? { line: 1, column: 1 };
  return new UsageError(
    `${file} is not a notebook: it is not JSON from line ${line}, column ${column} on`,
    `${file}: 노트북이 아니에요. ${line}번째 줄 ${column}번째 글자부터 JSON에 맞지 않아요`,
  );
}

const LANGUAGES = /^(typescript|javascript|deno|tslab|jslab|ts|js)$/i;

/** @throws UsageError when the notebook says that its code is of another language than what runs here */
export function requireScript({ metadata }: Notebook, file: string): void {
  const { kernelspec, language_info }: Record<string, unknown> = isObject(metadata) ? metadata : {};
  const told = [
    isObject(kernelspec) ? kernelspec.language : undefined,
    isObject(language_info) ? language_info.name : undefined,
  ].filter((name) => typeof name === 'string' && name !== '');
  if (told.length === 0 || told.some((name) => LANGUAGES.test(name as string))) return;
  const language = oneLine(String(told[0]));
  throw new UsageError(
    `${file} is a notebook in ${language}; expected one in TypeScript or JavaScript, as its metadata name the language`,
    `${file}: ${language} 노트북이에요. 메타데이터의 언어가 TypeScript나 JavaScript인 노트북만 돌릴 수 있어요`,
  );
}

/** Colours of a terminal, which kernels put into what they show. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they begin with
const COLOURS = /\x1b\[[\d;]*m/g;

/** Of the forms that nbformat allows, those of `Output`: other tools save texts in one piece, and errors and results apart. */
function plainOutput(output: Output | SavedError): Output {
  if (output.output_type === 'stream')
    return { ...output, text: linesOf([output.text].flat().join('').replace(COLOURS, '')) };
  if (output.output_type === 'error')
    return { output_type: 'stream', name: 'stderr', text: [`${String(output.ename)}: ${String(output.evalue)}\n`] };
  const data = Object.entries(output.data).map(([mime, value]) => [
    mime,
    !/json$/.test(mime) && isText(value) ? linesOf([value].flat().join('').replace(COLOURS, '')) : value,
  ]);
  return { output_type: 'display_data', data: Object.fromEntries(data), metadata: output.metadata ?? {} };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isLines = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((line) => typeof line === 'string');
const isText = (value: unknown): boolean => typeof value === 'string' || isLines(value);

const isOutput = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  if (value.output_type === 'stream') return typeof value.name === 'string' && isText(value.text);
  return value.output_type === 'error' || isObject(value.data);
};

/** @throws UsageError that names the cell, from 1, and the field, unless all that is read of a cell is there */
function requireCell(cell: unknown, number: number, file: string): void {
  const { cell_type, source, metadata, outputs }: Record<string, unknown> = isObject(cell) ? cell : {};
  const tags = isObject(metadata) ? (metadata.tags ?? []) : [];
  const fields: readonly [field: string, isSound: boolean, expected: string, ko: string][] = [
    ['cell_type', typeof cell_type === 'string', 'a text', '텍스트'],
    ['source', isText(source), 'a text or a list of lines', '텍스트나 줄의 목록'],
    ['metadata', isObject(metadata), 'an object', '객체'],
    ['tags', isLines(tags), 'a list of texts', '텍스트의 목록'],
    [
      'outputs',
      cell_type !== 'code' || (Array.isArray(outputs) && outputs.every(isOutput)),
      'a list of outputs of format 4',
      '형식 4로 된 출력의 목록',
    ],
  ];
  const [field, , expected, ko] = fields.find(([, isSound]) => !isSound) ?? [];
  if (field === undefined) return;
  throw new UsageError(
    `${file} is not a notebook of format 4: in cell ${number} "${field}" is not ${expected}`,
    `${file}: 형식 4의 노트북이 아니에요. 셀 ${number}의 "${field}"에 필요한 것: ${ko}`,
  );
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
