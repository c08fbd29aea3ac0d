import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { endWhenTold } from '../../src/cli/end-when-told.ts';
import { interruptible } from '../../src/cli/stop-on-interrupt.ts';

afterEach(() => vi.restoreAllMocks());

/** What a process says and ends with that is told to stop; null for one that goes on. */
async function toldTo(signal: 'SIGINT' | 'SIGTERM', work: () => Promise<unknown>): Promise<[string, number | null]> {
  let [said, code]: [string, number | null] = ['', null];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  vi.spyOn(process, 'exit').mockImplementation(((given: number) => {
    code = given;
  }) as never);
  const working = work();
  process.emit(signal);
  await working;
  return [said, code];
}

it.each([
  ['SIGINT', 'en', '\nstopped\n', 130],
  ['SIGTERM', 'en', '\nstopped\n', 143],
  ['SIGINT', 'ko', '\n멈췄어요\n', 130],
  ['SIGTERM', 'ko', '\n멈췄어요\n', 143],
] as const)('ends by %s in %s with one line', async (signal, lang, said, code) => {
  const before = process.listenerCount(signal);
  const takeBack = endWhenTold(lang);
  expect(await toldTo(signal, async () => {})).toEqual([said, code]);
  takeBack();
  expect(process.listenerCount(signal)).toBe(before);
});

it.each(['SIGINT', 'SIGTERM'] as const)('leaves %s to what has an ending of its own', async (signal) => {
  const takeBack = endWhenTold();
  const work = (): Promise<boolean> =>
    interruptible(
      async (told) => told.aborted || (await new Promise((done) => told.addEventListener('abort', () => done(true)))),
      () => process.stderr.write('after this step'),
    );
  expect(await toldTo(signal, work)).toEqual(['after this step', null]);
  takeBack();
});

it('holds for every command, and for every script that reads its arguments', () => {
  for (const file of ['src/cli/main.ts', 'scripts/arguments.ts'])
    expect(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')).toMatch(/^ *endWhenTold\(/m);
});

it('is heard by a benchmark from its first second on: what it times is loaded later, by the process that times it', () => {
  const main = readFileSync(new URL('../../bench/main.ts', import.meta.url), 'utf8');
  const groups = [...main.matchAll(/await import\('\.\/(\w+)\.ts'\)/g)].map(([, name]) => name);
  expect(groups.length).toBeGreaterThan(1);
  for (const name of groups) expect(main).not.toContain(`from './${name}.ts'`);
});
