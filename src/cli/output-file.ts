/** A long computation should not end at a file that cannot be written. */

import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from './context.ts';

/** @throws UsageError that names the option, unless the file can be written */
export async function checkOutputFile(option: string, file: string): Promise<void> {
  const folder = dirname(file);
  if ((await kindOf(folder)) !== 'folder') throw new UsageError(`${option} ${file}: there is no folder ${folder}`);
  if ((await kindOf(file)) === 'folder') throw new UsageError(`${option} ${file} is a folder; expected a file's name`);
  await access(folder, constants.W_OK).catch(() => {
    throw new UsageError(`${option} ${file}: the folder ${folder} may not be written`);
  });
}

/** @throws UsageError that names the option, unless the folder is there or can be made */
export async function checkOutputFolder(option: string, folder: string): Promise<void> {
  if ((await kindOf(folder)) === 'file')
    throw new UsageError(`${option} ${folder}: there is a file; expected a folder`);
}

/** Below a file there is nothing that could be made: it counts as that file. */
async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? 'file' : 'nothing';
  }
}
