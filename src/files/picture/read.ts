/** Pictures: from the bytes of a file to upright pixels. The header says what it is; one reader a format reads it. */

import { decoders, decodersTurn } from '#picture-decoders';
import { requireKinds } from '../kinds.ts';
import { readBmp } from './bmp.ts';
import type { Bitmap } from './decoders.ts';
import { damageOf, PictureError, UnreadLayout } from './error.ts';
import { type GifFrame, readGifFrame } from './gif.ts';
import { type PictureHeader, readHeader, unread } from './header.ts';
import { turnUpright } from './orientation.ts';
import { readPng } from './png.ts';
import { readTiff } from './tiff.ts';
import { readWebp } from './webp.ts';

/** A decoded picture, upright, with straight (not premultiplied) alpha. */
export interface Picture {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** `rgba[(y * width + x) * 4 + c]`, 0 to 255. */
  readonly rgba: Uint8Array;
  /** What a person should know, such as frames that are not looked at. */
  readonly notes: readonly string[];
}

/**
 * Decodes PNG, JPEG, GIF, BMP, TIFF, WebP or AVIF to the pixels that Pillow gives; docs/pictures.md lists the layouts. The
 * header is read first, so that a file of a few bytes that declares gigapixels costs nothing. Its orientation is applied;
 * colour profiles are not. Of an animation frame 1 is taken, and a note says so.
 *
 * @param bytes of the whole file
 * @param name how the picture is called in errors and notes: its path; default `a picture`
 * @throws PictureError when the bytes are no such picture, are cut, have a layout that is not read, or declare more than
 * 64 megapixels
 * @example
 * ```ts
 * const bytes = await (await fetch('https://example.org/cat.png')).arrayBuffer();
 * const { width, height, rgba } = await readPicture(new Uint8Array(bytes), 'cat.png');
 * ```
 */
export async function readPicture(bytes: Uint8Array, name = 'a picture'): Promise<Picture> {
  requireKinds('readPicture', { bytes, name }, 'bytes text');
  const header = readHeader(bytes, name);
  const { layout, notes, orientation } = header;
  try {
    const { width, height, data } = await decode(bytes, header, name);
    const [short, long] = [Math.min(width, height), Math.max(width, height)];
    if (short !== Math.min(header.width, header.height) || long !== Math.max(header.width, header.height))
      throw new RangeError(`its pixels are ${width} x ${height}, not ${header.width} x ${header.height}`);
    const rgba = new Uint8Array(data.buffer, data.byteOffset, data.length);
    const upright = decodersTurn && ['JPEG', 'AVIF'].includes(layout.format);
    return turnUpright({ width, height, rgba, notes }, upright ? 1 : orientation);
  } catch (error) {
    if (error instanceof PictureError) throw error;
    if (error instanceof UnreadLayout) throw unread(error, name);
    throw new PictureError(name, `is a cut or damaged ${layout.format} (${damageOf(error)})`, 'the whole file');
  }
}

/** The table of readers. */
async function decode(bytes: Uint8Array, { layout, width, height }: PictureHeader, name: string): Promise<Bitmap> {
  switch (layout.format) {
    case 'PNG':
      return { width, height, data: await readPng(layout.png, name) };
    case 'JPEG':
      return decoders[layout.jpeg.components === 4 ? 'CMYK' : 'JPEG'](new Uint8Array(bytes));
    case 'GIF':
      return { width, height, data: readGifFrame(bytes, layout.frames[0] as GifFrame) };
    case 'BMP':
      return { width, height, data: readBmp(bytes, layout.bmp) };
    case 'TIFF': {
      const readJpeg = async (jpeg: Uint8Array) => (await decoders.JPEG(new Uint8Array(jpeg))).data as Uint8Array;
      return { width, height, data: await readTiff(bytes, layout.tiff, readJpeg) };
    }
    case 'WebP':
      return readWebp(bytes, layout.webp, decoders.WebP);
    default:
      return decoders[layout.format](new Uint8Array(bytes));
  }
}
