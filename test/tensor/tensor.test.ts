import { beforeAll, describe, expect, it } from 'vitest';
import {
  backward,
  type Device,
  interpolateLinear,
  openDevice,
  range,
  scope,
  type Tensor,
  tensor,
  tril,
} from '../../src/tensor/index.ts';
import { resolveRanges } from '../../src/tensor/ranges.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('simd');
});

describe('Tensor', () => {
  it('names the operation, both shapes and the reason in a shape error', () => {
    const a = tensor(device, new Float32Array(6), [2, 3]);
    const b = tensor(device, new Float32Array(20), [4, 5]);
    expect(() => a.matmul(b)).toThrow('[matmul] inner dimensions differ (3 != 4): [2, 3] x [4, 5]');
    expect(() => a.add(b)).toThrow('[add] shapes do not broadcast, axis -2 differs (2 != 4): [2, 3] x [4, 5]');
    expect(() => a.reshape([4, 2])).toThrow('[reshape]');
  });

  it('prints its values in rows', async () => {
    expect(
      await tensor(device, [
        [1, 2.5],
        [-3, 4],
      ]).format(),
    ).toBe('[[  1, 2.5],\n [ -3,   4]]  float32 [2, 2]');
    expect(await tensor(device, [0.99999, 1200.4, -0.25]).format()).toBe('[    1,  1200, -0.25]  float32 [3]');
  });

  it('takes over the values of another tensor when assigned', async () => {
    const parameter = tensor(device, [1, 2]);
    const before = device.liveTensors;
    scope(device, () => parameter.assign(parameter.mul(10)));
    expect([...(await parameter.data())]).toEqual([10, 20]);
    expect(device.liveTensors).toBe(before);
  });

  it('refuses what is of another type or shape when assigned, and keeps both', async () => {
    const [parameter, whole, longer] = [
      tensor(device, [1, 2]),
      tensor(device, [3, 4]).toInt(),
      tensor(device, [5, 6, 7]),
    ];
    expect(() => parameter.assign(whole)).toThrow('[assign] cannot put int32 into float32');
    expect(() => parameter.assign(longer)).toThrow('[assign] shapes differ');
    expect([...(await parameter.data()), ...(await whole.data()), ...(await longer.data())]).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);
  });
});

it('counts in int32 and no further', async () => {
  expect([...(await range(device, -(2 ** 31), 2 ** 31 - 1, 2 ** 31 - 1).data())]).toEqual([
    -(2 ** 31),
    -1,
    2 ** 31 - 2,
  ]);
  expect(() => range(device, 2 ** 31 - 2, 2 ** 31)).toThrow('end is 2147483648');
  expect(() => range(device, -(2 ** 31) - 1, 0, 2 ** 30)).toThrow('start is -2147483649');
});

it('looks up rows of a table of two axes only', () => {
  const places = tensor(device, [0]).toInt();
  for (const shape of [[3], [3, 1, 1]])
    expect(() => tensor(device, [1, 2, 3], shape).embedding(places)).toThrow('[embedding] the table needs two axes');
});

describe('slice', () => {
  /** Python's rule, by going through all indices. */
  function indices(extent: number, [from, to, step]: readonly [number | null, number | null, number]): number[] {
    const place = (bound: number): number => (bound < 0 ? bound + extent : bound);
    const all = Array.from({ length: extent }, (_, i) => i);
    const [after, before] = step > 0 ? [from, to] : [to, from];
    const inside = (i: number): boolean =>
      step > 0
        ? (after === null || i >= place(after)) && (before === null || i < place(before))
        : (after === null || i > place(after)) && (before === null || i <= place(before));
    const walked = step > 0 ? all : all.reverse();
    return walked.filter(inside).filter((_, k) => k % Math.abs(step) === 0);
  }

  it('takes what Python takes, forwards and backwards, from bounds inside and outside', async () => {
    const bounds = [null, -6, -4, -3, -1, 0, 1, 3, 4, 6];
    for (const extent of [0, 1, 4])
      for (const step of [1, 2, 3, -1, -2, -3])
        for (const from of bounds)
          for (const to of bounds) {
            const [range] = resolveRanges([[from, to, step]], [extent]);
            const { start, count, step: by } = range as { start: number; count: number; step: number };
            const found = Array.from({ length: count }, (_, k) => start + k * by);
            expect(found, `[${from}, ${to}, ${step}] of ${extent}`).toEqual(indices(extent, [from, to, step]));
          }
    const x = tensor(device, [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([...(await x.slice([[null], [null, null, -1]]).data())]).toEqual([3, 2, 1, 6, 5, 4]);
    expect([...(await x.slice([[null, null, -1]]).data())]).toEqual([4, 5, 6, 1, 2, 3]);
    expect([...(await x.slice([[null], [-1, 0, -2]]).data())]).toEqual([3, 6]);
  });
});

describe('interpolateLinear', () => {
  it('makes nothing of nothing, and refuses to make something of it', () => {
    const none = tensor(device, new Float32Array(0), [0, 2]);
    expect(interpolateLinear(none, 0).shape).toEqual([0, 2]);
    expect(() => interpolateLinear(none, 1)).toThrow('nothing to interpolate');
  });
});

describe('argmax and tril', () => {
  it('take the first of the largest, and NaN as larger than any number, as PyTorch does', async () => {
    for (const [values, expected] of [
      [[1, 3, 3], 1],
      [[1, Number.NaN, 2, Number.NaN], 1],
      [[Number.NaN, 1], 0],
    ] as const)
      expect(await tensor(device, values).argmax().item()).toBe(expected);
  });

  it.each([
    [-1, [0, 0, 0, 4, 0, 0]],
    [0, [1, 0, 0, 4, 5, 0]],
    [1, [1, 2, 0, 4, 5, 6]],
  ])('keep what lies up to diagonal %i', async (diagonal, expected) => {
    const x = tensor(device, [1, 2, 3, 4, 5, 6]).reshape([2, 3]);
    expect([...(await tril(x, diagonal).data())]).toEqual(expected);
  });
});

describe('scope', () => {
  it('releases what is not returned, and makes what is returned a leaf', async () => {
    const x = tensor(device, [1, 2, 3]);
    const before = device.liveTensors;
    let inside: Tensor | undefined;
    const y = scope(device, () => {
      inside = x.mul(2);
      return { list: [inside.add(1)], map: new Map([['a', x.neg()]]) };
    });
    expect(device.liveTensors).toBe(before + 2);
    expect(y.list[0]?.source).toBeUndefined();
    await expect((inside as Tensor).data()).rejects.toThrow('scope');
    expect(() => (inside as Tensor).add(1)).toThrow('[add]');
  });

  it('releases everything when the function throws', () => {
    const before = device.liveTensors;
    expect(() =>
      scope(device, () =>
        tensor(device, [1])
          .add(tensor(device, [1, 2]))
          .reshape([7]),
      ),
    ).toThrow('[reshape]');
    expect(device.liveTensors).toBe(before);
  });

  it('refuses an asynchronous function', () => {
    expect(() => scope(device, async () => 1)).toThrow('asynchronous');
  });
});

describe('backward', () => {
  it('sums gradients over every use and over broadcast axes', async () => {
    const a = tensor(device, [
      [1, 2],
      [3, 4],
    ]);
    const b = tensor(device, [10, 20]);
    const gradients = backward(a.mul(b).add(b).sum(), [a, b]);
    expect([...(await (gradients.get(a) as Tensor).data())]).toEqual([10, 20, 10, 20]);
    expect([...(await (gradients.get(b) as Tensor).data())]).toEqual([6, 8]);
  });

  it('gives zeros for a target that the loss does not depend on', async () => {
    const a = tensor(device, [1]);
    const other = tensor(device, [5, 5]);
    expect([...(await (backward(a.mul(2).sum(), [other]).get(other) as Tensor).data())]).toEqual([0, 0]);
  });

  it('walks only the ways that lead to a target', () => {
    const [target, frozen] = [tensor(device, [2]), tensor(device, [3])];
    const pruned = frozen.exp().argmax(0).toFloat(); // no derivative: reaching it would throw
    expect(() => backward(target.mul(pruned).sum(), [target])).not.toThrow();
    expect(() => backward(target.mul(pruned).sum(), [frozen])).toThrow('argmax, which has no derivative');
  });

  it('does not recurse, however deep the graph', async () => {
    const x = tensor(device, [1]);
    let y = x;
    for (let i = 0; i < 20000; i++) y = y.add(0);
    expect(await (backward(y.sum(), [x]).get(x) as Tensor).item()).toBe(1);
  });

  it('gives the gradient of an intermediate', async () => {
    const x = tensor(device, [3]);
    const middle = x.mul(2);
    expect(await (backward(middle.mul(middle).sum(), [middle]).get(middle) as Tensor).item()).toBe(12);
  });
});

describe('memory', () => {
  it('stays flat over 100 training steps', () => {
    const w = tensor(
      device,
      Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)),
      [8, 8],
    );
    const step = (): void =>
      scope(device, () => {
        const loss = w.matmul(w).softmax().log().mean();
        const gradient = backward(loss, [w]).get(w) as Tensor;
        w.assign(w.sub(gradient.mul(0.1)));
      });
    step();
    const [tensors, bytes] = [device.liveTensors, device.liveBytes];
    for (let i = 0; i < 100; i++) step();
    expect([device.liveTensors, device.liveBytes]).toEqual([tensors, bytes]);
  });
});
