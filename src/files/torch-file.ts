/**
 * Files of torch.save: since PyTorch 1.6 a zip with the pickle `NAME/data.pkl` and a record `NAME/data/KEY` for each
 * storage (torch/serialization.py; caffe2/serialize/inline_container.h). Those of torch.jit.save have a pickle of
 * modules, whose attributes are the tensors, and code, which is not read.
 */

import { sizeOf } from '../tensor/shape.ts';
import { asSource, type ByteSource } from './byte-source.ts';
import type { PlainValue } from './checkpoint-source.ts';
import {
  decodeTensor,
  type ElementType,
  elementBytes,
  type StoredValues,
  storedTensor,
  type TensorValues,
} from './element-types.ts';
import { Instance, PickleMachine, Tuple } from './pickle.ts';
import { quote } from './quote.ts';
import { torchError } from './torch-error.ts';
import { isLegacyTorch, readLegacyTorch } from './torch-legacy.ts';
import { TorchTensor, torchNamesOf } from './torch-names.ts';
import { openZip, type ZipRecord } from './zip.ts';

/** Pickles of checkpoints are small: a tensor takes some 200 bytes of one. */
const MAX_PICKLE_BYTES = 64_000_000;
/** One list in a list in a list ... makes many values of few bytes. */
const MAX_VALUES = 1_000_000;
const MAX_DEPTH = 64;
/** Nor may a long key be repeated in the path of every value below it. */
const MAX_PATH_CHARACTERS = 100_000_000;

/** The tensors and other values of a file by their paths: keys and indices joined by dots. */
class TorchFile {
  readonly names: readonly string[];
  /** Numbers, texts and the like, by path. */
  readonly values: ReadonlyMap<string, PlainValue>;
  readonly metadata: Readonly<Record<string, string>> = {};
  private readonly tensors: ReadonlyMap<string, TorchTensor>;

  constructor(tensors: ReadonlyMap<string, TorchTensor>, values: ReadonlyMap<string, PlainValue>) {
    this.names = [...tensors.keys()];
    this.tensors = tensors;
    this.values = values;
  }

  /** Whether there is a tensor of that name. */
  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** The type in the file and the shape. @throws WeightsFileError when there is no such tensor */
  info(name: string): { readonly dtype: ElementType; readonly shape: readonly number[] } {
    const { dtype, shape } = this.tensor(name);
    return { dtype, shape };
  }

  /**
   * The bytes of one tensor, row-major and little-endian whatever its strides, in a buffer of their own. Only the part
   * of its storage that it spans is read.
   */
  async readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { storage, dtype, offset, shape, strides } = this.tensor(name);
    const size = sizeOf(shape);
    if (size === 0) return new Uint8Array(0);
    const unit = elementBytes[dtype] as 1 | 2 | 4 | 8 | 16; // types of less than a byte are none of torch.save's
    const span = 1 + shape.reduce((sum, extent, axis) => sum + (extent - 1) * (strides[axis] as number), 0);
    const bytes = await storage.record.read(offset * unit, (offset + span) * unit);
    const values = isContiguous(shape, strides) ? bytes : gather(bytes, unit, shape, strides);
    const { marks } = this.tensor(name);
    return marks.negated || marks.conjugated ? flipSigns(values, this.tensor(name)) : values;
  }

  /**
   * The values of one tensor. Floats become float32, integers int32, booleans float32 0 and 1.
   * @throws WeightsFileError when there is no such tensor, or an integer does not fit into 32 bits
   */
  async read(name: string): Promise<TensorValues> {
    return decodeTensor(await this.readBytes(name), this.info(name), name);
  }

  /** The same, but for float16 and bfloat16, which stay as they are. */
  async readStored(name: string): Promise<StoredValues> {
    return storedTensor(await this.readBytes(name), this.info(name), name);
  }

  private tensor(name: string): TorchTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw torchError('name-unknown', `there is no tensor ${quote(name)}`);
    return tensor;
  }
}

/**
 * Opens a file of torch.save: the directory and the pickle are read, no storage is.
 * @throws WeightsFileError for what is no such file, is broken, is big-endian, or names anything but tensors
 */
export async function openTorchFile(source: Uint8Array | ByteSource): Promise<TorchFile> {
  const bytes = asSource(source);
  const top = (await isLegacy(bytes)) ? await readLegacyTorch(bytes, MAX_PICKLE_BYTES) : await readArchive(bytes);
  const paths = new Paths();
  paths.visit(top, '', 0);
  return new TorchFile(paths.tensors, paths.values);
}

async function readArchive(source: ByteSource): Promise<unknown> {
  const records = await openZip(source);
  const folder = folderOf(records);
  const pickle = records.get(`${folder}/data.pkl`) as ZipRecord;
  if (pickle.size > MAX_PICKLE_BYTES) {
    const sentence = `data.pkl has ${pickle.size} bytes, expected at most ${MAX_PICKLE_BYTES}`;
    throw torchError('record-too-large', sentence);
  }
  await refuseBigEndian(records.get(`${folder}/byteorder`));
  const storage = (key: string): ZipRecord => {
    const record = records.get(`${folder}/data/${key}`);
    if (!record) throw torchError('record-missing', `there is no record ${quote(`${folder}/data/${key}`)}`);
    return record;
  };
  const script = records.has(`${folder}/constants.pkl`);
  return new PickleMachine(await pickle.read(), torchNamesOf(storage, script)).run();
}

/** @throws WeightsFileError for what is neither of the two */
async function isLegacy(source: ByteSource): Promise<boolean> {
  const start = await source.read(0, Math.min(source.size, 32));
  if (start[0] === 0x50 && start[1] === 0x4b) return false;
  if (isLegacyTorch(start)) return true;
  const found = source.size === 0 ? 'is empty' : `begins with ${Array.from(start.subarray(0, 4)).join(' ')}`;
  throw torchError('not-a-zip', `the file ${found}, expected the zip archive that torch.save writes`);
}

/** The folder that all records of an archive lie in: it bears the file's name. */
function folderOf(records: ReadonlyMap<string, ZipRecord>): string {
  const folders = [...records.keys()]
    .filter((name) => /^[^/]+\/data\.pkl$/.test(name))
    .map((name) => name.slice(0, -9));
  if (folders.length === 1) return folders[0] as string;
  if (folders.length === 0 && [...records.keys()].some((name) => name.endsWith('.npy'))) {
    const advice = 'save its arrays with safetensors.numpy.save_file';
    throw torchError('record-missing', `the archive is an .npz of NumPy, no file of torch.save; ${advice}`);
  }
  const what = folders.length === 0 ? 'holds no FOLDER/data.pkl' : `holds several: ${folders.map(quote).join(', ')}`;
  throw torchError('record-missing', `the archive ${what}; is it a file of torch.save?`);
}

async function refuseBigEndian(record: ZipRecord | undefined): Promise<void> {
  if (!record) return;
  const order = String.fromCharCode(...(await record.read(0, Math.min(record.size, 16))));
  if (order.trim() !== 'little')
    throw torchError('byteorder', `the numbers are stored ${quote(order)}-endian, expected little-endian`);
}

/** Names everything in nested dicts, lists and tuples by its path. */
class Paths {
  readonly tensors = new Map<string, TorchTensor>();
  readonly values = new Map<string, PlainValue>();
  private count = 0;
  private characters = 0;

  visit(value: unknown, path: string, depth: number): void {
    this.characters += path.length;
    if (++this.count > MAX_VALUES || this.characters > MAX_PATH_CHARACTERS)
      throw torchError('too-many-values', `more than ${MAX_VALUES} values, or longer names than can be held`);
    if (depth > MAX_DEPTH) throw torchError('too-many-values', `values nested deeper than ${MAX_DEPTH}`);
    const at = (key: unknown): string => (path === '' ? keyText(key) : `${path}.${keyText(key)}`);
    const entries = entriesOf(value);
    if (entries) for (const [key, entry] of entries) this.visit(entry, at(key), depth + 1);
    else if (value instanceof TorchTensor) this.add(this.tensors, path, value);
    else if (typeof value !== 'object' || value === null || value instanceof Uint8Array)
      this.add(this.values, path, value as PlainValue);
    else this.add(this.values, path, nameOf(value));
  }

  private add<T>(into: Map<string, T>, path: string, value: T): void {
    if (this.tensors.has(path) || this.values.has(path))
      throw torchError('duplicate-name', `two values are called ${quote(path)}`);
    into.set(path, value);
  }
}

function entriesOf(value: unknown): Iterable<readonly [key: unknown, value: unknown]> | undefined {
  if (value instanceof Map) return value;
  if (Array.isArray(value)) return value.entries();
  if (value instanceof Instance) return entriesOf(value.state);
  return value instanceof Tuple ? value.items.entries() : undefined;
}

function keyText(key: unknown): string {
  const one = (item: unknown): string => (typeof item === 'object' && item !== null ? '…' : String(item));
  return key instanceof Tuple ? `(${key.items.map(one).join(', ')})` : one(key);
}

/** A name of Python's that stands where a value is, such as torch.float16. */
function nameOf(value: object): string {
  return 'name' in value ? String(value.name) : 'storage';
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis] as number;
  }
  return true;
}

/** Elements of `unit` bytes, taken by their strides into row-major order. */
function gather(
  bytes: Uint8Array<ArrayBuffer>,
  unit: 1 | 2 | 4 | 8 | 16,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array<ArrayBuffer> {
  if (unit === 16) return gather(bytes, 8, [...shape, 2], [...strides.map((stride) => stride * 2), 1]);
  const view = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array }[unit];
  const from = new view(bytes.buffer) as Uint32Array;
  const to = new view(sizeOf(shape)) as Uint32Array<ArrayBuffer>;
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < to.length; i++) {
    to[i] = from[at] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      at += strides[axis] as number;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      at -= (shape[axis] as number) * (strides[axis] as number);
      index[axis] = 0;
    }
  }
  return new Uint8Array(to.buffer);
}

/** Turns the sign bits that a view is marked with: of all numbers, or of the imaginary parts. */
function flipSigns(bytes: Uint8Array<ArrayBuffer>, { dtype, marks }: TorchTensor): Uint8Array<ArrayBuffer> {
  const complex = dtype.startsWith('C');
  const unit = elementBytes[dtype] / (complex ? 2 : 1);
  for (let number = 0; number * unit < bytes.length; number++) {
    const flip = marks.negated !== (marks.conjugated && number % 2 === 1);
    const sign = (number + 1) * unit - 1;
    if (flip) bytes[sign] = (bytes[sign] as number) ^ 0x80;
  }
  return bytes;
}
