/** Sizes beyond any memory, and operations applied by hand with too little: errors that say so, none of the machine's. */

import { expect, it } from 'vitest';
import * as T from '../../src/tensor/index.ts';
import { thrownBy } from '../support/thrown-by.ts';

const { causalMask, full, GlassFlamingoError, ones, openDevice, primitives, Random, randn, range, zeros } = T;
const wide = (power: number): [number, number] => [2 ** power, 2 ** power];

it.each(['simd', 'gpu:cpu', 'gpu:webasm'])('refuses more numbers than %s holds', async (name) => {
  const device = await openDevice(name);
  const random = new Random(1);
  const x = ones(device, [1, 1]);
  const ids = T.tensor(device, Int32Array.of(0, 1));
  const made: readonly (() => unknown)[] = [
    () => zeros(device, [2 ** 33]),
    () => ones(device, [2 ** 49]),
    () => full(device, wide(20), 3),
    () => randn(device, wide(17), random),
    () => range(device, -(2 ** 31), 2 ** 31 - 1),
    () => causalMask(device, ...wide(17)),
    () => x.expand(wide(17)),
    () => T.tile(x, wide(17)),
    () => T.repeatInterleave(x, 0, 2 ** 33),
    () => ids.oneHot(2 ** 31 - 1),
    () => x.pad([[2 ** 20, 0], [0, 2 ** 20]]), // biome-ignore format: one line
    () => ones(device, [2 ** 16, 1]).matmul(ones(device, [1, 2 ** 16])),
  ];
  for (const make of made) expect(thrownBy(make), String(make)).toBeInstanceOf(GlassFlamingoError);
});

it('walks the shapes of what no memory holds', () => {
  const shapes = new T.ShapeDevice();
  expect(ones(shapes, wide(20)).shape).toEqual(wide(20));
  expect(randn(shapes, wide(20), new Random(1)).shape).toEqual(wide(20));
  expect(causalMask(shapes, ...wide(20)).shape).toEqual(wide(20));
  expect(T.tril(zeros(shapes, wide(20))).shape).toEqual(wide(20));
  const ids = range(shapes, -(2 ** 31), 2 ** 31 - 1);
  expect([ids.shape, ids.dtype]).toEqual([[2 ** 32 - 1], 'int32']);
  expect(thrownBy(() => randn(shapes, [-1], new Random(1)))).toBeInstanceOf(GlassFlamingoError);
});

it('refuses what is no operation, and any operation without its inputs or attributes', () => {
  const x = ones(new T.SimdDevice(), [2, 2]);
  const apply = (...given: unknown[]) => thrownBy(() => x.apply(...(given as Parameters<typeof x.apply>)));
  for (const wrong of [undefined, null, 3, 'sum', {}, () => x])
    expect(String(apply(wrong, [], {})), String(wrong)).toContain('[apply] expected an operation');
  expect(String(apply(primitives.add, undefined, {}))).toContain('[add] the other inputs is undefined');
  const bad: string[] = [];
  for (const [name, operation] of Object.entries(primitives))
    for (const attributes of [undefined, null, {}, 'x', 3])
      for (const others of [[], [x], [x, x]]) {
        const error = apply(operation, others, attributes);
        if (error && !(error instanceof GlassFlamingoError)) bad.push(`${name} ${attributes}: ${String(error)}`);
      }
  expect(bad).toEqual([]);
});
