/** What the pickle of a tensor file may name, and what becomes of it. Nothing here runs anything of the file's. */

import { formatShape } from '../tensor/errors.ts';
import { sizeOf } from '../tensor/shape.ts';
import { type ElementType, elementBytes, torchNames } from './element-types.ts';
import { type PickleGlobal, type PickleNames, Tuple } from './pickle.ts';
import { LISTED, listed, OtherTensor } from './python-names.ts';
import { quote } from './quote.ts';
import { torchError } from './torch-error.ts';

/** Where the bytes of a storage lie. */
export interface StorageRecord {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Finds the record of a storage that has so many bytes by its key. */
export type FindStorage = (key: string, bytes: number) => StorageRecord;

/** A run of elements in a record of its own; several tensors may be views of it. */
class TorchStorage {
  readonly record: StorageRecord;
  readonly dtype: ElementType;
  /** In elements. */
  readonly size: number;

  constructor(record: StorageRecord, dtype: ElementType, size: number) {
    this.record = record;
    this.dtype = dtype;
    this.size = size;
  }
}

export interface Marks {
  readonly negated: boolean;
  readonly conjugated: boolean;
}

/** A view of a storage; offset and strides in elements. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly dtype: ElementType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** The values are those of the storage with another sign: all of them, or of the imaginary parts. */
  readonly marks: Marks;

  constructor(
    storage: TorchStorage,
    dtype: ElementType,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
    marks: Marks,
  ) {
    this.marks = marks;
    this.storage = storage;
    this.dtype = dtype;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** Classes of typed storages, without `Storage`. */
const STORAGES: Readonly<Record<string, ElementType>> = {
  Float: 'F32',
  Half: 'F16',
  BFloat16: 'BF16',
  Double: 'F64',
  Long: 'I64',
  Int: 'I32',
  Short: 'I16',
  Char: 'I8',
  Byte: 'U8',
  Bool: 'BOOL',
  ComplexFloat: 'C64',
  ComplexDouble: 'C128',
  QInt8: 'I8',
  QUInt8: 'U8',
  QInt32: 'I32',
};

/** A view that repeats elements may be larger than its storage; beyond this it is refused, as its file bounds nothing. */
const MAX_REPEATED = 2 ** 24;

class StorageType implements PickleGlobal {
  readonly name: string;
  readonly dtype: ElementType;

  constructor(name: string, dtype: ElementType) {
    this.name = name;
    this.dtype = dtype;
  }
}

class Dtype implements PickleGlobal {
  readonly name: string;
  readonly dtype: ElementType;

  constructor(dtype: ElementType) {
    this.name = `torch.${torchNames[dtype]}`;
    this.dtype = dtype;
  }
}

/** Types of which no tensor is read here: several elements lie in a byte, or bits that stand for no number. */
const OTHER_TYPES = [
  'float4_e2m1fn_x2',
  ...['bits8', 'bits16', 'bits1x8', 'bits2x4', 'bits4x2'],
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((bits) => [`int${bits}`, `uint${bits}`]),
].map((name): PickleGlobal => ({ name: `torch.${name}` }));

/** Functions that make a tensor. */
const REBUILD: readonly Required<PickleGlobal>[] = [
  { name: 'torch._utils._rebuild_tensor', call: (...given) => rebuild(given) },
  { name: 'torch._utils._rebuild_tensor_v2', call: (...given) => rebuild(given, given[6]) },
  { name: 'torch._utils._rebuild_tensor_v3', call: (...given) => rebuild(given, given[7], given[6]) },
  { name: 'torch._utils._rebuild_parameter', call: parameter },
  { name: 'torch._utils._rebuild_parameter_with_state', call: parameter },
];

const TENSORS: readonly PickleGlobal[] = [{ name: 'torch.Tensor' }, { name: 'torch.nn.parameter.Parameter' }];

/** Lists that TorchScript's pickles mark with their type. */
const SCRIPT_LISTS = ['build_intlist', 'build_doublelist', 'build_boollist', 'build_tensorlist', 'restore_type_tag'];

/**
 * The names a pickle may use, over its storages.
 * @param script whether it is one of TorchScript, whose objects have classes that the archive defines by code (which is
 *   not read)
 */
export function torchNamesOf(storage: FindStorage, script = false): PickleNames {
  const functions: readonly PickleGlobal[] = [
    { name: 'collections.OrderedDict', call: orderedDict },
    ...REBUILD,
    { name: 'torch._tensor._rebuild_from_type_v2', call: withAttributes },
    ...TENSORS,
    ...LISTED,
    ...OTHER_TYPES,
    ...(script ? SCRIPT_LISTS : []).map((name) => ({
      name: `torch.jit._pickle.${name}`,
      call: (list: unknown) => list,
    })),
    {
      name: 'torch.Size',
      call: (given) => (given instanceof Tuple ? given : refuse('torch.Size of what is not a tuple')),
    },
    { name: 'torch.device', call: (...given) => given.map(String).join(':') },
  ];
  const storages = Object.entries(STORAGES).map(([name, dtype]) => new StorageType(`torch.${name}Storage`, dtype));
  const untyped = ['torch.UntypedStorage', 'torch.storage.UntypedStorage'].map((name) => new StorageType(name, 'U8'));
  const dtypes = (Object.keys(torchNames) as ElementType[])
    .filter((dtype) => elementBytes[dtype] >= 1)
    .map((dtype) => new Dtype(dtype));
  const globals = new Map([...functions, ...storages, ...untyped, ...dtypes].map((entry) => [entry.name, entry]));
  return {
    find: (name) => globals.get(name) ?? (script && name.startsWith('__torch__.') ? listed(name) : undefined),
    persistent: (id) => openStorage(id, storage),
  };
}

function refuse(sentence: string): never {
  throw torchError('pickle-invalid', sentence);
}

function orderedDict(...given: unknown[]): Map<unknown, unknown> {
  return given.length === 0 ? new Map() : refuse('an OrderedDict that is given its entries, expected them set');
}

function parameter(data: unknown): TorchTensor | OtherTensor {
  return data instanceof TorchTensor || data instanceof OtherTensor ? data : refuse('a Parameter that holds no tensor');
}

/**
 * (function, class, its arguments, attributes): a tensor to which Python attributes were given, which are no part of its
 * values. FullyShardedDataParallel's full state dicts are full of them.
 */
function withAttributes(make: unknown, type: unknown, given: unknown): TorchTensor | OtherTensor {
  const rebuilt = REBUILD.find((known) => known === make);
  if (!rebuilt || !TENSORS.some((known) => known === type) || !(given instanceof Tuple))
    return refuse('a tensor of a class of its own, expected torch.Tensor with attributes');
  return rebuilt.call(...given.items) as TorchTensor | OtherTensor;
}

/** ('storage', class, key, device, elements), before PyTorch 1.6 also (key, offset, elements) of a part */
function openStorage(id: unknown, storage: FindStorage): TorchStorage {
  const [what, type, key, , size, part] = id instanceof Tuple ? id.items : [];
  const sound = what === 'storage' && type instanceof StorageType && typeof key === 'string';
  if (!sound || !isCount(size)) return refuse('a persistent id that is not (storage, class, key, device, size)');
  const bytes = size * elementBytes[type.dtype];
  const record = storage(key, bytes);
  if (record.size < bytes) {
    const sentence = `the record ${quote(record.name)} has ${record.size} bytes, its storage of ${size} ${type.dtype} needs ${bytes}`;
    throw torchError('storage-short', sentence);
  }
  return part instanceof Tuple ? partOf(record, type.dtype, size, part) : new TorchStorage(record, type.dtype, size);
}

function partOf(record: StorageRecord, dtype: ElementType, whole: number, { items }: Tuple): TorchStorage {
  const [, offset, size] = items;
  if (!isCount(offset) || !isCount(size) || offset + size > whole)
    return refuse('a part of a storage that lies outside');
  const first = offset * elementBytes[dtype];
  const within: StorageRecord = {
    name: record.name,
    size: size * elementBytes[dtype],
    read: (start, end) => record.read(first + start, first + end),
  };
  return new TorchStorage(within, dtype, size);
}

/** A dict of marks, `neg` and `conj`; of floats, as other numbers have no sign bit. */
function marksOf(given: unknown, dtype: ElementType): Marks {
  const marks = given instanceof Map ? given : new Map<unknown, unknown>();
  const known = given === undefined || given === null || given instanceof Map;
  if (
    !known ||
    [...marks.keys()].some((key) => key !== 'neg' && key !== 'conj') ||
    (marks.size > 0 && !/^(F|BF|C)/.test(dtype))
  )
    throw torchError('tensor-invalid', `a view marked ${quote([...marks.keys()].map(String))}, expected neg or conj`);
  return { negated: marks.get('neg') === true, conjugated: marks.get('conj') === true && dtype.startsWith('C') };
}

/** (storage, offset, shape, strides); version 3 gives bytes and names their type. */
function rebuild(
  [storage, offset, shape, strides]: readonly unknown[],
  marks?: unknown,
  dtype?: unknown,
): TorchTensor | OtherTensor {
  if (!(storage instanceof TorchStorage)) return refuse('a tensor without a storage');
  const other = OTHER_TYPES.find((known) => known === dtype);
  if (other) return new OtherTensor(`a tensor of ${other.name}`);
  if (dtype !== undefined && !(dtype instanceof Dtype)) return refuse('a tensor whose dtype is not a type');
  const type = dtype?.dtype ?? storage.dtype;
  const invalid = (what: string): never => {
    throw torchError('tensor-invalid', `a tensor with ${what}, expected whole numbers from 0`);
  };
  const extents = counts(shape) ?? invalid(`the shape ${quote(plain(shape))}`);
  const steps = counts(strides) ?? invalid(`the strides ${quote(plain(strides))}`);
  if (!isCount(offset)) return invalid(`the offset ${quote(plain(offset))}`);
  if (extents.length !== steps.length) return invalid(`${extents.length} axes and ${steps.length} strides`);
  const size = sizeOf(extents);
  const available = Math.floor((storage.size * elementBytes[storage.dtype]) / elementBytes[type]);
  const last = offset + extents.reduce((sum, extent, axis) => sum + (extent - 1) * (steps[axis] as number), 0);
  if (!Number.isSafeInteger(size) || (size > 0 && last >= available)) {
    const view = `${formatShape(extents)} with strides ${formatShape(steps)} from element ${offset}`;
    throw torchError('tensor-outside-storage', `a tensor ${view} in a storage of ${available} elements`);
  }
  if (size > available && size > MAX_REPEATED)
    throw torchError('tensor-invalid', `a tensor of ${size} elements that repeats a storage of ${available}`);
  return new TorchTensor(storage, type, offset, extents, steps, marksOf(marks, type));
}

function counts(value: unknown): readonly number[] | undefined {
  return value instanceof Tuple && value.items.every(isCount) ? (value.items as readonly number[]) : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function plain(value: unknown): unknown {
  const one = (item: unknown): unknown => (typeof item === 'object' && item !== null ? 'an object' : String(item));
  return value instanceof Tuple ? value.items.slice(0, 16).map(one) : one(value);
}
