import { expect, test } from 'vitest';
import { Linear, parameterCount } from '../../src/nn/index.ts';
import { openDevice } from '../../src/tensor/index.ts';

test('a module has as many numbers as its parameters', async () => {
  expect(parameterCount(new Linear({ device: await openDevice('simd') }, 5, 3))).toBe(3 * 5 + 3);
});
