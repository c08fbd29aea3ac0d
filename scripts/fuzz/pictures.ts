/** Pictures whose checksums are right and whose sizes are not: what changed bytes alone would never pass. */

import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { join } from './mutate.ts';

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = join(
    Uint8Array.from(type, (letter) => letter.charCodeAt(0)),
    data,
  );
  const frame = new Uint8Array(8 + body.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, data.length);
  frame.set(body, 4);
  view.setUint32(4 + body.length, crc32(body));
  return frame;
}

const side = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(1000, 4096, 8000, 65_535, 65_536, 2 ** 31 - 1));

/** PNGs of any declared size, depth and colour type, over data of any length. */
export const png: fc.Arbitrary<Uint8Array> = fc
  .record({
    width: side,
    height: side,
    depth: fc.constantFrom(1, 2, 4, 8, 16, 3, 255),
    colour: fc.constantFrom(0, 2, 3, 4, 6, 5),
    interlace: fc.constantFrom(0, 1, 2),
    rows: fc.oneof(fc.nat(4000), fc.constantFrom(1_000_000, 20_000_000)),
    value: fc.nat(255),
    palette: fc.option(fc.uint8Array({ maxLength: 12 })),
    parts: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ width, height, depth, colour, interlace, rows, value, palette, parts }) => {
    const header = new Uint8Array(13);
    new DataView(header.buffer).setUint32(0, width);
    new DataView(header.buffer).setUint32(4, height);
    header.set([depth, colour, 0, 0, interlace], 8);
    const packed = new Uint8Array(deflateSync(new Uint8Array(rows).fill(value)));
    const step = Math.ceil(packed.length / parts);
    return join(
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
      chunk('IHDR', header),
      ...(palette ? [chunk('PLTE', palette)] : []),
      ...Array.from({ length: parts }, (_, i) => chunk('IDAT', packed.subarray(i * step, (i + 1) * step))),
      chunk('IEND', new Uint8Array(0)),
    );
  });

/** Where a format declares its size: from the file's beginning, bytes, byte order. */
interface SizeField {
  readonly at: number;
  readonly bytes: 2 | 4;
  readonly little: boolean;
}

function sizeFields(file: Uint8Array): SizeField[] {
  const little = (at: number, bytes: 2 | 4) => ({ at, bytes, little: true });
  if (file[0] === 0x47) return [little(6, 2), little(8, 2)];
  if (file[0] === 0x42) return [little(18, 4), little(22, 4)];
  if (file[0] === 0xff) {
    const frame = file.findIndex((byte, i) => byte === 0xff && ((file[i + 1] as number) & 0xfd) === 0xc0);
    return [5, 7].map((offset) => ({ at: frame + offset, bytes: 2, little: false }));
  }
  const avif = new TextDecoder('latin1').decode(file).indexOf('ispe');
  if (avif > 0) return [8, 12].map((offset) => ({ at: avif + offset, bytes: 4, little: false }));
  return [];
}

/** GIF, BMP, JPEG and AVIF that declare other sides. */
export function resized(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const fitting = files.filter((file) => sizeFields(file).length > 0);
  return fc.tuple(fc.constantFrom(...fitting), side, side).map(([file, ...sides]) => {
    const bytes = file.slice();
    const view = new DataView(bytes.buffer);
    sizeFields(file).forEach(({ at, bytes: width, little }, i) => {
      if (width === 2) view.setUint16(at, sides[i] as number, little);
      else view.setUint32(at, sides[i] as number, little);
    });
    return bytes;
  });
}
