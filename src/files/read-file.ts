/** Node only: whole files of the disk, with an end: a pipe or a device may have none. */

import { concatBytes } from './bytes.ts';

const { open } = process.getBuiltinModule('node:fs/promises');

/** Most bytes that a pipe or a device may give. */
const MOST_STREAMED = 2 ** 28;

export interface ReadFileOptions {
  readonly signal?: AbortSignal | undefined;
  /** Most bytes of what is no plain file; default 256 MiB. */
  readonly most?: number;
}

/** The whole content. @throws the system's error, and Error for a pipe or a device that gives more bytes than `most` */
export async function readFileWhole(
  path: string | URL,
  { signal, most = MOST_STREAMED }: ReadFileOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path);
  try {
    const entry = await file.stat();
    if (entry.isFile() || entry.isDirectory()) return await file.readFile({ signal });
    return await stream(file.createReadStream({ autoClose: false, signal }), most);
  } finally {
    await file.close();
  }
}

async function stream(pieces: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const taken: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    taken.push(piece);
    length += piece.length;
    if (length > most) throw new Error(`it has no end: more than ${most} bytes came`);
  }
  return concatBytes(taken);
}
