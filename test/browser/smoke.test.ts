import { openDevice, tensor } from 'glass-flamingo/tensor';
import { expect, test } from 'vitest';
import * as sources from '../../src/tensor/index.ts';

const [rows, inner, columns] = [7, 13, 9];
const left = Float32Array.from({ length: rows * inner }, (_, i) => ((i * 7) % 11) - 5);
const right = Float32Array.from({ length: inner * columns }, (_, i) => ((i * 5) % 13) - 6);

/** Whole numbers small enough that every order of summation gives the same float32. */
function product(): number[] {
  return Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += (left[i * inner + k] ?? 0) * (right[k * columns + j] ?? 0);
    return sum;
  });
}

test('the name of the package leads to the sources, so that there is one copy of every class', () => {
  expect(openDevice).toBe(sources.openDevice);
});

test('simd multiplies matrices in a page', async () => {
  const device = await openDevice('simd');
  const result = tensor(device, left, [rows, inner]).matmul(tensor(device, right, [inner, columns]));
  expect(result.shape).toEqual([rows, columns]);
  expect(Array.from(await result.data())).toEqual(product());
});
