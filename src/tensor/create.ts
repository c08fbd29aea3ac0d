import type { Device, Dtype, TensorData } from './devices/device.ts';
import type { HostValues } from './devices/host-values.ts';
import { ArgumentError, ShapeError } from './errors.ts';
import type { Random } from './random.ts';
import { type Shape, sizeOf } from './shape.ts';
import { Tensor } from './tensor.ts';

export type Nested = number | boolean | readonly Nested[];

/**
 * A tensor from a number, nested arrays, or a typed array with its shape. An Int32Array gives int32, all else float32
 * unless `dtype` says otherwise.
 * @throws ShapeError when rows differ in length or the shape does not hold the values
 */
export function tensor(device: Device, values: Nested | TensorData, shape?: Shape, dtype?: Dtype): Tensor {
  const flat = values instanceof Float32Array || values instanceof Int32Array;
  const own = flat ? [values.length] : nestedShape(values);
  const target = shape ?? own;
  if (sizeOf(target) !== sizeOf(own))
    throw new ShapeError('tensor', `${sizeOf(own)} values do not fill the shape`, target);
  const type = { shape: target, dtype: dtype ?? (values instanceof Int32Array ? 'int32' : 'float32') } as const;
  const numbers = flat ? values : flatten(values);
  const Wanted = type.dtype === 'int32' ? Int32Array : Float32Array;
  const data = numbers instanceof Wanted ? numbers : new Wanted(numbers);
  return new Tensor(device, type, device.upload(data, type));
}

/**
 * A tensor of values on the host, `hold` says how: true leaves them there, in their precision, where the device can read
 * them in parts (simd); otherwise, and on other devices, they are copied to the device as float32.
 * @throws ShapeError when the shape does not hold the values
 */
export function fromHost(
  device: Device,
  values: HostValues,
  shape: Shape,
  { hold = true }: { hold?: boolean } = {},
): Tensor {
  if (sizeOf(shape) !== values.size)
    throw new ShapeError('fromHost', `${values.size} values do not fill the shape`, shape);
  const type = { shape, dtype: 'float32' } as const;
  return new Tensor(device, type, hold ? device.hold(values, type) : device.upload(values, type));
}

function flatten(values: Nested): number[] {
  return Array.isArray(values) ? (values as readonly Nested[]).flatMap(flatten) : [Number(values)];
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

export function full(device: Device, shape: Shape, value: number): Tensor {
  return new Tensor(device, { shape, dtype: 'float32' }, device.fill(value, shape));
}

export function zeros(device: Device, shape: Shape): Tensor {
  return full(device, shape, 0);
}

export function ones(device: Device, shape: Shape): Tensor {
  return full(device, shape, 1);
}

/** start, start + step, ... below end, as int32. */
export function range(device: Device, start: number, end: number, step = 1): Tensor {
  if (step === 0) throw new ArgumentError('range', 'step is 0');
  const count = Math.max(0, Math.ceil((end - start) / step));
  return tensor(
    device,
    Int32Array.from({ length: count }, (_, i) => start + i * step),
  );
}

/** Normal numbers of the given standard deviation. */
export function randn(device: Device, shape: Shape, random: Random, std = 1): Tensor {
  return tensor(
    device,
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal() * std),
    shape,
  );
}

/** [rows, columns] of 1 where column <= row + columns - rows, else 0: the last row sees everything. */
export function causalMask(device: Device, rows: number, columns: number, alignment: 'start' | 'end' = 'end'): Tensor {
  const shift = alignment === 'end' ? columns - rows : 0;
  const mask = Float32Array.from({ length: rows * columns }, (_, i) =>
    i % columns <= Math.floor(i / columns) + shift ? 1 : 0,
  );
  return tensor(device, mask, [rows, columns]);
}
