import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { runWithFake } from './support.ts';

const flat = (text: string): string => text.replace(/\s+/g, ' ');

it.each(Object.entries(COMMANDS))('%s has help, in each language', async (name, { does }) => {
  const { code, out } = await runWithFake([name, '--help']);
  expect(code).toBe(0);
  expect(flat(out)).toContain(does.en);
  expect(flat((await runWithFake([name, '--help', '--lang', 'ko'])).out)).toContain(does.ko);
});

it('lists every command with what it does', async () => {
  const { out } = await runWithFake(['--help']);
  for (const [name, { does }] of Object.entries(COMMANDS)) expect(flat(out)).toContain(`${name} ${does.en}`);
  expect(flat((await runWithFake(['--help', '--lang', 'ko'])).out)).toContain(COMMANDS.ask?.does.ko);
});

it('names the command that is nearest to one that there is not', async () => {
  const { code, err } = await runWithFake(['aks']);
  expect(code).toBe(2);
  expect(err).toContain('Did you mean ask?');
});

it.each(Object.keys(COMMANDS))('%s says what its exit codes mean', async (name) => {
  const { out } = await runWithFake([name, '--help']);
  expect(flat(out)).toMatch(/Exit codes: 0 [a-z][^;]*;(?: \d+ [^;]+;)* 2 [a-z]/);
});

it('tells in words of a file that nothing else looked after, in both languages', async () => {
  const loadModel = (): Promise<never> => readFile('/no/such/file') as Promise<never>;
  for (const [lang, words] of [
    ['en', '/no/such/file does not exist'],
    ['ko', '/no/such/file: 그런 파일이나 폴더가 없어요'],
  ] as const) {
    const { code, err } = await runWithFake(['gates', '--lang', lang], { loadModel });
    expect([code, err]).toEqual([2, `glass-flamingo: ${words}\n`]);
  }
});
