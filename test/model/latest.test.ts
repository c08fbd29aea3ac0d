import { expect, it } from 'vitest';
import { latest } from '../../src/index.ts';
import { heed } from '../../src/tensor/index.ts';

/** Counts up between pauses, as a model does from token to token. */
function counting(log: string[]): (signal: AbortSignal, name: string) => Promise<string> {
  return async (signal, name) => {
    log.push(`begin ${name}`);
    for (let i = 0; i < 20; i++) await heed(signal);
    log.push(`end ${name}`);
    return name;
  };
}

it('gives the answer to the latest call, and undefined to those before it', async () => {
  const log: string[] = [];
  const ask = latest(counting(log));
  const asked = [ask('a'), ask('b'), ask('c')];
  expect(await Promise.all(asked)).toEqual([undefined, undefined, 'c']);
  expect(log).toEqual(['begin c', 'end c']);
});

it('ends what runs before the next begins', async () => {
  const log: string[] = [];
  const ask = latest(counting(log));
  const first = ask('a');
  for (let i = 0; i < 3; i++) await heed(new AbortController().signal);
  expect(log).toEqual(['begin a']);
  expect(await ask('b')).toBe('b');
  expect(await first).toBeUndefined();
  expect(log).toEqual(['begin a', 'begin b', 'end b']);
});

it('gives every answer when nobody hurries', async () => {
  const ask = latest(counting([]));
  expect([await ask('a'), await ask('b')]).toEqual(['a', 'b']);
});

it("throws the latest call's error, drops those of calls that lost, and goes on after both", async () => {
  const ask = latest(async (signal, fails: boolean) => {
    await heed(signal);
    if (fails) throw new RangeError('no');
    return 1;
  });
  const lost = ask(true);
  await expect(ask(true)).rejects.toThrow(RangeError);
  expect(await lost).toBeUndefined();
  expect(await ask(false)).toBe(1);
});
