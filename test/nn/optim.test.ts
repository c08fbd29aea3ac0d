import { expect, it } from 'vitest';
import { AdamW } from '../../src/nn/index.ts';
import { ones, SimdDevice, scope } from '../../src/tensor/index.ts';

it('takes the memory of one parameter beside the state, however many there are', () => {
  const device = new SimdDevice();
  const parameters = Array.from({ length: 40 }, () => ones(device, [100, 100]));
  const optimizer = new AdamW([{ parameters, learningRate: 0.1, weightDecay: 0.1 }]);
  const before = device.machine.reservedBytes;
  scope(device, () => optimizer.step(new Map(parameters.map((p) => [p, p.mul(2)]))));
  const [one, gradients] = [40_000, 40 * 40_000];
  expect(device.machine.reservedBytes - before).toBeLessThan(1.2 * gradients + 20 * one);
});
