// Lines of code of each floor, without blank lines and comments, and the limits that keep the core readable in an
// evening. Fails when one is passed.
//
//     npm run size

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { readArguments } from './arguments.ts';

/** Lines that hold a token. */
export function codeLines(text: string): number {
  const file = ts.createSourceFile('code.ts', text, ts.ScriptTarget.Latest);
  const lines = new Set<number>();
  const mark = (node: ts.Node): void => {
    const children = node.getChildren(file);
    for (const child of children) if (!ts.isJSDoc(child)) mark(child);
    if (children.length > 0 || node.getWidth(file) === 0) return;
    const [first, last] = [node.getStart(file), node.end].map((at) => file.getLineAndCharacterOfPosition(at).line);
    for (let line = first as number; line <= (last as number); line++) lines.add(line);
  };
  mark(file);
  return lines.size;
}

export interface SourceFile {
  /** Relative to `src`. */
  readonly path: string;
  readonly lines: number;
  readonly code: number;
}

export interface Limit {
  readonly what: string;
  readonly found: number;
  readonly most: number;
}

/** A backend, as a GPU's driver is one. */
const ASSEMBLY = 'tensor/devices/simd/assembly/';
const LONGEST = 400;
const CORE = 6100;

export function limitsOf(files: readonly SourceFile[]): Limit[] {
  const code = (...floors: readonly string[]): number =>
    files
      .filter(({ path }) => floors.some((floor) => path.startsWith(`${floor}/`)) && !path.startsWith(ASSEMBLY))
      .reduce((sum, file) => sum + file.code, 0);
  return [
    { what: 'core: tensor without assembly, nn, flamingo', found: code('tensor', 'nn', 'flamingo'), most: CORE },
    { what: 'nn and flamingo', found: code('nn', 'flamingo'), most: 2100 },
    ...files.map(({ path, lines }) => ({ what: `all lines of src/${path}`, found: lines, most: LONGEST })),
  ];
}

/** Files of tests, scripts, benchmarks and the page's build, and style sheets: all their lines. */
export function otherLimits(): Limit[] {
  const others = ['test', 'scripts', 'bench', 'explorer'].flatMap((folder) =>
    scripts(folder).map((path) => `${folder}/${path}`),
  );
  const styles = scripts('src', /\.css$/).map((path) => `src/${path}`);
  return [...others, ...styles].map((path) => ({
    what: `all lines of ${path}`,
    found: lineCount(readFileSync(ROOT + path, 'utf8')),
    most: LONGEST,
  }));
}

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const lineCount = (text: string): number => text.trimEnd().split('\n').length;

function scripts(folder: string, form = /\.(ts|tsx|mjs)$/): string[] {
  const paths = readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' });
  return paths
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => form.test(path) && !path.includes('node_modules/'));
}

export function sourceFiles(): SourceFile[] {
  return scripts('src')
    .filter((path) => path !== 'tensor/devices/simd/module.ts') // that one is written by a program
    .map((path) => {
      const text = readFileSync(`${ROOT}src/${path}`, 'utf8');
      return { path, lines: lineCount(text), code: codeLines(text) };
    });
}

function print(files: readonly SourceFile[]): void {
  const floors = new Map<string, SourceFile[]>();
  for (const file of files) {
    const floor = file.path.startsWith(ASSEMBLY)
      ? 'tensor: assembly'
      : file.path.replace(/^[^/]+$|\/.*/, '') || 'entries';
    floors.set(floor, [...(floors.get(floor) ?? []), file]);
  }
  const row = (name: string, ...cells: readonly (number | string)[]) =>
    console.log(name.padEnd(18) + cells.map((cell) => String(cell).padStart(8)).join(''));
  row('floor', 'files', 'code', 'longest');
  for (const [floor, inside] of [...floors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const code = inside.reduce((sum, file) => sum + file.code, 0);
    row(floor, inside.length, code, Math.max(...inside.map(({ lines }) => lines)));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readArguments(
    'npm run size: lines of code of each floor, and the limits that hold; exit code 1 where one is passed.',
    {},
  );
  const files = sourceFiles();
  print(files);
  const limits = [...limitsOf(files), ...otherLimits()];
  console.log();
  for (const { what, found, most } of limits.slice(0, 2)) console.log(`${what}: ${found} of at most ${most}`);
  const passed = limits.filter(({ found, most }) => found > most);
  for (const { what, found, most } of passed) console.error(`too long: ${what} is ${found}, at most ${most}`);
  process.exitCode = passed.length > 0 ? 1 : 0;
}
