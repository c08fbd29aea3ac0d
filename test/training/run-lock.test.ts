import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
  ])('says that %s is in the way, and does not wait for it to go', async (_, make) => {
    const place = await folder();
    await make(join(place, 'run.lock'));
    await expect(lockRun(place)).rejects.toThrow(/run\.lock' cannot be written: a folder or a link is in the way/);
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
