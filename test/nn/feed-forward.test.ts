import { expect, it } from 'vitest';
import { FeedForward, noTap, type Tap } from '../../src/nn/index.ts';
import { openDevice, Random, randn } from '../../src/tensor/index.ts';

it('multiplies what goes up by the activation of its gate', async () => {
  const device = await openDevice('simd');
  const random = new Random(3);
  const module = new FeedForward({ device, random }, 4, 6, { bias: false, activation: 'silu', gated: true });
  const x = randn(device, [2, 4], random);
  const [gate, up, down] = ['gate', 'up', 'down'].map((name) => module.parameters().get(`${name}.weight`));
  if (!gate || !up || !down) throw new Error('a map is missing');
  const turned = { transposeB: true };
  const hidden = x.matmul(gate, turned).silu().mul(x.matmul(up, turned));
  const expected = await hidden.matmul(down, turned).data();
  const found = await module.forward(x).data();
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
});

it('goes on with what its tap gives back', async () => {
  const device = await openDevice('simd');
  const module = new FeedForward({ device, random: new Random(1) }, 3, 5, { activation: 'relu' });
  const silence: Tap = Object.assign((_: string, x: Parameters<Tap>[1]) => x.mul(0), noTap);
  const out = await module.forward(randn(device, [2, 3], new Random(2)), silence).data();
  expect(Array.from(out, Math.abs)).toEqual(new Array(6).fill(0));
});
