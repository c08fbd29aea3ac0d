/**
 * Writes what torch.load reads, `weights_only=True` included: a zip of a pickle and a record for each tensor, as
 * torch.save makes it. (torch/serialization.py; PKWARE's APPNOTE for the zip)
 */

import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { requireOptions } from '../tensor/options.ts';
import { sizeOf } from '../tensor/shape.ts';
import { concatBytes, crc32 } from './bytes.ts';
import { requireKinds } from './kinds.ts';
import { quote } from './quote.ts';

/** A tensor of a state dict. */
export interface TorchEntry {
  /** Its key in the dict. */
  readonly name: string;
  /** Extents of the axes. */
  readonly shape: readonly number[];
  /** Values, row-major. */
  readonly data: Float32Array;
}

/** Without Zip64 an archive ends here. */
const MOST_BYTES = 2 ** 32 - 1;
/** Tensors begin at multiples of this in the file, as torch.save puts them. */
const ALIGNMENT = 64;

/**
 * The bytes of a `.pt` that holds one dict of float32 tensors; with `within`, dict in dict:
 * `['model_state_dict']` is what training programs save.
 * @param entries the tensors, each name once
 * @throws ArgumentError when a name comes twice or the file would pass 4 GiB; ShapeError when a shape does not hold its values
 * @example
 * ```ts
 * const bytes = writeTorchFile([{ name: 'x', shape: [2], data: Float32Array.of(1, 2) }]);
 * ```
 */
export function writeTorchFile(
  entries: readonly TorchEntry[],
  options: { readonly within?: readonly string[] } = {},
): Uint8Array<ArrayBuffer> {
  requireOptions('writeTorchFile', options, 'within');
  requireKinds('writeTorchFile', { entries }, '[name,shape,data]');
  const { within = [] } = options;
  requireKinds('writeTorchFile', { within }, 'texts');
  const names = new Set(entries.map(({ name }) => name));
  if (names.size < entries.length) throw new ArgumentError('writeTorchFile', 'two tensors have the same name');
  for (const { name, shape, data } of entries)
    if (sizeOf(shape) !== data.length)
      throw new ShapeError('writeTorchFile', `${quote(name)}: ${data.length} values do not fill the shape`, shape);
  const records = entries.map(({ data }, i): [string, Uint8Array] => [
    `archive/data/${i}`,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
  const text = new TextEncoder();
  return zip([
    ['archive/data.pkl', pickle(entries, within)],
    ['archive/byteorder', text.encode('little')],
    ...records,
    ['archive/version', text.encode('3\n')],
  ]);
}

/** Protocol 2: dict { name: _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks) } */
function pickle(entries: readonly TorchEntry[], within: readonly string[]): Uint8Array {
  const out = new Bytes();
  out.add('\x80\x02');
  for (const key of within) out.add('}').text(key); // EMPTY_DICT, its only key
  out.add('}(');
  entries.forEach(({ name, shape, data }, i) => {
    out.text(name).add('ctorch._utils\n_rebuild_tensor_v2\n(');
    out.add('(').text('storage').add('ctorch\nFloatStorage\n').text(String(i)).text('cpu').int(data.length).add('tQ');
    out.int(0).ints(shape).ints(strides(shape)).add('\x89ccollections\nOrderedDict\n)RtR');
  });
  out.add('u'); // SETITEMS
  for (const _ of within) out.add('s'); // SETITEM
  return out.add('.').joined();
}

function strides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Bytes put together, in the words of pickle. */
class Bytes {
  private readonly parts: Uint8Array[] = [];

  /** Opcodes and lines of ASCII. */
  add(characters: string): this {
    this.parts.push(Uint8Array.from(characters, (character) => character.charCodeAt(0)));
    return this;
  }

  /** BINUNICODE */
  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    this.add('X').parts.push(little([4, bytes.length]), bytes);
    return this;
  }

  /** BININT, or LONG1 for what needs more than its 31 bits. */
  int(value: number): this {
    if (value < 2 ** 31) this.add('J').parts.push(little([4, value]));
    else this.add('\x8a\x08').parts.push(new Uint8Array(BigInt64Array.of(BigInt(value)).buffer));
    return this;
  }

  /** A tuple. */
  ints(values: readonly number[]): this {
    this.add('(');
    for (const value of values) this.int(value);
    return this.add('t');
  }

  joined(): Uint8Array {
    return concatBytes(this.parts);
  }
}

/** Stored records. A record of a tensor is padded in front, so that its bytes are aligned in the file. */
function zip(records: readonly (readonly [name: string, data: Uint8Array])[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, data] of records) {
    const title = new TextEncoder().encode(name);
    const extra = padding(offset + 30 + title.length);
    // version, flags (UTF-8), method (stored), time, date, checksum, sizes, length of the name
    const common: Field[] = [
      [2, 20],
      [2, 0x800],
      [2, 0],
      [2, 0],
      [2, 33],
      [4, crc32(data)],
    ];
    const sizes: Field[] = [
      [4, data.length],
      [4, data.length],
      [2, title.length],
    ];
    parts.push(little([4, 0x04034b50], ...common, ...sizes, [2, extra.length]), title, extra, data);
    const place: Field[] = [
      [2, 0],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, offset],
    ];
    directory.push(little([4, 0x02014b50], [2, 20], ...common, ...sizes, ...place), title);
    offset += 30 + title.length + extra.length + data.length;
    if (offset > MOST_BYTES)
      throw new ArgumentError('writeTorchFile', 'the file would be larger than 4 GiB; write safetensors instead');
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const count = records.length;
  const end = little([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
  return concatBytes([...parts, ...directory, end]);
}

/** An extra field (of no known kind, as torch has it) that makes what follows begin at a multiple of the alignment. */
function padding(start: number): Uint8Array {
  const length = (ALIGNMENT - ((start + 4) % ALIGNMENT)) % ALIGNMENT;
  return concatBytes([little([2, 0x4246], [2, length]), new Uint8Array(length)]); // "FB"
}

type Field = readonly [bytes: 2 | 4, value: number];

/** Numbers as little-endian bytes. */
function little(...fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}
