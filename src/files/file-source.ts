/** Node only: files as byte sources, and files written whole or not at all. */

import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { GlassFlamingoError } from '../tensor/errors.ts';
import type { ByteSource } from './byte-source.ts';

/** A file or folder that the disk does not take. */
export class WriteError extends GlassFlamingoError {
  override name = 'WriteError';
}

/** Reads parts of a file; it is opened for each part, so nothing needs closing. */
export async function fileSource(path: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return {
    size,
    read: async (start, end) => {
      const file = await open(path);
      try {
        const bytes = new Uint8Array(end - start);
        let filled = 0;
        while (filled < bytes.length) {
          const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return bytes.subarray(0, filled);
      } finally {
        await file.close();
      }
    },
  };
}

/** Writes beside the target, then renames: a reader sees the old file or the new one, never half of it. @throws WriteError */
export async function writeFileWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // the first failure tells more
    throw asWriteError(path, error);
  }
}

/** A folder and those that it lies in; what is there stays. @throws WriteError */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw asWriteError(path, error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
  EISDIR: 'a folder is in the way',
  EACCES: 'that is not allowed',
  EPERM: 'that is not allowed',
  EROFS: 'the disk is read-only',
  ENOSPC: 'no space is left on the disk',
};

function asWriteError(path: string, error: unknown): WriteError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new WriteError(`'${path}' cannot be written: ${REASONS[code ?? ''] ?? message}`);
}
