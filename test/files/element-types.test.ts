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
