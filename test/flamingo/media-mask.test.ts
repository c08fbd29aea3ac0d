import { describe, expect, it } from 'vitest';
import { type MediaMaskOptions, mediaMask, mediaSeen } from '../../src/flamingo/media-mask.ts';
import { Capture } from '../../src/nn/index.ts';
import { openDevice, ShapeError, tensor } from '../../src/tensor/index.ts';
import { values } from './support.ts';

const device = await openDevice('simd');
const build = (rows: number[][], options: MediaMaskOptions) => mediaMask(tensor(device, rows), options);

describe('mediaMask', () => {
  it('counts <image> tokens inclusively: an <image> sees its own picture', async () => {
    const mask = build([[0, 1, 0, 0, 1, 0]], { media: 2, latents: 1 });
    expect(await values(mask.textTime)).toEqual([0, 1, 1, 1, 2, 2]);
    expect(await values(mask.allowed)).toEqual([0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1]);
  });

  it('shows each token the latest picture only, or all previous when asked', async () => {
    const row = [[1, 0, 1, 1, 0]];
    const latest = build(row, { media: 3, latents: 1 });
    const previous = build(row, { media: 3, latents: 1, attend: 'previous' });
    expect(await values(latest.allowed)).toEqual([1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1]);
    expect(await values(previous.allowed)).toEqual([1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1]);
  });

  it('repeats every medium for each of its latents', async () => {
    const mask = build([[1, 1]], { media: 2, latents: 3 });
    expect(mask.keys.shape).toEqual([1, 1, 2, 6]);
    expect(await values(mask.keys)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
  });

  it('lets text before the first picture read nothing, in both modes, unless told otherwise', async () => {
    const row = [[0, 0, 1]];
    for (const attend of ['latest', 'previous'] as const) {
      const { reads } = build(row, { media: 1, latents: 2, attend });
      expect(reads && (await values(reads))).toEqual([0, 0, 1]);
    }
    expect(build(row, { media: 1, latents: 2, beforeFirst: 'mean' }).reads).toBeNull();
  });

  it('never gets to the padding of a row with fewer pictures', async () => {
    const { allowed } = build(
      [
        [1, 0, 1],
        [0, 1, 0],
      ],
      { media: 2, latents: 1, attend: 'previous' },
    );
    expect((await values(allowed)).slice(6)).toEqual([0, 0, 1, 0, 1, 0]);
  });

  it('reads a text in chunks as it reads it whole', async () => {
    const row = [0, 1, 0, 1, 0, 0, 1, 0];
    for (const attend of ['latest', 'previous'] as const) {
      const whole = build([row], { media: 3, latents: 2, attend });
      for (const cut of [1, 2, 4, 7]) {
        const first = build([row.slice(0, cut)], { media: 3, latents: 2, attend });
        const second = build([row.slice(cut)], { media: 3, latents: 2, attend, seen: mediaSeen(first) });
        for (const key of ['textTime', 'allowed', 'keys', 'reads'] as const) {
          const [a, b, all] = [first[key], second[key], whole[key]];
          if (!a || !b || !all) throw new Error(`${key} is missing`);
          expect([...(await values(a)), ...(await values(b))], `${key}, cut at ${cut}`).toEqual(await values(all));
        }
      }
    }
  });

  it('shows generated tokens the last picture of the prompt', async () => {
    const prompt = build([[1, 0, 1, 0]], { media: 2, latents: 1 });
    const step = build([[0]], { media: 2, latents: 1, seen: mediaSeen(prompt) });
    expect(await values(step.allowed)).toEqual([0, 1]);
  });

  it('offers its counts and its mask to taps', () => {
    const capture = new Capture(['mask.*']);
    mediaMask(tensor(device, [[1, 0]]), { media: 1, latents: 2 }, capture.tap.at('mask'));
    expect([...capture.values.keys()]).toEqual(['mask.text_time', 'mask.allowed']);
  });

  it('refuses tokens or counts of another shape', () => {
    expect(() => mediaMask(tensor(device, [1, 0]), { media: 1, latents: 1 })).toThrow(ShapeError);
    const seen = tensor(device, [1, 1]);
    expect(() => build([[1]], { media: 1, latents: 1, seen })).toThrow('expected seen [1, 1]');
  });
});
