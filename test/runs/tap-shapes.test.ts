import { describe, expect, it } from 'vitest';
import { Flamingo, type FlamingoConfig, type FlamingoInputs } from '../../src/flamingo/flamingo.ts';
import { tapFor } from '../../src/nn/index.ts';
import { tapShapes, tapShapesOf } from '../../src/runs/tap-shapes.ts';
import { TAPS, tapOf } from '../../src/runs/taps.ts';
import { openDevice, Random, randn, type Shape, scope, tensor } from '../../src/tensor/index.ts';
import { IMAGE, ids, TINY, tinyFlamingo } from '../flamingo/tiny.ts';
import { VARIANTS } from '../flamingo/variants.ts';

const device = await openDevice('simd');

/** Every tap of a forward, in order, as often as it fires. */
function fired(model: Flamingo, inputs: FlamingoInputs): { name: string; shape: Shape }[] {
  const found: { name: string; shape: Shape }[] = [];
  scope(device, () => {
    const pass = (name: string, x: Parameters<ReturnType<typeof tapFor>>[1]) => {
      found.push({ name, shape: x.shape });
      return x;
    };
    model.forward(inputs, tapFor({ wants: () => true, pass }));
  });
  return found;
}

const withoutCost = (taps: ReturnType<typeof tapShapes>) => taps.map(({ name, shape }) => ({ name, shape }));

/** Sizes drawn anew, so that no two runs of the suite's cases share them. */
function drawn(seed: number): FlamingoConfig {
  const random = new Random(seed);
  const whole = (low: number, high: number): number => low + Math.floor(random.uniform() * (high - low + 1));
  const heads = whole(1, 4);
  const width = heads * whole(2, 6);
  const lmHeads = whole(1, 4);
  return {
    vision: {
      imageSize: [8, 12],
      patchSize: 4,
      width,
      layers: whole(1, 3),
      heads,
      hidden: whole(5, 30),
      projection: null,
    },
    resampler: {
      width,
      depth: whole(1, 3),
      heads: whole(1, 4),
      headDim: whole(2, 7),
      latents: whole(2, 6),
      frameEmbeddings: whole(0, 4),
    },
    crossAttention: {
      every: whole(1, 3),
      placement: random.chance(0.5) ? 'paper' : 'open-flamingo',
      heads: whole(1, 4),
      headDim: whole(2, 9),
    },
    languageModel: {
      ...TINY.languageModel,
      width: lmHeads * whole(2, 7),
      heads: lmHeads,
      layers: whole(1, 5),
      hidden: whole(7, 40),
    },
    tokens: TINY.tokens,
  };
}

describe('tapShapes', () => {
  it('names what a forward computes, in order, once each, with its shape and as many axes', () => {
    const model = tinyFlamingo(device);
    const pixels = randn(device, [1, 2, 1, 3, 12, 12], new Random(1));
    const row = ids(device, [1, IMAGE, 8, IMAGE, 9]);
    const found = fired(model, { ids: row, pixels });
    expect(withoutCost(tapShapes(TINY, { text: 5, images: 2 }))).toEqual(found);
    expect(new Set(found.map(({ name }) => name)).size).toBe(found.length);
    for (const { name, dims, shape } of tapShapesOf(model, { ids: row, pixels })) {
      expect(tapOf(name), name).not.toBeNull();
      expect(dims, name).toHaveLength(shape.length);
    }
  });

  it.each(Object.entries(VARIANTS))('does so for %s', (_, changes) => {
    const model = tinyFlamingo(device, changes);
    const row = ids(device, [1, IMAGE, 8, IMAGE, 9]);
    const pixels = randn(device, [1, 2, 1, 3, 12, 12], new Random(1));
    const attentionMask = tensor(device, [[1, 1, 1, 1, 1]]);
    for (const inputs of [{ ids: row, pixels }, { ids: row, pixels, attentionMask }, { ids: row }]) {
      const found = fired(model, inputs);
      const taps = tapShapesOf(model, inputs);
      expect(withoutCost(taps)).toEqual(found);
      expect(new Set(found.map(({ name }) => name)).size).toBe(found.length);
      for (const { name, dims, shape } of taps) {
        expect(tapOf(name), name).not.toBeNull();
        expect(dims, name).toHaveLength(shape.length);
      }
    }
  });

  it('knows every entry of the registry from some model', () => {
    const kinds = Object.values(VARIANTS).flatMap((changes) =>
      tapShapes({ ...TINY, ...changes }, { text: 3, images: 1 }).map(({ name }) => name.replace(/\d+/g, '*')),
    );
    expect([...new Set(kinds)].sort()).toEqual(Object.keys(TAPS).sort());
  });

  it.each([1, 2, 3, 4, 5, 6])('does so for drawn sizes (%i)', (seed) => {
    const config = drawn(seed);
    const model = new Flamingo({ device, random: new Random(seed) }, config);
    const pixels = randn(device, [2, 2, 3, 3, 8, 12], new Random(seed));
    const found = fired(model, { ids: ids(device, [1, IMAGE, 8, IMAGE], [IMAGE, 4, 5, 6]), pixels });
    expect(withoutCost(tapShapes(config, { text: 4, images: 2, frames: 3, batch: 2 }))).toEqual(found);
    model.dispose();
  });

  it('leaves out what a run without pictures does not compute', () => {
    const names = tapShapes(TINY, { text: 3 }).map(({ name }) => name);
    expect(names).not.toContain('resampler.out');
    expect(names).toContain('xattn.1.gate.dense');
  });

  it('counts bytes and operations', () => {
    const taps = new Map(tapShapes(TINY, { text: 5, images: 2 }).map((tap) => [tap.name, tap]));
    const { width, vocabulary } = TINY.languageModel;
    expect(taps.get('logits')).toMatchObject({ bytes: 5 * vocabulary * 4, flops: 2 * 5 * width * vocabulary });
    expect(taps.get('lm.layers.2.attention.weights')?.dims).toEqual(['batch', 'head', 'text', 'key-text']);
    expect(taps.get('xattn.1.gate.attention')?.dims).toEqual(['gate']);
  });

  it('asks for visual tokens where no encoder makes them', () => {
    const blind = { ...TINY, vision: null };
    expect(() => tapShapes(blind, { text: 3, images: 1 })).toThrow('visualTokens');
    expect(tapShapes(blind, { text: 3, images: 1, visualTokens: 7 })[0]).toMatchObject({ shape: [1, 1, 7, 20] });
  });

  it('walks a model too large to hold, without allocating it', () => {
    const config: FlamingoConfig = {
      vision: null,
      resampler: { width: 1536 },
      crossAttention: { every: 7, heads: 64 },
      languageModel: { ...TINY.languageModel, width: 8192, layers: 80, heads: 64, hidden: 32768, vocabulary: 32_000 },
      tokens: TINY.tokens,
    };
    const taps = tapShapes(config, { text: 40, images: 1, visualTokens: 100 });
    expect(taps.filter(({ name }) => name.endsWith('gate.attention'))).toHaveLength(12);
    // 2 operations a parameter and token, at least for the 64 billion of the language model's layers.
    expect(taps.reduce((sum, { flops }) => sum + flops, 0)).toBeGreaterThan(2 * 40 * 80 * 12 * 8192 ** 2);
  });
});
