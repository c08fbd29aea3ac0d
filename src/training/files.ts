import { dirname } from 'node:path';
import { makeFolder, writeFileWhole } from '../files/write-file.ts';
import { GlassFlamingoError } from '../tensor/errors.ts';

/** Training cannot begin or go on: its data, its folder, a checkpoint or the numbers themselves are in the way. */
export class TrainingError extends GlassFlamingoError {
  override name = 'TrainingError';
}

/** Writes a file whole or not at all, into a folder that is made if it is not there. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  await writeFileWhole(path, data);
}
