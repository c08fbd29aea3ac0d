/** The safetensors format: 8 bytes of header length (little-endian), a JSON header, then the tensors' bytes. */

import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { sizeOf } from '../tensor/shape.ts';
import { asSource, type ByteSource, readExactly } from './byte-source.ts';
import {
  decodeTensor,
  type ElementType,
  elementBytes,
  type StoredValues,
  storedTensor,
  type TensorValues,
} from './element-types.ts';
import { toBfloat16, toFloat16 } from './half-precision.ts';
import { requireKinds } from './kinds.ts';
import { quote } from './quote.ts';
import { formatHeader, type Header, parseHeader, safetensorsError, type TensorInfo } from './safetensors-header.ts';

export type { ByteSource } from './byte-source.ts';
export type { TensorValues } from './element-types.ts';

/** The limit of the reference reader. */
const MAX_HEADER_BYTES = 100_000_000;

/** A checked header, and the way to each tensor's values. */
export class SafetensorsFile {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  private readonly tensors: ReadonlyMap<string, TensorInfo>;
  private readonly source: ByteSource;
  private readonly dataStart: number;

  constructor(source: ByteSource, header: Header, dataStart: number) {
    requireKinds('SafetensorsFile', { source, header, dataStart }, '{read} {tensors,metadata} whole');
    requireKinds('SafetensorsFile', { 'the header of its tensors': header.tensors }, '{get,keys}');
    this.names = [...header.tensors.keys()];
    this.metadata = header.metadata;
    this.tensors = header.tensors;
    this.source = source;
    this.dataStart = dataStart;
  }

  /** Whether there is a tensor of that name. */
  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** The type in the file and the shape. @throws WeightsFileError when there is no such tensor */
  info(name: string): { readonly dtype: ElementType; readonly shape: readonly number[] } {
    const info = this.tensors.get(name);
    if (!info) throw safetensorsError('name-unknown', `there is no tensor ${quote(name)}`);
    return info;
  }

  /** The bytes of one tensor as they are in the file, row-major and little-endian, in a buffer of their own. */
  async readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { start, end } = this.info(name) as TensorInfo;
    return readExactly(this.source, this.dataStart + start, this.dataStart + end);
  }

  /**
   * The values of one tensor; only its bytes are read. Floats become float32, integers int32, booleans float32 0 and 1.
   * @throws WeightsFileError when there is no such tensor, or an integer does not fit into 32 bits
   */
  async read(name: string): Promise<TensorValues> {
    return decodeTensor(await this.readBytes(name), this.info(name), name);
  }

  /** The same, but for F16 and BF16, which stay as they are. */
  async readStored(name: string): Promise<StoredValues> {
    return storedTensor(await this.readBytes(name), this.info(name), name);
  }
}

/**
 * Opens a safetensors file from memory or from a source; only its header is read, and checked before anything is
 * allocated for its tensors.
 * @param source the file's bytes, or where they come from
 * @throws WeightsFileError when a rule of the format is broken
 * @example
 * ```ts
 * const file = await openSafetensors(writeSafetensors([{ name: 'x', shape: [2], data: Float32Array.of(1, 2), dtype: 'F32' }]));
 * console.log(file.names);
 * ```
 */
export async function openSafetensors(source: Uint8Array | ByteSource): Promise<SafetensorsFile> {
  const bytes = asSource(source);
  if (bytes.size < 8)
    throw safetensorsError('header-truncated', `the file has ${bytes.size} bytes, a header needs at least 8`);
  const length = new DataView((await readExactly(bytes, 0, 8)).buffer).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES)
    throw safetensorsError('header-too-large', `the header would have ${length} bytes; is this a safetensors file?`);
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.size) {
    const sentence = `the header would end at byte ${dataStart} of ${bytes.size}; was the file cut off?`;
    throw safetensorsError('header-beyond-file', sentence);
  }
  const header = parseHeader(await readExactly(bytes, 8, dataStart), bytes.size - dataStart);
  return new SafetensorsFile(bytes, header, dataStart);
}

/** Types that can be written. */
export type WritableDtype = 'F32' | 'F16' | 'BF16' | 'I32' | 'I64';

const asArray = (entries: Iterable<unknown>): unknown =>
  typeof Object(entries)[Symbol.iterator] === 'function' && typeof entries === 'object' ? Array.from(entries) : entries;

const encoders: Readonly<Record<WritableDtype, (data: Float32Array | Int32Array) => ArrayBufferView>> = {
  F32: (data) => Float32Array.from(data),
  F16: (data) => toFloat16(Float32Array.from(data)),
  BF16: (data) => toBfloat16(Float32Array.from(data)),
  I32: (data) => Int32Array.from(data),
  I64: (data) => BigInt64Array.from(Array.from(data, BigInt)),
};

export interface SafetensorsEntry {
  /** Under which it stands in the file. */
  readonly name: string;
  /** Extents of the axes. */
  readonly shape: readonly number[];
  /** Values, row-major. */
  readonly data: Float32Array | Int32Array;
  /** Default F32, for an Int32Array I32. F16 and BF16 round to nearest, ties to even. */
  readonly dtype?: WritableDtype;
}

/**
 * The bytes of a safetensors file. Wide types come first, then by name, so that equal tensors give equal bytes and
 * every tensor is aligned to its element size.
 * @param entries the tensors, each name once
 * @param metadata texts by key, as `__metadata__` of the header; default none
 * @throws ArgumentError when a name comes twice or is reserved, or floats shall become integers
 * @throws ShapeError when a shape does not hold its values
 * @example
 * ```ts
 * const bytes = writeSafetensors([{ name: 'x', shape: [2], data: Float32Array.of(1, 2), dtype: 'F16' }]);
 * ```
 */
export function writeSafetensors(
  entries: Iterable<SafetensorsEntry>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  requireKinds('writeSafetensors', { entries: asArray(entries) }, '[name,shape,data]');
  requireKinds('writeSafetensors', { metadata, 'the metadata': Object.values(metadata ?? {}) }, '{}? texts');
  const typed = Array.from(entries, (entry) => ({ ...entry, dtype: entry.dtype ?? defaultDtype(entry.data) }));
  const names = new Set<string>(['__metadata__']);
  for (const { name, shape, data, dtype } of typed) {
    if (names.has(name))
      throw new ArgumentError('writeSafetensors', `the name ${quote(name)} is reserved or comes twice`);
    if (dtype.startsWith('I') && !(data instanceof Int32Array))
      throw new ArgumentError('writeSafetensors', `${quote(name)}: floats cannot be written as ${dtype}`);
    if (sizeOf(shape) !== data.length)
      throw new ShapeError('writeSafetensors', `${quote(name)}: ${data.length} values do not fill the shape`, shape);
    names.add(name);
  }
  typed.sort((a, b) => elementBytes[b.dtype] - elementBytes[a.dtype] || (a.name < b.name ? -1 : 1));
  const header = formatHeader(typed, metadata);
  const sizes = typed.map(({ dtype, data }) => data.length * elementBytes[dtype]);
  const out = new Uint8Array(sizes.reduce((sum, size) => sum + size, 8 + header.length));
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  out.set(header, 8);
  let offset = 8 + header.length;
  typed.forEach(({ dtype, data }, i) => {
    out.set(new Uint8Array(encoders[dtype](data).buffer), offset);
    offset += sizes[i] as number;
  });
  return out;
}

function defaultDtype(data: Float32Array | Int32Array): 'F32' | 'I32' {
  return data instanceof Int32Array ? 'I32' : 'F32';
}
