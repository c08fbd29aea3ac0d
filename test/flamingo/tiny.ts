import { Flamingo, type FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import type { Module } from '../../src/nn/index.ts';
import { type Device, full, Random, randn, type Tensor, tensor } from '../../src/tensor/index.ts';

/** Every size differs from every other where the model allows it. */
export const TINY: FlamingoConfig = {
  vision: { imageSize: 12, patchSize: 4, width: 20, layers: 2, heads: 2, hidden: 28, projection: 10 },
  resampler: { width: 20, depth: 2, heads: 3, headDim: 6, latents: 4, activation: 'gelu', frameEmbeddings: 0 },
  crossAttention: { every: 2, placement: 'open-flamingo', heads: 2, headDim: 7, activation: 'gelu' },
  languageModel: {
    vocabulary: 31,
    width: 24,
    layers: 4,
    heads: 3,
    hidden: 40,
    maxPositions: 48,
    activation: 'gelu',
    eps: 1e-5,
  },
  tokens: { image: 3, endOfChunk: 2 },
};

export const IMAGE = 3;
export const END = 2;

/** Weights that make mistakes show: no norm or bias at its neutral value, gates open. */
export function enliven(module: Module, seed: number): void {
  const random = new Random(seed);
  for (const [path, p] of module.parameters()) {
    if (/Gate$/.test(path)) p.assign(full(p.device, p.shape, random.uniform(0.5, 1) * (random.chance(0.5) ? 1 : -1)));
    else if (p.shape.length === 1) p.assign(p.add(randn(p.device, p.shape, random, 0.2)).detach());
    else if (/embedding\.weight$|positions/.test(path)) p.assign(randn(p.device, p.shape, random, 0.5));
  }
}

export function tinyFlamingo(device: Device, changes: Partial<FlamingoConfig> = {}, gates = true): Flamingo {
  const model = new Flamingo({ device, random: new Random(5) }, { ...TINY, ...changes });
  enliven(model, 6);
  if (!gates) {
    for (const [path, p] of model.parameters()) if (/Gate$/.test(path)) p.assign(full(device, p.shape, 0));
  }
  return model;
}

export const ids = (device: Device, ...rows: number[][]): Tensor =>
  tensor(device, Int32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);

/** Visual tokens of `media` pictures a row: [b, m, 1, 9, 20] */
export const features = (device: Device, seed: number, b: number, media: number): Tensor =>
  randn(device, [b, media, 1, 9, 20], new Random(seed));
