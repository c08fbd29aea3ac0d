/** The frames of an animation as pictures: what a video is to the model (paper, section 2.1: frames of one visual input). */

import { requireKinds } from '../../files/kinds.ts';
import { damageOf, UnreadLayout } from '../../files/picture/error.ts';
import { type GifFrame, readGifFrame } from '../../files/picture/gif.ts';
import { readHeader, requireInside, unread } from '../../files/picture/header.ts';
import { MAX_MEGAPIXELS, type Picture, PictureError, readPicture } from '../image.ts';

/** Each is decoded alone, small ones too. */
const MAX_FRAMES = 1024;

/**
 * Every frame of a GIF as it shows, later frames drawn over earlier ones; of any other picture, itself.
 *
 * @param bytes of the whole file
 * @param name how the picture is called in errors: its path; default `a picture`
 * @throws PictureError as `readPicture` does, and for more than 1024 frames or 64 megapixels in all
 * @example
 * ```ts
 * const bytes = await (await fetch('https://example.org/cat.gif')).arrayBuffer();
 * const frames = await readFrames(new Uint8Array(bytes), 'cat.gif');
 * ```
 */
export async function readFrames(bytes: Uint8Array, name = 'a picture'): Promise<Picture[]> {
  requireKinds('readFrames', { bytes, name }, 'bytes text');
  const { layout, width, height } = readHeader(bytes, name);
  if (layout.format !== 'GIF') return [await readPicture(bytes, name)];
  const { frames } = layout;
  if (frames.length > MAX_FRAMES)
    throw new PictureError(name, `holds ${frames.length} frames`, `at most ${MAX_FRAMES} frames`);
  if (frames.length * width * height > MAX_MEGAPIXELS * 1e6) {
    const what = `holds ${frames.length} frames of ${width} x ${height} pixels`;
    throw new PictureError(name, what, `at most ${MAX_MEGAPIXELS} megapixels in all frames`);
  }
  const pictures: Picture[] = [];
  let screen = new Uint8Array(width * height * 4);
  for (const [i, frame] of frames.entries()) {
    const before = screen.slice();
    draw(readFrame(bytes, frame, width, height, `frame ${i + 1} of ${name}`), screen, width, frame);
    pictures.push({ width, height, rgba: screen.slice(), notes: [] });
    if (frame.disposal === 3) screen = before;
    if (frame.disposal === 2) clear(screen, width, frame);
  }
  return pictures;
}

function readFrame(bytes: Uint8Array, frame: GifFrame, width: number, height: number, name: string): Uint8Array {
  requireInside(frame, width, height, name);
  try {
    return readGifFrame(bytes, frame);
  } catch (error) {
    if (error instanceof UnreadLayout) throw unread(error, name);
    throw new PictureError(name, `is a damaged GIF (${damageOf(error)})`, 'the whole file');
  }
}

/** A GIF's pixels are opaque or not there at all; a frame has some only in its rectangle. */
function draw(rgba: Uint8Array, screen: Uint8Array, screenWidth: number, { left, top, width, height }: GifFrame): void {
  const [from, to] = [pixelsOf(rgba), pixelsOf(screen)];
  for (let y = top; y < top + height; y++) {
    for (let at = y * screenWidth + left; at < y * screenWidth + left + width; at++)
      if (rgba[at * 4 + 3] !== 0) to[at] = from[at] as number;
  }
}

function clear(screen: Uint8Array, screenWidth: number, { left, top, width, height }: GifFrame): void {
  for (let y = top; y < top + height; y++)
    screen.fill(0, (y * screenWidth + left) * 4, (y * screenWidth + left + width) * 4);
}

/** Four bytes at a time. */
function pixelsOf(rgba: Uint8Array): Uint32Array {
  const aligned = rgba.byteOffset % 4 === 0 ? rgba : rgba.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

/**
 * Which of `count` frames stand in the places of `wanted`, evenly: some are left out, or shown for several places.
 *
 *     frameOrder(2, 4); // [0, 0, 1, 1]
 */
export function frameOrder(count: number, wanted: number): number[] {
  return Array.from({ length: wanted }, (_, i) => Math.floor(((i + 0.5) * count) / wanted));
}
