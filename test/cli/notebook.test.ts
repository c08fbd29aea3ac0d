import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { quoted } from '../../src/cli/notebook/deno.ts';
import { runWithFake } from './support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'notebook-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SHOWS = `const show = (globalThis as Record<symbol, unknown>)[Symbol.for('glass-flamingo.display')] as (x: object) => void;`;

interface Saved {
  tags?: string[];
  printed?: string;
  stream?: string;
}

/** A notebook of code cells; what one printed when it was saved may stand beside its code. */
function notebook(...cells: (string | [string, Saved])[]): string {
  const code = cells.map((cell, i) => {
    const [source, { tags = [], printed, stream = 'stdout' }] = typeof cell === 'string' ? [cell, {} as Saved] : cell;
    const outputs = printed ? [{ output_type: 'stream', name: stream, text: [`${printed}\n`] }] : [];
    const execution_count = printed ? i + 1 : null;
    return { cell_type: 'code', id: `c${i}`, execution_count, metadata: { tags }, outputs, source };
  });
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: code });
}

/** Writes a Korean notebook and an English one, of the same text unless there are two, and gives the paths. */
function pair(texts: string | string[], name = 'a'): string[] {
  const each = typeof texts === 'string' ? [texts, texts] : texts;
  return each.map((text, i) => {
    const path = join(folder, `${name}${i === 0 ? '' : '.en'}.ipynb`);
    writeFileSync(path, text);
    return path;
  });
}

/** The line after `FAILED  .../NAME.ipynb`. */
function problemOf(out: string, name: string): string | undefined {
  const lines = out.split('\n');
  return lines[lines.findIndex((line) => line.startsWith('FAILED') && line.endsWith(`/${name}.ipynb`)) + 1]?.trim();
}

const read = (path: string | undefined): string => readFileSync(path as string, 'utf8');
const run = (action: string, files: string[]) => runWithFake(['notebook', action, ...files]);

test('saves what each cell prints and shows, in the layout of nbformat, and check then agrees', async () => {
  const files = pair(
    notebook(
      'const x: number = 41;\nconsole.log("열매", x);\nconsole.error("careful")',
      `${SHOWS}\nshow({ 'image/svg+xml': '<svg>\\n</svg>' });`,
      'await new Promise((resolve) => setTimeout(resolve, 5));\nconsole.log(x + 1)',
    ),
  );
  const { code, out } = await run('run', files);
  expect(out).toMatch(/\n2 passed, 0 failed\n$/);
  expect(code).toBe(0);
  const text = read(files[0]);
  const saved = JSON.parse(text);
  expect(saved.cells.map((cell: { execution_count: number }) => cell.execution_count)).toEqual([1, 2, 3]);
  expect(saved.cells[0].outputs).toEqual([
    { output_type: 'stream', name: 'stdout', text: ['열매 41\n'] },
    { output_type: 'stream', name: 'stderr', text: ['careful\n'] },
  ]);
  expect(saved.cells[1].outputs).toEqual([
    { output_type: 'display_data', data: { 'image/svg+xml': ['<svg>\n', '</svg>'] }, metadata: {} },
  ]);
  expect(saved.cells[2].outputs[0].text).toEqual(['42\n']);
  expect(text).toContain('\n   "cell_type": "code",\n   "execution_count": 1,\n   "id": "c0",\n');
  expect((await run('check', files)).code).toBe(0);
  expect(read(files[0])).toBe(text);
  expect(readdirSync(folder)).toHaveLength(2);
});

test('reports every problem by its position, and leaves those files alone', async () => {
  const files = [
    ...pair(
      notebook('const fine = 1;', 'const f = (): never => {\n  throw new RangeError("oops");\n};', '\n f();'),
      'throws',
    ),
    ...pair(notebook('console.log(1);', '\nconst text: string = 3;'), 'types'),
    ...pair(notebook('const fine = 1;', 'process.exit(0);'), 'exits'),
    ...pair([notebook('console.log(1);'), notebook('console.log(2);')], 'differs'),
    ...pair(notebook('console.log("fine");'), 'fine'),
  ];
  const before = files.map(read);
  const { code, out } = await run('run', files);
  expect(code).toBe(1);
  expect(problemOf(out, 'throws')).toBe('[cell 2] 2:9 RangeError: oops');
  expect(problemOf(out, 'types')).toBe("[cell 2] 2:7 TS2322: Type 'number' is not assignable to type 'string'.");
  expect(problemOf(out, 'exits')).toBe('[cell 2] 1:1 ended the process with code 0');
  expect(problemOf(out, 'differs')).toBe('[cell 1] is not the same code as in its pair');
  expect(problemOf(out, 'differs.en')).toBe('[cell 1] is not the same code as in its pair');
  expect(out).toMatch(/\n2 passed, 8 failed\n$/);
  const changed = files.filter((file, i) => read(file) !== before[i]);
  expect(changed).toEqual([join(folder, 'fine.ipynb'), join(folder, 'fine.en.ipynb')]);
  expect(readdirSync(folder)).toHaveLength(files.length);
});

test('check names each cell that shows something else than it saved, and writes nothing', async () => {
  const files = pair(
    notebook(
      ['console.log("same");', { printed: 'same' }],
      ['console.log("two");', { printed: 'three' }],
      ['console.log(process.hrtime.bigint());', { tags: ['volatile'], printed: '17' }],
      ['console.log(process.hrtime.bigint());', { tags: ['volatile'], printed: '17', stream: 'stderr' }],
      'console.log("never saved");',
    ),
  );
  const before = read(files[1]);
  const { code, out } = await run('check', files);
  expect(code).toBe(1);
  expect(out).toMatch(/\[cell 2\] output differs:\n +- three\n +\+ two\n/);
  expect(out).toContain('[cell 4] showed stderr, now stdout');
  expect(out).toContain('[cell 5] has no saved outputs');
  expect(out).not.toMatch(/cell [13]/);
  expect(read(files[1])).toBe(before);
});

test("a notebook of one's own needs no pair, and becomes a page that needs no tool", async () => {
  const files = pair([notebook('console.log("<b>3</b>");')], 'mine');
  const { code, out } = await run('run', files);
  expect(out).toMatch(/\n1 passed, 0 failed\n$/);
  expect(code).toBe(0);
  expect((await run('render', files)).code).toBe(0);
  const page = readFileSync(join(folder, 'mine.html'), 'utf8');
  expect(page).toContain('<pre class="output stdout">&#60;b&#62;3&#60;/b&#62;\n</pre>');
  expect(page).toContain('console.log(&#34;');
  expect(page).not.toMatch(/<script|<link|https?:/);
  expect(page).toContain('<html lang="en">');
  expect(page).toContain('color-scheme:light dark');
});

test('the page of a Korean notebook says that it is Korean, whatever its code is written in', async () => {
  const cells = [
    { cell_type: 'markdown', metadata: {}, source: '# `softmax`의 합\n행마다 더하면 1이에요.' },
    { ...code },
  ];
  const files = pair([JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells })], 'ko');
  expect((await run('render', files)).code).toBe(0);
  expect(readFileSync(join(folder, 'ko.html'), 'utf8')).toContain('<html lang="ko">');
});

test('shows what a cell ends with, as a kernel does, and names places in it as they are in the cell', async () => {
  const shown = async (...cells: string[]): Promise<(string | undefined)[]> => {
    const files = pair([notebook(...cells)], 'value');
    expect((await run('run', files)).out).toMatch(/\n1 passed, 0 failed\n$/);
    return JSON.parse(read(files[0]) ?? '').cells.map(
      ({ outputs }: { outputs: { data?: Record<string, string[]> }[] }) =>
        outputs.map(({ data = {} }) => Object.entries(data).flat(2).join(' ')).join('; '),
    );
  };
  const display = "({ [Symbol.for('Jupyter.display')]: async () => ({ 'text/html': '<b>1</b>' }) })";
  expect(
    await shown(
      'const a: number = await Promise.resolve(3);\na + 1 // four',
      'let b = 0; b = 5;',
      "[a, 'x']\n  .map(String);",
      'void 0',
      display,
      'null',
      '',
      "let c = 1; // one\n// @ts-expect-error: a text is no number\nMath.abs('2');",
    ),
  ).toEqual([
    ...['text/plain 4', '', "text/plain [ '3', 'x' ]", '', 'text/html <b>1</b>', 'text/plain null', ''],
    'text/plain 2',
  ]);
  const wrong = pair(
    [notebook('const f = (): number => { throw new Error("no"); };\nconst c = 1; c +\n  f();\n')],
    'wrong',
  );
  expect((await run('run', wrong)).out).toContain('[cell 1] 1:33 Error: no');
  const type = pair([notebook('1;', 'const d = 1; d.none(\n);')], 'type');
  expect((await run('run', type)).out).toContain('[cell 2] 1:16 TS2339');
});

test('a notebook outside of the clone imports the package by its name too', async () => {
  const files = pair([
    notebook(
      "import { formatShape } from 'glass-flamingo/tensor';\nconsole.log(formatShape([2, 3]));",
      'console.log(process.cwd());',
    ),
  ]);
  const { out } = await run('run', files);
  expect(out).toMatch(/\n1 passed, 0 failed\n$/);
  expect(read(files[0])).toContain('[2, 3]');
  expect(read(files[0])).toContain(JSON.stringify(`${realpathSync(folder)}\n`)); // where its pictures lie
});

test('paths in command lines are written as a shell reads them', () => {
  expect(quoted('/home/me/glass-flamingo/')).toBe('/home/me/glass-flamingo/');
  expect(quoted("/home/me/new comer/it's")).toBe("'/home/me/new comer/it'\\''s'");
});

test('strip clears outputs and numbers', async () => {
  const files = pair(notebook(['console.log("one");', { printed: 'one' }]));
  expect((await run('strip', files)).code).toBe(0);
  const [cell] = JSON.parse(read(files[0])).cells;
  expect([cell.outputs, cell.execution_count]).toEqual([[], null]);
});

test('names a file that is none', async () => {
  writeFileSync(join(folder, 'b.ipynb'), '{ "cells": 3 }');
  for (const [name, message] of [
    ['b.ipynb', /not a notebook of format 4/],
    ['c.ipynb', /c\.ipynb does not exist/],
    ['c.txt', /does not end in \.ipynb/],
  ] as const) {
    const { code, err } = await run('check', [join(folder, name)]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  }
});

const broken = (cell: unknown): string =>
  JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] });
const code = { cell_type: 'code', id: 'x', source: '1', metadata: {}, outputs: [] as unknown, execution_count: null };

test.each([
  ['', 'it is empty', '비어 있어요'],
  ['{\n  "cells": [', 'it is not JSON from line 2, column 13 on', '2번째 줄 13번째 글자부터 JSON에 맞지 않아요'],
  ['<html>', 'it is not JSON from line 1, column 1 on', '1번째 줄 1번째 글자부터 JSON에 맞지 않아요'],
])('says of a file that is no JSON where it stops to be (%#)', async (text, en, ko) => {
  const [file = ''] = pair(text);
  expect((await run('run', [file])).err).toBe(`glass-flamingo: ${file} is not a notebook: ${en}\n`);
  expect((await runWithFake(['notebook', 'run', file, '--lang', 'ko'])).err).toContain(`노트북이 아니에요. ${ko}`);
});

test.each([
  [{ kernelspec: { name: 'python3', language: 'python' } }, 'python'],
  [{ language_info: { name: 'R' } }, 'R'],
])(
  'a notebook in another language is named as such, before its code is read as TypeScript (%#)',
  async (metadata, name) => {
    const text = JSON.stringify({
      nbformat: 4,
      nbformat_minor: 5,
      metadata,
      cells: [{ ...code, source: 'import x as y' }],
    });
    const [file = ''] = pair(text);
    for (const action of ['run', 'check']) {
      const { code, err } = await run(action, [file]);
      expect([code, err]).toEqual([2, expect.stringContaining(`is a notebook in ${name}; expected one in TypeScript`)]);
    }
    expect((await runWithFake(['notebook', 'run', file, '--lang', 'ko'])).err).toContain(`${name} 노트북이에요`);
    expect(read(file)).toBe(text);
  },
);

test('what cells print, throw and saved reaches no terminal raw', async () => {
  const raw = 'a\x1b]0;p\x07\x9b2J\u202eb';
  const text = JSON.stringify(raw);
  const files = [
    ...pair(notebook([`console.log(${text});`, { printed: `${raw}!` }]), 'prints'),
    ...pair(notebook(`throw new Error(${text});`), 'throws'),
    ...pair(notebook(`const ${raw} = 1;`), 'parses'),
  ];
  const { code, out, err } = await run('check', files);
  expect(code).toBe(1);
  expect(out).toContain('- a\\u001b]0;p\\u0007\\u009b2J\\u202eb!');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(out + err).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
});

test.each<[string, string]>([
  ['cell_type', broken(null)],
  ['cell_type', broken('1')],
  ['source', broken({ ...code, source: 7 })],
  ['source', broken({ cell_type: 'markdown', metadata: {} })],
  ['metadata', broken({ ...code, metadata: 3 })],
  ['tags', broken({ ...code, metadata: { tags: 3 } })],
  ['outputs', broken({ ...code, outputs: undefined })],
  ['outputs', broken({ ...code, outputs: [null] })],
  ['outputs', broken({ ...code, outputs: [{ output_type: 'execute_result', data: null }] })],
  ['outputs', broken({ ...code, outputs: [{ output_type: 'stream', name: 'stdout', text: 1 }] })],
])('a cell whose %s is not what nbformat has is named, whatever is done with it (%#)', async (field, text) => {
  const [file = ''] = pair(text);
  for (const action of ['run', 'check', 'strip', 'render']) {
    const { code, err } = await run(action, [file]);
    expect({ action, code, err }).toEqual({
      action,
      code: 2,
      err: expect.stringMatching(/a\.ipynb is not a notebook of format 4: in cell 1 "\w+" is not [\w ]+\n$/),
    });
    expect(err).toContain(`"${field}"`);
  }
  expect((await runWithFake(['notebook', 'strip', file, '--lang', 'ko'])).err).toContain(`셀 1의 "${field}"에`);
  expect(read(file)).toBe(text);
});

test('what is no text is refused and stays, and a name as long as the disk takes runs', async () => {
  const [folderOf, bytes, long] = ['f.ipynb', 'b.ipynb', `${'노'.repeat(82)}.ipynb`].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  mkdirSync(folderOf);
  writeFileSync(bytes, Buffer.from([0x22, 0xff, 0x22]));
  writeFileSync(long, broken({ ...code, source: 'console.log(1)' }));
  for (const [file, why] of [
    [folderOf, 'is a folder'],
    [bytes, 'is not a text in UTF-8'],
  ] as const)
    for (const action of ['strip', 'check']) {
      const { code, err } = await run(action, [file]);
      expect([code, err]).toEqual([2, expect.stringContaining(why)]);
    }
  expect(readFileSync(bytes)).toEqual(Buffer.from([0x22, 0xff, 0x22]));
  expect((await run('run', [long])).out).toMatch(/\n1 passed, 0 failed\n$/);
});

test('outputs as other tools save them, texts in one piece and errors, are shown and compared', async () => {
  const outputs = [
    { output_type: 'stream', name: 'stdout', text: 'one\ntwo\n' },
    { output_type: 'error', ename: 'RangeError', evalue: 'too far', traceback: [] },
  ];
  const [file = ''] = pair(broken({ ...code, source: 'console.log("one\\nthree")', outputs, execution_count: 1 }));
  expect((await run('render', [file])).code).toBe(0);
  expect(read(join(folder, 'a.html'))).toMatch(/one\ntwo\n[\s\S]*RangeError: too far/);
  expect((await run('check', [file])).out).toContain('- two\n');
});

test('what a kernel saved of a last value, in one piece and in colours, is what a run shows', async () => {
  const data = { 'text/plain': '\x1b[33m4\x1b[39m' };
  const outputs = [{ output_type: 'execute_result', execution_count: 1, data, metadata: {} }];
  const [file = ''] = pair([broken({ ...code, source: '2 + 2', outputs, execution_count: 1 })], 'kernel');
  expect((await run('render', [file])).code).toBe(0);
  expect(read(join(folder, 'kernel.html'))).toContain('<pre class="output">4</pre>');
  expect((await run('check', [file])).out).not.toContain('differs');
  expect((await run('run', [file])).code).toBe(0);
  expect((await run('check', [file])).out).toContain('1 passed, 0 failed');
});
