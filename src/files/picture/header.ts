/** What a picture file says of itself before any pixel is decoded. */

import { readAvifHeader } from './avif-header.ts';
import { type BmpHeader, isBmp, readBmpHeader } from './bmp.ts';
import { damageOf, PictureError, READABLE, UnreadLayout } from './error.ts';
import { conversion, describeForeign, isoMediaFormat, textAt } from './foreign.ts';
import { type GifFrame, gifFrames } from './gif.ts';
import { type JpegHeader, MAX_SCANS, readJpegHeader } from './jpeg-header.ts';
import { type PngHeader, readPngHeader } from './png-header.ts';
import { readTiffHeader, type TiffHeader } from './tiff-header.ts';
import { readWebpHeader, type WebpHeader } from './webp-header.ts';

export { PictureError } from './error.ts';

/** Format and layout: what tells which reader reads the pixels, and what that reader needs. */
export type Layout =
  | { readonly format: 'AVIF' }
  | { readonly format: 'WebP'; readonly webp: WebpHeader }
  | { readonly format: 'PNG'; readonly png: PngHeader }
  | { readonly format: 'JPEG'; readonly jpeg: JpegHeader }
  | { readonly format: 'GIF'; readonly frames: readonly GifFrame[] }
  | { readonly format: 'BMP'; readonly bmp: BmpHeader }
  | { readonly format: 'TIFF'; readonly tiff: TiffHeader };

export type PictureFormat = Layout['format'];

export interface PictureHeader {
  readonly layout: Layout;
  /** As stored, before it is turned upright. */
  readonly width: number;
  readonly height: number;
  /** What a person should know, such as frames that are not looked at. */
  readonly notes: readonly string[];
  /** As EXIF counts: 1 (upright) to 8. */
  readonly orientation: number;
}

/** Larger pictures are refused before memory is spent on them. */
export const MAX_MEGAPIXELS = 64;

/** The longest side that JPEG and GIF can have; decoders of the others take minutes for one row of millions. */
const MAX_SIDE = 65_535;
/**
 * Picture bombs: large and nearly empty. Photographs have a byte for at most 100 pixels; more pixels a byte than this
 * are refused in pictures of more than so many megapixels.
 */
const MAX_PIXELS_PER_BYTE = 256;
const UNSUSPECTED_MEGAPIXELS = 16;

/**
 * Reads format, size and layout, refusing what cannot or should not be decoded.
 *
 * @throws PictureError for other formats (with how to convert them), other files, layouts that no reader here knows, cut
 * headers and too many pixels
 */
export function readHeader(bytes: Uint8Array, name: string): PictureHeader {
  if (bytes.length === 0) throw new PictureError(name, 'is empty', READABLE);
  const format = readableFormat(bytes);
  if (format === undefined) throw new PictureError(name, ...describeForeign(bytes, name));
  try {
    const header = DESCRIBE[format](bytes, name);
    if (!(header.width > 0 && header.height > 0)) throw new RangeError('no size');
    refuseBombs(header.width, header.height, bytes.length, name);
    return header;
  } catch (error) {
    if (error instanceof UnreadLayout) throw unread(error, name);
    if (!(error instanceof RangeError)) throw error;
    throw new PictureError(name, `is a cut or damaged ${format} (${damageOf(error)})`, 'the whole file');
  }
}

/** What a person is told of a sound picture whose layout no reader here knows. */
export const unread = (layout: UnreadLayout, name: string): PictureError =>
  new PictureError(name, `is a ${layout.message}, which is not read`, `another layout: ${conversion(name)}`);

function refuseBombs(width: number, height: number, bytes: number, name: string): void {
  const pixels = width * height;
  const size = `${width} x ${height} pixels (${Math.round(pixels / 1e6)} megapixels)`;
  if (pixels > MAX_MEGAPIXELS * 1e6)
    throw new PictureError(name, `declares ${size}`, `at most ${MAX_MEGAPIXELS} megapixels; make it smaller first`);
  if (Math.max(width, height) > MAX_SIDE)
    throw new PictureError(name, `declares ${width} x ${height} pixels`, `sides of at most ${MAX_SIDE}`);
  if (pixels > UNSUSPECTED_MEGAPIXELS * 1e6 && pixels > MAX_PIXELS_PER_BYTE * bytes)
    throw new PictureError(
      name,
      `declares ${size} in ${bytes} bytes`,
      `a byte for every ${MAX_PIXELS_PER_BYTE} pixels`,
    );
}

function readableFormat(bytes: Uint8Array): PictureFormat | undefined {
  if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return 'PNG';
  if (startsWith(bytes, '\xff\xd8\xff')) return 'JPEG';
  if (startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) return 'GIF';
  if (startsWith(bytes, 'II*\0') || startsWith(bytes, 'MM\0*')) return 'TIFF';
  if (startsWith(bytes, 'RIFF') && textAt(bytes, 8, 4) === 'WEBP') return 'WebP';
  if (textAt(bytes, 4, 4) === 'ftyp' && isoMediaFormat(bytes) === 'AVIF') return 'AVIF';
  return isBmp(bytes) ? 'BMP' : undefined;
}

/** One reader of headers a format. Each throws RangeError when the file is cut, UnreadLayout for what is not read. */
const DESCRIBE: Readonly<Record<PictureFormat, (bytes: Uint8Array, name: string) => PictureHeader>> = {
  PNG: describePng,
  JPEG: describeJpeg,
  GIF: describeGif,
  BMP: (bytes) => {
    const bmp = readBmpHeader(bytes);
    return { layout: { format: 'BMP', bmp }, width: bmp.width, height: bmp.height, notes: [], orientation: 1 };
  },
  TIFF: (bytes, name) => {
    const tiff = readTiffHeader(bytes);
    const notes = tiff.pages ? [`${name} has several pages: only page 1 is looked at`] : [];
    const { width, height, orientation } = tiff;
    return { layout: { format: 'TIFF', tiff }, width, height, notes, orientation };
  },
  WebP: (bytes, name) => {
    const webp = readWebpHeader(bytes);
    const notes = webp.animated ? [firstOnly(name)] : [];
    const { width, height, orientation } = webp;
    return { layout: { format: 'WebP', webp }, width, height, notes, orientation };
  },
  AVIF: (bytes) => ({ layout: { format: 'AVIF' }, notes: [], ...readAvifHeader(bytes) }),
};

const firstOnly = (name: string): string => `${name} is an animation: only its first picture is looked at`;

function describePng(bytes: Uint8Array, name: string): PictureHeader {
  const png = readPngHeader(bytes);
  const { width, height, orientation } = png;
  const notes = png.animated ? [firstOnly(name)] : [];
  return { layout: { format: 'PNG', png }, width, height, notes, orientation };
}

function describeJpeg(bytes: Uint8Array, name: string): PictureHeader {
  const jpeg = readJpegHeader(bytes);
  const { width, height, orientation, scans, ended } = jpeg;
  if (scans > MAX_SCANS) throw new PictureError(name, `is a JPEG of ${scans} scans`, `at most ${MAX_SCANS} scans`);
  if (scans === 0 || !ended) throw new RangeError('its end is missing');
  return { layout: { format: 'JPEG', jpeg }, width, height, notes: [], orientation };
}

function describeGif(bytes: Uint8Array, name: string): PictureHeader {
  const view = viewOf(bytes);
  const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
  const frames = gifFrames(bytes); // a cut later frame does not matter: only the first is looked at
  const first = frames[0];
  if (first === undefined) throw new PictureError(name, 'is a GIF without a frame', READABLE);
  requireInside(first, width, height, name);
  const notes =
    frames.length > 1 ? [`${name} is an animation of ${frames.length} frames: only frame 1 is looked at`] : [];
  return { layout: { format: 'GIF', frames }, width, height, notes, orientation: 1 };
}

/** @throws PictureError when a frame of a GIF reaches over its screen */
export function requireInside(frame: GifFrame, width: number, height: number, name: string): void {
  const [right, bottom] = [frame.left + frame.width, frame.top + frame.height];
  if (right <= width && bottom <= height) return;
  const what = `is a damaged GIF: its first frame reaches ${right} x ${bottom}`;
  throw new PictureError(name, what, `a frame within its ${width} x ${height} pixels`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return textAt(bytes, 0, magic.length) === magic;
}
