import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { inKorean } from '../../src/cli/korean-errors.ts';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

/** Where `${..}` at a place of a text ends. */
function endOfSlot(source: string, from: number): number {
  let open = 0;
  for (let at = from + 1; ; at++) {
    if (source[at] === '{') open++;
    else if (source[at] === '}' && --open === 0) return at + 1;
  }
}

/** The literal at a place of a source, with 7 for what is filled in, and where it ends; null where none begins. */
function literalAt(source: string, from: number): { readonly text: string; readonly end: number } | null {
  const quote = source[from] as string;
  if (!'\'`"'.includes(quote)) return null;
  let text = '';
  let at = from + 1;
  while (source[at] !== quote) {
    if (quote === '`' && source.startsWith('${', at)) {
      at = endOfSlot(source, at);
      text += '7';
    } else if (source[at] === '\\') {
      text += source[at + 1] === 'n' ? '\n' : source[at + 1];
      at += 2;
    } else text += source[at++];
  }
  return { text, end: at + 1 };
}

/** What errors of these kinds say; literals that are joined by + are one. */
function errorTexts(source: string, kinds: string): string[] {
  const calls = source.matchAll(new RegExp(`new (?:${kinds})Error\\(\\s*`, 'g'));
  return Array.from(calls, ({ 0: call, index }) => {
    let text = '';
    let found = literalAt(source, index + call.length);
    while (found) {
      text += found.text;
      const joined = /^\s*\+\s*/.exec(source.slice(found.end));
      found = joined && literalAt(source, found.end + joined[0].length);
    }
    return text;
  })
    .map((text) => text.replace(/(?<=[a-z])7$/, '')) // advice that may stand at the end
    .filter((text) => /[a-z]/i.test(text)); // what is only put together says what its parts say
}

it('has Korean for every error that training, the hub and exports throw on purpose', async () => {
  const found: [file: string, text: string][] = [];
  for (const folder of ['training', 'zoo/hub', 'zoo/export-formats.ts'].map((name) => join(SOURCES, name))) {
    const files = folder.endsWith('.ts')
      ? [folder]
      : (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
    for (const file of files.filter((name) => name.endsWith('.ts')))
      for (const text of errorTexts(await readFile(file, 'utf8'), 'Training|Hub\\w*|Export')) found.push([file, text]);
  }
  expect(found.length).toBeGreaterThan(40);
  expect(found.filter(([, text]) => inKorean(text) === null)).toEqual([]);
});

it('has Korean for every reason against an export', async () => {
  const source = await readFile(join(SOURCES, 'zoo/export-verdicts.ts'), 'utf8');
  const sentences = Array.from(source.matchAll(/(?<==> |: |\? |, |= |\()['"`]/g), ({ 0: found, index }) =>
    literalAt(source, index + found.length - 1),
  ).flatMap((found) => (found && / .* /.test(found.text) && !/^it is|^\.\//.test(found.text) ? [found.text] : []));
  expect(sentences.length).toBeGreaterThan(15);
  expect(sentences.filter((text) => inKorean(text) === null)).toEqual([]);
});

it('has Korean for what is wrong with a notebook, and with a case of parity', () => {
  for (const [problem, korean] of [
    [
      '[cell 2] 1:1 was stopped after 120 s; --limit gives it more',
      '[셀 2] 1:1 120초 뒤에 멈췄어요. --limit로 더 줄 수 있어요',
    ],
    ['[cell 1] 1:1 ended the process with code 3\nwords', '[셀 1] 1:1 프로세스가 코드 3로 끝났어요\nwords'],
    ["[cell 2] 2:7 TS2322: Type 'number' is not assignable", "[셀 2] 2:7 TS2322: Type 'number' is not assignable"],
    ['[cell 3] showed stderr, now nothing', '[셀 3] 전에는 stderr, 지금은 아무것도 안 보여 줘요'],
    ['[cell 1] is not the same code as in its pair', '[셀 1] 짝과 코드가 달라요'],
    ['shape [2, 3] instead of [3]', '모양이 [2, 3]예요. [3]라야 해요'],
  ])
    expect(inKorean(problem as string)).toBe(korean);
});
