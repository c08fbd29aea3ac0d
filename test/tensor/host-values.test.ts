import { beforeAll, describe, expect, it } from 'vitest';
import { toBfloat16, toFloat16 } from '../../src/files/half-precision.ts';
import {
  backward,
  type Device,
  fromHost,
  type HostValues,
  hostValues,
  hostZeros,
  openDevice,
  Random,
  randn,
  SimdDevice,
  scope,
  sizeOf,
  type Tensor,
  tensor,
} from '../../src/tensor/index.ts';

const numbers = (size: number, seed: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: size }, () => random.normal());
};

const kinds: [string, (values: Float32Array) => HostValues][] = [
  ['float16', (values) => hostValues(toFloat16(values), 'float16')],
  ['bfloat16', (values) => hostValues(toBfloat16(values), 'bfloat16')],
  ['float32', (values) => hostValues(values)],
];

describe.each(kinds)('%s on the host', (_, kept) => {
  let device: SimdDevice;
  beforeAll(() => {
    device = new SimdDevice();
  });

  /** The same values, left on the host and copied into the device. */
  const both = (shape: number[], seed: number): [held: Tensor, copied: Tensor] => {
    const values = kept(numbers(sizeOf(shape), seed));
    return [fromHost(device, values, shape), fromHost(device, values, shape, { hold: false })];
  };

  const results = async (f: (weight: Tensor) => Tensor, shape: number[]) => {
    const [got, wanted] = both(shape, 1).map(f) as [Tensor, Tensor];
    expect(got.shape).toEqual(wanted.shape);
    return { got: await got.data(), wanted: await wanted.data() };
  };
  const same = async (f: (weight: Tensor) => Tensor, shape: number[]): Promise<void> => {
    const { got, wanted } = await results(f, shape);
    expect(got.findIndex((value, i) => !Object.is(value, wanted[i]))).toBe(-1);
  };

  it('reads as float32', async () => {
    const [held, copied] = both([7, 9], 2);
    expect(held.dtype).toBe('float32');
    expect(await held.data()).toEqual(await copied.data());
    expect(await held.reshape([9, 7]).data()).toEqual(await copied.data());
  });

  // More numbers than a block, rows that fill no tile, one row and many.
  it.each([1, 2, 5, 30])('multiplies %i rows to the bit as it would in memory', async (m) => {
    for (const [n, k] of [
      [3, 5],
      [331, 517],
      [20011, 5],
      [5, 20011],
    ] as const) {
      const x = randn(device, [m, k], new Random(m));
      await same((w) => x.matmul(w, { transposeB: true }), [n, k]);
      await same((w) => x.matmul(w), [k, n]);
    }
  });

  it('multiplies with a long column, whose parts are added up in another order', async () => {
    const x = randn(device, [5, 70001], new Random(6));
    await same((w) => x.matmul(w, { transposeB: true }), [1, 70001]);
    const { got, wanted } = await results((w) => x.matmul(w), [70001, 1]);
    const scale = Math.max(...wanted.map(Math.abs));
    got.forEach((value, i) => void expect(Math.abs(value - (wanted[i] as number))).toBeLessThan(1e-6 * scale));
  });

  it('multiplies batches of rows, and batches of matrices', async () => {
    const x = randn(device, [2, 3, 1, 40], new Random(3));
    await same((w) => x.matmul(w, { transposeB: true }), [21, 40]);
    await same((w) => x.matmul(w), [1, 40, 21]);
    await same((w) => x.matmul(w), [3, 40, 21]);
    await same((w) => x.transpose().matmul(w, { transposeA: true }), [40, 21]);
  });

  it('stands in any other operation', async () => {
    const x = randn(device, [5, 6], new Random(4));
    await same((w) => w.matmul(x), [4, 5]);
    await same((w) => w.matmul(x, { transposeA: true }), [5, 4]);
    await same((w) => x.add(w).mul(w), [5, 6]);
    await same((w) => w.expand([3, 5, 6]).sum([0]), [5, 6]);
    await same((w) => w.slice([[1, 3]]).softmax(), [5, 6]);
    await same((w) => w.layerNorm().reshape([6, 5]).transpose(), [5, 6]);
  });

  it('looks rows up', async () => {
    const ids = tensor(device, Int32Array.of(3, 0, 499, 3), [2, 2]);
    await same((w) => w.embedding(ids), [500, 7]);
  });

  it('leads gradients through itself, and has one of its own', async () => {
    const x = randn(device, [3, 517], new Random(5));
    const slopes = (w: Tensor): [Tensor, Tensor] => {
      const loss = x.matmul(w, { transposeB: true }).square().sum();
      const gradients = backward(loss, [x, w]);
      return [gradients.get(x) as Tensor, gradients.get(w) as Tensor];
    };
    await same((w) => slopes(w)[0], [331, 517]);
    await same((w) => slopes(w)[1], [331, 517]);
  });
});

describe('values on the host', () => {
  it('take no WASM memory but for the part in use', async () => {
    const device = new SimdDevice();
    const size = 1 << 23; // 32 MiB as float32
    const weight = fromHost(device, hostValues(new Uint16Array(size).fill(0x3c00), 'float16'), [size / 1024, 1024]);
    expect(device.liveBytes).toBe(2 * size);
    const y = tensor(device, new Float32Array(1024).fill(2), [1, 1024]).matmul(weight, { transposeB: true });
    expect((await y.data()).every((value) => value === 2048)).toBe(true);
    expect(device.machine.reservedBytes).toBeLessThan(2 ** 20);
  });

  it('are let go of with their tensor, whatever fails', () => {
    const device = new SimdDevice();
    const x = tensor(device, [[1, 2, 3]]);
    const read = (): never => {
      throw new Error('the disk is gone');
    };
    const run = (): void =>
      scope(device, () => {
        const weight = fromHost(device, hostValues(numbers(9, 1)), [3, 3]);
        const added = weight.add(1).add(weight.reshape([9]).slice([[0, 3]]));
        x.matmul(weight).add(added);
        const broken = { ...hostZeros(9), read };
        expect(() => x.matmul(fromHost(device, broken, [3, 3]))).toThrow('the disk is gone');
        expect(() => x.add(fromHost(device, broken, [3, 3]))).toThrow('the disk is gone');
        expect(() => weight.embedding(tensor(device, Int32Array.of(3)))).toThrow('outside of 0 to 2');
      });
    run();
    const before = [device.liveTensors, device.liveBytes, device.machine.reservedBytes];
    for (let i = 0; i < 100; i++) run();
    expect([device.liveTensors, device.liveBytes, device.machine.reservedBytes]).toEqual(before);
  });

  it('become ordinary values of another device', async () => {
    const device: Device = await openDevice('gpu:cpu');
    const halves = hostValues(toFloat16(Float32Array.of(1, -2, 0.5, 4)), 'float16');
    const weight = fromHost(device, halves, [2, 2]);
    expect(
      Array.from(
        await tensor(device, [[1, 1]])
          .matmul(weight)
          .data(),
      ),
    ).toEqual([1.5, 2]);
    expect(Array.from(await fromHost(device, hostZeros(3), [3]).data())).toEqual([0, 0, 0]);
  });

  it('must fill their shape', async () => {
    expect(() => fromHost(new SimdDevice(), hostZeros(5), [2, 3])).toThrow('[fromHost] 5 values do not fill the shape');
  });
});

describe('WASM memory beyond 2 GiB', () => {
  it('computes as below', async () => {
    const device = new SimdDevice();
    device.machine.allocate(2 ** 31 + 2 ** 30); // reserved, never touched
    const [x, w] = [numbers(40 * 30, 1), numbers(20 * 30, 2)];
    const run = (d: Device, hold: boolean): Tensor => {
      const weight = fromHost(d, hostValues(toFloat16(w), 'float16'), [20, 30], { hold });
      return tensor(d, x, [40, 30]).matmul(weight, { transposeB: true }).layerNorm().permute([1, 0]).softmax();
    };
    expect(await run(device, true).data()).toEqual(await run(new SimdDevice(), false).data());
    expect(device.machine.reservedBytes).toBeGreaterThan(3 * 2 ** 30);
  });
});
