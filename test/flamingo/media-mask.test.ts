import { describe, expect, it } from 'vitest';
import { mediaSeen, mediaSeenAfter } from '../../src/flamingo/dialects/documents.ts';
import { type MediaMaskOptions, mediaMask } from '../../src/flamingo/media-mask.ts';
import { Capture } from '../../src/runs/patterns.ts';

import { openDevice, ShapeError, type Tensor, tensor } from '../../src/tensor/index.ts';
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
      const { hasMedia } = build(row, { media: 1, latents: 2, attend });
      expect(hasMedia && (await values(hasMedia))).toEqual([0, 0, 1]);
    }
    expect(build(row, { media: 1, latents: 2, beforeFirst: 'mean' }).hasMedia).toBeNull();
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
        const second = build([row.slice(cut)], { media: 3, latents: 2, attend, mediaBefore: mediaSeen(first) });
        for (const key of ['textTime', 'allowed', 'keys', 'hasMedia'] as const) {
          const [a, b, all] = [first[key], second[key], whole[key]];
          if (!a || !b || !all) throw new Error(`${key} is missing`);
          expect([...(await values(a)), ...(await values(b))], `${key}, cut at ${cut}`).toEqual(await values(all));
        }
      }
    }
  });

  it('shows each token the picture that comes next, and an <image> its own', async () => {
    const { allowed, hasMedia } = build([[0, 1, 0, 0, 1, 0]], { media: 3, latents: 1, attend: 'next' });
    expect(await values(allowed)).toEqual([1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0]);
    expect(hasMedia && (await values(hasMedia))).toEqual([1, 1, 1, 1, 1, 0]);
  });

  it('lets text beyond the last picture read their mean, or nothing', async () => {
    const row = [[0, 1, 1]];
    const mean = build(row, { media: 1, latents: 1 });
    const nothing = build(row, { media: 1, latents: 1, beyondLast: 'nothing' });
    expect(await values(mean.allowed)).toEqual([0, 1, 0]);
    expect(mean.hasMedia && (await values(mean.hasMedia))).toEqual([0, 1, 1]);
    expect(nothing.hasMedia && (await values(nothing.hasMedia))).toEqual([0, 1, 0]);
  });

  it('shows nothing after the end of a document until the next picture', async () => {
    const options: MediaMaskOptions = { media: 2, latents: 1, beyondLast: 'nothing' };
    const images = [0, 1, 0, 0, 0, 1, 0];
    const ends = [1, 0, 1, 0, 1, 0, 0];
    const whole = build([images], { ...options, ends: tensor(device, [ends]) });
    expect(await values(whole.allowed)).toEqual([0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
    for (let cut = 1; cut < images.length; cut++) {
      const part = (from: number, to: number, mediaBefore: Tensor | null) =>
        build([images.slice(from, to)], { ...options, ends: tensor(device, [ends.slice(from, to)]), mediaBefore });
      const first = part(0, cut, null);
      const second = part(cut, images.length, mediaSeen(first));
      expect([...(await values(first.allowed)), ...(await values(second.allowed))], `cut at ${cut}`).toEqual(
        await values(whole.allowed),
      );
      const told = mediaSeenAfter(images.slice(0, cut), ends.slice(0, cut));
      expect(await values(mediaSeen(first)), `told at ${cut}`).toEqual([told]);
    }
  });

  it('shows generated tokens the last picture of the prompt', async () => {
    const prompt = build([[1, 0, 1, 0]], { media: 2, latents: 1 });
    const step = build([[0]], { media: 2, latents: 1, mediaBefore: mediaSeen(prompt) });
    expect(await values(step.allowed)).toEqual([0, 1]);
  });

  it('offers its counts and its mask to taps', () => {
    const capture = new Capture(['mask.*']);
    mediaMask(tensor(device, [[1, 0]]), { media: 1, latents: 2 }, capture.tap.at('mask'));
    expect([...capture.values.keys()]).toEqual(['mask.text_time', 'mask.allowed']);
  });

  it('refuses tokens or counts of another shape', () => {
    expect(() => mediaMask(tensor(device, [1, 0]), { media: 1, latents: 1 })).toThrow(ShapeError);
    const mediaBefore = tensor(device, [1, 1]);
    expect(() => build([[1]], { media: 1, latents: 1, mediaBefore })).toThrow('expected mediaBefore [1, 1]');
    const ends = tensor(device, [[0, 1]]);
    expect(() => build([[1]], { media: 1, latents: 1, ends })).toThrow('expected ends [1, 1]');
  });
});
