/** What the chunks of a WebP (RFC 9649) say: its size, whether it moves, its orientation. */

import { readOrientation } from './orientation.ts';

export interface WebpHeader {
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
  /** The first frame, where pixels lie in frames. */
  readonly frame?: WebpFrame;
  /** True if more than one picture follows each other. */
  readonly animated: boolean;
}

/** Where a frame lies on the canvas, in pixels, and its chunks in the file. */
export interface WebpFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly start: number;
  readonly end: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** @throws RangeError when it is cut, or its pixels have another size than it declares or lie outside of it */
export function readWebpHeader(bytes: Uint8Array): WebpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (8 + view.getUint32(4, true) > bytes.length) throw new RangeError('its end is missing');
  const sizes: Size[] = [];
  let orientation = 1;
  let frame: WebpFrame | undefined;
  let frames = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'ANMF' && frames++ === 0) frame = frameAt(data, at + 8);
    const size = SIZES[type]?.(new DataView(bytes.buffer, data.byteOffset, data.byteLength));
    if (size) sizes.push(size);
    if (type === 'EXIF') orientation = readOrientation(data);
    at += 8 + length + (length % 2);
  }
  const [declared, ...others] = sizes;
  if (!declared) throw new RangeError('its header gives no size');
  for (const { width, height } of others)
    if (width !== declared.width || height !== declared.height)
      throw new RangeError(`its pixels are ${width} x ${height}, not ${declared.width} x ${declared.height}`);
  if (frame && (frame.left + frame.width > declared.width || frame.top + frame.height > declared.height))
    throw new RangeError(`its pixels are ${frame.width} x ${frame.height}, not ${declared.width} x ${declared.height}`);
  return { ...declared, orientation, animated: frames > 1, ...(frame && { frame }) };
}

/** Place, size, duration and flags come before the chunks of a frame. */
const FRAME_HEADER = 16;

function frameAt(data: Uint8Array, at: number): WebpFrame {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [left, top] = [2 * threeBytes(view, 0), 2 * threeBytes(view, 3)];
  const [width, height] = [1 + threeBytes(view, 6), 1 + threeBytes(view, 9)];
  return { left, top, width, height, start: at + FRAME_HEADER, end: at + data.length };
}

/** Where each kind of chunk has its size. A canvas comes first, the pixels of a still picture have the same. */
const SIZES: Readonly<Record<string, (data: DataView) => Size>> = {
  VP8X: (data) => ({ width: 1 + threeBytes(data, 4), height: 1 + threeBytes(data, 7) }),
  'VP8 ': (data) => ({ width: data.getUint16(6, true) & 0x3fff, height: data.getUint16(8, true) & 0x3fff }),
  VP8L: (data) => {
    const bits = data.getUint32(1, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  },
};

const threeBytes = (data: DataView, at: number): number => data.getUint16(at, true) + 65536 * data.getUint8(at + 2);
