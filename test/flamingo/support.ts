import type { Init } from '../../src/nn/index.ts';
import { type Device, Random, randn, type Tensor, tensor } from '../../src/tensor/index.ts';

export interface Drawing {
  readonly init: Init;
  readonly normal: (shape: readonly number[]) => Tensor;
}

/** Draws everything a test needs, from one seed. */
export function drawing(device: Device, seed: number): Drawing {
  const random = new Random(seed);
  return { init: { device, random }, normal: (shape) => randn(device, shape, random) };
}

/** A tensor's values as a plain array. */
export async function values(x: Tensor): Promise<number[]> {
  return Array.from(await x.data());
}

/** A copy of x in which `change` was applied to the values. */
export async function changed(x: Tensor, change: (data: Float32Array) => void): Promise<Tensor> {
  const data = Float32Array.from(await x.data());
  change(data);
  return tensor(x.device, data, x.shape);
}

/** The largest absolute difference. */
export async function largestDifference(a: Tensor, b: Tensor): Promise<number> {
  const [x, y] = [await values(a), await values(b)];
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - (y[i] as number))), 0);
}
