import { join } from 'node:path';
import { type FileLock, tryLock } from '../files/file-lock.ts';
import { GlassFlamingoError } from '../tensor/index.ts';

const LOCK_FILE = 'run.lock';

/** Another run is at work in the folder. */
export class RunLockError extends GlassFlamingoError {
  override name = 'RunLockError';
}

/**
 * Keeps other runs out of a folder until `release`. What a killed run left is taken over.
 * @throws RunLockError naming the process that works there
 */
export async function lockRun(folder: string): Promise<FileLock> {
  const path = join(folder, LOCK_FILE);
  const found = await tryLock(path);
  if ('release' in found) return found;
  throw new RunLockError(
    `process ${found.process} on ${found.host} is training in ${folder}; wait for it, choose another folder with --out, or remove ${path} if it is gone`,
  );
}
