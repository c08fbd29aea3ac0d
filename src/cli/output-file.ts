/** A long computation should not end at a file that cannot be written. */

import { realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseUrl } from '../files/location.ts';
import {
  checkFolder,
  checkNewFolder,
  checkWritable,
  isStandardOutput,
  makeFolder,
  WriteError,
} from '../files/write-file.ts';
import { type Context, UsageError } from './context.ts';
import { errorText } from './korean-errors.ts';
import { goOnUnread } from './standard-output.ts';

/**
 * Checks that a command can write a file when its work is done. Where the file is standard output itself, what the command
 * prints from now on goes to standard error.
 * @param read files that are read for it, which nobody wants replaced by what is made of them
 * @throws UsageError that names the option, unless the file can be written and is none of those
 */
export async function checkOutputFile(
  option: string,
  file: string,
  context: Context,
  read: readonly string[] = [],
): Promise<void> {
  await naming(option, () => checkWritable(file));
  if (await isStandardOutput(file)) context.out = context.err;
  else goOnUnread();
  const [own, ...others] = await Promise.all([file, ...read].map(numberOf));
  if (typeof own === 'string' && others.includes(own))
    throw new UsageError(
      `${option}: '${file}' is read by the same command; expected another name`,
      `${option}: 이 명령이 읽는 파일이에요 ('${file}'). 다른 이름을 써 주세요`,
    );
}

/** The same for a file whose folder is made with it. */
export async function checkNestedFile(option: string, file: string, context: Context): Promise<void> {
  await naming(option, () => makeFolder(dirname(file)));
  await checkOutputFile(option, file, context);
}

/** What tells a file from all others, whatever it is called, by path or address; null for what is no file of this disk. */
async function numberOf(place: string): Promise<string | null> {
  const entry = await stat(parseUrl(place) ?? place).catch(() => null);
  return entry?.isFile() ? `${entry.dev}:${entry.ino}` : null;
}

/** @throws UsageError that names the option, unless the folder is there or can be made */
export function checkOutputFolder(option: string, folder: string): Promise<void> {
  goOnUnread();
  return naming(option, () => checkFolder(folder));
}

/** @throws UsageError that names the option, unless the folder is empty or can be made */
export function checkNewOutputFolder(option: string, folder: string): Promise<void> {
  goOnUnread();
  return naming(option, () => checkNewFolder(folder));
}

/** @throws UsageError that names the option, unless the weights that are read lie elsewhere than where a run writes its own */
export async function checkOtherWeights(option: string, weights: string, out: string): Promise<void> {
  const lies = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
  if ((await lies(weights)) !== (await lies(join(out, 'weights')))) return;
  throw new UsageError(
    `${option} ${weights} is where this run writes its weights; choose another folder with --out`,
    `${option} ${weights}: 이 실행이 가중치를 쓸 폴더예요. --out으로 다른 폴더를 쓰세요`,
  );
}

async function naming(option: string, check: () => Promise<void>): Promise<void> {
  await check().catch((error: unknown) => {
    if (!(error instanceof WriteError)) throw error;
    throw new UsageError(`${option}: ${error.message}`, `${option}: ${errorText(error, 'ko')}`);
  });
}
