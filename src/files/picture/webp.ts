/** WebP for decoders that may turn a picture or not, and know no animations. */

import type { Bitmap, Decode } from './decoders.ts';
import { readWebpHeader, type WebpFrame, type WebpHeader } from './webp-header.ts';

const EXIF = [0x45, 0x58, 0x49, 0x46];
const HAS_ALPHA = 0x10;

/** The picture, or the first frame of an animation on an empty canvas. @throws RangeError when that has other pixels */
export async function readWebp(bytes: Uint8Array, header: WebpHeader, decode: Decode): Promise<Bitmap> {
  const { width, height, frame } = header;
  if (!frame) return decode(bareWebp(bytes));
  const file = stillOf(bytes, frame);
  readWebpHeader(file); // holds its pixels to the size that the frame declares
  const still = await decode(file);
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < frame.height; y++) {
    const row = still.data.subarray(y * frame.width * 4, (y + 1) * frame.width * 4);
    data.set(row, ((frame.top + y) * width + frame.left) * 4);
  }
  return { width, height, data };
}

/** A file of its own: with a canvas chunk, which lossy pixels with alpha need. */
function stillOf(bytes: Uint8Array, { width, height, start, end }: WebpFrame): Uint8Array<ArrayBuffer> {
  const chunks = bytes.subarray(start, end);
  const still = new Uint8Array(30 + chunks.length);
  const view = new DataView(still.buffer);
  still.set(new TextEncoder().encode('RIFF    WEBPVP8X'));
  view.setUint32(4, still.length - 8, true);
  view.setUint32(16, 10, true);
  still[20] = HAS_ALPHA;
  for (const [at, side] of [
    [24, width],
    [27, height],
  ] as const)
    for (let i = 0; i < 3; i++) still[at + i] = (side - 1) >> (8 * i);
  still.set(chunks, 30);
  return still;
}

/** A copy whose EXIF chunk has another name, so that no decoder turns it: some browsers do and some do not. */
function bareWebp(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const bare = new Uint8Array(bytes);
  const view = new DataView(bare.buffer);
  for (let at = 12; at + 8 <= bare.length; at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) % 2))
    if (EXIF.every((letter, i) => bare[at + i] === letter)) bare.fill(0x20, at, at + 4);
  return bare;
}
