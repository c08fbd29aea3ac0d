import { afterEach, expect, it, vi } from 'vitest';
import { progressBar } from '../../src/cli/progress.ts';

afterEach(() => vi.restoreAllMocks());

it('says in lines how far long work is where there is no terminal, and nothing of short work', () => {
  let now = 0;
  const said: string[] = [];
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const isTTY = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
  Object.defineProperty(process.stderr, 'isTTY', { value: false, configurable: true });
  try {
    const bar = progressBar('reading', 100, 1, 'en');
    for (const [at, amount] of [
      [1000, 20],
      [2100, 20],
      [5000, 20],
      [12_200, 20],
      [30_000, 20],
    ] as const) {
      now = at;
      bar.add(amount);
    }
    bar.stop();
    progressBar('reading', 100, 1000, 'en').add(50);
  } finally {
    if (isTTY) Object.defineProperty(process.stderr, 'isTTY', isTTY);
    else Reflect.deleteProperty(process.stderr, 'isTTY');
  }
  expect(said).toEqual(['reading 40%\n', 'reading 80%\n']);
});
