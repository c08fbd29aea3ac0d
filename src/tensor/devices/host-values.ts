import { ArgumentError, requireWhole, shown } from '../errors.ts';
import { fromBfloat16, fromFloat16 } from '../float16.ts';
import { requireWord } from '../options.ts';

export type Precision = 'float32' | 'float16' | 'bfloat16';

/**
 * The numbers of a float32 tensor outside of a device's memory, in the precision in which a file holds them. Operations
 * read them part by part, so that weights larger than the memory of a device can be multiplied with.
 */
export interface HostValues {
  readonly precision: Precision;
  readonly size: number;
  /** What they take on the host. */
  readonly bytes: number;
  /** From `start` up to but not including `end`: numbers in float32, bit patterns in half precision. */
  read(start: number, end: number): Float32Array | Uint16Array;
}

/**
 * Values in memory: float32 numbers, or the bit patterns of half precision.
 * @param data float32 numbers, or 16 bits each
 * @example
 * ```ts
 * const values = hostValues(Float32Array.of(1, 2)); // stays outside of the device's memory
 * ```
 */
export function hostValues(data: Float32Array): HostValues;
export function hostValues(data: Uint16Array, precision: 'float16' | 'bfloat16'): HostValues;
export function hostValues(data: Float32Array | Uint16Array, precision: Precision = 'float32'): HostValues {
  if (!(data instanceof Float32Array || data instanceof Uint16Array))
    throw new ArgumentError('hostValues', `the data is ${shown(data)}, expected a Float32Array or a Uint16Array`);
  requireWord('hostValues', 'precision', precision, 'float32|float16|bfloat16');
  const { length: size, byteLength: bytes } = data;
  return { precision, size, bytes, read: (start, end) => data.subarray(start, end) };
}

/**
 * Zeros that take no memory: parameters before they are loaded.
 * @param size how many
 * @example
 * ```ts
 * const values = hostZeros(1000); // takes no memory until it is read
 * ```
 */
export function hostZeros(size: number): HostValues {
  requireWhole('hostZeros', 'the size', size);
  return { precision: 'float16', size, bytes: 0, read: (start, end) => new Uint16Array(end - start) };
}

/** All of them as float32. */
export function widen(values: HostValues): Float32Array {
  const data = values.read(0, values.size);
  if (data instanceof Float32Array) return data.slice();
  return values.precision === 'float16' ? fromFloat16(data) : fromBfloat16(data);
}
