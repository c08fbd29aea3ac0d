import { type Device, type Dtype, requireDevice, type TensorData } from './devices/device.ts';
import type { HostValues } from './devices/host-values.ts';
import { ArgumentError, requireNumber, requireWhole, requireWholes, ShapeError, shown } from './errors.ts';
import { requireOptions, requireWord } from './options.ts';
import { Random } from './random.ts';
import { requireShape, type Shape, sizeOf } from './shape.ts';
import { Tensor } from './tensor.ts';

export type Nested = number | boolean | readonly Nested[];
/** Arrays of numbers that are converted to float32 or int32. */
export type NumberArray =
  | (TensorData | Float64Array | Int8Array | Uint8Array | Uint8ClampedArray)
  | (Int16Array | Uint16Array | Uint32Array);

/**
 * A tensor from a number, nested arrays, or a typed array with its shape. An Int32Array gives int32, all else float32
 * unless `dtype` says otherwise.
 * @param values a number, nested arrays of one length on each axis, or a typed array
 * @param shape of a typed array's tensor; default that of the nesting, one axis for a typed array
 * @throws ShapeError when rows differ in length or the shape does not hold the values
 * @throws ArgumentError when something is not a number, or no int32 where those are wanted
 * @example
 * ```ts
 * const x = tensor(device, [[1, 2, 3], [4, 5, 6]]); // float32 [2, 3]
 * const ids = tensor(device, Int32Array.of(1, 2, 3)); // int32 [3]
 * ```
 */
export function tensor(device: Device, values: Nested | NumberArray, shape?: Shape, dtype?: Dtype): Tensor {
  requireDevice('tensor', device);
  const flat = isNumberArray(values);
  const own = flat ? [values.length] : nestedShape(values);
  const target = requireShape('tensor', shape ?? own);
  if (sizeOf(target) !== sizeOf(own))
    throw new ShapeError('tensor', `${sizeOf(own)} values do not fill the shape`, target);
  const type = { shape: target, dtype: dtype ?? (values instanceof Int32Array ? 'int32' : 'float32') } as const;
  requireWord('tensor', 'dtype', type.dtype, 'float32|int32');
  const numbers = flat ? values : flatten(values);
  if (type.dtype === 'int32' && !(values instanceof Int32Array))
    for (const number of numbers) requireWhole('tensor', 'an int32', number, -(2 ** 31), 2 ** 31 - 1);
  const Wanted = type.dtype === 'int32' ? Int32Array : Float32Array;
  const data = numbers instanceof Wanted ? numbers : new Wanted(numbers);
  return new Tensor(device, type, device.upload(data, type));
}

/**
 * A tensor of values on the host, `hold` says how: true leaves them there, in their precision, where the device can read
 * them in parts (simd); otherwise, and on other devices, they are copied to the device as float32.
 * @param shape of the tensor: as many elements as values
 * @throws ShapeError when the shape does not hold the values
 * @example
 * ```ts
 * const x = fromHost(device, hostValues(Float32Array.of(1, 2)), [2]);
 * ```
 */
export function fromHost(device: Device, values: HostValues, shape: Shape, options: { hold?: boolean } = {}): Tensor {
  requireOptions('fromHost', options, 'hold');
  requireDevice('fromHost', device);
  requireShape('fromHost', shape);
  if (sizeOf(shape) !== values.size)
    throw new ShapeError('fromHost', `${values.size} values do not fill the shape`, shape);
  const type = { shape, dtype: 'float32' } as const;
  return new Tensor(device, type, (options.hold ?? true) ? device.hold(values, type) : device.upload(values, type));
}

const isNumberArray = (values: unknown): values is NumberArray =>
  ArrayBuffer.isView(values) &&
  !(values instanceof DataView || values instanceof BigInt64Array || values instanceof BigUint64Array);

function flatten(values: Nested): number[] {
  if (Array.isArray(values)) return (values as readonly Nested[]).flatMap(flatten);
  if (typeof values === 'number' || typeof values === 'boolean') return [Number(values)];
  throw new ArgumentError('tensor', `expected numbers in arrays or one array of numbers, got ${shown(values)}`);
}

function nestedShape(values: Nested): number[] {
  if (!Array.isArray(values)) return [];
  const rows = (values as readonly Nested[]).map(nestedShape);
  const first = rows[0] ?? [];
  rows.forEach((row, i) => {
    if (row.join() !== first.join()) throw new ShapeError('tensor', `row ${i} differs from row 0`, row, first);
  });
  return [values.length, ...first];
}

/**
 * A float32 tensor that holds one value everywhere.
 * @param shape of the tensor
 * @param value of every element
 * @example
 * ```ts
 * const x = full(device, [2, 3], 0.5);
 * ```
 */
export function full(device: Device, shape: Shape, value: number): Tensor {
  if (typeof value !== 'number') throw new ArgumentError('full', `the value is ${shown(value)}, expected a number`);
  return new Tensor(device, { shape: inRoom('full', device, shape), dtype: 'float32' }, device.fill(value, shape));
}

/** The shape. @throws ShapeError when no memory holds so many numbers */
function inRoom(operation: string, device: Device, shape: Shape): Shape {
  requireDevice(operation, device);
  if (sizeOf(requireShape(operation, shape)) <= device.mostElements) return shape;
  throw new ShapeError(operation, `more numbers than ${device.name} holds`, shape);
}

/** A tensor of the numbers that `at` gives, in their order; a device of shapes alone asks for none. */
function each(op: string, device: Device, shape: Shape, at: (i: number) => number, dtype: Dtype = 'float32'): Tensor {
  const type = { shape: inRoom(op, device, shape), dtype };
  if (device.name === 'shapes') return new Tensor(device, type, device.fill(0, shape));
  const numbers = new (dtype === 'int32' ? Int32Array : Float32Array)(sizeOf(shape));
  for (let i = 0; i < numbers.length; i++) numbers[i] = at(i);
  return tensor(device, numbers, shape);
}

/**
 * A float32 tensor of zeros.
 * @param shape of the tensor
 * @example
 * ```ts
 * const x = zeros(device, [2, 3]);
 * ```
 */
export function zeros(device: Device, shape: Shape): Tensor {
  return full(device, shape, 0);
}

/**
 * A float32 tensor of ones.
 * @param shape of the tensor
 * @example
 * ```ts
 * const x = ones(device, [2, 3]);
 * ```
 */
export function ones(device: Device, shape: Shape): Tensor {
  return full(device, shape, 1);
}

/**
 * start, start + step, ... before end, as int32.
 * @param start the first number
 * @param end is not reached
 * @param step from each number to the next, not 0; default 1
 * @throws ArgumentError unless all are whole numbers
 * @example
 * ```ts
 * const ids = range(device, 0, 10, 2); // int32: 0, 2, 4, 6, 8
 * ```
 */
export function range(device: Device, start: number, end: number, step = 1): Tensor {
  requireWholes('range', { start, end, step }, -(2 ** 31), 2 ** 31 - 1);
  if (step === 0) throw new ArgumentError('range', 'step is 0');
  const count = Math.max(0, Math.ceil((end - start) / step));
  return each('range', device, [count], (i) => start + i * step, 'int32');
}

/**
 * Normal numbers of the given standard deviation.
 * @param shape of the tensor
 * @param std the standard deviation; default 1
 * @example
 * ```ts
 * const x = randn(device, [2, 3], new Random(1)); // the same numbers for the same seed
 * ```
 */
export function randn(device: Device, shape: Shape, random: Random, std = 1): Tensor {
  if (!(random instanceof Random)) throw new ArgumentError('randn', `expected a Random, got ${shown(random)}`);
  requireNumber('randn', 'std', std, 0);
  return each('randn', device, shape, () => random.normal() * std);
}

/**
 * [rows, columns] of 1 where column <= row + columns - rows, else 0: the last row sees everything.
 * @param rows number of queries
 * @param columns number of keys
 * @example
 * ```ts
 * await causalMask(device, 3, 3).print(); // row i sees columns 0 to i
 * ```
 */
export function causalMask(device: Device, rows: number, columns: number, alignment: 'start' | 'end' = 'end'): Tensor {
  requireWord('causalMask', 'alignment', alignment, 'start|end');
  return triangle(device, rows, columns, alignment === 'end' ? columns - rows : 0, 'causalMask');
}

/** [rows, columns] of 1 where column - row <= diagonal, else 0. */
export function triangle(device: Device, rows: number, columns: number, diagonal: number, operation = 'tril'): Tensor {
  return each(operation, device, [rows, columns], (i) => Number((i % columns) - Math.floor(i / columns) <= diagonal));
}
