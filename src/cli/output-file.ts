/** A long computation should not end at a file that cannot be written. */

import { checkFolder, checkNewFolder, checkWritable, WriteError } from '../files/write-file.ts';
import { UsageError } from './context.ts';
import { errorText } from './korean-errors.ts';

/** @throws UsageError that names the option, unless the file can be written */
export function checkOutputFile(option: string, file: string): Promise<void> {
  return naming(option, () => checkWritable(file));
}

/** @throws UsageError that names the option, unless the folder is there or can be made */
export function checkOutputFolder(option: string, folder: string): Promise<void> {
  return naming(option, () => checkFolder(folder));
}

/** @throws UsageError that names the option, unless the folder is empty or can be made */
export function checkNewOutputFolder(option: string, folder: string): Promise<void> {
  return naming(option, () => checkNewFolder(folder));
}

async function naming(option: string, check: () => Promise<void>): Promise<void> {
  await check().catch((error: unknown) => {
    if (!(error instanceof WriteError)) throw error;
    throw new UsageError(`${option}: ${error.message}`, `${option}: ${errorText(error, 'ko')}`);
  });
}
