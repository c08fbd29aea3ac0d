import { describe, expect, it } from 'vitest';
import { patchGrid, VisionEncoder } from '../../src/flamingo/vision-encoder.ts';
import { ArgumentError, openDevice, ShapeError } from '../../src/tensor/index.ts';
import { changed, drawing, values } from './support.ts';

const device = await openDevice('simd');
const SMALL = { imageSize: [9, 14], patchSize: 4, width: 12, layers: 2, heads: 3, hidden: 20, projection: 5 } as const;

describe('VisionEncoder', () => {
  it('drops pixels that fill no patch', async () => {
    const { init, normal } = drawing(device, 1);
    expect(patchGrid(SMALL)).toEqual([2, 3]);
    const encoder = new VisionEncoder(init, SMALL);
    const pixels = normal([1, 3, 9, 14]);
    const beyond = await changed(pixels, (data) => {
      data.forEach((_, i) => {
        if (i % 14 >= 12 || Math.floor(i / 14) % 9 >= 8) data[i] = 100;
      });
    });
    expect(await values(encoder.forward(beyond).hidden)).toEqual(await values(encoder.forward(pixels).hidden));
  });

  it('returns patch tokens without class token and without final norm', async () => {
    const { init, normal } = drawing(device, 2);
    const encoder = new VisionEncoder(init, SMALL);
    const { hidden, patches, pooled, features } = encoder.forward(normal([2, 3, 9, 14]));
    expect([hidden, patches, pooled, features].map((x) => x?.shape)).toEqual([
      [2, 7, 12],
      [2, 6, 12],
      [2, 12],
      [2, 5],
    ]);
    expect((await values(hidden)).slice(12, 7 * 12)).toEqual((await values(patches)).slice(0, 6 * 12));
    const classToken = encoder.postNorm.forward(hidden.slice([[null], [0, 1]]));
    expect(await values(pooled)).toEqual(await values(classToken));
  });

  it('has no features without a head', () => {
    const { init, normal } = drawing(device, 3);
    const encoder = new VisionEncoder(init, { ...SMALL, projection: null });
    expect(encoder.forward(normal([1, 3, 9, 14])).features).toBeNull();
    expect([...encoder.parameters().keys()].some((name) => name.startsWith('projection'))).toBe(false);
  });

  it('refuses pictures of another grid, and patches larger than the picture', () => {
    const { init, normal } = drawing(device, 4);
    const encoder = new VisionEncoder(init, SMALL);
    expect(() => encoder.forward(normal([1, 3, 14, 9]))).toThrow(ShapeError);
    expect(() => encoder.forward(normal([1, 1, 9, 14]))).toThrow('2 x 3 patches of 4 pixels');
    expect(() => new VisionEncoder(init, { ...SMALL, patchSize: 10 })).toThrow(ArgumentError);
  });
});
