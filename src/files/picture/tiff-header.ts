/** What the first directory of a TIFF (revision 6.0 and its supplements) says, and whether its layout is read here. */

import { UnreadLayout } from './error.ts';

export interface TiffHeader {
  readonly little: boolean;
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
  readonly pages: boolean;
  readonly compression: TiffCompression;
  readonly colour: TiffColour;
  /** Bits of every sample, samples of a pixel, and whether they are floats. */
  readonly bits: number;
  readonly samples: number;
  readonly float: boolean;
  readonly alpha: 'none' | 'straight' | 'associated';
  readonly planar: boolean;
  readonly predictor: number;
  readonly reversedBits: boolean;
  /** Strips are tiles as wide as the picture. */
  readonly tile: { readonly width: number; readonly height: number };
  readonly offsets: readonly number[];
  readonly counts: readonly number[];
  /** Red, then green, then blue entries, of 16 bits. */
  readonly palette: readonly number[];
  readonly jpegTables: Uint8Array;
}

export type TiffCompression = 'none' | 'LZW' | 'deflate' | 'PackBits' | 'JPEG';
export type TiffColour = 'white is 0' | 'gray' | 'RGB' | 'palette' | 'CMYK' | 'YCbCr' | 'Lab';

const READ: Readonly<Record<number, TiffCompression>> = {
  1: 'none',
  5: 'LZW',
  7: 'JPEG',
  8: 'deflate',
  32773: 'PackBits',
  32946: 'deflate',
};
const COMPRESSIONS: Readonly<Record<number, string>> = {
  2: 'CCITT RLE',
  3: 'CCITT fax group 3',
  4: 'CCITT fax group 4',
  6: 'JPEG of the old style',
  34661: 'JBIG',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  34933: 'PNG',
  34934: 'JPEG XR',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
};
const COLOURS: Readonly<Record<number, TiffColour>> = {
  0: 'white is 0',
  1: 'gray',
  2: 'RGB',
  3: 'palette',
  5: 'CMYK',
  6: 'YCbCr',
  8: 'Lab',
};
const CHANNELS: Readonly<Record<TiffColour, number>> = {
  'white is 0': 1,
  gray: 1,
  palette: 1,
  RGB: 3,
  YCbCr: 3,
  Lab: 3,
  CMYK: 4,
};
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

/** @throws RangeError when it is cut @throws UnreadLayout for layouts that are not read */
export function readTiffHeader(bytes: Uint8Array): TiffHeader {
  const { all, next, little } = readDirectory(bytes);
  const one = (tag: number, otherwise: number) => all(tag)[0] ?? otherwise;
  const [width, height] = [one(256, 0), one(257, 0)];
  if (!(width > 0 && height > 0)) throw new RangeError('no size');
  if (one(32997, 1) !== 1) throw new UnreadLayout(`TIFF of a volume, ${one(32997, 1)} slices deep`);
  const kind = one(259, 1);
  const compression = READ[kind];
  if (!compression) throw new UnreadLayout(`TIFF compressed with ${COMPRESSIONS[kind] ?? `method ${kind}`}`);
  if (all(262).length === 0) throw new UnreadLayout('TIFF that does not say what its samples mean (tag 262)');
  const colour = COLOURS[one(262, 1)];
  if (!colour) throw new UnreadLayout(`TIFF of photometric interpretation ${one(262, 1)}`);
  const samples = one(277, 1);
  const depths = all(258).length > 0 ? all(258) : [1];
  const [bits, format] = [depths[0] as number, one(339, 1)];
  const float = format === 3;
  requireSamples({ depths, samples, format, colour, compression, inks: one(332, 1) });
  const predictor = one(317, 1);
  if (predictor > 3 || (predictor === 3 && !float) || (predictor === 2 && (float || bits < 8)))
    throw new UnreadLayout(`TIFF of ${bits} bits with predictor ${predictor}`);
  if (predictor === 3 && !little)
    throw new UnreadLayout(
      'TIFF of big-endian floats with predictor 3, whose byte order differs from writer to writer',
    );
  const tiled = all(324).length > 0;
  return {
    little,
    width,
    height,
    orientation: one(274, 1) >= 1 && one(274, 1) <= 8 ? one(274, 1) : 1,
    pages: next !== 0,
    compression,
    colour,
    bits,
    samples,
    float,
    alpha: alphaOf(colour, samples, all(338)),
    planar: one(284, 1) === 2 && samples > 1,
    predictor,
    reversedBits: one(266, 1) === 2 && compression !== 'JPEG', // whose bytes no writer turns round
    tile: tiled
      ? { width: one(322, 0), height: one(323, 0) }
      : { width, height: Math.min(height, one(278, height) || height) },
    offsets: all(tiled ? 324 : 273),
    counts: all(tiled ? 325 : 279),
    palette: all(320),
    jpegTables: Uint8Array.from(all(347)),
  };
}

/** What the samples behind the colours are: the first may be alpha. In RGB it is where nothing else is said. */
function alphaOf(colour: TiffColour, samples: number, extra: readonly number[]): TiffHeader['alpha'] {
  const more = samples - CHANNELS[colour];
  if (more <= 0) return 'none';
  const [first, ...others] = extra;
  if ((first === undefined && more === 1) || (first !== undefined && first > 2)) {
    if (colour === 'RGB') return 'straight';
  } else if (first !== undefined && !others.some((kind) => kind === 1 || kind === 2))
    return first === 1 ? 'associated' : first === 2 ? 'straight' : 'none';
  throw new UnreadLayout(
    `TIFF of ${colour} in ${samples} samples a pixel, of kinds ${extra.join(', ') || 'that it does not say'}`,
  );
}

interface Samples {
  depths: readonly number[];
  samples: number;
  format: number;
  colour: TiffColour;
  compression: TiffCompression;
  inks: number;
}

function requireSamples({ depths, samples, format, colour, compression, inks }: Samples): void {
  const bits = depths[0] as number;
  const name = `TIFF of ${depths.join('-')} bits`;
  const channels = CHANNELS[colour];
  if (depths.some((depth) => depth !== bits)) throw new UnreadLayout(`${name}, which differ from sample to sample`);
  if (samples < channels || samples > channels + 4)
    throw new UnreadLayout(`TIFF of ${colour} in ${samples} samples a pixel`);
  if (format === 3 ? ![32, 64].includes(bits) : ![1, 2, 4, 8, 16].includes(bits))
    throw new UnreadLayout(`${name}${format === 3 ? ' (floats)' : ''}`);
  if (format !== 1 && format !== 3 && format !== 4) throw new UnreadLayout(`TIFF of signed numbers or complex ones`);
  if (format === 3 && !['gray', 'RGB', 'white is 0'].includes(colour))
    throw new UnreadLayout(`TIFF of ${colour} floats`);
  if (colour === 'CMYK' && inks !== 1) throw new UnreadLayout('TIFF of inks other than CMYK');
  if (colour === 'Lab' && bits !== 8) throw new UnreadLayout(`${name} in Lab`);
  if (colour === 'palette' && bits > 8) throw new UnreadLayout(`${name} with a palette`);
  const inJpeg = bits === 8 && samples === channels && ['gray', 'RGB', 'YCbCr'].includes(colour);
  const packed = compression === 'JPEG' ? !inJpeg : colour === 'YCbCr';
  if (packed) throw new UnreadLayout(`TIFF of ${colour}, ${bits} bits, compression ${compression}`);
}

function readDirectory(bytes: Uint8Array): { all: (tag: number) => number[]; next: number; little: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const start = view.getUint32(4, little);
  const entries = view.getUint16(start, little);
  const values = new Map<number, { type: number; count: number; at: number }>();
  for (let at = start + 2; at < start + 2 + entries * 12; at += 12) {
    const [type, count] = [view.getUint16(at + 2, little), view.getUint32(at + 4, little)];
    const length = count * (TYPE_BYTES[type] ?? 1);
    const place = length > 4 ? view.getUint32(at + 8, little) : at + 8;
    values.set(view.getUint16(at, little), { type, count, at: place });
  }
  const all = (tag: number): number[] => {
    const { type, count, at } = values.get(tag) ?? { type: 1, count: 0, at: 0 };
    const size = TYPE_BYTES[type] ?? 1;
    if (at + count * size > bytes.length) throw new RangeError('a value lies beyond the end of the file');
    return Array.from({ length: count }, (_, i) => {
      if (size === 2) return view.getUint16(at + 2 * i, little);
      return size === 4 ? view.getUint32(at + 4 * i, little) : view.getUint8(at + i);
    });
  };
  const after = start + 2 + entries * 12;
  return { all, next: after + 4 <= bytes.length ? view.getUint32(after, little) : 0, little };
}
