/** What the chunks of a PNG (W3C, third edition) say, and where its packed rows lie. */

import { crc32 } from '../bytes.ts';
import { UnreadLayout } from './error.ts';
import { readOrientation } from './orientation.ts';

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  /** Colour type: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha. */
  readonly colour: number;
  readonly interlaced: boolean;
  /** Red, green and blue of each entry. */
  readonly palette: Uint8Array;
  /** What the chunk tRNS holds: alphas of the palette's entries, or the samples of the colour that is not there. */
  readonly transparency: Uint8Array;
  /** The packed rows, in order. */
  readonly data: readonly Uint8Array<ArrayBuffer>[];
  /** True if more than one picture follows each other. */
  readonly animated: boolean;
  /** As EXIF counts: 1 (upright) to 8. */
  readonly orientation: number;
  /** The first chunk whose checksum is wrong, of those that make the pixels; empty where none is. */
  readonly wrong: string;
}

/** Bits that a sample may have, by colour type. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
/** The chunks that make the pixels: a wrong checksum of any other changes nothing here. */
const HELD = ['IHDR', 'PLTE', 'tRNS', 'IDAT'];

/** @throws RangeError when it is cut, or its header says what no PNG has @throws UnreadLayout for Xcode's kind */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = readChunks(bytes, view);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour, packing, filters, interlace] = [24, 25, 26, 27, 28].map((at) => view.getUint8(at)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (!DEPTHS[colour]?.includes(depth)) throw new RangeError(`${depth} bits of colour type ${colour}`);
  if (packing !== 0 || filters !== 0 || interlace > 1)
    throw new RangeError(`methods ${packing}, ${filters} and ${interlace}`);
  if (colour === 3 && found.palette.length < 3) throw new RangeError('no palette');
  return { width, height, depth, colour, interlaced: interlace === 1, ...found };
}

function readChunks(bytes: Uint8Array, view: DataView) {
  const empty = new Uint8Array(0);
  let [palette, transparency, orientation, animated, wrong] = [empty, empty, 1, false, ''];
  const data: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const part = bytes.subarray(at + 8, at + 8 + length) as Uint8Array<ArrayBuffer>;
    const end = at + 12 + length;
    if (type === 'CgBI') throw new UnreadLayout('PNG as Xcode packs it for telephones (CgBI)');
    if ((type === 'IHDR') !== (at === 8)) throw at > 8 ? new RangeError('two headers') : new RangeError('no header');
    const held = HELD.includes(type) && end <= bytes.length;
    if (held && crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) wrong ||= type;
    if (type === 'IEND') break;
    if (type === 'PLTE') palette = part;
    if (type === 'tRNS') transparency = part;
    if (type === 'IDAT') data.push(part);
    if (type === 'acTL') animated = view.getUint32(at + 8) > 1;
    if (type === 'eXIf') orientation = readOrientation(part);
    at = end;
  }
  return { palette, transparency, data, animated, orientation, wrong };
}
