import { PassThrough } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { progressBar } from '../../src/cli/progress.ts';
import { terminalReport } from '../../src/training/report.ts';

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

it('changes no mode of a terminal, which a command that is killed could not put back', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 }) as unknown as NodeJS.WriteStream;
  vi.spyOn(process, 'stderr', 'get').mockReturnValue(stream as typeof process.stderr);
  progressBar('reading', 100, 1, 'en').add(50);
  const report = terminalReport(stream, () => {});
  report.begin('training', 10, 0);
  report.step(5, { loss: 1 }, 3);
  const written = String((stream as unknown as PassThrough).read());
  report.end();
  expect(written).toContain('reading');
  expect(written).toContain('training');
  expect(written).not.toContain('\x1b[?');
});
