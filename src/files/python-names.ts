/**
 * What checkpoints hold beside tensors: options of argparse, numbers of NumPy, paths. None of it is run. It is listed,
 * so that `inspect` can show it, and no model needs it.
 */

import { fromFloat16 } from '../tensor/float16.ts';
import { Instance, type PickleGlobal, Tuple } from './pickle.ts';
import { torchError } from './torch-error.ts';

/** A class whose objects are listed with their attributes. */
export function listed(name: string): PickleGlobal {
  return { name, call: () => new Instance(name) };
}

/** A tensor whose values are not kept as plain ones: listed by what it is. */
export class OtherTensor extends Instance {}

const other = (name: string, what: string): PickleGlobal => ({
  name: `torch._utils.${name}`,
  call: () => new OtherTensor(what),
});

/** What makes such tensors, and the ways to quantise that it names. */
const OTHER_TENSORS: readonly PickleGlobal[] = [
  other('_rebuild_sparse_tensor', 'a sparse tensor'),
  other('_rebuild_qtensor', 'a quantised tensor'),
  other('_rebuild_nested_tensor', 'a nested tensor'),
  other('_rebuild_meta_tensor_no_storage', 'a meta tensor, which has no values'),
  ...['tensor_affine', 'tensor_symmetric', 'channel_affine', 'channel_symmetric', 'channel_affine_float_qparams'].map(
    (way) => ({ name: `torch.per_${way}` }),
  ),
];

/** Its state is (version, byte order, ...). */
class NumpyType extends Instance {
  /** `f8`, `i4`, `b1`, `U5`. */
  readonly code: string;

  constructor(code: unknown) {
    super('numpy.dtype');
    this.code = typeof code === 'string' ? code : '?';
  }

  get bigEndian(): boolean {
    return this.state instanceof Tuple && this.state.items[1] === '>';
  }
}

/** Its state is (version, shape, type, order, bytes); it is listed as a line, not as a tensor. */
class NumpyArray extends Instance {
  constructor() {
    super('numpy.ndarray');
  }

  override build(given: unknown): void {
    const [, shape, type] = given instanceof Tuple ? given.items : [];
    if (shape instanceof Tuple && type instanceof NumpyType)
      this.name = `numpy.ndarray ${type.code} [${shape.items.map(String).join(', ')}]`;
  }
}

const NUMBERS: Readonly<Record<string, (view: DataView, little: boolean) => unknown>> = {
  b1: (view) => view.getUint8(0) !== 0,
  i1: (view) => view.getInt8(0),
  u1: (view) => view.getUint8(0),
  i2: (view, little) => view.getInt16(0, little),
  u2: (view, little) => view.getUint16(0, little),
  i4: (view, little) => view.getInt32(0, little),
  u4: (view, little) => view.getUint32(0, little),
  i8: (view, little) => exact(view.getBigInt64(0, little)),
  u8: (view, little) => exact(view.getBigUint64(0, little)),
  f2: (view, little) => fromFloat16(Uint16Array.of(view.getUint16(0, little)))[0],
  f4: (view, little) => view.getFloat32(0, little),
  f8: (view, little) => view.getFloat64(0, little),
};

function exact(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** (type, bytes) as a number; other types by their name. */
function numpyScalar(type: unknown, bytes: unknown): unknown {
  if (!(type instanceof NumpyType)) throw torchError('pickle-invalid', 'a NumPy scalar without a type');
  const read = NUMBERS[type.code];
  if (!read || !(bytes instanceof Uint8Array) || bytes.length !== Number(type.code.slice(1)))
    return `numpy scalar ${type.code}`;
  return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), !type.bigEndian);
}

/** Bytes as protocols before 3 write them: a text of their Latin-1 letters. */
function encode(text: unknown, encoding: unknown): Uint8Array {
  if (typeof text !== 'string' || !/^(latin-?1|iso-?8859-?1)$/i.test(String(encoding ?? 'latin1')))
    throw torchError('pickle-invalid', 'bytes in an encoding other than latin1');
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

const first = (given: unknown): unknown => given ?? null;
const asList = (given: unknown): unknown[] => (Array.isArray(given) ? given : []);
const inBuiltins = (name: string, call?: PickleGlobal['call']): PickleGlobal[] =>
  ['__builtin__', 'builtins'].map((module) => ({ name: `${module}.${name}`, ...(call && { call }) }));
const inNumpy = (name: string, call: PickleGlobal['call'] & {}): PickleGlobal[] =>
  ['numpy.core', 'numpy._core'].map((module) => ({ name: `${module}.${name}`, call }));
const PATHS = ['PosixPath', 'WindowsPath', 'PurePosixPath', 'PureWindowsPath', 'Path'];

/** Values that stand beside tensors, by their names in Python. */
export const LISTED: readonly PickleGlobal[] = [
  ...['argparse.Namespace', 'types.SimpleNamespace'].map(listed),
  ...['datetime', 'date', 'time', 'timedelta', 'timezone'].map((name) => listed(`datetime.${name}`)),
  ...OTHER_TENSORS,
  { name: 'torch.torch_version.TorchVersion', call: first },
  { name: 'torch.serialization._get_layout', call: first },
  ...['pathlib', 'pathlib._local'].flatMap((module) =>
    PATHS.map((name) => ({
      name: `${module}.${name}`,
      call: (...parts: unknown[]) => parts.map(String).join('/').replace(/^\/\//, '/'),
    })),
  ),
  { name: 'collections.defaultdict', call: () => new Map() },
  { name: 'collections.deque', call: asList },
  ...['set', 'frozenset', 'list'].flatMap((name) => inBuiltins(name, asList)),
  ...inBuiltins('dict', () => new Map()),
  ...['int', 'long', 'float', 'bool', 'str', 'unicode', 'object', 'tuple', 'bytes'].flatMap((name) => inBuiltins(name)),
  ...inBuiltins('complex', (real, imaginary) => `${real}+${imaginary}j`),
  ...inBuiltins('bytearray', (given, encoding) =>
    given instanceof Uint8Array ? given : given === undefined ? new Uint8Array(0) : encode(given, encoding),
  ),
  { name: '_codecs.encode', call: encode },
  { name: 'numpy.dtype', call: (code) => new NumpyType(code) },
  { name: 'numpy.ndarray' },
  ...inNumpy('multiarray.scalar', numpyScalar),
  ...inNumpy('multiarray._reconstruct', () => new NumpyArray()),
  ...inNumpy('numeric._frombuffer', (_, type, shape) => {
    const array = new NumpyArray();
    array.build(new Tuple([1, shape, type]));
    return array;
  }),
];
