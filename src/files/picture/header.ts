/** What a picture file says of itself before any pixel is decoded. */

import { imageSize } from 'image-size';
import { GlassFlamingoError } from '../../tensor/errors.ts';
import { gifFrames, hasSoundPixels } from './gif.ts';
import { readOrientation } from './orientation.ts';

/** A picture that cannot be used: which one, what is wrong with it, and what would do. */
export class PictureError extends GlassFlamingoError {
  override name = 'PictureError';
  readonly picture: string;
  readonly what: string;
  readonly expected: string;

  constructor(picture: string, what: string, expected: string) {
    super(`${picture} ${what}; expected ${expected}`);
    this.picture = picture;
    this.what = what;
    this.expected = expected;
  }
}

export type PictureFormat = 'PNG' | 'JPEG' | 'GIF' | 'BMP' | 'TIFF';

export interface PictureHeader {
  readonly format: PictureFormat;
  readonly width: number;
  readonly height: number;
  /** What a person should know, such as frames that are not looked at. */
  readonly notes: readonly string[];
  /** EXIF orientation, 1 to 8, that the decoder does not apply by itself: JPEG's is always 1 here. */
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

export const READABLE = 'a PNG, JPEG, GIF, BMP or TIFF picture';

/**
 * Reads format and size, refusing what cannot or should not be decoded.
 *
 * @throws PictureError for other formats (with how to convert them), other files, cut headers and too many pixels
 */
export function readHeader(bytes: Uint8Array, name: string): PictureHeader {
  if (bytes.length === 0) throw new PictureError(name, 'is empty', READABLE);
  const format = readableFormat(bytes);
  if (format === undefined) throw new PictureError(name, ...describeForeign(bytes, name));
  const notes = inspect(format, bytes, name);
  const { width, height } = declaredSize(format, bytes, name);
  refuseBombs(width, height, bytes.length, name);
  const orientation = format === 'TIFF' ? readOrientation(bytes) : format === 'PNG' ? pngOrientation(bytes) : 1;
  return { format, width, height, notes, orientation };
}

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
  // Text may begin with "BM" too: the length of the second header settles it.
  if (startsWith(bytes, 'BM') && [12, 40, 52, 56, 64, 108, 124].includes(bytes[14] ?? 0)) return 'BMP';
  return undefined;
}

function declaredSize(format: PictureFormat, bytes: Uint8Array, name: string): { width: number; height: number } {
  try {
    const { width, height } = imageSize(bytes);
    if (width > 0 && height > 0) return { width, height };
  } catch {
    // Reported below: the library's own words name offsets, not the picture.
  }
  throw new PictureError(name, `is a cut or damaged ${format}: its header gives no size`, READABLE);
}

/** Walks the file's blocks: refuses what the decoder would choke on, and notes what it leaves out. */
function inspect(format: PictureFormat, bytes: Uint8Array, name: string): string[] {
  try {
    if (format === 'PNG') return inspectPng(bytes, name);
    if (format === 'GIF') return inspectGif(bytes, name);
    if (format === 'TIFF') return inspectTiff(bytes, name);
    if (format === 'JPEG') refuseManyScans(bytes, name);
    return [];
  } catch (error) {
    if (error instanceof RangeError) throw new PictureError(name, `is a cut or damaged ${format}`, 'the whole file');
    throw error;
  }
}

function inspectPng(bytes: Uint8Array, name: string): string[] {
  const view = viewOf(bytes);
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = textAt(bytes, at + 4, 4);
    if (type === 'IDAT') break;
    if (type === 'acTL')
      throw new PictureError(name, 'is an animated PNG (APNG)', `a still picture: ${conversion(name)}`);
    if (type === 'IHDR' && at > 8) throw new PictureError(name, 'is a damaged PNG: it has two headers', READABLE);
  }
  return [];
}

/** Chunks were walked before, up to the pixels: cameras and editors write eXIf before them. */
function pngOrientation(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = textAt(bytes, at + 4, 4);
    if (type === 'eXIf') return readOrientation(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
    if (type === 'IDAT') break;
  }
  return 1;
}

function inspectGif(bytes: Uint8Array, name: string): string[] {
  const view = viewOf(bytes);
  const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
  const frames = gifFrames(bytes); // a cut later frame does not matter: only the first is looked at
  const first = frames[0];
  if (first === undefined) throw new PictureError(name, 'is a GIF without a frame', READABLE);
  const [right, bottom] = [first.left + first.width, first.top + first.height];
  if (right > width || bottom > height) {
    const what = `is a damaged GIF: its first frame reaches ${right} x ${bottom}`;
    throw new PictureError(name, what, `a frame within its ${width} x ${height} pixels`);
  }
  if (!hasSoundPixels(bytes, first))
    throw new PictureError(name, 'is a damaged GIF: its pixels cannot be unpacked', 'the whole file');
  return frames.length > 1 ? [`${name} is an animation of ${frames.length} frames: only frame 1 is looked at`] : [];
}

/** A progressive JPEG has some ten scans; each goes over all pixels, though it may take a few bytes only. */
const MAX_SCANS = 100;

function refuseManyScans(bytes: Uint8Array, name: string): void {
  let scans = 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) if (bytes[at + 1] === 0xda) scans++;
  if (scans > MAX_SCANS) throw new PictureError(name, `is a JPEG of ${scans} scans`, `at most ${MAX_SCANS} scans`);
}

const TIFF_TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

function inspectTiff(bytes: Uint8Array, name: string): string[] {
  const view = viewOf(bytes);
  const little = bytes[0] === 0x49;
  const directory = view.getUint32(4, little);
  const entries = view.getUint16(directory, little);
  for (let at = directory + 2; at < directory + 2 + entries * 12; at += 12) {
    // A count beyond the file's end would have the decoder read for minutes.
    const count = view.getUint32(at + 4, little) * (TIFF_TYPE_BYTES[view.getUint16(at + 2, little)] ?? 1);
    if (count > bytes.length) throw new RangeError('value beyond the end of the file');
  }
  if (view.getUint32(nextDirectory(bytes), little) === 0) return [];
  return [`${name} has several pages: only page 1 is looked at`];
}

/** Where a TIFF's first directory points at the next page. */
function nextDirectory(bytes: Uint8Array): number {
  const [view, little] = [viewOf(bytes), bytes[0] === 0x49];
  const directory = view.getUint32(4, little);
  return directory + 2 + view.getUint16(directory, little) * 12;
}

/** A copy of a TIFF that ends after its first page: the decoder would spend memory on all of them. */
export function firstPage(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes); // slice() of a Buffer is no copy
  viewOf(copy).setUint32(nextDirectory(copy), 0);
  return copy;
}

/** [what it is, what is expected] of a file in no format that is read here. */
function describeForeign(bytes: Uint8Array, name: string): [what: string, expected: string] {
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined)
    return [`is ${foreign}, which cannot be read`, `${READABLE}: ${conversion(name, foreign)}`];
  const start = new TextDecoder().decode(bytes.subarray(0, 4096));
  if (/<svg[\s>]/i.test(start)) return ['is an SVG drawing, not pixels', `${READABLE}: ${conversion(name)}`];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text
  const isText = !/[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]/.test(start.slice(0, -1));
  return [isText ? 'is text, not a picture' : 'is no picture', READABLE];
}

function foreignFormat(bytes: Uint8Array): string | undefined {
  if (startsWith(bytes, 'RIFF') && textAt(bytes, 8, 4) === 'WEBP') return 'WebP';
  if (textAt(bytes, 4, 4) === 'ftyp') return isoMediaFormat(bytes);
  if (startsWith(bytes, 'II+\0') || startsWith(bytes, 'MM\0+')) return 'BigTIFF';
  if (startsWith(bytes, '\xff\x0a') || textAt(bytes, 4, 4) === 'JXL ') return 'JPEG XL';
  if (textAt(bytes, 4, 4) === 'jP  ') return 'JPEG 2000';
  if (startsWith(bytes, '\0\0\x01\0')) return 'a Windows icon (ICO)';
  if (startsWith(bytes, '%PDF-')) return 'PDF';
  if (startsWith(bytes, '8BPS')) return 'Photoshop (PSD)';
  return undefined;
}

/** AVIF and HEIC share a container; the major brand or one of the compatible ones tells them apart. */
function isoMediaFormat(bytes: Uint8Array): string | undefined {
  const length = Math.min(viewOf(bytes).getUint32(0), 256);
  const brands = textAt(bytes, 8, length - 8).match(/.{4}/gs) ?? [];
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'AVIF';
  if (brands.some((brand) => /^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand))) return 'HEIC';
  return undefined;
}

function conversion(name: string, format?: string): string {
  const png = `${name.replace(/\.[^./\\]*$/, '')}${name.endsWith('.png') ? '-still' : ''}.png`;
  if (format === 'HEIC')
    return `convert it with \`heif-convert ${name} ${png}\`, on a Mac \`sips -s format png ${name} --out ${png}\``;
  return `convert it with \`magick "${name}[0]" ${png}\` (ImageMagick)`;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function textAt(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + Math.max(0, length)));
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return textAt(bytes, 0, magic.length) === magic;
}
