import { open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isRunning } from './write-file.ts';

/** The process that holds a lock. */
export interface Holder {
  readonly process: number;
  readonly host: string;
}

export interface FileLock {
  release(): Promise<void>;
}

const MOMENT = 200; // ms

const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, MOMENT));

/** A shared folder's process may be on another machine, of whose processes nothing can be known. */
const isAlive = ({ process: id, host }: Holder): boolean => host !== hostname() || isRunning(id);

/** What the lock file says; null when it does not tell (its process was killed in the middle), undefined when it is gone. */
async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

function holderOf(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

/** Moves a lock away whose process is gone. Of several that try, one gets it; a lock made meanwhile is put back. */
async function remove(path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}.part`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await read(aside)) === stale) await rm(aside, { force: true });
  else await rename(aside, path);
}

/**
 * Makes the file `path`, which keeps other processes out until `release`; or says who holds it. What a killed process left
 * is taken over.
 */
export async function tryLock(path: string): Promise<FileLock | Holder> {
  const mine = JSON.stringify({ process: process.pid, host: hostname() } satisfies Holder);
  for (let waited = false; ; ) {
    const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return null;
      throw error;
    });
    if (file) {
      await file.writeFile(mine);
      await file.close();
      return { release: () => rm(path, { force: true }) };
    }
    const text = await read(path);
    if (text === undefined) continue;
    const holder = holderOf(text);
    if (holder && isAlive(holder)) return holder;
    if (holder || waited) await remove(path, text);
    else await moment(); // it may be being written just now
    waited = true;
  }
}

/** As `tryLock`, and waits while another process holds it. `onWait` is told once for whom. */
export async function waitForLock(path: string, onWait: (holder: Holder) => void = () => {}): Promise<FileLock> {
  for (let told = false; ; told = true) {
    const found = await tryLock(path);
    if ('release' in found) return found;
    if (!told) onWait(found);
    await moment();
  }
}
