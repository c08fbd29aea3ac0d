/** Sizes of Flamingo models by arithmetic alone: nothing is allocated, so 80 billion parameters cost nothing. */

import type { LanguageModelConfig } from './language-model.ts';
import { DEFAULT_POSITIONS } from './text-positions.ts';

/** A Vision Transformer as in CLIP, with biases, class token and norms before and after. */
export interface VisionShape {
  readonly width: number;
  readonly layers: number;
  readonly feedForward: number;
  readonly patch: number;
  /** Patches of a picture. */
  readonly patches: number;
  /** Width of the contrastive head; 0 for none. */
  readonly projection: number;
}

/** Everything that decides how many parameters a Flamingo has. */
export interface FlamingoShape {
  /** A number is a count taken from the literature, for encoders that are not built here. */
  readonly vision: VisionShape | number;
  /** Width of a visual token, as the resampler reads it. */
  readonly visualWidth: number;
  readonly resampler: {
    readonly layers: number;
    readonly latents: number;
    readonly heads: number;
    readonly headWidth: number;
    /** Learned temporal embeddings, one a frame. */
    readonly frames: number;
  };
  /** GATED XATTN-DENSE blocks, before language-model layers 0, `every`, 2 `every`, ... */
  readonly crossAttention: { readonly every: number; readonly heads: number; readonly headWidth: number };
  readonly languageModel: LanguageModelConfig;
}

export interface ParameterCount {
  readonly vision: number;
  readonly resampler: number;
  readonly crossAttention: number;
  readonly languageModel: number;
  readonly total: number;
}

export function countParameters(shape: FlamingoShape): ParameterCount {
  const vision = typeof shape.vision === 'number' ? shape.vision : countVision(shape.vision);
  const resampler = countResampler(shape);
  const crossAttention = countBlocks(shape) * countCrossAttention(shape);
  const languageModel = countLanguageModel(shape.languageModel);
  return {
    vision,
    resampler,
    crossAttention,
    languageModel,
    total: vision + resampler + crossAttention + languageModel,
  };
}

/** Number of GATED XATTN-DENSE blocks: the first before layer 0. */
export function countBlocks({ crossAttention, languageModel }: FlamingoShape): number {
  return Math.ceil(languageModel.layers / crossAttention.every);
}

const norm = (width: number) => 2 * width;
const linear = (from: number, to: number, biases: boolean) => from * to + (biases ? to : 0);
const feedForward = (width: number, hidden: number, biases: boolean) =>
  linear(width, hidden, biases) + linear(hidden, width, biases);
/** q and o between `width` and `inner`, k and v from `source`. */
const attention = (width: number, source: number, inner: number, biases: boolean) =>
  linear(width, inner, biases) + 2 * linear(source, inner, biases) + linear(inner, width, biases);
const transformerLayer = (width: number, hidden: number, biases: boolean) =>
  attention(width, width, width, biases) + feedForward(width, hidden, biases) + 2 * norm(width);

function countVision({ width, layers, feedForward: hidden, patch, patches, projection }: VisionShape): number {
  const embeddings = 3 * patch * patch * width + (patches + 1) * width + width; // patches, positions, class token
  return embeddings + 2 * norm(width) + layers * transformerLayer(width, hidden, true) + width * projection;
}

/** Per layer: attention with norms of media and latents, feed-forward of 4 times the width with its norm; no biases. */
function countResampler({ visualWidth: d, resampler }: FlamingoShape): number {
  const { layers, latents, heads, headWidth, frames } = resampler;
  const layer = attention(d, d, heads * headWidth, false) + 2 * norm(d) + feedForward(d, 4 * d, false) + norm(d);
  return layers * layer + (latents + frames) * d + norm(d);
}

/** Figure 4: two norms, attention to the latents, feed-forward, no biases, and the two gates. */
function countCrossAttention({ visualWidth, crossAttention, languageModel: { width } }: FlamingoShape): number {
  const inner = crossAttention.heads * crossAttention.headWidth;
  return attention(width, visualWidth, inner, false) + feedForward(width, 4 * width, false) + 2 * norm(width) + 2;
}

function countLanguageModel(config: LanguageModelConfig): number {
  const { layers, width, vocabulary, maxPositions, positions = DEFAULT_POSITIONS } = config;
  const { embeddingWidth = width, finalNorm = true, tied = true, headBias = false } = config;
  const learned = positions.kind === 'learned' ? (maxPositions + (positions.offset ?? 0)) * width : 0;
  const projections = embeddingWidth === width ? 0 : 2 * width * embeddingWidth;
  const head = tied ? 0 : linear(embeddingWidth, vocabulary, headBias);
  const norms = finalNorm ? countNorm(config) : 0;
  return vocabulary * embeddingWidth + learned + projections + layers * countLayer(config) + norms + head;
}

const countNorm = ({ width, norm: kind = 'layer', normBias = true }: LanguageModelConfig): number =>
  kind === 'layer' && normBias ? 2 * width : width;

function countLayer(config: LanguageModelConfig): number {
  const { width, heads, headWidth = width / heads, keyValueHeads = heads, hidden, gated = false } = config;
  const { attentionBias = true, feedForwardBias = true, layout } = config;
  const [inner, shared] = [heads * headWidth, keyValueHeads * headWidth];
  const queries = linear(width, inner, attentionBias) + linear(inner, width, attentionBias); // and the way back
  const dense = feedForward(width, hidden, feedForwardBias) + (gated ? linear(width, hidden, feedForwardBias) : 0);
  const norms = layout === 'parallel-shared-norm' ? 1 : 2;
  const own = config.queryKeyNorm
    ? countNorm({ ...config, width: inner }) + countNorm({ ...config, width: shared })
    : 0;
  return queries + 2 * linear(width, shared, attentionBias) + own + dense + norms * countNorm(config);
}

/** Parameters of each part as the paper states them (Table 5). */
export type StatedCount = ParameterCount;

export interface PaperPreset {
  readonly shape: FlamingoShape;
  readonly stated: StatedCount;
}

function paperPreset(
  [layers, width, heads]: readonly [layers: number, width: number, heads: number],
  every: number,
  stated: { crossAttention: number; languageModel: number; total: number },
): PaperPreset {
  return {
    shape: {
      vision: 435e6, // NFNet-F6
      visualWidth: 1536,
      resampler: { layers: 6, latents: 64, heads: 16, headWidth: 96, frames: 8 },
      crossAttention: { every, heads, headWidth: 128 },
      languageModel: {
        layers,
        width,
        heads,
        hidden: 4 * width,
        vocabulary: 32_000,
        maxPositions: 2048,
        positions: { kind: 'rotary' }, // Chinchilla's are relative; as these, they are no part of the count
        activation: 'gelu',
        eps: 1e-5,
        attentionBias: false,
        feedForwardBias: false,
      },
    },
    stated: { vision: 435e6, resampler: 194e6, ...stated },
  };
}

/** The paper's three models: dimensions of its Table 4, counts of its Table 5. */
export const PAPER_PRESETS: Readonly<Record<'flamingo-3b' | 'flamingo-9b' | 'flamingo-80b', PaperPreset>> = {
  'flamingo-3b': paperPreset([24, 2048, 16], 1, { crossAttention: 1.2e9, languageModel: 1.4e9, total: 3.2e9 }),
  'flamingo-9b': paperPreset([40, 4096, 32], 4, { crossAttention: 1.6e9, languageModel: 7.1e9, total: 9.3e9 }),
  'flamingo-80b': paperPreset([80, 8192, 64], 7, { crossAttention: 10e9, languageModel: 70e9, total: 80e9 }),
};
