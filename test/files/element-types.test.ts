import { expect, it } from 'vitest';
import { decodeElements, type ElementType } from '../../src/files/element-types.ts';

const bytesOf = (values: { readonly buffer: ArrayBufferLike }): Uint8Array<ArrayBuffer> =>
  new Uint8Array(values.buffer as ArrayBuffer);

const [LEAST, MOST] = [-(2 ** 31), 2 ** 31 - 1];

it('holds integers of 32 and 64 bits from -2^31 to 2^31 - 1', () => {
  const signed = BigInt64Array.of(BigInt(LEAST), -1n, BigInt(MOST));
  expect([...decodeElements(bytesOf(signed), 'I64', 'ids')]).toEqual([LEAST, -1, MOST]);
  expect([...decodeElements(bytesOf(BigUint64Array.of(BigInt(MOST))), 'U64', 'ids')]).toEqual([MOST]);
  expect([...decodeElements(bytesOf(Uint32Array.of(0, MOST)), 'U32', 'ids')]).toEqual([0, MOST]);
});

it.each<[ElementType, { readonly buffer: ArrayBufferLike }, number | string]>([
  ['I64', BigInt64Array.of(0n, 2n ** 31n), MOST + 1],
  ['I64', BigInt64Array.of(0n, -(2n ** 31n) - 1n), LEAST - 1],
  ['I64', BigInt64Array.of(0n, 2n ** 62n + 1n), '4611686018427387905'],
  ['U64', BigUint64Array.of(0n, 2n ** 31n), MOST + 1],
  ['U32', Uint32Array.of(0, 2 ** 31), MOST + 1],
])('refuses %s beyond them, naming the tensor, the number and its place', (dtype, values, number) => {
  expect(() => decodeElements(bytesOf(values), dtype, 'ids')).toThrow(
    expect.objectContaining({
      kind: 'integer-range',
      message: `tensor "ids" holds ${number} at 1, which does not fit into int32`,
    }),
  );
});

it('refuses finite numbers beyond float32, and takes those that round to it, infinities and NaN', () => {
  const beyond = Float64Array.of(1, -1e300);
  expect(() => decodeElements(bytesOf(beyond), 'F64', 'w')).toThrow(
    expect.objectContaining({
      kind: 'float-range',
      message: 'tensor "w" holds -1e+300 at 1, which does not fit into float32',
    }),
  );
  const held = Float64Array.of(3.4028235e38, 1e-300, Infinity, -Infinity, Number.NaN);
  expect([...decodeElements(bytesOf(held), 'F64', 'w')]).toEqual([...Float32Array.from(held)]);
});
