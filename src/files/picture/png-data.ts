/** The pixels of a PNG before they are decoded: whether the compressed data is as long as the header says. */

import { PictureError } from './error.ts';

/** What a decoder may pass over behind the last row. */
const MOST_EXCESS = 65_536;

/**
 * Unpacks the data once and counts, keeping nothing: the decoder fills what is missing with black, and of an interlaced
 * picture unpacks whatever is there, gigabytes from a few kilobytes.
 * @throws PictureError when the data is too short, far too long, or damaged
 */
export async function checkPngData(bytes: Uint8Array, name: string): Promise<void> {
  const { expected, data } = describe(bytes);
  let found = 0;
  let damage: unknown;
  const reader = new Blob(data).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  try {
    while (found <= expected + MOST_EXCESS) {
      const { done, value } = await reader.read();
      if (done) break;
      found += value.length;
    }
  } catch (error) {
    damage = error; // what comes after the last row does not matter
  }
  await reader.cancel().catch(() => {});
  if (found > expected + MOST_EXCESS)
    throw new PictureError(name, 'is a PNG whose data unpacks to more than its pixels', `${expected} bytes`);
  if (found < expected) {
    const how = damage ? 'is damaged' : `has ${found} of ${expected} bytes`;
    throw new PictureError(name, `is a cut or damaged PNG: its pixel data ${how}`, 'the whole file');
  }
}

const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Adam7: first column and row of each pass, and its steps. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Bytes of the unpacked rows, a filter byte before each, and the parts of the packed data. */
function describe(bytes: Uint8Array): { expected: number; data: Uint8Array<ArrayBuffer>[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, depth] = [view.getUint32(16), view.getUint32(20), view.getUint8(24)];
  const bits = depth * (CHANNELS[view.getUint8(25)] ?? 0);
  const rows = (columns: number, count: number) => (columns > 0 ? count * (1 + Math.ceil((columns * bits) / 8)) : 0);
  const passes = view.getUint8(28) === 1 ? PASSES : [[0, 0, 1, 1] as const];
  const expected = passes.reduce(
    (sum, [x, y, dx, dy]) => sum + rows(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)),
    0,
  );
  const data: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const isData = view.getUint32(at + 4) === 0x49444154; // IDAT
    if (isData) data.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)) as Uint8Array<ArrayBuffer>);
  }
  return { expected, data };
}

const KEPT = ['IHDR', 'PLTE', 'tRNS', 'IDAT'];
const END = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82];

/** Only what makes the pixels: no colour management, no animation, nothing behind the end. */
export function barePng(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (KEPT.includes(type)) parts.push(bytes.subarray(at, at + 12 + view.getUint32(at)));
    if (type === 'IEND') break;
  }
  parts.push(Uint8Array.from(END));
  const bare = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let to = 0;
  for (const part of parts) {
    bare.set(part, to);
    to += part.length;
  }
  return bare;
}
