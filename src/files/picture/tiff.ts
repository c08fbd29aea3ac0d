/** The pixels of a TIFF: strips and tiles unpacked one by one, each to the size that the header gives. */

import { UnreadLayout } from './error.ts';
import { MAX_SCANS, readJpegHeader } from './jpeg-header.ts';
import type { TiffCompression, TiffHeader } from './tiff-header.ts';
import { inflate, type Unpack, unpackBits, unpackLzw, unpackNone } from './tiff-unpack.ts';

/** RGBA of a whole JPEG file. */
export type ReadJpeg = (bytes: Uint8Array) => Promise<Uint8Array>;

const UNPACK: Readonly<Record<Exclude<TiffCompression, 'JPEG'>, Unpack>> = {
  none: unpackNone,
  deflate: inflate,
  LZW: unpackLzw,
  PackBits: unpackBits,
};

/** Tiles may reach beyond the picture, but neither one nor all together without bound. */
const MOST_TILE_BYTES = 2 ** 26;
const MOST_BYTES = 2 ** 28;

/** @throws RangeError when pixels are missing or a tile is far larger than the picture */
export async function readTiff(bytes: Uint8Array, header: TiffHeader, readJpeg: ReadJpeg): Promise<Uint8Array> {
  const { width, height, tile, samples, bits, planar } = header;
  const each = planar ? 1 : samples; // samples of a pixel in one tile
  const stride = Math.ceil((tile.width * each * bits) / 8);
  const size = stride * tile.height;
  const [across, down] = [Math.ceil(width / tile.width), Math.ceil(height / tile.height)];
  const picture = width * height * samples * (bits / 8);
  const all = size * across * down * (planar ? samples : 1);
  if (size === 0 || size > MOST_TILE_BYTES + 4 * picture || all > MOST_BYTES + 4 * picture)
    throw new RangeError('tile size');
  const white = scaleOf(header);
  const target = new Uint8Array(width * height * samples);
  for (let plane = 0; plane < (planar ? samples : 1); plane++) {
    for (let row = 0; row < down; row++) {
      for (let column = 0; column < across; column++) {
        const index = (plane * down + row) * across + column;
        const part = tileBytes(bytes, header, index);
        const rows = Math.min(tile.height, height - row * tile.height);
        const place = { left: column * tile.width, top: row * tile.height, rows, plane };
        if (header.compression === 'JPEG') {
          const { jpeg, stride } = tileJpeg(part, header);
          putPixels(await readJpeg(jpeg), target, header, { ...place, stride });
          continue;
        }
        const data = await UNPACK[header.compression](part, stride * rows);
        undoPrediction(data, stride, each, header);
        putSamples(data, target, header, { ...place, stride, each, white });
      }
    }
  }
  // A JPEG's own colours came out as RGB.
  const colour = header.compression === 'JPEG' && samples > 1 ? 'RGB' : header.colour;
  return rgbaOf(target, { ...header, colour });
}

function tileBytes(bytes: Uint8Array, { offsets, counts, reversedBits }: TiffHeader, index: number): Uint8Array {
  const at = offsets[index];
  if (at === undefined || at >= bytes.length || counts[index] === 0) throw new RangeError('a strip or tile is missing');
  const part = bytes.subarray(at, at + (counts[index] ?? bytes.length));
  return reversedBits ? part.map((byte) => reverse(byte)) : part;
}

function reverse(byte: number): number {
  let reversed = 0;
  for (let i = 0; i < 8; i++) reversed |= ((byte >> i) & 1) << (7 - i);
  return reversed;
}

/** Predictor 2: differences of neighbours; 3: the bytes of floats, highest bytes first, and their differences. */
function undoPrediction(data: Uint8Array, stride: number, each: number, header: TiffHeader): void {
  const { predictor, bits, little } = header; // floats are little-endian here
  if (predictor === 1) return;
  const size = bits / 8;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let start = 0; start + stride <= data.length; start += stride) {
    if (predictor === 3) {
      for (let i = each; i < stride; i++)
        data[start + i] = (data[start + i] as number) + (data[start + i - each] as number);
      const row = data.slice(start, start + stride);
      const count = stride / size;
      for (let i = 0; i < count; i++) {
        for (let b = 0; b < size; b++) data[start + i * size + size - 1 - b] = row[b * count + i] as number;
      }
    } else if (size === 2) {
      for (let at = start + 2 * each; at < start + stride; at += 2)
        view.setUint16(at, view.getUint16(at, little) + view.getUint16(at - 2 * each, little), little);
    } else {
      for (let at = start + each; at < start + stride; at++)
        data[at] = (data[at] as number) + (data[at - each] as number);
    }
  }
}

/** A sample of the file as 0 to 255; indices of a palette stay what they are. Floats are white at 1. */
function scaleOf({ bits, float, colour }: TiffHeader): (value: number) => number {
  if (float) return (value) => Math.min(255, Math.max(0, Math.round((value || 0) * 255)));
  if (colour === 'palette' || bits === 8) return (value) => value;
  if (bits === 16) return (value) => value >> 8;
  return (value) => (value * 255) / (2 ** bits - 1);
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly rows: number;
  readonly plane: number;
}

function putSamples(
  data: Uint8Array,
  target: Uint8Array,
  { width, samples, tile, bits, float, little }: TiffHeader,
  place: Place & { stride: number; each: number; white: (value: number) => number },
): void {
  const { left, top, rows, plane, stride, each, white } = place;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const columns = Math.min(tile.width, width - left);
  for (let y = 0; y < rows; y++) {
    for (let i = 0; i < columns * each; i++) {
      const at = y * stride + ((i * bits) >> 3);
      let value: number;
      if (float) value = bits === 32 ? view.getFloat32(at, little) : view.getFloat64(at, little);
      else if (bits === 16) value = view.getUint16(at, little);
      else value = ((data[at] as number) >> (8 - bits - ((i * bits) & 7))) & (2 ** bits - 1);
      const pixel = (top + y) * width + left + Math.floor(i / each);
      target[pixel * samples + plane + (i % each)] = white(value);
    }
  }
}

/** A decoded JPEG tile of `stride` pixels a row; its width may be the picture's where that is less. */
function putPixels(rgba: Uint8Array, target: Uint8Array, header: TiffHeader, place: Place & { stride: number }): void {
  const { width, samples, tile, planar } = header;
  const { left, top, rows, plane, stride } = place;
  const columns = Math.min(tile.width, width - left);
  if (stride < columns || rgba.length < ((rows - 1) * stride + columns) * 4) throw new RangeError('pixels are missing');
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const to = ((top + y) * width + left + x) * samples;
      for (let c = 0; c < (planar ? 1 : samples); c++)
        target[to + plane + c] = rgba[(y * stride + x) * 4 + c] as number;
    }
  }
}

/** @throws RangeError when the JPEG is larger than its tile @throws UnreadLayout for a kind of JPEG that is not read */
function tileJpeg(part: Uint8Array, header: TiffHeader): { jpeg: Uint8Array; stride: number } {
  const jpeg = wholeJpeg(part, header);
  const { width, height, scans } = inTiff(() => readJpegHeader(jpeg));
  const { tile } = header;
  if (width > tile.width || height > tile.height || scans > MAX_SCANS)
    throw new RangeError(`a JPEG of ${width} x ${height} in a tile of ${tile.width} x ${tile.height}`);
  return { jpeg, stride: width };
}

function inTiff<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof UnreadLayout ? new UnreadLayout(`TIFF that holds a ${error.message}`) : error;
  }
}

/** Tables that the tiles share, put back; Adobe's marker says whether the three components are RGB. */
function wholeJpeg(part: Uint8Array, { jpegTables, colour }: TiffHeader): Uint8Array {
  const adobe = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, colour === 'YCbCr' ? 1 : 0];
  const marker = colour === 'YCbCr' || colour === 'RGB' ? adobe : [];
  const tables = jpegTables.length > 4 ? jpegTables.subarray(2, -2) : jpegTables.subarray(0, 0);
  const whole = new Uint8Array(2 + marker.length + tables.length + part.length - 2);
  whole.set([0xff, 0xd8, ...marker]);
  whole.set(tables, 2 + marker.length);
  whole.set(part.subarray(2), 2 + marker.length + tables.length);
  return whole;
}

function rgbaOf(values: Uint8Array, { width, height, samples, colour, alpha, palette }: TiffHeader): Uint8Array {
  const rgba = new Uint8Array(width * height * 4);
  const entries = palette.length / 3;
  const channels = colour === 'CMYK' ? 4 : colour === 'RGB' || colour === 'Lab' ? 3 : 1;
  for (let pixel = 0, from = 0; pixel < width * height; pixel++, from += samples) {
    const at = (i: number) => values[from + i] as number;
    const set = (red: number, green: number, blue: number) => rgba.set([red, green, blue], pixel * 4);
    if (colour === 'palette')
      for (let c = 0; c < 3; c++) rgba[pixel * 4 + c] = (palette[c * entries + at(0)] ?? 0) >> 8;
    else if (colour === 'RGB') set(at(0), at(1), at(2));
    else if (colour === 'Lab') rgba.set(labToRgb(at(0), at(1), at(2)), pixel * 4);
    else if (colour === 'CMYK') {
      for (let c = 0; c < 3; c++) rgba[pixel * 4 + c] = Math.round(((255 - at(c)) * (255 - at(3))) / 255);
    } else {
      const gray = colour === 'white is 0' ? 255 - at(0) : at(0);
      set(gray, gray, gray);
    }
    const opacity = alpha === 'none' ? 255 : at(channels);
    rgba[pixel * 4 + 3] = opacity;
    if (alpha === 'associated' && opacity > 0 && opacity < 255) {
      for (let c = 0; c < 3; c++)
        rgba[pixel * 4 + c] = Math.min(255, Math.floor((255 * (rgba[pixel * 4 + c] as number)) / opacity));
    }
  }
  return rgba;
}

/** CIE L*a*b* under D50 to sRGB, adapted to D65 after Bradford (ICC's profile connection space). */
function labToRgb(l8: number, a8: number, b8: number): number[] {
  const y = ((l8 * 100) / 255 + 16) / 116;
  const root = (t: number) => (t > 6 / 29 ? t ** 3 : 3 * (6 / 29) ** 2 * (t - 4 / 29));
  const signed = (byte: number) => (byte << 24) >> 24;
  const X = 0.96422 * root(y + signed(a8) / 500);
  const Y = root(y);
  const Z = 0.82521 * root(y - signed(b8) / 200);
  const linear = [
    3.1338561 * X - 1.6168667 * Y - 0.4906146 * Z,
    -0.9787684 * X + 1.9161415 * Y + 0.033454 * Z,
    0.0719453 * X - 0.2289914 * Y + 1.4052427 * Z,
  ];
  const encode = (v: number) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
  return linear.map((v) => Math.round(255 * Math.min(1, Math.max(0, encode(v)))));
}
