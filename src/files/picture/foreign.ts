/** Files in no format that is read here: what they are, and what to do with them. */

import { READABLE } from './error.ts';

/** Other formats by how they begin; the first that fits counts. */
const FOREIGN: readonly (readonly [mark: string, format: string])[] = [
  ['II+\0', 'BigTIFF'],
  ['MM\0+', 'BigTIFF'],
  ['\xff\x0a', 'JPEG XL'],
  ['\xff\x4f\xff\x51', 'JPEG 2000'],
  ['II\xbc\x01', 'JPEG XR'],
  ['\0\0\x01\0', 'a Windows icon (ICO)'],
  ['\0\0\x02\0', 'a Windows cursor (CUR)'],
  ['icns', 'an Apple icon (ICNS)'],
  ['%PDF-', 'PDF'],
  ['%!PS', 'PostScript (EPS)'],
  ['\xc5\xd0\xd3\xc6', 'PostScript (EPS)'],
  ['8BPS', 'Photoshop (PSD)'],
  ['gimp xcf', 'GIMP (XCF)'],
  ['qoif', 'QOI'],
  ['v/1\x01', 'OpenEXR'],
  ['#?RADIANCE', 'Radiance HDR'],
  ['#?RGBE', 'Radiance HDR'],
  ['DDS ', 'DirectDraw (DDS)'],
  ['\x01\xda', 'SGI'],
  ['\x59\xa6\x6a\x95', 'Sun raster'],
  ['SIMPLE  =', 'FITS'],
  ['/* XPM', 'XPM'],
  ['\x8aMNG', 'MNG'],
  ['\x8bJNG', 'JNG'],
  ['SDPX', 'DPX'],
  ['XPDS', 'DPX'],
  ['\x80\x2a\x5f\xd7', 'Cineon'],
  ['\xd7\xcd\xc6\x9a', 'a Windows metafile (WMF)'],
  ['farbfeld', 'farbfeld'],
  ['FLIF', 'FLIF'],
  ['BPG\xfb', 'BPG'],
  ['AT&TFORM', 'DjVu'],
  ['IIRO', 'a camera raw file'],
  ['IIU\0', 'a camera raw file'],
  ['FUJIFILMCCD-RAW', 'a camera raw file'],
  ['FOVb', 'a camera raw file'],
  ['\x1a\x45\xdf\xa3', 'a video (WebM, MKV)'],
  ['FLV\x01', 'a video (FLV)'],
  ['\0\0\x01\xba', 'a video (MPEG)'],
];

/** [what it is, what is expected] of a file in no format that is read here. */
export function describeForeign(bytes: Uint8Array, name: string): [what: string, expected: string] {
  const foreign = formatOf(bytes);
  if (foreign !== undefined)
    return [`is ${foreign}, which cannot be read`, `${READABLE}: ${conversion(name, foreign)}`];
  if (textAt(bytes, 0, 2) === '\x1f\x8b' || textAt(bytes, 0, 4) === 'PK\x03\x04')
    return ['is a packed file, not a picture', `${READABLE}: unpack it first`];
  return describeText(bytes, name);
}

function describeText(bytes: Uint8Array, name: string): [what: string, expected: string] {
  const start = textOf(bytes.subarray(0, 65_536));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text
  const isText = !/[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]/.test(start.slice(0, -1));
  if (!isText) return ['is not a picture', READABLE];
  const root = start.replace(/<!--.*?-->|<\?.*?\?>|<!doctype\s+svg[^[>]*(\[.*?\])?\s*>/gis, '').trimStart();
  if (/^<(\w+:)?svg[\s>]/i.test(root)) return ['is an SVG drawing, not pixels', `${READABLE}: ${conversion(name)}`];
  if (/^<(!doctype\s+html|html)[\s>]/i.test(root)) return ['is a web page, not a picture', READABLE];
  if (start.startsWith('version https://git-lfs'))
    return ['is a pointer of Git LFS, not the picture', `${READABLE}: \`git lfs pull\` brings it`];
  return ['is text, not a picture', READABLE];
}

/** UTF-16 where a mark says so, otherwise UTF-8; a character that is cut at the end is left out. */
function textOf(bytes: Uint8Array): string {
  const mark = textAt(bytes, 0, 2);
  const encoding = mark === '\xff\xfe' ? 'utf-16le' : mark === '\xfe\xff' ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes, { stream: true });
}

function formatOf(bytes: Uint8Array): string | undefined {
  if (textAt(bytes, 4, 4) === 'ftyp') return isoMediaFormat(bytes);
  if (textAt(bytes, 4, 4) === 'JXL ') return 'JPEG XL';
  if (textAt(bytes, 4, 4) === 'jP  ') return 'JPEG 2000';
  if (textAt(bytes, 0, 2) === 'BA' && textAt(bytes, 14, 2) === 'BM') return 'an OS/2 bitmap array';
  if (textAt(bytes, 40, 4) === ' EMF') return 'a Windows metafile (EMF)';
  if (textAt(bytes, 0, 4) === 'RIFF') return textAt(bytes, 8, 4) === 'AVI ' ? 'a video (AVI)' : undefined;
  if (/^P(?:[1-7]|[Ff])[\s#]/.test(textAt(bytes, 0, 3))) return 'Netpbm (PPM, PGM, PBM, PAM)';
  const [maker, version = 9, packing = 9, bits = 0] = bytes;
  if (maker === 10 && version <= 5 && packing <= 1 && [1, 2, 4, 8].includes(bits)) return 'PCX';
  if (textAt(bytes, 0, 8) === '#define ' && /_width\s+\d/.test(textAt(bytes, 0, 256))) return 'XBM';
  return (
    FOREIGN.find(([mark]) => textAt(bytes, 0, mark.length) === mark)?.[1] ??
    (isTarga(bytes) ? 'Targa (TGA)' : undefined)
  );
}

/** It begins with no mark: newer ones end with one, and of others the header's fields must fit each other. */
function isTarga(bytes: Uint8Array): boolean {
  if (textAt(bytes, bytes.length - 18, 16) === 'TRUEVISION-XFILE') return true;
  const [, mapped = 9, kind = 0] = bytes;
  const [depth, flags] = [bytes[16] ?? 0, bytes[17] ?? 0];
  const coloured = mapped === 1 && [1, 9].includes(kind) && depth === 8;
  const plain = mapped === 0 && ([2, 10].includes(kind) ? [15, 16, 24, 32] : [3, 11].includes(kind) ? [8, 16] : []);
  const sized = ((bytes[12] ?? 0) | (bytes[13] ?? 0)) > 0 && ((bytes[14] ?? 0) | (bytes[15] ?? 0)) > 0;
  return bytes.length > 18 && sized && (flags & 0xc0) === 0 && (coloured || (plain !== false && plain.includes(depth)));
}

/** AVIF, HEIC and videos share a container; the major brand or one of the compatible ones tells them apart. */
export function isoMediaFormat(bytes: Uint8Array): string {
  const length = Math.min(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0), 256);
  const brands = textAt(bytes, 8, length - 8).match(/.{4}/gs) ?? [];
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'AVIF';
  if (brands.some((brand) => /^(hei[cxmsf]|hev[cxms]|mi[af][12f]|msf1)$/.test(brand))) return 'HEIC';
  return brands[0] === 'crx ' ? 'a camera raw file' : 'a video (MP4, MOV)';
}

/** A command that makes a picture of it. */
export function conversion(name: string, format = ''): string {
  const stem = name.replace(/\.[^./\\]*$/, '');
  const png = quoted(`${stem}${/\.png$/i.test(name) ? '-still' : ''}.png`);
  if (format === 'HEIC')
    return `convert it with \`heif-convert ${quoted(name)} ${png}\`, on a Mac \`sips -s format png ${quoted(name)} --out ${png}\``;
  if (format.startsWith('a video')) return `convert it with \`ffmpeg -i ${quoted(name)} ${quoted(`${stem}.gif`)}\``;
  return `convert it with \`magick ${quoted(`${name}[0]`)} -auto-orient ${png}\` (ImageMagick)`;
}

/** As a shell takes it for one word. */
const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `"${path.replace(/["$`]/g, (character) => `\\${character}`)}"`;

export function textAt(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(0, start), start + Math.max(0, length)));
}
