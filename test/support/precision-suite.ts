/** Where float32 cancels if a formula is taken as it stands in books: tails of activations, rows with a large mean. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backward, type Device, openDevice, tensor } from '../../src/tensor/index.ts';
import { density, gelu, normal, sigmoid } from './oracle.ts';

const u = (x: number): number => 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
const uSlope = (x: number): number => 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);
/** x * sigmoid(v(x)), and its slope. */
const gated = (x: number, v: number, slope: number): readonly [number, number] => [
  x * sigmoid(v),
  sigmoid(v) * (1 + x * sigmoid(-v) * slope),
];

type Activation = 'tanh' | 'sigmoid' | 'softplus' | 'silu' | 'quickGelu' | 'geluTanh' | 'geluErf';

/** f(x) and f'(x) without cancellation. */
const ACTIVATIONS: Readonly<Record<Activation, (x: number) => readonly [number, number]>> = {
  tanh: (x) => [Math.tanh(x), 4 * sigmoid(2 * x) * sigmoid(-2 * x)],
  sigmoid: (x) => [sigmoid(x), sigmoid(x) * sigmoid(-x)],
  softplus: (x) => [Math.log1p(Math.exp(x)), sigmoid(x)],
  silu: (x) => gated(x, x, 1),
  quickGelu: (x) => gated(x, 1.702 * x, 1.702),
  geluTanh: (x) => gated(x, u(x), uSlope(x)),
  geluErf: (x) => [gelu(x), normal(x) + x * density(x)],
};
const TAILS = [-9.5, -8, -7, -6.5, -5, -4, -3, -2.5, 2.5, 3, 4, 5, 6.5, 7, 8, 9.5].map(Math.fround);

function worst(got: ArrayLike<number>, wanted: readonly number[], scale: (i: number) => number): number {
  return Math.max(...wanted.map((y, i) => Math.abs((got[i] as number) - y) / scale(i)));
}

/** `tolerance` is of each number itself, however small. */
export function checkPrecision(name: string, tolerance: number): void {
  describe(`${name} where float32 cancels`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await openDevice(name);
    });
    afterAll(() => (device as Partial<{ destroy(): Promise<void> }>).destroy?.());

    it.each(Object.keys(ACTIVATIONS) as Activation[])(
      '%s and its gradient keep their digits in the tails',
      async (f) => {
        const x = tensor(device, Float32Array.from(TAILS));
        const y = x[f]();
        const dx = backward(y.sum(), [x]).get(x);
        const exact = TAILS.map((at) => ACTIVATIONS[f](at));
        for (const [part, got] of [await y.data(), await dx?.data()].entries()) {
          const wanted = exact.map((pair) => pair[part] as number);
          expect(
            worst(got as Float32Array, wanted, (i) => Math.abs(wanted[i] as number)),
            ['f', "f'"][part],
          ).toBeLessThan(tolerance);
        }
      },
    );

    it('layer norm sees a spread that is small beside the mean', async () => {
      const rows = [
        [1000, 1000.01, 999.995, 1000.02],
        [-4096, -4095.999, -4096.001, -4096.0005],
        [3e5, 3e5 + 0.0625, 3e5 + 0.03125, 3e5 - 0.03125],
      ].map((row) => row.map(Math.fround));
      const g = [0.5, -1, 0.25, 2];
      const x = tensor(device, Float32Array.from(rows.flat()), [3, 4]);
      const y = x.layerNorm();
      const weights = tensor(device, Float32Array.from(rows.flatMap(() => g)), [3, 4]);
      const dx = await backward(y.mul(weights).sum(), [x]).get(x)?.data();
      const exact = rows.map((row) => normalised(row, g));
      const [values, gradients] = [exact.flatMap(({ y }) => y), exact.flatMap(({ dx }) => dx)];
      expect(worst(await y.data(), values, () => 1)).toBeLessThan(tolerance);
      expect(worst(dx as Float32Array, gradients, (i) => exact[i >> 2]?.scale as number)).toBeLessThan(tolerance);
    });

    it('layer norm of one number is 0, and so is its gradient, weighted or not', async () => {
      const column = (values: readonly number[]) => tensor(device, Float32Array.from(values), [values.length, 1]);
      const x = column([1.1, -300.7, 2.3e5, 0]);
      const weight = tensor(device, Float32Array.of(1.3));
      for (const y of [x.layerNorm(), x.layerNorm(weight)]) {
        const dx = backward(y.mul(column([0.7, -1.9, 0.3, 3.3])).sum(), [x]).get(x);
        expect(Array.from(await y.data(), Math.abs)).toEqual([0, 0, 0, 0]);
        expect(Array.from((await dx?.data()) as Float32Array, Math.abs)).toEqual([0, 0, 0, 0]);
      }
    });
  });
}

/** Layer norm of a row and its gradient for dy = g; `scale` is the size of the gradient's terms. */
function normalised(row: readonly number[], g: readonly number[]): { y: number[]; dx: number[]; scale: number } {
  const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  const centred = row.map((x) => x - mean(row));
  const inverse = 1 / Math.sqrt(mean(centred.map((d) => d * d)) + 1e-5);
  const y = centred.map((d) => d * inverse);
  const along = mean(y.map((v, i) => v * (g[i] as number)));
  const dx = y.map((v, i) => ((g[i] as number) - mean(g) - v * along) * inverse);
  return { y, dx, scale: inverse * Math.max(...g.map(Math.abs)) };
}
