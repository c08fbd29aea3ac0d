/** The frames of a GIF (GIF89a specification): where they lie, and their pixels. */

import { UnreadLayout } from './error.ts';

export interface GifFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** What becomes of it before the next frame: 2 clears its rectangle, 3 brings back what was before it, else it stays. */
  readonly disposal: number;
  /** Where its blocks lie in the file, its graphic control extension included. */
  readonly start: number;
  readonly end: number;
  /** Where its compressed pixels start. */
  readonly data: number;
  readonly interlaced: boolean;
  /** Its colours: where they start, and how many. */
  readonly palette: { readonly at: number; readonly entries: number };
  /** The index that draws nothing; -1 when all draw. */
  readonly transparent: number;
}

/** Frames in the order of the file, up to one that is cut. @throws RangeError when already the first one is cut */
export function gifFrames(bytes: Uint8Array): GifFrame[] {
  const view = viewOf(bytes);
  const frames: GifFrame[] = [];
  let [start, disposal, transparent] = [-1, 0, -1];
  for (let at = headerEnd(bytes); at < bytes.length && bytes[at] !== 0x3b; ) {
    try {
      if (bytes[at] === 0x21) {
        if (bytes[at + 1] === 0xf9) {
          const flags = view.getUint8(at + 3);
          [start, disposal, transparent] = [at, (flags >> 2) & 7, flags & 1 ? view.getUint8(at + 6) : -1];
        }
        at = skipSubBlocks(view, at + 2);
      } else if (bytes[at] === 0x2c) {
        const [left, top] = [view.getUint16(at + 1, true), view.getUint16(at + 3, true)];
        const [width, height] = [view.getUint16(at + 5, true), view.getUint16(at + 7, true)];
        const flags = view.getUint8(at + 9);
        const [own, global] = [colourTable(flags), colourTable(view.getUint8(10))];
        const palette = own > 0 ? { at: at + 10, entries: own / 3 } : { at: 13, entries: global / 3 };
        const [data, interlaced] = [at + 10 + own, (flags & 0x40) !== 0];
        const end = skipSubBlocks(view, data + 1);
        frames.push({
          ...{ left, top, width, height, disposal, start: start < 0 ? at : start, end, data },
          ...{ interlaced, palette, transparent },
        });
        [at, start, disposal, transparent] = [end, -1, 0, -1];
      } else break;
    } catch (error) {
      if (frames.length === 0) throw error;
      break;
    }
  }
  return frames;
}

const MOST_CODES = 4096;

/**
 * One frame on an empty screen, in RGBA: transparent where it draws nothing.
 *
 * @throws RangeError when its compressed pixels (LZW, appendix F) end early or name codes that are not known by then
 * @throws UnreadLayout when no colours are given, in the frame or for all
 */
export function readGifFrame(bytes: Uint8Array, frame: GifFrame): Uint8Array {
  const view = viewOf(bytes);
  const [screenWidth, screenHeight] = [view.getUint16(6, true), view.getUint16(8, true)];
  const rgba = new Uint8Array(screenWidth * screenHeight * 4);
  const { left, top, width, height, palette, transparent } = frame;
  if (palette.entries === 0) throw new UnreadLayout('GIF without colours');
  const indices = unpack(bytes, frame);
  if (indices.length < width * height)
    throw new RangeError(`pixels are missing (${indices.length} of ${width * height} bytes)`);
  const rows = frame.interlaced ? interlacedRows(height) : undefined;
  for (let i = 0; i < indices.length; i++) {
    const row = Math.floor(i / width);
    const to = ((top + (rows ? (rows[row] as number) : row)) * screenWidth + left + (i % width)) * 4;
    const index = indices[i] as number;
    for (let c = 0; c < 3 && index < palette.entries; c++) rgba[to + c] = bytes[palette.at + index * 3 + c] as number;
    rgba[to + 3] = index === transparent ? 0 : 255;
  }
  return rgba;
}

function interlacedRows(height: number): number[] {
  const passes = [[0, 8] as const, [4, 8] as const, [2, 4] as const, [1, 2] as const];
  return passes.flatMap(([first, step]) =>
    Array.from({ length: Math.max(0, Math.ceil((height - first) / step)) }, (_, i) => first + i * step),
  );
}

/** Palette indices; fewer than the frame has pixels where its data ends early. */
function unpack(bytes: Uint8Array, { data, width, height }: GifFrame): Uint8Array {
  const minimum = bytes[data] ?? 0;
  if (minimum < 1 || minimum > 8) throw new RangeError(`codes of ${minimum} bits`);
  const clear = 1 << minimum;
  const out = new Uint8Array(width * height);
  const prefix = new Uint16Array(MOST_CODES);
  const last = new Uint8Array(MOST_CODES).map((_, i) => i);
  const lengths = new Uint16Array(MOST_CODES).fill(1); // pixels that each code stands for
  let [next, size, previous, written] = [clear + 2, minimum + 1, -1, 0];
  let [bits, count] = [0, 0];
  for (const byte of subBlocks(bytes, data + 1)) {
    bits |= byte << count;
    for (count += 8; count >= size; ) {
      const code = bits & ((1 << size) - 1);
      bits >>>= size;
      count -= size;
      if (code === clear + 1 || written >= out.length) return out.subarray(0, written);
      if (code === clear) {
        [next, size, previous] = [clear + 2, minimum + 1, -1];
        continue;
      }
      if (code > (previous < 0 ? clear : next)) throw new RangeError('a code from nowhere');
      const known = code < next;
      let walk = known ? code : previous;
      const length = lengths[walk] as number;
      for (let at = written + length - 1; at > written; at--, walk = prefix[walk] as number)
        out[at] = last[walk] as number;
      const first = last[walk] as number;
      out[written] = first;
      if (!known) out[written + length] = first;
      written += known ? length : length + 1;
      if (previous >= 0 && next < MOST_CODES) {
        [prefix[next], last[next], lengths[next]] = [previous, first, (lengths[previous] as number) + 1];
        next++;
        if (next >= 1 << size && size < 12) size++;
      }
      previous = code;
    }
  }
  return out.subarray(0, Math.min(written, out.length));
}

function* subBlocks(bytes: Uint8Array, start: number): Generator<number> {
  for (let at = start; ; ) {
    const length = bytes[at++] ?? 0;
    if (length === 0) return;
    for (const end = at + length; at < end; at++) yield bytes[at] ?? 0;
  }
}

/** Where the screen descriptor and the global colour table end. */
function headerEnd(bytes: Uint8Array): number {
  return 13 + colourTable(viewOf(bytes).getUint8(10));
}

/** Bytes of a colour table whose flags are packed in `flags`. */
function colourTable(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function skipSubBlocks(view: DataView, start: number): number {
  let at = start;
  for (let length = view.getUint8(at); length > 0; length = view.getUint8(at)) at += 1 + length;
  return at + 1;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
