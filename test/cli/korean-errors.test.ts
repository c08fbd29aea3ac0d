import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { inKorean } from '../../src/cli/korean-errors.ts';
import { errorTexts, literalAt } from '../support/error-texts.ts';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

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
