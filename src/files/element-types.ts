/** Types of elements that files of weights hold, and how their bytes become this library's values. */

import { fromBfloat16, fromFloat16 } from '../tensor/float16.ts';
import { WeightsFileError } from './byte-source.ts';
import { requireKinds } from './kinds.ts';
import { quote } from './quote.ts';

/** Bytes per element of every type that a file may name, in the words of safetensors; several lie in one byte, or three, of some. */
export const elementBytes = {
  F4: 0.5,
  F6_E2M3: 0.75,
  F6_E3M2: 0.75,
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E5M2FNUZ: 1,
  F8_E4M3FNUZ: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C32: 4,
  C64: 8,
  C128: 16,
} as const;

export type ElementType = keyof typeof elementBytes;

/** PyTorch's names of the same types, without `torch.`. */
export const torchNames: Readonly<Record<ElementType, string>> = {
  F4: 'float4_e2m1fn',
  F6_E2M3: 'float6_e2m3fn',
  F6_E3M2: 'float6_e3m2fn',
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  F8_E5M2: 'float8_e5m2',
  F8_E4M3: 'float8_e4m3fn',
  F8_E5M2FNUZ: 'float8_e5m2fnuz',
  F8_E4M3FNUZ: 'float8_e4m3fnuz',
  F8_E8M0: 'float8_e8m0fnu',
  U16: 'uint16',
  I16: 'int16',
  F16: 'float16',
  BF16: 'bfloat16',
  U32: 'uint32',
  I32: 'int32',
  F32: 'float32',
  U64: 'uint64',
  I64: 'int64',
  F64: 'float64',
  C32: 'complex32',
  C64: 'complex64',
  C128: 'complex128',
};

/** Values as this library holds them. */
export interface TensorValues {
  /** Extents of the axes. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  /** Values, row-major. */
  readonly data: Float32Array | Int32Array;
}

/** Values as a file keeps them: half precision stays, as bit patterns. */
export interface StoredValues {
  /** Extents of the axes. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'float16' | 'bfloat16';
  /** Values, row-major; of half precision the bit patterns. */
  readonly data: Float32Array | Int32Array | Uint16Array;
}

/** Elements as they are in the file; F16, BF16 and F8 as bit patterns. Little-endian, as every machine here is. */
export function viewElements(bytes: Uint8Array<ArrayBuffer>, dtype: ElementType): ArrayLike<number | bigint> {
  const { buffer } = bytes;
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return new Float64Array(buffer);
    case 'F16':
    case 'BF16':
    case 'U16':
      return new Uint16Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'U32':
      return new Uint32Array(buffer);
    case 'I64':
      return new BigInt64Array(buffer);
    case 'U64':
      return new BigUint64Array(buffer);
    case 'I8':
      return new Int8Array(buffer);
    default:
      return bytes;
  }
}

/**
 * Floats become float32, integers int32, booleans float32 0 and 1.
 * @param bytes little-endian, with a buffer of their own
 * @throws WeightsFileError `integer-range`, `float-range` or `dtype-unsupported`, naming the tensor
 */
export function decodeElements(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: ElementType,
  name: string,
): Float32Array | Int32Array {
  const elements = viewElements(bytes, dtype);
  switch (dtype) {
    case 'F32':
      return elements as Float32Array;
    case 'F16':
      return fromFloat16(elements as Uint16Array);
    case 'BF16':
      return fromBfloat16(elements as Uint16Array);
    case 'F64':
      return roundedFloats(elements as Float64Array, name);
    case 'BOOL':
      return Float32Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
    case 'I32':
      return elements as Int32Array;
    case 'U32':
    case 'I64':
    case 'U64':
      return narrow(elements, name);
    case 'I16':
    case 'U16':
    case 'I8':
    case 'U8':
      return Int32Array.from(elements as ArrayLike<number>);
    default:
      throw new WeightsFileError(
        'dtype-unsupported',
        `tensor ${quote(name)} is ${torchNames[dtype]}, which no model here can hold`,
      );
  }
}

function roundedFloats(floats: Float64Array, name: string): Float32Array {
  const out = Float32Array.from(floats);
  const at = out.findIndex((value, i) => Math.abs(value) === Number.POSITIVE_INFINITY && Number.isFinite(floats[i]));
  if (at < 0) return out;
  const sentence = `tensor ${quote(name)} holds ${floats[at]} at ${at}, which does not fit into float32`;
  throw new WeightsFileError('float-range', sentence);
}

function narrow(integers: ArrayLike<number | bigint>, name: string): Int32Array {
  const out = new Int32Array(integers.length);
  for (let i = 0; i < out.length; i++) {
    const integer = integers[i] as bigint | number;
    out[i] = Number(integer);
    if (integer < -(2 ** 31) || integer >= 2 ** 31) {
      const sentence = `tensor ${quote(name)} holds ${integer} at ${i}, which does not fit into int32`;
      throw new WeightsFileError('integer-range', sentence);
    }
  }
  return out;
}

/** The values of a tensor from its bytes. @throws WeightsFileError as `decodeElements` does */
export function decodeTensor(
  bytes: Uint8Array<ArrayBuffer>,
  { dtype, shape }: { readonly dtype: ElementType; readonly shape: readonly number[] },
  name: string,
): TensorValues {
  const data = decodeElements(bytes, dtype, name);
  return { shape, dtype: data instanceof Int32Array ? 'int32' : 'float32', data };
}

/** The same, with F16 and BF16 left as they are. */
export function storedTensor(
  bytes: Uint8Array<ArrayBuffer>,
  { dtype, shape }: { readonly dtype: ElementType; readonly shape: readonly number[] },
  name: string,
): StoredValues {
  if (dtype !== 'F16' && dtype !== 'BF16') return decodeTensor(bytes, { dtype, shape }, name);
  return { shape, dtype: dtype === 'F16' ? 'float16' : 'bfloat16', data: new Uint16Array(bytes.buffer) };
}

/**
 * Stored values as float32.
 * @example
 * ```ts
 * toFloat32({ shape: [1], dtype: 'float16', data: Uint16Array.of(0x3c00) }).data; // [1]
 * ```
 */
export function toFloat32(stored: StoredValues): TensorValues {
  requireKinds('toFloat32', { stored }, '{shape,dtype,data}');
  const { shape, dtype, data } = stored;
  const widen = { float16: fromFloat16, bfloat16: fromBfloat16 };
  const floats = data instanceof Uint16Array ? widen[dtype as 'float16' | 'bfloat16'](data) : Float32Array.from(data);
  return { shape, dtype: 'float32', data: floats };
}
