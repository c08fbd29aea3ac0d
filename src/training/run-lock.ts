import { join } from 'node:path';
import { type FileLock, tryLock } from '../files/file-lock.ts';
import { TrainingError } from './files.ts';

const LOCK_FILE = 'run.lock';

/**
 * Keeps other runs out of a folder until `release`. What a killed run left is taken over.
 * @throws TrainingError naming the process that works there
 */
export async function lockRun(folder: string): Promise<FileLock> {
  const path = join(folder, LOCK_FILE);
  const found = await tryLock(path);
  if ('release' in found) return found;
  throw new TrainingError(
    `process ${found.process} on ${found.host} is training in ${folder}; wait for it, choose another folder with --out, or remove ${path} if it is gone`,
  );
}
