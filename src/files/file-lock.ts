import { link, lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isRunning, missing, PROCESS, temporaryFor, WriteError, writing } from './write-file.ts';

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
  if (!entry || entry.isFile()) return entry && readFile(path, 'utf8').catch(missing);
  const known = entry.isDirectory() || entry.isSymbolicLink();
  throw new WriteError(path, `${known ? 'a folder or a link' : 'a FIFO, a device or a socket'} is in the way`);
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

/** Codes of file systems that have no second names of a file. */
const NO_LINKS = /^(?:EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/;
/** After which a takeover was killed in the middle. */
const TAKEOVER = 5000; // ms

/** Puts a file under `to` as well, in one step. Says whether nothing had the name; null where that cannot be done. */
async function linked(from: string, to: string): Promise<boolean | null> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    if (NO_LINKS.test(code)) return null;
    throw error;
  }
}

/** Makes the lock, whole from the start: one that is being written would look like what a killed process left. */
async function claim(path: string, mine: string): Promise<boolean> {
  const whole = temporaryFor(path);
  try {
    await writeFile(whole, mine, { flag: 'wx' });
    return (await linked(whole, path)) ?? (await create(path, mine));
  } finally {
    await rm(whole, { force: true }).catch(() => {}); // the first failure tells more
  }
}

async function create(path: string, mine: string): Promise<boolean> {
  return writeFile(path, mine, { flag: 'wx' }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

/**
 * Removes a lock whose process is gone. Of several that try, one gets the second name, and with it the right to remove the
 * first; whoever comes late finds another lock behind it, and leaves that alone.
 */
async function remove(path: string, stale: string): Promise<void> {
  const right = `${path}.gone.part`;
  const got = await linked(path, right);
  if (got === false) {
    const entry = await lstat(right).catch(missing);
    if (!entry || Date.now() - entry.ctimeMs <= TAKEOVER) await moment();
    else if ((await read(right)) !== undefined) await rm(right, { force: true });
    return;
  }
  if ((await read(got ? right : path)) === stale) await rm(path, { force: true });
  if (got) await rm(right, { force: true });
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
    if (await claim(path, mine)) return { release: () => rm(path, { force: true }) };
    const text = await read(path);
    if (text === undefined) continue;
    const holder = holderOf(text);
    if (holder && isAlive(holder)) return holder;
    if (holder || waited) await remove(path, text);
    else await moment(); // where files have no second names, it may be being written just now
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
