import { describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../src/nn/safetensors.ts';
import { loadStateDict, mapSource, readState, StateDictError, stateDict } from '../../src/nn/state-dict.ts';
import { type Device, openDevice, type Tensor, zeros } from '../../src/tensor/index.ts';

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
  return Promise.all(Array.from(stateDict(layer).values(), async (t) => Array.from(await t.data())));
}

describe('loadStateDict', () => {
  it('loads a file under other names and gives the same file back', async () => {
    const layer = new Layer(await openDevice());
    const bytes = writeSafetensors(good);
    const parameters = [...stateDict(layer).values()];
    await loadStateDict(layer, await openSafetensors(bytes), { rename });
    expect(await values(layer)).toEqual([[1, 2, 3, 4, 5, 6], [7, 8], [-9]]);
    expect([...stateDict(layer).values()]).toEqual(parameters);
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
});
