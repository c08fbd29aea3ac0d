import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../files/write-file.ts';
import { GlassFlamingoError } from '../tensor/index.ts';

const LOCK_FILE = 'run.lock';

/** Another run is at work in the folder. */
export class RunLockError extends GlassFlamingoError {
  override name = 'RunLockError';
}

interface Holder {
  readonly process: number;
  readonly host: string;
}

/** Null when the file does not tell: the run that made it was killed in the middle. */
async function holderOf(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

/** A shared folder's run may be on another machine, of whose processes nothing can be known. */
const isAlive = ({ process: id, host }: Holder): boolean => host !== hostname() || isRunning(id);

/**
 * Keeps other runs out of a folder until `release`. What a killed run left is taken over.
 * @throws RunLockError naming the process that works there
 */
export async function lockRun(folder: string): Promise<{ release: () => Promise<void> }> {
  const path = join(folder, LOCK_FILE);
  for (let attempt = 0; ; attempt++) {
    const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return null;
      throw error;
    });
    if (file) {
      await file.writeFile(JSON.stringify({ process: process.pid, host: hostname() } satisfies Holder));
      await file.close();
      return { release: () => rm(path, { force: true }) };
    }
    const holder = await holderOf(path);
    if (holder ? isAlive(holder) : attempt === 0) {
      if (!holder) {
        await new Promise((resolve) => setTimeout(resolve, 200)); // it may be being written just now
        continue;
      }
      throw new RunLockError(
        `process ${holder.process} on ${holder.host} is training in ${folder}; wait for it, choose another folder with --out, or remove ${path} if it is gone`,
      );
    }
    await rm(path, { force: true });
  }
}
