/** The compressions of TIFF's strips and tiles: each unpacks to the length that the header gives, and never beyond. */

import { UnreadLayout } from './error.ts';

/** @throws RangeError when there is less */
export type Unpack = (packed: Uint8Array, length: number) => Uint8Array | Promise<Uint8Array>;

export const unpackNone: Unpack = (packed, length) => whole(packed.slice(0, length), length);

export const unpackBits: Unpack = (packed, length) => {
  const out = new Uint8Array(length);
  let [at, to] = [0, 0];
  while (to < length && at < packed.length) {
    const head = ((packed[at++] as number) << 24) >> 24;
    if (head >= 0) {
      out.set(packed.subarray(at, at + Math.min(head + 1, length - to)), to);
      at += head + 1;
      to += Math.min(head + 1, packed.length - at + head + 1);
    } else if (head !== -128) {
      out.fill(packed[at++] ?? 0, to, to + 1 - head);
      to += 1 - head;
    }
  }
  return whole(out, Math.min(length, to), length);
};

export const inflate: Unpack = async (packed, length) => {
  const out = new Uint8Array(length);
  let to = 0;
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream();
  const reader = stream.pipeThrough(new DecompressionStream('deflate')).getReader();
  try {
    while (to < length) {
      const { done, value } = await reader.read();
      if (done) break;
      out.set(value.subarray(0, length - to), to);
      to += value.length;
    }
  } catch {
    // what is missing is said below; what comes after the last row does not matter
  }
  await reader.cancel().catch(() => {});
  return whole(out, Math.min(to, length), length);
};

const [CLEAR, END, MOST] = [256, 257, 4096];

/** LZW as TIFF has it: codes from the highest bit on, which grow one code earlier than in GIF. */
export const unpackLzw: Unpack = (packed, length) => {
  const out = new Uint8Array(length);
  const [prefix, last, size] = [new Uint16Array(MOST), new Uint8Array(MOST), new Uint16Array(MOST)];
  for (let i = 0; i < 256; i++) [last[i], size[i]] = [i, 1];
  if (packed[0] === 0 && (packed[1] ?? 0) & 1) throw new UnreadLayout('TIFF compressed with LZW of the old style');
  let [next, width, previous, to, held, bits] = [258, 9, -1, 0, 0, 0];
  for (let at = 0; at < packed.length && to < length; ) {
    while (bits < width && at < packed.length) {
      held = ((held << 8) | (packed[at++] as number)) & 0xffffff;
      bits += 8;
    }
    if (bits < width) break;
    bits -= width;
    const code = (held >> bits) & (2 ** width - 1);
    if (code === END) break;
    if (code === CLEAR) {
      [next, width, previous] = [258, 9, -1];
      continue;
    }
    if (code > next || (code === next && previous < 0)) throw new RangeError('a code from nowhere');
    const known = code < next && code !== next;
    const source = known ? code : previous;
    const count = (size[source] as number) + (known ? 0 : 1);
    let [walk, place] = [source, to + (size[source] as number) - 1];
    for (; place > to; place--, walk = prefix[walk] as number) if (place < length) out[place] = last[walk] as number;
    const first = last[walk] as number;
    out[to] = first;
    if (!known && to + count - 1 < length) out[to + count - 1] = first;
    to += count;
    if (previous >= 0 && next < MOST) {
      [prefix[next], last[next], size[next]] = [previous, first, (size[previous] as number) + 1];
      next++;
    }
    if (next + 1 >= 2 ** width && width < 12) width++;
    previous = code;
  }
  return whole(out, Math.min(to, length), length);
};

function whole(out: Uint8Array, found: number, length = found): Uint8Array {
  if (out.length < length || found < length) {
    const there = Math.min(found, out.length);
    throw new RangeError(`pixels are missing (${there} of ${length} bytes)`);
  }
  return out;
}
