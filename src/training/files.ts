import { dirname } from 'node:path';
import { makeFolder, writeFileWhole } from '../files/write-file.ts';

/** Writes a file whole or not at all, into a folder that is made if it is not there. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  await writeFileWhole(path, data);
}
