import { expect, it } from 'vitest';
import { flopsOf } from '../../src/tensor/devices/shape-device.ts';

const shapes = { a: [4, 3, 5], b: [4, 5, 7], q: [2, 6, 8], k: [2, 9, 8], v: [2, 9, 10] } as const;

it.each([
  ['matmul', [shapes.a, shapes.b], [4, 3, 7], { transposeA: false }, 2 * 4 * 3 * 7 * 5],
  ['matmul', [[4, 5, 3], shapes.b], [4, 3, 7], { transposeA: true }, 2 * 4 * 3 * 7 * 5],
  ['linear', [shapes.a, [5, 7], [7]], [4, 3, 7], {}, 2 * 4 * 3 * 7 * 5 + 4 * 3 * 7],
  // 2 x 6 x 9 pairs: products with 8 and with 10 numbers, then scale and softmax of each head
  ['attention', [shapes.q, shapes.k, shapes.v], [2, 6, 10], { heads: 2 }, 2 * 108 * 18 + 2 * 2 * 108],
  ['attention', [shapes.q, shapes.k, shapes.v], [2, 6, 10], { heads: null }, 2 * 108 * 18 + 2 * 108],
  [
    'add',
    [
      [3, 1],
      [1, 4],
    ],
    [3, 4],
    {},
    12,
  ],
  ['sum', [shapes.a], [], {}, 60],
  ['reshape', [shapes.a], [60], {}, 0],
])('%s of %j computes what its products and sums are', (name, inputs, output, attributes, flops) => {
  expect(flopsOf({ name, inputs, output, attributes })).toBe(flops);
});
