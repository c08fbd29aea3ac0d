/** What the boxes of an AVIF (ISO/IEC 14496-12 and 23008-12, AVIF 1.1) say, and the size that its AV1 data has. */

export interface AvifHeader {
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
}

/** [without a mirror, mirrored top to bottom (0), left to right (1)] after quarter turns to the left, as EXIF counts. */
const TURNS = [
  [1, 4, 2],
  [8, 5, 7],
  [3, 2, 4],
  [6, 7, 5],
] as const;

/**
 * Sizes of its items, of which a grid is the largest, and its turn. The data of each item is held to that size: a decoder
 * would unpack whatever is there, and then make it smaller.
 *
 * @throws RangeError when it is cut, or its data is larger than it declares
 */
export function readAvifHeader(bytes: Uint8Array): AvifHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const properties = findBox(view, ['meta', 'iprp', 'ipco'], 0, bytes.length);
  if (!properties) throw new RangeError('it has no properties');
  let [width, height, turn, mirror] = [0, 0, 0, 0];
  for (const { type, start } of boxes(view, properties.start, properties.end)) {
    if (type === 'ispe' && view.getUint32(start + 4) * view.getUint32(start + 8) > width * height)
      [width, height] = [view.getUint32(start + 4), view.getUint32(start + 8)];
    if (type === 'irot') turn = view.getUint8(start) & 3;
    if (type === 'imir') mirror = 1 + (view.getUint8(start) & 1);
  }
  for (const start of itemStarts(view)) {
    const size = sequenceSize(bytes.subarray(start));
    if (size && (size.width > width || size.height > height))
      throw new RangeError(`its pixels are ${size.width} x ${size.height}, not ${width} x ${height}`);
  }
  return { width, height, orientation: TURNS[turn]?.[mirror] ?? 1 };
}

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

function* boxes(view: DataView, start: number, end: number): Generator<Box> {
  for (let at = start; at + 8 <= end; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
    const next = length === 0 ? end : at + Math.max(8, length);
    yield { type, start: at + 8, end: Math.min(next, end) };
    at = next;
  }
}

function findBox(view: DataView, path: readonly string[], start: number, end: number): Box | undefined {
  for (const box of boxes(view, start, end)) {
    if (box.type !== path[0]) continue;
    if (path.length === 1) return box;
    return findBox(view, path.slice(1), box.start + (box.type === 'meta' ? 4 : 0), box.end); // a version before its boxes
  }
  return undefined;
}

/** Where the data of each item begins (box `iloc`). */
function* itemStarts(view: DataView): Generator<number> {
  const iloc = findBox(view, ['meta', 'iloc'], 0, view.byteLength);
  if (!iloc) throw new RangeError('it has no items');
  const inside = findBox(view, ['meta', 'idat'], 0, view.byteLength)?.start ?? 0;
  const version = view.getUint8(iloc.start);
  let at = iloc.start + 4;
  const take = (size: number): number => {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + view.getUint8(at++);
    return value;
  };
  const sizes = take(2);
  const [offset, length, base, index] = [12, 8, 4, 0].map((shift) => (sizes >> shift) & 15) as [
    number,
    number,
    number,
    number,
  ];
  const wide = version === 2 ? 4 : 2;
  for (let items = take(wide); items > 0; items--) {
    take(wide); // its id
    const method = version > 0 ? take(2) & 15 : 0;
    take(2); // the file that holds it: this one
    const from = take(base) + (method === 1 ? inside : 0);
    for (let extents = take(2), first = true; extents > 0; extents--, first = false) {
      if (version > 0) take(index);
      const start = from + take(offset);
      take(length);
      if (first && start < view.byteLength) yield start;
    }
  }
}

/** The most pixels that frames of this AV1 data have (its sequence header, AV1 5.5); nothing where there is none. */
function sequenceSize(data: Uint8Array): { width: number; height: number } | undefined {
  for (let at = 0; at + 2 <= data.length; ) {
    const head = data[at++] as number;
    if (head & 0x81) return undefined; // no OBU: its first and last bit are 0
    if (head & 4) at++;
    let length = 0;
    if (!(head & 2)) length = data.length - at;
    else {
      for (let i = 0, more = true; more && i < 8; i++) {
        const byte = data[at++] ?? 0;
        length += (byte & 127) * 2 ** (7 * i);
        more = byte > 127;
      }
    }
    const type = (head >> 3) & 15;
    if (type === 1) return readSequence(data.subarray(at, at + length));
    if (type !== 2) return undefined; // only a temporal delimiter comes before it
    at += length;
  }
  return undefined;
}

function readSequence(data: Uint8Array): { width: number; height: number } {
  let at = 0;
  const bits = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, at++) {
      const byte = data[at >> 3];
      if (byte === undefined) throw new RangeError('its AV1 header is cut');
      value = value * 2 + ((byte >> (7 - (at & 7))) & 1);
    }
    return value;
  };
  bits(4); // profile, still picture
  if (bits(1)) bits(5);
  else {
    let delay = -1; // bits of a buffer's delay, where there are any
    if (bits(1)) {
      bits(64); // clock
      if (bits(1)) skipVariableLength(bits);
      if (bits(1)) {
        delay = bits(5) + 1;
        bits(32 + 5 + 5);
      }
    }
    const displays = bits(1);
    for (let points = bits(5) + 1; points > 0; points--) {
      bits(12);
      if (bits(5) > 7) bits(1);
      if (delay > 0 && bits(1)) bits(2 * delay + 1);
      if (displays && bits(1)) bits(4);
    }
  }
  const [forWidth, forHeight] = [bits(4) + 1, bits(4) + 1];
  return { width: bits(forWidth) + 1, height: bits(forHeight) + 1 };
}

function skipVariableLength(bits: (count: number) => number): void {
  let zeros = 0;
  while (zeros < 32 && bits(1) === 0) zeros++;
  bits(zeros);
}
