/** What a picture file says of itself before any pixel is decoded. */

import { readAvifHeader } from './avif-header.ts';
import { type BmpHeader, isBmp, readBmpHeader } from './bmp.ts';
import { PictureError, READABLE, UnreadLayout } from './error.ts';
import { type GifFrame, gifFrames } from './gif.ts';
import { type JpegHeader, MAX_SCANS, readJpegHeader } from './jpeg-header.ts';
import { readOrientation } from './orientation.ts';
import { readTiffHeader, type TiffHeader } from './tiff-header.ts';
import { readWebpHeader } from './webp-header.ts';

export { PictureError } from './error.ts';

/** Format and layout: what tells which reader reads the pixels, and what that reader needs. */
export type Layout =
  | { readonly format: 'PNG' | 'WebP' | 'AVIF' }
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
    throw new PictureError(name, `is a cut or damaged ${format} (${error.message})`, 'the whole file');
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
  WebP: (bytes) => ({ layout: { format: 'WebP' }, notes: [], ...readWebpHeader(bytes) }),
  AVIF: (bytes) => ({ layout: { format: 'AVIF' }, notes: [], ...readAvifHeader(bytes) }),
};

function describePng(bytes: Uint8Array, name: string): PictureHeader {
  const view = viewOf(bytes);
  let [orientation, animated] = [1, false];
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = textAt(bytes, at + 4, 4);
    if (type === 'IDAT') break;
    if (type === 'acTL') animated = view.getUint32(at + 8) > 1;
    if (type === 'eXIf') orientation = readOrientation(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
    if ((type === 'IHDR') !== (at === 8)) throw at > 8 ? new RangeError('two headers') : new RangeError('no header');
  }
  const notes = animated ? [`${name} is an animation: only its first picture is looked at`] : [];
  return { layout: { format: 'PNG' }, width: view.getUint32(16), height: view.getUint32(20), notes, orientation };
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

/** [what it is, what is expected] of a file in no format that is read here. */
function describeForeign(bytes: Uint8Array, name: string): [what: string, expected: string] {
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined)
    return [`is ${foreign}, which cannot be read`, `${READABLE}: ${conversion(name, foreign)}`];
  const start = new TextDecoder().decode(bytes.subarray(0, 4096));
  if (/<svg[\s>]/i.test(start)) return ['is an SVG drawing, not pixels', `${READABLE}: ${conversion(name)}`];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text
  const isText = !/[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]/.test(start.slice(0, -1));
  return [isText ? 'is text, not a picture' : 'is not a picture', READABLE];
}

function foreignFormat(bytes: Uint8Array): string | undefined {
  if (textAt(bytes, 4, 4) === 'ftyp') return isoMediaFormat(bytes);
  if (startsWith(bytes, 'II+\0') || startsWith(bytes, 'MM\0+')) return 'BigTIFF';
  if (startsWith(bytes, '\xff\x0a') || textAt(bytes, 4, 4) === 'JXL ') return 'JPEG XL';
  if (textAt(bytes, 4, 4) === 'jP  ') return 'JPEG 2000';
  if (startsWith(bytes, '\0\0\x01\0')) return 'a Windows icon (ICO)';
  if (startsWith(bytes, '%PDF-')) return 'PDF';
  if (startsWith(bytes, '8BPS')) return 'Photoshop (PSD)';
  return FOREIGN.find(([mark]) => startsWith(bytes, mark))?.[1];
}

/** Other formats by how they begin. */
const FOREIGN: readonly (readonly [mark: string, format: string])[] = [
  ['\xff\x4f\xff\x51', 'JPEG 2000'],
  ['II\xbc\x01', 'JPEG XR'],
  ['qoif', 'QOI'],
  ...['1', '2', '3', '4', '5', '6', '7'].map((kind) => [`P${kind}\n`, 'Netpbm (PPM, PGM, PBM, PAM)'] as const),
  ['v/1\x01', 'OpenEXR'],
  ['#?RADIANCE', 'Radiance HDR'],
  ['DDS ', 'DirectDraw (DDS)'],
  ['icns', 'an Apple icon (ICNS)'],
  ['\x01\xda', 'SGI'],
  ['\x0a\x05\x01\x08', 'PCX'],
  ['gimp xcf', 'GIMP (XCF)'],
];

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
  return `convert it with \`magick "${name}[0]" -auto-orient ${png}\` (ImageMagick)`;
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
