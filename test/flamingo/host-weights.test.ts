import { beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { generate } from '../../src/flamingo/generate.ts';
import { loadStateDict, readState } from '../../src/nn/index.ts';
import { Random, randn, SimdDevice, scope, type Tensor } from '../../src/tensor/index.ts';
import { END, IMAGE, ids, TINY, tinyFlamingo } from './tiny.ts';

const PROMPT = [1, IMAGE, 8, 9, IMAGE, 11];

describe.each(['F16', 'BF16'] as const)('a model with %s weights on the host', (dtype) => {
  let bytes: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    const state = await readState(tinyFlamingo(new SimdDevice()));
    bytes = writeSafetensors(state.map((entry) => ({ ...entry, dtype })));
  });

  const open = async (keep: 'host' | 'device'): Promise<Flamingo> => {
    const model = new Flamingo({ device: new SimdDevice() }, TINY);
    await loadStateDict(model, await openSafetensors(bytes), { keep });
    return model;
  };

  const logits = async (model: Flamingo): Promise<Float32Array> => {
    const { device } = model;
    const out = scope(device, () => {
      const pixels = randn(device, [1, 2, 1, 3, 12, 12], new Random(3));
      return model.forward({ ids: ids(device, PROMPT), pixels });
    });
    const data = (await out.data()) as Float32Array;
    out.dispose();
    return data;
  };

  const answer = async (model: Flamingo): Promise<readonly number[]> => {
    const { device } = model;
    const latents = scope(device, () =>
      model.resample(model.encode(randn(device, [1, 2, 1, 3, 12, 12], new Random(3)))),
    );
    const [row] = await generate(model, { ids: [PROMPT], latents }, { maxTokens: 8, stop: END });
    latents.dispose();
    return row?.ids ?? [];
  };

  it('says what it says with them widened in memory', async () => {
    const [held, widened] = [await open('host'), await open('device')];
    const [got, wanted] = [await logits(held), await logits(widened)];
    const scale = Math.max(...wanted.map(Math.abs));
    expect(scale).toBeGreaterThan(0.1);
    got.forEach((value, i) => void expect(Math.abs(value - (wanted[i] as number))).toBeLessThanOrEqual(1e-6 * scale));
    expect(await answer(held)).toEqual(await answer(widened));
  });

  it('holds its matrices in two bytes a number', async () => {
    const model = await open('host');
    const bytesOf = ({ shape, size }: Tensor): number => size * (shape.length > 1 ? 2 : 4);
    const expected = [...model.parameters().values()].reduce((sum, p) => sum + bytesOf(p), 0);
    expect(model.device.liveBytes).toBe(expected);
  });

  it('leaves nothing behind in 50 answers, and nothing at all when it is let go of', async () => {
    const model = await open('host');
    const device = model.device as SimdDevice;
    await answer(model);
    const before = [device.liveTensors, device.liveBytes, device.machine.reservedBytes];
    for (let i = 0; i < 50; i++) await answer(model);
    expect([device.liveTensors, device.liveBytes, device.machine.reservedBytes]).toEqual(before);
    model.dispose();
    expect([device.liveTensors, device.liveBytes]).toEqual([0, 0]);
  });
});

describe('activations', () => {
  it('take the memory of one layer in a model of many', async () => {
    const grown = async (layers: number): Promise<number> => {
      const device = new SimdDevice();
      const changes = { vision: null, languageModel: { ...TINY.languageModel, layers } };
      const model = tinyFlamingo(device, changes);
      const before = device.machine.reservedBytes;
      await generate(model, { ids: [new Array<number>(40).fill(7)] }, { maxTokens: 2, stop: END });
      return device.machine.reservedBytes - before;
    };
    const [few, many] = [await grown(4), await grown(44)];
    const each = 40 * 24 * 4; // bytes of one residual stream: a layer leaves its own, and two generations of keys and values
    expect(many - few).toBeLessThan(40 * 6 * each);
  });
});
