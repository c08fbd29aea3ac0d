import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from './context.ts';

/** A long computation should not end at a file that cannot be written. @throws UsageError that names the option */
export async function checkOutputFile(option: string, file: string): Promise<void> {
  const folder = await stat(dirname(file)).catch(() => null);
  if (!folder?.isDirectory()) throw new UsageError(`${option} ${file}: there is no folder ${dirname(file)}`);
  const there = await stat(file).catch(() => null);
  if (there?.isDirectory()) throw new UsageError(`${option} ${file} is a folder; expected a file's name`);
}
