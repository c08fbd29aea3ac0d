import { describe, expect, it } from 'vitest';
import { ones, openDevice, rotary, rotate, rotation, ShapeError, tensor, zeros } from '../../src/tensor/index.ts';

const device = await openDevice('simd');

/** PyTorch 2.13, as transformers computes them in float32: pairs 0, 3, 9, 20 and 31 of position 1999. */
const TORCH = [
  {
    ...{ base: 10_000, dims: 64 },
    cos: [0.5840620398521423, 0.5195412635803223, 0.6273830533027649, 0.9992701411247253, 0.9646798968315125],
    sin: [0.8117090463638306, 0.8544453382492065, -0.7787107825279236, 0.038198888301849365, 0.2634250521659851],
  },
  {
    ...{ base: 500_000, dims: 128 },
    cos: [0.5840620398521423, 0.9962581992149353, -0.05756516382098198, -0.11732680350542068, -0.9464418888092041],
    sin: [0.8117090463638306, -0.0864269882440567, 0.9983417391777039, 0.9930933713912964, -0.32287418842315674],
  },
];

describe('rotation', () => {
  it.each(TORCH)(
    'rounds angles where transformers does, which shows far out: base $base',
    async ({ base, dims, ...torch }) => {
      const { cos, sin } = rotation(device, [3, 1999], { base, dims });
      for (const [found, expected] of [
        [await cos.data(), torch.cos],
        [await sin.data(), torch.sin],
      ] as const) {
        [0, 3, 9, 20, 31].forEach((pair, i) => {
          expect(found[dims / 2 + pair]).toBeCloseTo(expected[i] as number, 6);
        });
      }
    },
  );

  it('turns an odd number of dimensions with one more', () => {
    expect(rotation(device, [0, 1], { dims: 5 }).cos.shape).toEqual([2, 3]);
  });
});

describe('rotate', () => {
  it('turns halves or neighbours, and lets the rest pass', async () => {
    const x = tensor(device, [[1, 2, 3, 4, 5]]);
    const quarter = { cos: zeros(device, [1, 2]), sin: tensor(device, [[1, 1]]) };
    const halves = rotate(x, { ...quarter, layout: 'half' });
    expect(Array.from(await halves.data())).toEqual([-3, -4, 1, 2, 5]);
    const pairs = rotate(x, { ...quarter, layout: 'pairs' });
    expect(Array.from(await pairs.data())).toEqual([-2, 1, -4, 3, 5]);
  });

  it('turns all dimensions, or as many as it is told', async () => {
    const turned = async (dims?: number): Promise<number[]> => {
      const y = await rotary(ones(device, [1, 4]), [1], dims === undefined ? {} : { dims }).data();
      return Array.from(y, (value) => Number(value !== 1));
    };
    expect(await turned()).toEqual([1, 1, 1, 1]);
    expect(await turned(2)).toEqual([1, 1, 0, 0]);
  });

  it('refuses heads with fewer pairs', () => {
    const x = zeros(device, [1, 3]);
    expect(() => rotate(x, rotation(device, [0], { dims: 4 }))).toThrow(ShapeError);
    expect(() => rotate(x, rotation(device, [0], { dims: 4 }))).toThrow('3 dimensions do not hold 2 pairs');
  });
});
