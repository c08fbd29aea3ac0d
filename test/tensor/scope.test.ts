import { describe, expect, it } from 'vitest';
import { backward, openDevice, scope, stage, type Tensor, tensor } from '../../src/tensor/index.ts';

describe('a noGrad scope', () => {
  it('takes the memory of one stage, however many there are', async () => {
    const device = await openDevice('simd');
    const x = tensor(device, new Float32Array(1000).fill(1));
    const peak = (stages: number, noGrad: boolean): number => {
      let most = 0;
      const deep = (): Tensor => {
        let y = x;
        for (let i = 0; i < stages; i++) {
          y = stage(device, () => y.add(1).mul(2).sub(y).tanh());
          most = Math.max(most, device.liveBytes);
        }
        return y;
      };
      scope(device, deep, { noGrad }).dispose();
      return most;
    };
    const one = peak(1, true) - device.liveBytes;
    expect(peak(20, true) - device.liveBytes).toBe(20 * one); // the result of each, and nothing else
    expect(peak(20, false) - device.liveBytes).toBeGreaterThan(4 * 20 * one);
  });

  it('computes the same, and keeps all that a stage gives', async () => {
    const device = await openDevice('simd');
    const x = tensor(device, [1, 2, 3]);
    const make = (noGrad: boolean): [Tensor, { keys: Tensor | null }] =>
      scope(
        device,
        () => {
          const cache: { keys: Tensor | null } = { keys: null };
          const [y] = stage(device, () => {
            cache.keys = x.mul(10);
            return [cache.keys.add(1), cache] as const;
          });
          return [stage(device, () => scope(device, () => y.mul(2))), cache];
        },
        { noGrad },
      );
    for (const noGrad of [false, true]) {
      const [y, { keys }] = make(noGrad);
      expect(Array.from(await y.data())).toEqual([22, 42, 62]);
      expect(Array.from((await keys?.data()) ?? [])).toEqual([10, 20, 30]);
      y.dispose();
      keys?.dispose();
    }
    expect(device.liveTensors).toBe(1);
  });

  it('refuses gradients instead of losing them; a scope within it may remember', async () => {
    const device = await openDevice('simd');
    const x = tensor(device, [2]);
    const slope = (): Tensor => {
      const y = stage(device, () => x.square());
      return backward(y.sum(), [x]).get(x) as Tensor;
    };
    expect(() => scope(device, slope, { noGrad: true })).toThrow('[backward] the scope around it is noGrad');
    expect(() => scope(device, () => scope(device, slope), { noGrad: true })).toThrow('noGrad');
    const remembered = scope(device, () => scope(device, slope, { noGrad: false }), { noGrad: true });
    expect(await remembered.item()).toBe(4);
    expect(await scope(device, slope).item()).toBe(4);
  });
});
