import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GpuDevice, type GpuMode, type Op, scope, type Tensor, tensor } from '../../src/tensor/index.ts';

const elementwise = (name: string, source: string): Op => ({
  name,
  definition: '',
  infer: ([x]) => ({ shape: x?.shape ?? [], dtype: 'float32' }),
  gpu: (_, { shape }) => ({ output: [shape.reduce((a, b) => a * b, 1)], source }),
  simd: () => {},
  gradient: 'none',
});
const broken = elementwise('broken', 'function (xs) { return noSuchFunction(xs[this.thread.x]); }');

/** What a gpu.js device promises besides right numbers. */
export function checkGpuDevice(mode: GpuMode): void {
  describe(`gpu:${mode} as a device`, () => {
    let device: GpuDevice;
    const tensors: Tensor[] = [];
    const keep = (x: Tensor): Tensor => {
      tensors.push(x);
      return x;
    };
    beforeAll(async () => {
      device = await GpuDevice.open(mode);
    });
    afterAll(async () => {
      for (const x of tensors) x.dispose();
      await device.destroy();
    });

    it('says which mode runs', () => expect(device.name).toBe(`gpu:${mode}`));

    it('rejects what depends on a failed kernel, naming it, and nothing else', async () => {
      const x = keep(tensor(device, [1, 2, 3]));
      const failed = keep(x.apply(broken, [], {}));
      const dependent = keep(failed.add(x));
      keep(x.apply(broken, [], {})); // never read: must not be an unhandled rejection
      await expect(dependent.data()).rejects.toThrow('[broken]');
      await expect(failed.data()).rejects.toThrow(`gpu:${mode}`);
      expect([...(await keep(x.add(x)).data())]).toEqual([2, 4, 6]);
    });

    it('keeps few kernels, but those whose results are in use', async () => {
      const small = await GpuDevice.open(mode, { kernelLimit: 3 });
      const sizes = Array.from({ length: 12 }, (_, i) => i + 2);
      small.openScope();
      const ramps = sizes.map((size) =>
        tensor(
          small,
          Float32Array.from({ length: size }, (_, i) => i),
        ),
      );
      const doubled = ramps.map((x) => x.mul(2));
      const sums = doubled.map((x) => x.sum());
      for (const [k, size] of sizes.entries()) {
        expect(await sums[k]?.item()).toBe(size * (size - 1));
        expect((await doubled[k]?.data())?.[size - 1]).toBe(2 * (size - 1));
      }
      small.closeScope(new Set());
      expect(await tensor(small, [4]).neg().item()).toBe(-4);
      expect(small.compiledKernels).toBeLessThanOrEqual(3);
      await small.destroy();
    });

    it('releases only after the work that was asked for before', async () => {
      const x = keep(tensor(device, [1, 2, 3]));
      const y = keep(scope(device, () => x.mul(3).add(x.mul(4)).neg()));
      x.dispose();
      expect([...(await y.data())]).toEqual([-7, -14, -21]);
    });

    it('copies what is given and what is read', async () => {
      const values = Float32Array.of(1, 2);
      const x = keep(tensor(device, values));
      values[0] = 9;
      const read = await x.data();
      read[1] = 9;
      expect([...(await x.data())]).toEqual([1, 2]);
      expect([...(await keep(x.reshape([2, 1])).data())]).toEqual([1, 2]);
    });

    it('gives integers back as integers', async () => {
      const ids = keep(tensor(device, Int32Array.of(5, -100, 16777215)));
      expect(await ids.data()).toEqual(Int32Array.of(5, -100, 16777215));
      expect(await keep(ids.toFloat()).data()).toEqual(Float32Array.of(5, -100, 16777215));
      expect(await keep(tensor(device, [3, 1, 2]).argmax()).data()).toEqual(Int32Array.of(0));
    });

    // Numbers of mode cpu are float64: its indices are always exact.
    if (mode !== 'cpu') {
      it('refuses arrays whose indices would not be exact', () => {
        const x = keep(tensor(device, [1]));
        expect(() => x.expand([4097, 4097])).toThrow(`has more elements than gpu:${mode} can index`);
      });
    }

    it('sums long rows', async () => {
      const ones = keep(tensor(device, new Float32Array(200_000).fill(1), [2, 100_000]));
      expect([...(await keep(ones.sum(1)).data())]).toEqual([100_000, 100_000]);
      expect(await keep(ones.max()).item()).toBe(1);
    });
  });
}
