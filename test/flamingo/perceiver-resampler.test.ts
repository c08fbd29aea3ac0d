import { describe, expect, it } from 'vitest';
import { PerceiverResampler } from '../../src/flamingo/perceiver-resampler.ts';
import { Capture } from '../../src/runs/patterns.ts';

import { openDevice, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { changed, drawing, largestDifference, values } from './support.ts';

const device = await openDevice('simd');
const D = 12;
const SMALL = { width: D, depth: 2, heads: 2, headDim: 5, latents: 3 };

/** What the first layer reads, minus what came in: the temporal embeddings that were added, [b, m, f v, d]. */
async function added(resampler: PerceiverResampler, x: Tensor): Promise<number[]> {
  const capture = new Capture(['in']);
  resampler.forward(x, capture.tap);
  const read = capture.values.get('in') as Tensor;
  return values(read.sub(x.reshape(read.shape)));
}

const near = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] as number, 5);
  });
};

describe('PerceiverResampler', () => {
  it('makes the same number of latents of any number of frames and tokens', () => {
    const { init, normal } = drawing(device, 1);
    const resampler = new PerceiverResampler(init, SMALL);
    expect(resampler.forward(normal([2, 3, 1, 4, D])).shape).toEqual([2, 3, 3, D]);
    expect(resampler.forward(normal([1, 1, 11, 7, D])).shape).toEqual([1, 1, 3, D]);
  });

  it("has the paper's sizes by default", () => {
    const resampler = new PerceiverResampler(drawing(device, 2).init, { width: 16, depth: 1 });
    expect(resampler.latents.shape).toEqual([64, 16]);
    expect(resampler.frameEmbeddings?.shape).toEqual([8, 16]);
    expect(resampler.layers[0]?.attention.toQ.weight.shape).toEqual([16 * 96, 16]);
    expect(resampler.layers[0]?.feedForward.activation).toBe('squaredRelu');
  });

  it('lets latents look at the visual tokens and at the latents', async () => {
    const { init, normal } = drawing(device, 3);
    const resampler = new PerceiverResampler(init, SMALL);
    const capture = new Capture(['layers.*.attention.weights']);
    resampler.forward(normal([2, 1, 1, 4, D]), capture.tap);
    const weights = capture.values.get('layers.0.attention.weights') as Tensor;
    expect(weights.shape).toEqual([2, 2, 1, 3, 4 + 3]); // [b, heads, m, l, v + l]
    const own = await values(weights.slice([[null], [null], [null], [null], [4, 7]]).sum(-1));
    for (const share of own) expect(share).toBeGreaterThan(0);
  });

  it('resamples every medium for itself', async () => {
    const { init, normal } = drawing(device, 4);
    const resampler = new PerceiverResampler(init, SMALL);
    const x = normal([1, 2, 1, 4, D]);
    const other = await changed(x, (data) => data.fill(0.5, 4 * D));
    const [a, b] = [await values(resampler.forward(x)), await values(resampler.forward(other))];
    expect(b.slice(0, 3 * D)).toEqual(a.slice(0, 3 * D));
    expect(b.slice(3 * D)).not.toEqual(a.slice(3 * D));
  });

  it('adds one temporal embedding to all tokens of a frame; a picture is frame 0', async () => {
    const { init, normal } = drawing(device, 5);
    const resampler = new PerceiverResampler(init, { ...SMALL, frameEmbeddings: 4 });
    const table = await values(resampler.frameEmbeddings as Tensor);
    const row = (i: number): number[] => table.slice(i * D, (i + 1) * D);
    near(await added(resampler, normal([1, 1, 1, 2, D])), [...row(0), ...row(0)]);
    near(await added(resampler, normal([1, 1, 2, 2, D])), [...row(0), ...row(0), ...row(1), ...row(1)]);
  });

  it('reads between its temporal embeddings when more frames come than it was trained on', async () => {
    const { init, normal } = drawing(device, 6);
    const resampler = new PerceiverResampler(init, { ...SMALL, frameEmbeddings: 2 });
    const table = await values(resampler.frameEmbeddings as Tensor);
    const [first, last] = [table.slice(0, D), table.slice(D)];
    const between = (t: number): number[] => first.map((x, i) => (1 - t) * x + t * (last[i] as number));
    near(await added(resampler, normal([1, 1, 4, 1, D])), [0, 0.25, 0.75, 1].flatMap(between));
    const strict = new PerceiverResampler(init, { ...SMALL, frameEmbeddings: 2, extraFrames: 'error' });
    expect(() => strict.forward(normal([1, 1, 3, 1, D]))).toThrow('embeddings for 2 frames, got 3');
  });

  it('tells the order of frames by its temporal embeddings alone', async () => {
    const { init, normal } = drawing(device, 7);
    const x = normal([1, 1, 3, 2, D]);
    const backwards = x.flip([2]);
    const timeless = new PerceiverResampler(init, { ...SMALL, frameEmbeddings: 0 });
    expect(await largestDifference(timeless.forward(x), timeless.forward(backwards))).toBeLessThan(1e-5);
    const timed = new PerceiverResampler(init, SMALL);
    expect(await largestDifference(timed.forward(x), timed.forward(backwards))).toBeGreaterThan(1e-2);
  });

  it('refuses tokens of another width, and more media than it has embeddings for', () => {
    const { init, normal } = drawing(device, 8);
    const resampler = new PerceiverResampler(init, { ...SMALL, mediaEmbeddings: 2 });
    expect(() => resampler.forward(normal([1, 1, 1, 4, D + 1]))).toThrow(ShapeError);
    expect(() => resampler.forward(normal([1, 3, 1, 4, D]))).toThrow('embeddings for 2 media, got 3');
  });
});
