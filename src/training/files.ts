import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { jsonFault } from '../files/json-position.ts';
import { asResourceError, ResourceError } from '../files/location.ts';
import { makeFolder, writeFileWhole } from '../files/write-file.ts';
import { GlassFlamingoError } from '../tensor/errors.ts';

/** Training cannot begin or go on: its data, its folder, a checkpoint or the numbers themselves are in the way. */
export class TrainingError extends GlassFlamingoError {
  override name = 'TrainingError';
}

/**
 * The bytes of a file of a run. What is no file is not opened: a FIFO would be waited for without an end.
 * @throws ResourceError for a FIFO, a device or a socket; else the system's error
 */
export async function readRunFile(path: string): Promise<Buffer> {
  const entry = await stat(path);
  if (!entry.isFile() && !entry.isDirectory())
    throw new ResourceError(path, 'is no file but a FIFO, a device or a socket');
  return readFile(path);
}

/** @throws TrainingError if the file is not JSON; the system's error if it is not there, else ResourceError */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await readRunFile(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' || error.code === 'ENOTDIR' ? error : asResourceError(path, error);
  });
  const text = bytes.toString();
  try {
    return JSON.parse(text);
  } catch {
    throw new TrainingError(`${path} is not valid JSON in UTF-8: ${jsonFault(text)}`);
  }
}

/** The lines of a log, none of an empty one. */
export const linesOf = (log: string): string[] => log.split('\n').filter((line) => line.trim() !== '');

/** Writes a file whole or not at all, into a folder that is made if it is not there. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  await writeFileWhole(path, data);
}
