import { describe, expect, it } from 'vitest';
import type { StateSource } from '../../src/files/checkpoint-source.ts';
import { openSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import { loadStateDict, mapSource, readState, StateDictError } from '../../src/nn/state-dict.ts';
import { type Device, openDevice, ShapeDevice, sizeOf, type Tensor, zeros } from '../../src/tensor/index.ts';

class Layer {
  readonly tensors: Map<string, Tensor>;
  constructor(device: Device) {
    this.tensors = new Map([
      ['toQ.weight', zeros(device, [2, 3])],
      ['norm.weight', zeros(device, [2])],
      ['gate', zeros(device, [1])],
    ]);
  }
  parameters(): Map<string, Tensor> {
    return new Map(this.tensors);
  }
}

const good = [
  { name: 'to_q.weight', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  { name: 'norm.weight', shape: [2], data: Float32Array.of(7, 8) },
  { name: 'gate', shape: [1], data: Float32Array.of(-9) },
];
const rename = (path: string) => path.replace('toQ', 'to_q');

async function values(layer: Layer): Promise<number[][]> {
  return Promise.all(Array.from(layer.parameters().values(), async (t) => Array.from(await t.data())));
}

describe('loadStateDict', () => {
  it('loads a file under other names and gives the same file back', async () => {
    const layer = new Layer(await openDevice());
    const bytes = writeSafetensors(good);
    const parameters = [...layer.parameters().values()];
    await loadStateDict(layer, await openSafetensors(bytes), { rename });
    expect(await values(layer)).toEqual([[1, 2, 3, 4, 5, 6], [7, 8], [-9]]);
    expect([...layer.parameters().values()]).toEqual(parameters);
    expect(writeSafetensors(await readState(layer, rename))).toEqual(bytes);
  });

  it('names everything that does not fit at once, and loads nothing', async () => {
    const layer = new Layer(await openDevice());
    const wrong = [good[1], { ...good[0], shape: [3, 2] }, { ...good[2], name: 'alpha' }] as typeof good;
    const source = await openSafetensors(writeSafetensors(wrong));
    const error = await loadStateDict(layer, source, { rename }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StateDictError);
    expect(error).toMatchObject({ missing: ['gate'], unexpected: ['alpha'] });
    expect((error as Error).message).toBe(
      '[loadStateDict] the weights do not fit the model: 1 missing (gate), 1 unexpected (alpha), ' +
        '1 of another shape (to_q.weight: [3, 2] instead of [2, 3])',
    );
    expect((await values(layer)).flat().every((value) => value === 0)).toBe(true);
  });

  it('takes what is there when not strict', async () => {
    const layer = new Layer(await openDevice());
    const source = mapSource(
      new Map([
        ['gate', { shape: [1], dtype: 'float32', data: Float32Array.of(3) }],
        ['other', { shape: [1], dtype: 'float32', data: Float32Array.of(4) }],
      ]),
    );
    await loadStateDict(layer, source, { strict: false });
    expect(await values(layer)).toEqual([[0, 0, 0, 0, 0, 0], [0, 0], [3]]);
  });

  it('leaves a module as it was when a tensor cannot be read, and holds nothing', async () => {
    const device = await openDevice();
    const layer = new Layer(device);
    await loadStateDict(layer, await openSafetensors(writeSafetensors(good)), { rename });
    const before = [device.liveTensors, device.liveBytes, await values(layer)];
    const whole = await openSafetensors(
      writeSafetensors(good.map((entry) => ({ ...entry, data: entry.data.map(() => 5) }))),
    );
    const torn: StateSource = {
      names: whole.names,
      info: (name) => whole.info(name),
      read: async (name) => (name === 'gate' ? Promise.reject(new Error('the disk is gone')) : whole.read(name)),
    };
    for (const keep of ['device', 'host'] as const) {
      await expect(loadStateDict(layer, torn, { rename, keep })).rejects.toThrow('the disk is gone');
      expect([device.liveTensors, device.liveBytes, await values(layer)]).toEqual(before);
    }
  });

  it('reads one tensor after another, tells how far it is, and may be stopped', async () => {
    const layer = new Layer(await openDevice());
    const file = await openSafetensors(writeSafetensors(good));
    let reading = 0;
    const source: StateSource = {
      names: file.names,
      info: (name) => file.info(name),
      read: async (name) => {
        expect(++reading).toBe(1);
        const read = await file.read(name);
        reading--;
        return read;
      },
    };
    const calls: unknown[][] = [];
    await loadStateDict(layer, source, { rename, progress: (...call) => void calls.push(call) });
    expect(calls).toEqual([
      [6, 9, 'to_q.weight'],
      [8, 9, 'norm.weight'],
      [9, 9, 'gate'],
    ]);
    const stop = new Error('stopped');
    const other = new Layer(await openDevice());
    const progress = (loaded: number): void => {
      if (loaded >= 8) throw stop;
    };
    await expect(loadStateDict(other, source, { rename, progress })).rejects.toBe(stop);
    expect((await values(other)).flat().every((value) => value === 0)).toBe(true);
  });

  it.each(['F16', 'BF16'] as const)('keeps %s matrices on the host in their precision', async (dtype) => {
    const device = await openDevice();
    const [held, widened] = [new Layer(device), new Layer(device)];
    const bytes = writeSafetensors(good.map((entry) => ({ ...entry, dtype })));
    const before = device.liveBytes;
    await loadStateDict(held, await openSafetensors(bytes), { rename, keep: 'host' });
    expect(device.liveBytes).toBe(before - 6 * 4 + 6 * 2);
    await loadStateDict(widened, await openSafetensors(bytes), { rename, keep: 'device' });
    expect(device.liveBytes).toBe(before - 6 * 4 + 6 * 2);
    expect(await values(held)).toEqual([[1, 2, 3, 4, 5, 6], [7, 8], [-9]]);
    expect(await values(widened)).toEqual(await values(held));
  });

  it.each([
    ['on the device up to 1 GiB as float32', 0, []],
    ['on the host beyond, vectors apart', 1, ['16384,16384']],
  ])('keeps matrices %s', async (_, more, expected) => {
    const held: string[] = [];
    class Watched extends ShapeDevice {
      override hold(...[values, type]: Parameters<ShapeDevice['hold']>): ReturnType<ShapeDevice['hold']> {
        held.push(String(type.shape));
        return super.hold(values, type);
      }
    }
    const device = new Watched();
    const shapes = new Map([['matrix', [2 ** 14, 2 ** 14]], ...(more ? [['vector', [more]] as const] : [])]);
    const parameters = new Map(Array.from(shapes, ([name, shape]) => [name, zeros(device, shape)]));
    // Of values that are never read, their number is enough.
    const values = (count: number): Uint16Array =>
      Object.create(Uint16Array.prototype, { length: { value: count }, byteLength: { value: 2 * count } });
    const read = async (name: string) => {
      const shape = shapes.get(name) as readonly number[];
      return { shape, dtype: 'float16' as const, data: values(sizeOf(shape)) };
    };
    const info = (name: string) => ({ dtype: 'F16' as const, shape: shapes.get(name) as readonly number[] });
    const source = { names: [...shapes.keys()], info, read, readStored: read } as unknown as StateSource;
    await loadStateDict({ parameters: () => parameters }, source);
    expect(held).toEqual(expected);
  });
});
