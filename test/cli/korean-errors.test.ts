import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ARGUMENTS } from '../../src/cli/korean-errors/arguments.ts';
import { CHECKPOINTS } from '../../src/cli/korean-errors/checkpoints.ts';
import { FILES } from '../../src/cli/korean-errors/files.ts';
import { TOKENIZERS } from '../../src/cli/korean-errors/tokenizers.ts';
import { WORK } from '../../src/cli/korean-errors/work.ts';
import { inKorean } from '../../src/cli/korean-errors.ts';
import { openCheckpoint } from '../../src/files/checkpoint.ts';
import { requireKinds } from '../../src/files/kinds.ts';
import { LIBRARY } from '../../src/inspect/korean/library.ts';
import { translator } from '../../src/inspect/korean/phrases.ts';
import { parseConfig } from '../../src/model/config/json.ts';
import { requireArray, requireNumber, requireWhole } from '../../src/tensor/errors.ts';
import { requireOptions, requireWord } from '../../src/tensor/options.ts';
import { errorTexts, headerTexts, literalAt } from '../support/error-texts.ts';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

it('has Korean for every error that training, the hub, weights and exports throw on purpose', async () => {
  const found: [file: string, text: string][] = [];
  for (const folder of ['training', 'zoo', 'model/knowledge.ts'].map((name) => join(SOURCES, name))) {
    const files = folder.endsWith('.ts')
      ? [folder]
      : (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
    for (const file of files.filter((name) => name.endsWith('.ts')))
      for (const text of errorTexts(await readFile(file, 'utf8'), 'Training|Hub\\w*|Export|Weights|Knowledge'))
        found.push([file, text]);
  }
  expect(found.length).toBeGreaterThan(40);
  expect(found.filter(([, text]) => inKorean(text) === null)).toEqual([]);
});

it('tells every message by its own phrase, and not by a wider one that leaves a part in English', () => {
  const told = [LIBRARY, WORK, TOKENIZERS, CHECKPOINTS, FILES, ARGUMENTS].flat().map(([en, ko]) => {
    const message = en.replaceAll('{#}', '7').replaceAll('{}', 'Qq');
    return [message, translator([[en, ko]])(message), inKorean(message)];
  });
  expect(told.filter(([, own, found]) => own !== found)).toEqual([]);
});

it('has Korean for every rule that a file of weights may break', () => {
  expect(headerTexts().length).toBeGreaterThan(20);
  expect(headerTexts().filter((text) => inKorean(text) === null)).toEqual([]);
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
      '[셀 2] 1:1 120초 뒤에 멈췄어요. --limit으로 더 줄 수 있어요',
    ],
    ['[cell 1] 1:1 ended the process with code 3\nwords', '[셀 1] 1:1 프로세스가 코드 3으로 끝났어요\nwords'],
    ["[cell 2] 2:7 TS2322: Type 'number' is not assignable", "[셀 2] 2:7 TS2322: Type 'number' is not assignable"],
    ['[cell 3] showed stderr, now nothing', '[셀 3] 전에는 stderr, 지금은 아무것도 안 보여 줘요'],
    ['[cell 1] is not the same code as in its pair', '[셀 1] 짝과 코드가 달라요'],
    ['shape [2, 3] instead of [3]', '모양이 [2, 3]이에요. [3]이라야 해요'],
  ])
    expect(inKorean(problem as string)).toBe(korean);
});

/** What a call says against what it is given. */
function complaint(call: () => void): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was wrong');
}

/** Words that are no names: what is left of them in a Korean message was not told. */
const ENGLISH = /\b(is|are|expected|an?|the|of|from|with|nearest|only|that)\b/;

it('has Korean for what every check of an argument says', () => {
  const kinds = 'text texts whole count amount numbers finites wholes list bytes function {x,y} [x,y] {} []'.split(' ');
  const found = [
    ...kinds.map((kind) => complaint(() => requireKinds('work', { given: Symbol.iterator }, kind))),
    ...kinds
      .filter((kind) => /s$|^\[/.test(kind) && kind !== 'bytes')
      .map((kind) => complaint(() => requireKinds('work', { given: [null] }, kind))),
    complaint(() => requireWhole('work', 'the pace', -1)),
    complaint(() => requireWhole('work', 'the pace', 9, 1, 5)),
    complaint(() => requireNumber('work', 'the pace', Number.NaN)),
    complaint(() => requireNumber('work', 'the pace', -1, 0)),
    complaint(() => requireArray('work', 'the pace', 3 as never)),
    complaint(() => requireOptions('work', { pac: 1 } as { pace?: number }, 'pace')),
    complaint(() => requireOptions('work', { pace: 'fat' } as unknown as { pace?: 'fast' }, 'pace:fast')),
    complaint(() => requireOptions('work', new Map() as { pace?: number }, 'pace')),
    complaint(() => requireWord('work', 'the pace', 'fat' as 'fast' | 'slow', 'fast|slow')),
  ];
  for (const text of found) {
    const korean = inKorean(text)?.replace('the pace', '');
    expect([text, korean]).toEqual([text, expect.stringMatching(/[가-힣]/)]);
    expect(korean).not.toMatch(ENGLISH);
  }
});

it('has Korean for every setting of a config.json that is missing or wrong', async () => {
  const config = JSON.parse(await readFile(join(SOURCES, '../weights/config.json'), 'utf8')) as object;
  const told: string[] = [];
  const visit = (value: unknown, put: (other: unknown) => unknown): void => {
    for (const other of [undefined, -1, 1e308, 'NaN']) {
      try {
        parseConfig(JSON.parse(JSON.stringify(put(other) ?? null)));
      } catch (error) {
        told.push((error as Error).message);
      }
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const copy = (other: unknown): unknown =>
        Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other };
      visit(inner, (other) => put(copy(other)));
    }
  };
  visit(config, (other) => other);
  expect(told.length).toBeGreaterThan(100);
  const left = told.filter((text) => ENGLISH.test(inKorean(text) ?? 'an error'));
  expect(left).toEqual([]);
});

it('has Korean for files of weights that are something else', async () => {
  const source = await readFile(join(SOURCES, 'files/checkpoint.ts'), 'utf8');
  const kinds = Array.from(
    source.matchAll(/what:\s*'([^']+)'|refuse\('[\w-]+', '(?:is )?([^']+)'\)/g),
    ([, a, b]) => a ?? b,
  );
  expect(kinds.length).toBeGreaterThan(13);
  const expected = 'safetensors, an index of shards (JSON), or a file of torch.save';
  for (const kind of kinds) {
    const subject = kind === 'file is empty' ? 'this' : 'this is';
    const korean = inKorean(`m.bin: ${subject} ${kind}; expected ${expected}`);
    expect([kind, korean]).toEqual([kind, expect.stringMatching(/^m\.bin: .*요/)]);
    expect(korean).not.toMatch(ENGLISH);
  }
});

it('has Korean for every broken file of weights', async () => {
  const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
  const folders = ['checkpoints', 'goldens/files/broken'].map((name) => join(fixtures, name));
  const told: string[] = [];
  for (const folder of folders) {
    const names = (await readdir(folder)).filter(
      (name) => /\.(pt|json|safetensors)$/.test(name) && name !== 'index.json',
    );
    for (const name of names)
      await openCheckpoint(join(folder, name)).then(
        (checkpoint) => checkpoint.close(),
        (error: Error) => told.push(error.message.replaceAll(`${folder}/${name}`, 'm')),
      );
  }
  expect(told.length).toBeGreaterThan(30);
  const quoted = /"(?:[^"\\]|\\.)*"|\/\S+/g; // names and places
  expect(told.filter((text) => ENGLISH.test((inKorean(text) ?? 'an error').replace(quoted, '')))).toEqual([]);
});
