import { expect, it } from 'vitest';
import { openDevice, tensor } from '../../src/tensor/index.ts';
import { checkArguments } from '../support/argument-suite.ts';

checkArguments('simd');
checkArguments('gpu:cpu');
checkArguments('gpu:webasm');

it.each(['simd', 'gpu:cpu', 'gpu:webasm'])('topK puts NaN first on %s', async (name) => {
  const device = await openDevice(name);
  const { values, indices } = tensor(device, [1, Number.NaN, 3, Number.NaN, 2]).topK(5);
  expect([...(await indices.data())]).toEqual([1, 3, 2, 4, 0]);
  expect([...(await values.data())]).toEqual([Number.NaN, Number.NaN, 3, 2, 1]);
});
