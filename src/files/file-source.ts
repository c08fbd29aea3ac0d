/** Node only: files as byte sources. */

import type { ByteSource } from './byte-source.ts';

const { open, stat } = process.getBuiltinModule('node:fs/promises');

/** A smaller part is read with what follows it: the next one asked for is often that, as small tensors lie side by side. */
const AHEAD = 65_536;

/**
 * Reads parts of a file; it is opened for each reading, so nothing needs closing.
 * @throws the system's error, and Error for a pipe or a device, of which no part can be read twice
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const entry = await stat(path);
  if (!entry.isFile() && !entry.isDirectory()) throw new Error('it is a pipe or a device, not a file');
  const { size } = entry;
  let known = { start: 0, bytes: new Uint8Array() };
  return {
    size,
    read: async (start, end) => {
      if (end - start >= AHEAD) return readPart(path, start, end);
      const holds = ({ start: from, bytes }: typeof known): boolean => start >= from && end <= from + bytes.length;
      const piece = holds(known) ? known : { start, bytes: await readPart(path, start, Math.min(size, start + AHEAD)) };
      known = piece;
      return piece.bytes.slice(start - piece.start, end - piece.start);
    },
  };
}

/** The bytes from `start` to `end`, fewer where the file ends before. */
async function readPart(path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
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
}
