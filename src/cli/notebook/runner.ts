import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { ResourceError } from '../../files/location.ts';
import { writeFileWhole } from '../../files/write-file.ts';
import { readBytes } from '../../training/prompts-on-disk.ts';
import { UsageError } from '../context.ts';
import { compareOutputs, comparePair, pairOf } from './compare.ts';
import { type Execution, execute } from './execute.ts';
import {
  codeCells,
  formatNotebook,
  type Notebook,
  parseNotebook,
  requireScript,
  sourceOf,
  withOutputs,
} from './file.ts';
import { type Joined, joinCells } from './join.ts';
import { type LastValue, openLastValue } from './last-value.ts';
import { NOTEBOOKS, ROOT } from './tools.ts';
import { typeCheck } from './type-check.ts';

export interface Verdict {
  readonly file: string;
  readonly problems: readonly string[];
  readonly seconds: number;
}

interface Opened {
  readonly file: string;
  readonly text: string;
  readonly notebook: Notebook;
  readonly joined: Joined;
}

/** Reads a notebook. @throws UsageError when the file cannot be read, or is not a notebook */
export async function openNotebook(file: string): Promise<Notebook> {
  return parseNotebook(await readText(file), file);
}

async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file, (what) => new ResourceError(file, what));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(
      `${file} is not a notebook: it is not a text in UTF-8`,
      `${file}: 노트북이 아니에요. UTF-8로 된 텍스트가 아니에요`,
    );
  }
}

/** Writes a notebook whole, so that a stop leaves the old one. @throws WriteError */
export function saveNotebook(file: string, notebook: Notebook): Promise<void> {
  return writeFileWhole(file, formatNotebook(notebook));
}

export interface RunOptions {
  /** True if outputs are saved; else they are compared with the saved ones. */
  readonly save: boolean;
  /** True if each must have a notebook of the same code in the other language; where there is one, it is compared. */
  readonly pairs: boolean;
  /** Seconds that each may take. */
  readonly limit: number;
  /** Told which cell of how many begins, from 1; 0 while types are checked. */
  readonly progress?: (file: string, cell: number, cells: number) => void;
  /** Stops at once: what runs is ended, and nothing more is reported. */
  readonly signal?: AbortSignal;
}

/**
 * Type-checks all notebooks together, then runs them one after another. `save` writes the outputs of those without a
 * problem; without it saved outputs are compared and nothing is written.
 */
export async function runNotebooks(
  files: readonly string[],
  options: RunOptions,
  report: (verdict: Verdict) => void,
): Promise<void> {
  const { pairs, progress, signal } = options;
  const opened: Opened[] = [];
  const lastValue = await openLastValue();
  for (const file of files) opened.push(await open(file, lastValue));
  const modules = new Map(opened.map((one) => [modulePath(one), one.joined]));
  const known = new Map<string, Execution>(); // a pair holds the same code: it runs once
  try {
    for (const [path, { text }] of modules) await writeFileWhole(path, text);
    if (opened[0]) progress?.(opened[0].file, 0, 0);
    const errors = await typeCheck(modules, signal);
    const elsewhere = errors.get('') ?? [];
    for (const one of opened) {
      if (signal?.aborted) return;
      const start = performance.now();
      const path = modulePath(one);
      const problems = [...(await pairProblems(one, pairs)), ...elsewhere, ...(errors.get(path) ?? [])];
      if (problems.length === 0) problems.push(...(await runOne(one, path, known, options)));
      if (signal?.aborted) return;
      report({ file: one.file, problems, seconds: (performance.now() - start) / 1000 });
    }
  } finally {
    for (const path of modules.keys()) rmSync(path, { force: true });
  }
}

async function runOne(
  one: Opened,
  path: string,
  known: Map<string, Execution>,
  { save, limit, progress, signal }: RunOptions,
): Promise<string[]> {
  const { file, notebook, joined, text } = one;
  const folder = dirname(file);
  const key = `${folder}\n${joined.text}`;
  const cells = codeCells(notebook).length;
  const begin = (cell: number): void => progress?.(file, cell, cells);
  const execution =
    known.get(key) ?? (await execute({ path, folder }, joined, cells, { begin, limit, ...(signal && { signal }) }));
  known.set(key, execution);
  if ('failure' in execution) return [execution.failure];
  if (save) {
    await saveNotebook(file, withOutputs(notebook, execution.outputs));
    return [];
  }
  const differences = compareOutputs(notebook, execution.outputs);
  if (differences.length > 0 || formatNotebook(notebook) === text) return differences;
  return ["is not laid out as nbformat saves it: 'run' does that"];
}

async function open(file: string, lastValue: LastValue): Promise<Opened> {
  const text = await readText(file);
  const notebook = parseNotebook(text, file);
  requireScript(notebook, file);
  return { file, text, notebook, joined: joinCells(codeCells(notebook).map(sourceOf), lastValue) };
}

async function pairProblems({ file, notebook }: Opened, required: boolean): Promise<string[]> {
  const pair = pairOf(file);
  if (!existsSync(pair)) return required ? [`has no pair ${basename(pair)}`] : [];
  const difference = comparePair(notebook, await openNotebook(pair));
  return difference ? [difference] : [];
}

/** Letters of a notebook's name in that of its module, which must not be longer than a disk takes. */
const LONGEST = 40;

/**
 * Beside the notebook, so that relative imports and the package's own name resolve as in a kernel. Outside of the clone that
 * name would mean nothing: a notebook there that imports it stands beside the clone's own.
 */
function modulePath({ file, joined }: Pick<Opened, 'file' | 'joined'>): string {
  const own = createHash('sha256').update(file).digest('hex').slice(0, 8);
  const title = basename(file, '.ipynb');
  const name = `.${title.length > LONGEST ? `${title.slice(0, LONGEST)}.${own}` : title}.${process.pid}.cells.mts`;
  const isInside = !relative(ROOT, file).startsWith('..') && !isAbsolute(relative(ROOT, file));
  if (isInside || !/from\s+['"]glass-flamingo/.test(joined.text)) return join(dirname(file), name);
  return join(NOTEBOOKS, `.${own}${name}`);
}
