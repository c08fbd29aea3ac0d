/** BMP (Windows and OS/2): header and pixels. Bottom-up unless the height is negative; every row is padded to 4 bytes. */

import { UnreadLayout } from './error.ts';

export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly packing: 'none' | 'rle' | 'fields';
  /** Red, green, blue, alpha; 0 where there is none. Of direct colours only. */
  readonly masks: readonly number[];
  /** Where the palette starts, its entries, and the bytes of one. */
  readonly palette: { readonly at: number; readonly entries: number; readonly bytes: number };
  readonly pixels: number;
}

const HEADERS = [12, 40, 52, 56, 108, 124];
/** The header of OS/2 2 may end after any of its fields; what is left out is 0. */
const OS2_HEADERS = [16, 20, 24, 28, 32, 36, 44, 48, 60, 64];
const DEFAULT_MASKS: Readonly<Record<number, readonly number[]>> = {
  16: [0x7c00, 0x3e0, 0x1f, 0],
  24: [0xff0000, 0xff00, 0xff, 0],
  32: [0xff0000, 0xff00, 0xff, 0],
};
const COMPRESSIONS = ['none', 'RLE8', 'RLE4', 'bit fields', 'JPEG', 'PNG', 'bit fields'];

/** Text may begin with "BM" too: the length of the second header settles it. */
export function isBmp(bytes: Uint8Array): boolean {
  const marked = bytes[0] === 0x42 && bytes[1] === 0x4d && !bytes[15] && !bytes[16] && !bytes[17];
  return marked && [...HEADERS, ...OS2_HEADERS].includes(bytes[14] ?? 0);
}

/** @throws RangeError when it is cut @throws UnreadLayout for compressions and depths that are not read */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(14, true);
  const core = length === 12;
  const [width, signed] = core
    ? [view.getUint16(18, true), view.getUint16(20, true)]
    : [view.getInt32(18, true), view.getInt32(22, true)];
  const bits = view.getUint16(core ? 24 : 28, true);
  const inHeader = (at: number) => (14 + length >= at + 4 ? view.getUint32(at, true) : 0);
  const compression = inHeader(30);
  const packing = packingOf(compression, bits, OS2_HEADERS.includes(length));
  const outside = packing === 'fields' && length === 40 ? (compression === 6 ? 16 : 12) : 0;
  const field = (at: number) => (length >= 56 || outside === 16 || at < 66 ? view.getUint32(at, true) : 0);
  const masks = packing === 'fields' ? [54, 58, 62, 66].map(field) : (DEFAULT_MASKS[bits] ?? []);
  const declared = inHeader(46);
  const at = 14 + length + outside;
  const [entries, each] = [bits <= 8 ? declared || 2 ** bits : 0, core ? 3 : 4];
  const pixels = view.getUint32(10, true);
  const room = Math.floor(Math.max(0, pixels - at) / each); // some writers store fewer colours than they could
  const palette = { at, entries: Math.min(entries, room, 2 ** bits), bytes: each };
  return { width, height: Math.abs(signed), topDown: signed < 0, bits, packing, masks, palette, pixels };
}

function packingOf(compression: number, bits: number, os2: boolean): BmpHeader['packing'] {
  if (os2 && compression >= 3)
    throw new UnreadLayout(`BMP compressed with ${compression === 3 ? 'Huffman 1D' : 'RLE24'} (OS/2)`);
  if (compression === 0 && [1, 2, 4, 8, 16, 24, 32].includes(bits)) return 'none';
  if ((compression === 1 && bits === 8) || (compression === 2 && bits === 4)) return 'rle';
  if ((compression === 3 || compression === 6) && (bits === 16 || bits === 32)) return 'fields';
  throw new UnreadLayout(`BMP of ${bits} bits with compression ${COMPRESSIONS[compression] ?? compression}`);
}

/** RGBA from the top row down. @throws RangeError when pixels are missing */
export function readBmp(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, topDown, bits, packing, masks, palette } = header;
  const rgba = new Uint8Array(width * height * 4);
  const stride = Math.ceil((width * bits) / 32) * 4;
  const data = bytes.subarray(header.pixels);
  const missing = packing !== 'rle' && (height - 1) * stride + Math.ceil((width * bits) / 8) > data.length;
  if (missing) throw new RangeError('rows are missing');
  const indices = packing === 'rle' ? unpackRuns(data, header) : undefined;
  const channels = masks.map(channelOf);
  for (let row = 0; row < height; row++) {
    for (let x = 0, to = (topDown ? row : height - 1 - row) * width * 4; x < width; x++, to += 4) {
      if (bits <= 8) {
        const index = indices ? (indices[row * width + x] as number) : bitsAt(data, row * stride * 8 + x * bits, bits);
        const from = palette.at + index * palette.bytes;
        for (let c = 0; c < 3 && index < palette.entries; c++) rgba[to + c] = bytes[from + 2 - c] as number;
        rgba[to + 3] = 255;
        continue;
      }
      let value = 0;
      for (let i = bits / 8 - 1; i >= 0; i--) value = value * 256 + (data[row * stride + (x * bits) / 8 + i] as number);
      for (let c = 0; c < 4; c++) rgba[to + c] = channels[c]?.(value) ?? 255;
    }
  }
  return rgba;
}

function bitsAt(data: Uint8Array, at: number, bits: number): number {
  return ((data[at >> 3] as number) >> (8 - bits - (at & 7))) & (2 ** bits - 1);
}

/** What a mask selects, on the scale of 0 to 255; an empty mask of alpha is opaque. */
function channelOf(mask: number, index: number): (value: number) => number {
  if (mask === 0) return () => (index === 3 ? 255 : 0);
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => Math.floor((((value & mask) >>> shift) * 255) / most);
}

/** Palette indices from the bottom row up; what no run reaches is 0. */
function unpackRuns(data: Uint8Array, { width, height, bits }: BmpHeader): Uint8Array {
  const indices = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, 0];
  const next = () => {
    if (at >= data.length) throw new RangeError('runs are missing');
    return data[at++] as number;
  };
  const put = (index: number) => {
    if (x < width && y < height) indices[y * width + x] = index;
    x++;
  };
  const pick = (byte: number, i: number) => (bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
  while (y < height) {
    const [count, value] = [next(), next()];
    if (count > 0) {
      for (let i = 0; i < count; i++) put(pick(value, i));
    } else if (value === 0) [x, y] = [0, y + 1];
    else if (value === 1) break;
    else if (value === 2) [x, y] = [x + next(), y + next()];
    else {
      const start = at;
      for (let i = 0, byte = 0; i < value; i++) {
        if (bits === 8 || i % 2 === 0) byte = next();
        put(pick(byte, i));
      }
      at += (at - start) % 2; // literal runs are padded to 16 bits
    }
  }
  return indices;
}
