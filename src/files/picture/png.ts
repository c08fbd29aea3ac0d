/** The pixels of a PNG (W3C, third edition): its rows unpacked, unfiltered and put where they belong. */

import { PictureError } from './error.ts';
import type { PngHeader } from './png-header.ts';

/** What may come behind the last row. */
const MOST_EXCESS = 65_536;
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A picture is one pass over all pixels, or seven over some: first column and row, and steps. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/** A pass with its size: pixels of a row, rows, and bytes of a row behind that of its filter. */
interface Part extends Pass {
  readonly columns: number;
  readonly rows: number;
  readonly stride: number;
}

/**
 * RGBA with straight alpha. Values of 16 bits are rounded, and an index beyond the palette is black.
 * @throws PictureError when the data is too short, far too long, or damaged @throws RangeError for a wrong checksum or an unknown filter
 */
export async function readPng(png: PngHeader, name: string): Promise<Uint8Array> {
  const { width, height, depth, colour, interlaced, wrong } = png;
  if (wrong) throw new RangeError(`the checksum of ${wrong} is wrong`);
  const bits = depth * (CHANNELS[colour] as number);
  const parts: Part[] = (interlaced ? ADAM7 : WHOLE).flatMap((pass) => {
    const [columns, rows] = [Math.ceil((width - pass.x) / pass.dx), Math.ceil((height - pass.y) / pass.dy)];
    return columns > 0 && rows > 0 ? [{ ...pass, columns, rows, stride: Math.ceil((columns * bits) / 8) }] : [];
  });
  const data = await unpack(
    png,
    name,
    parts.reduce((sum, { rows, stride }) => sum + rows * (1 + stride), 0),
  );
  const rgba = new Uint8Array(width * height * 4);
  let at = 0;
  for (const part of parts) {
    let above = new Uint8Array(part.stride);
    for (let row = 0; row < part.rows; row++, at += 1 + part.stride) {
      const line = data.subarray(at + 1, at + 1 + part.stride) as Uint8Array<ArrayBuffer>;
      unfilter(data[at] as number, line, above, Math.max(1, bits / 8));
      putRow(line, rgba, png, part, ((part.y + row * part.dy) * width + part.x) * 4);
      above = line;
    }
  }
  return rgba;
}

/** Never holds more than the rows: a few kilobytes can unpack to gigabytes. */
async function unpack({ data }: PngHeader, name: string, expected: number): Promise<Uint8Array> {
  const rows = new Uint8Array(expected);
  let found = 0;
  let damage: unknown;
  const reader = new Blob([...data]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  try {
    while (found <= expected + MOST_EXCESS) {
      const { done, value } = await reader.read();
      if (done) break;
      if (found < expected) rows.set(value.subarray(0, expected - found), found);
      found += value.length;
    }
  } catch (error) {
    damage = error; // what comes after the last row does not matter
  }
  await reader.cancel().catch(() => {});
  if (found > expected + MOST_EXCESS)
    throw new PictureError(name, 'is a PNG whose data unpacks to more than its pixels', `${expected} bytes`);
  if (found < expected) {
    const how = damage ? 'is damaged' : `has ${found} of ${expected} bytes`;
    throw new PictureError(name, `is a cut or damaged PNG: its pixel data ${how}`, 'the whole file');
  }
  return rows;
}

/** In place. `pixel` is the bytes of one, at least 1. */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, pixel: number): void {
  if (filter > 4) throw new RangeError(`a row has filter ${filter}`);
  for (let i = filter === 1 ? pixel : 0; filter > 0 && i < line.length; i++) {
    const left = i < pixel ? 0 : (line[i - pixel] as number);
    const up = above[i] as number;
    let guess = left;
    if (filter === 2) guess = up;
    else if (filter === 3) guess = (left + up) >> 1;
    else if (filter === 4) guess = paeth(left, up, i < pixel ? 0 : (above[i - pixel] as number));
    line[i] = (line[i] as number) + guess;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** One row from `to` on. */
function putRow(line: Uint8Array, rgba: Uint8Array, png: PngHeader, { columns, dx }: Part, to: number): void {
  const { depth, colour, palette, transparency } = png;
  const channels = CHANNELS[colour] as number;
  const [size, step, most] = [depth === 16 ? 2 : 1, dx * 4, 2 ** depth - 1];
  const absent = absentOf(png);
  const sample = (at: number): number =>
    size === 1 ? (line[at] as number) : (((line[at] as number) * 256 + (line[at + 1] as number)) * 255 + 32895) >>> 16;
  for (let column = 0, at = 0; column < columns; column++, at += channels * size, to += step) {
    let [red, green, blue, alpha] = [0, 0, 0, 255];
    if (colour === 2 || colour === 6) {
      [red, green, blue] = [sample(at), sample(at + size), sample(at + 2 * size)];
      if (colour === 6) alpha = sample(at + 3 * size);
    } else {
      const bit = column * depth;
      const value = depth < 8 ? ((line[bit >> 3] as number) >> (8 - depth - (bit & 7))) & most : sample(at);
      if (colour === 3) {
        [red, green, blue] = [palette[value * 3] ?? 0, palette[value * 3 + 1] ?? 0, palette[value * 3 + 2] ?? 0];
        alpha = transparency[value] ?? 255;
      } else red = green = blue = depth < 8 ? (value * 255) / most : value;
      if (colour === 4) alpha = sample(at + size);
      if (absent && depth < 8 && value === absent[0]) alpha = 0;
    }
    if (absent && depth >= 8 && absent.every((byte, i) => line[at + i] === byte)) alpha = 0;
    rgba[to] = red;
    rgba[to + 1] = green;
    rgba[to + 2] = blue;
    rgba[to + 3] = alpha;
  }
}

/** The bytes of the colour that is not there, where one is named; one value where a sample is less than a byte. */
function absentOf({ depth, colour, transparency }: PngHeader): readonly number[] | undefined {
  const samples = colour === 0 ? 1 : colour === 2 ? 3 : 0;
  if (samples === 0 || transparency.length < 2 * samples) return undefined;
  const bytes = [...transparency.subarray(0, 2 * samples)];
  if (depth === 16) return bytes;
  return bytes.filter((_, i) => i % 2 === 1).map((byte) => byte & (2 ** depth - 1));
}
