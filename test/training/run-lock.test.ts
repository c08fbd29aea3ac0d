import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { lockRun } from '../../src/training/run-lock.ts';

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'lock-'));
const NO_PROCESS = 2 ** 22 + 1; // above every Linux process number

describe('lockRun', () => {
  it('lets one of several runs that start together work, and the next one after it', async () => {
    const place = await folder();
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => lockRun(place)));
    const [first, ...more] = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(more).toEqual([]);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason.message).toContain(`process ${process.pid}`);
    await first?.release();
    expect(await readdir(place)).toEqual([]);
    await (await lockRun(place)).release();
  });

  it('lets one of several processes take over what a killed one left, whatever is between their steps', async () => {
    // Each process has its own module; all see one folder, and a lock that nobody holds any more.
    const copies = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        vi.resetModules();
        const { tryLock } = await import('../../src/files/file-lock.ts');
        return [i, tryLock] as const;
      }),
    );
    for (let round = 0; round < 10; round++) {
      const path = join(await folder(), 'run.lock');
      await writeFile(path, JSON.stringify({ process: NO_PROCESS, host: hostname() }));
      const found = await Promise.all(copies.map(([, tryLock]) => tryLock(path)));
      expect(found.filter((one) => 'release' in one)).toHaveLength(1);
    }
  });

  it('leaves no lock that is half written to be taken for what a killed process left', async () => {
    const place = await folder();
    const path = join(place, 'run.lock');
    const seen = new Set<string>();
    const watch = setInterval(() => {
      try {
        seen.add(readFileSync(path, 'utf8'));
      } catch {} // it is not there just now
    }, 0);
    for (let i = 0; i < 20 || seen.size === 0; i++) await (await lockRun(place)).release();
    clearInterval(watch);
    for (const text of seen) expect(JSON.parse(text).process).toBe(process.pid);
  });

  it('takes a takeover over that was killed in the middle', async () => {
    const place = await folder();
    const path = join(place, 'run.lock');
    await writeFile(path, JSON.stringify({ process: NO_PROCESS, host: hostname() }));
    await link(path, `${path}.gone.part`);
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now + 60_000);
    await (await lockRun(place)).release();
    clock.mockRestore();
    expect(await readdir(place)).toEqual([]);
  });

  it('says that a folder is in the way of a takeover', async () => {
    const path = join(await folder(), 'run.lock');
    await writeFile(path, JSON.stringify({ process: NO_PROCESS, host: hostname() }));
    await mkdir(`${path}.gone.part`);
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now + 60_000);
    await expect(lockRun(dirname(path))).rejects.toThrow(
      "run.lock.gone.part' cannot be written: a folder or a link is in the way",
    );
    clock.mockRestore();
  });

  it.each([
    ['a process that is gone', JSON.stringify({ process: NO_PROCESS, host: hostname() })],
    ['an earlier one with our number', JSON.stringify({ process: process.pid, host: hostname(), made: 'earlier' })],
    ['half a file', '{"proc'],
    ['nothing', ''],
    ['no process', '{}'],
    ['a number', '3'],
  ])('takes over from %s', async (_, left) => {
    const place = await folder();
    await writeFile(join(place, 'run.lock'), left);
    await (await lockRun(place)).release();
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['a folder', (path) => mkdir(path)],
    ['a link to nothing', (path) => symlink('nowhere', path)],
    ['a link to a file', (path) => symlink('../package.json', path)],
    ['a FIFO', async (path) => execFileSync('mkfifo', [path])],
  ])('says that %s is in the way, and does not wait for it to go', async (what, make) => {
    const place = await folder();
    await make(join(place, 'run.lock'));
    const named = what === 'a FIFO' ? 'a FIFO, a device or a socket' : 'a folder or a link';
    await expect(lockRun(place)).rejects.toThrow(`run.lock' cannot be written: ${named} is in the way`);
  });

  it('names the reason of the disk', async () => {
    const place = join(await folder(), 'nowhere');
    await expect(lockRun(place)).rejects.toThrow(/run\.lock' cannot be written: its folder does not exist/);
  });

  it('leaves a folder to a run on another machine', async () => {
    const place = await folder();
    await writeFile(join(place, 'run.lock'), JSON.stringify({ process: NO_PROCESS, host: 'elsewhere' }));
    await expect(lockRun(place)).rejects.toThrow(/on elsewhere is training in/);
  });
});
