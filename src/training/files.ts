import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asResourceError } from '../files/location.ts';
import { makeFolder, writeFileWhole } from '../files/write-file.ts';
import { GlassFlamingoError } from '../tensor/errors.ts';

/** Training cannot begin or go on: its data, its folder, a checkpoint or the numbers themselves are in the way. */
export class TrainingError extends GlassFlamingoError {
  override name = 'TrainingError';
}

/** @throws TrainingError if the file is not JSON; the system's error if it is not there, else ResourceError */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' || error.code === 'ENOTDIR' ? error : asResourceError(path, error);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TrainingError(`${path} is not valid JSON in UTF-8: ${(error as Error).message}`);
  }
}

/** Writes a file whole or not at all, into a folder that is made if it is not there. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  await writeFileWhole(path, data);
}
