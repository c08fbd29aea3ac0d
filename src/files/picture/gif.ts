/** The frames of a GIF (GIF89a specification), each as a GIF of its own: the decoder looks at the first frame only. */

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
}

/** Frames in the order of the file, up to one that is cut. @throws RangeError when already the first one is cut */
export function gifFrames(bytes: Uint8Array): GifFrame[] {
  const view = viewOf(bytes);
  const frames: GifFrame[] = [];
  let [start, disposal] = [-1, 0];
  for (let at = headerEnd(bytes); at < bytes.length && bytes[at] !== 0x3b; ) {
    try {
      if (bytes[at] === 0x21) {
        if (bytes[at + 1] === 0xf9) [start, disposal] = [at, (view.getUint8(at + 3) >> 2) & 7];
        at = skipSubBlocks(view, at + 2);
      } else if (bytes[at] === 0x2c) {
        const [left, top] = [view.getUint16(at + 1, true), view.getUint16(at + 3, true)];
        const [width, height] = [view.getUint16(at + 5, true), view.getUint16(at + 7, true)];
        const data = at + 10 + colourTable(view.getUint8(at + 9));
        const end = skipSubBlocks(view, data + 1);
        frames.push({ left, top, width, height, disposal, start: start < 0 ? at : start, end, data });
        [at, start, disposal] = [end, -1, 0];
      } else break;
    } catch (error) {
      if (frames.length === 0) throw error;
      break;
    }
  }
  return frames;
}

/** A GIF that holds one frame, on the whole screen of the file. */
export function gifOfFrame(bytes: Uint8Array, { start, end }: GifFrame): Uint8Array<ArrayBuffer> {
  const parts = [bytes.subarray(0, headerEnd(bytes)), bytes.subarray(start, end), Uint8Array.of(0x3b)];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const MOST_CODES = 4096;

/**
 * Whether a frame's compressed pixels (LZW, appendix F) name only codes that are known by then. The decoder does not
 * look: a code from nowhere sends it round in circles.
 */
export function hasSoundPixels(bytes: Uint8Array, { data, width, height }: GifFrame): boolean {
  const minimum = bytes[data] ?? 0;
  if (minimum < 1 || minimum > 8) return false;
  const clear = 1 << minimum;
  const lengths = new Uint32Array(MOST_CODES).fill(1); // pixels that each code stands for
  let [next, size, previous, written] = [clear + 2, minimum + 1, -1, 0];
  let [bits, count] = [0, 0];
  for (const byte of subBlocks(bytes, data + 1)) {
    bits |= byte << count;
    for (count += 8; count >= size; ) {
      const code = bits & ((1 << size) - 1);
      bits >>>= size;
      count -= size;
      if (code === clear + 1) return true;
      if (code === clear) {
        [next, size, previous] = [clear + 2, minimum + 1, -1];
        continue;
      }
      if (code > (previous < 0 ? clear : next)) return false;
      const grown = previous < 0 ? 1 : (lengths[previous] as number) + 1;
      written += code < next ? (lengths[code] as number) : grown;
      if (written > width * height) return true; // the decoder stops here
      if (previous >= 0 && next < MOST_CODES) {
        lengths[next++] = grown;
        if (next >= 1 << size && size < 12) size++;
      }
      previous = code;
    }
  }
  return true;
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
