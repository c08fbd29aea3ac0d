/** Small files that would unpack to gigabytes, or into more than their headers declare. */

import { readFileSync } from 'node:fs';
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { bytesOf } from './picture-corpus.ts';

/** A zlib stream of `megabytes` of zeros: one block that ends on a byte, again and again. */
export function zeros(megabytes: number): Uint8Array {
  const block = deflateRawSync(new Uint8Array(2 ** 20), { finishFlush: constants.Z_FULL_FLUSH });
  const out = new Uint8Array(2 + block.length * megabytes + 2);
  out.set([0x78, 0x9c]);
  for (let i = 0; i < megabytes; i++) out.set(block, 2 + i * block.length);
  out.set([3, 0], out.length - 2);
  return out;
}

interface Tiff {
  readonly width: number;
  readonly height: number;
  readonly compression: number;
  readonly data: Uint8Array;
  /** Beside the usual tags of 8-bit gray. */
  readonly tags?: Readonly<Record<number, number | readonly number[]>>;
  /** Strips or tiles, which all hold the same data. */
  readonly parts?: number;
}

/** A TIFF of 8-bit gray whose strips (or tiles, where `tags` says so) all are `data`. */
export function tiffOf({ width, height, compression, data, tags = {}, parts = 1 }: Tiff): Uint8Array {
  const tiled = 322 in tags;
  const all: Record<number, number | readonly number[]> = {
    ...{ 256: width, 257: height, 258: 8, 259: compression, 262: 1, 277: 1 },
    [tiled ? 324 : 273]: new Array<number>(parts).fill(8),
    [tiled ? 325 : 279]: new Array<number>(parts).fill(data.length),
    ...tags,
  };
  const entries = Object.entries(all).map(([tag, value]) => [Number(tag), [value].flat()] as const);
  const start = 8 + data.length + (data.length % 2);
  const lists = entries.reduce((sum, [, { length }]) => sum + (length > 1 ? 4 * length : 0), 0);
  const bytes = new Uint8Array(start + 2 + entries.length * 12 + 4 + lists);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, start, true);
  bytes.set(data, 8);
  view.setUint16(start, entries.length, true);
  let free = start + 2 + entries.length * 12 + 4;
  for (const [i, [tag, values]] of entries.entries()) {
    const at = start + 2 + i * 12;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, 4, true);
    view.setUint32(at + 4, values.length, true);
    const place = values.length > 1 ? free : at + 8;
    if (values.length > 1) view.setUint32(at + 8, place, true);
    for (const [j, value] of values.entries()) view.setUint32(place + 4 * j, value, true);
    if (values.length > 1) free += 4 * values.length;
  }
  return bytes;
}

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/pictures/${name}`, import.meta.url)));

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const join = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

const png = (interlace: number, ...chunks: readonly Uint8Array[]) =>
  join(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0, interlace)),
    ...chunks,
    chunk('IEND', new Uint8Array(0)),
  );

/** A copy with other bytes where `find` first stands, `at` bytes behind it. */
function patched(file: Uint8Array, find: string, at: number, bytes: readonly number[]): Uint8Array {
  const copy = file.slice();
  const found = Buffer.from(copy).indexOf(find, 'latin1');
  if (found < 0) throw new Error(`no ${find}`);
  copy.set(bytes, found + at);
  return copy;
}

/** LZW codes that each stand for one more pixel than the last, as a GIF of 4 x 4 pixels. */
function gif(): Uint8Array {
  const block = new Uint8Array(256).fill(0x55);
  block[0] = 255;
  const head = [...new TextEncoder().encode('GIF89a'), 4, 0, 4, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
  const image = [0x2c, 0, 0, 0, 0, 4, 0, 4, 0, 0, 2];
  return join(Uint8Array.from([...head, ...image]), ...new Array(4000).fill(block), Uint8Array.of(0, 0x3b));
}

/** RLE8 whose runs never end a row. */
function bmp(): Uint8Array {
  const bytes = new Uint8Array(62 + 2_000_000).fill(255);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  for (const [i, value] of [bytes.length, 0, 62, 40, 4, 4].entries()) view.setUint32(2 + 4 * i, value, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 8, true);
  for (const [i, value] of [1, bytes.length - 62, 0, 0, 2, 0].entries()) view.setUint32(30 + 4 * i, value, true);
  return bytes;
}

/** Another frame header before the one that counts. */
function jpeg(file: Uint8Array): Uint8Array {
  const at = file.findIndex((byte, i) => byte === 0xff && ((file[i + 1] as number) & 0xfd) === 0xc0);
  const length = 2 + new DataView(file.buffer).getUint16(at + 2);
  const huge = file.slice(at, at + length);
  huge.set([0xff, 0xdc, 0xff, 0xdc], 5);
  return join(file.subarray(0, at), huge, file.subarray(at));
}

/** [name, file, what a reader must say]: the size that it read, or the words of a refusal. */
export const BOMBS: readonly (readonly [name: string, make: () => Uint8Array, outcome: RegExp])[] = [
  ['a strip', () => tiffOf({ width: 4, height: 4, compression: 8, data: zeros(1500) }), /^4 x 4$/],
  [
    'one strip that all rows use',
    () => tiffOf({ width: 4, height: 500, compression: 8, data: zeros(64), parts: 500, tags: { 278: 1 } }),
    /^4 x 500$/,
  ],
  [
    'tiles far wider than the picture',
    () =>
      tiffOf({ width: 1, height: 65_535, compression: 8, data: zeros(64), parts: 65_535, tags: { 322: 6e7, 323: 1 } }),
    /tile size/,
  ],
  [
    'a JPEG in a tile',
    () => tiffOf({ width: 4, height: 4, compression: 7, data: fixture('exif6.jpg') }),
    /a JPEG of 91 x 57 in a tile of 4 x 4/,
  ],
  ['PNG data', () => png(0, chunk('IDAT', zeros(1500))), /unpacks to more than its pixels/],
  ['interlaced PNG data', () => png(1, chunk('IDAT', zeros(1500))), /unpacks to more than its pixels/],
  [
    'a PNG profile',
    () => png(0, chunk('iCCP', join(Uint8Array.of(65, 0, 0), zeros(1500))), chunk('IDAT', zeros(1))),
    /unpacks to more than its pixels/,
  ],
  ['GIF codes', gif, /^4 x 4$|cut or damaged GIF/],
  ['BMP runs', bmp, /cut or damaged BMP \(runs are missing/],
  ['two JPEG frames', () => jpeg(fixture('exif6.jpg')), /cut or damaged JPEG \(it has two frames\)/],
  ['two frames of CMYK', () => jpeg(bytesOf('cmyk.jpg')), /cut or damaged JPEG \(it has two frames\)/],
  [
    'a WebP canvas',
    () => patched(bytesOf('webp-1.webp'), 'VP8X', 12, [3, 0, 0, 3, 0, 0]),
    /cut or damaged WebP \(its pixels are \d+ x \d+, not 4 x 4\)/,
  ],
  [
    'AVIF properties',
    () => patched(bytesOf('avifenc-420-8.avif'), 'ispe', 8, [0, 0, 0, 4, 0, 0, 0, 4]),
    /cut or damaged AVIF \(its pixels are \d+ x \d+, not 4 x 4\)/,
  ],
];
