import { lstat, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isRunning, missing, PROCESS, WriteError, writing } from './write-file.ts';

/** The process that holds a lock. */
export interface Holder {
  readonly process: number;
  readonly host: string;
  /** A number of a process comes again, in a container that is started anew above all; this does not. */
  readonly made?: string;
}

export interface FileLock {
  release(): Promise<void>;
}

const MOMENT = 200; // ms

const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, MOMENT));

/** A shared folder's process may be on another machine, of whose processes nothing can be known. */
const isAlive = ({ process: id, host, made }: Holder): boolean =>
  host !== hostname() || (id === process.pid ? made === PROCESS : isRunning(id));

/** What the lock file says; undefined when it is gone. @throws WriteError for what is no file, which never goes by itself */
async function read(path: string): Promise<string | undefined> {
  const entry = await lstat(path).catch(missing);
  if (entry && !entry.isFile()) throw new WriteError(path, 'a folder or a link is in the way');
  return entry && readFile(path, 'utf8').catch(missing);
}

/** Null when the file does not tell: its process was killed in the middle, or the disk lost it. */
function holderOf(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isSafeInteger(holder.process) && typeof holder.host === 'string' ? holder : null;
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
 * @throws WriteError when the disk refuses the file, or something else has its name
 */
export function tryLock(path: string): Promise<FileLock | Holder> {
  return writing(path, () => lock(path));
}

async function lock(path: string): Promise<FileLock | Holder> {
  const mine = JSON.stringify({ process: process.pid, host: hostname(), made: PROCESS } satisfies Holder);
  for (let waited = false; ; ) {
    const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return null;
      throw error;
    });
    if (file) {
      try {
        await file.writeFile(mine);
      } catch (error) {
        await rm(path, { force: true }).catch(() => {}); // the first failure tells more
        throw error;
      } finally {
        await file.close();
      }
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
