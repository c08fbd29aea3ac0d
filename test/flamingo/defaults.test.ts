import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hasBlock } from '../../src/flamingo/architecture.ts';
import { Flamingo, type FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import { GatedCrossAttention, type GatedCrossAttentionConfig } from '../../src/flamingo/gated-cross-attention.ts';
import { generate } from '../../src/flamingo/generate.ts';
import type { GenerationOptions } from '../../src/flamingo/generation/options.ts';
import { LanguageModel, type LanguageModelConfig } from '../../src/flamingo/language-model.ts';
import { type MediaMaskOptions, mediaMask } from '../../src/flamingo/media-mask.ts';
import { PerceiverResampler, type PerceiverResamplerConfig } from '../../src/flamingo/perceiver-resampler.ts';
import { TransformerLayer, type TransformerLayerConfig } from '../../src/flamingo/transformer-layer.ts';
import { VisionEncoder, type VisionEncoderConfig } from '../../src/flamingo/vision-encoder.ts';
import {
  AdamW,
  type AttentionInputs,
  Embedding,
  FeedForward,
  type Init,
  LayerNorm,
  Linear,
  type Module,
  MultiHeadAttention,
  type Optimizer,
  type ParameterGroup,
  RMSNorm,
  type Tap,
  warmupCosine,
} from '../../src/nn/index.ts';
import { Capture } from '../../src/runs/patterns.ts';
import * as t from '../../src/tensor/index.ts';
import { Muon } from '../../src/training/muon.ts';
import { type Drawing, drawing } from './support.ts';
import { END, enliven, features, IMAGE, ids, TINY, tinyFlamingo } from './tiny.ts';

const device = await t.openDevice('simd');
const W = 16;

/** A tensor's shape and the hash of its bits. */
const bits = (x: t.Tensor): string => `[${x.shape}] ${createHash('sha1').update(x.dataSync()).digest('hex')}`;

const allBits = (tensors: Iterable<readonly [string, t.Tensor]>): Record<string, string> =>
  Object.fromEntries(Array.from(tensors, ([name, x]) => [name, bits(x)]));

/** Everything that can be seen of a module: its parameters as they are drawn, every tap, the output and all gradients. */
function seen<C, M extends Module>(
  make: (init: Init, config: C) => M,
  forward: (module: M, normal: Drawing['normal'], tap: Tap) => t.Tensor,
): (config: C) => unknown {
  return (config) => {
    const { init, normal } = drawing(device, 7);
    const module = make(init, config);
    const drawn = allBits(module.parameters());
    enliven(module, 8);
    const capture = new Capture(['**']);
    const out = forward(module, normal, capture.tap);
    const parameters = [...module.parameters()];
    const gradients = t.backward(out.square().sum(), [...parameters.map(([, p]) => p)]);
    const named = parameters.map(([path, p]) => [path, gradients.get(p) as t.Tensor] as const);
    return { drawn, taps: allBits(capture.values), out: bits(out), gradients: allBits(named) };
  };
}

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
type Defaults<C> = Readonly<Required<Pick<C, OptionalKeys<C>>>>;
type Row = [what: string, bare: () => unknown, spelled: () => unknown];

/** Every option that may be left out, with its default: one that is missing here does not compile. `given` go before. */
function row<C>(what: string, run: (config: C) => unknown, given: C, defaults: Defaults<C>): Row {
  return [what, () => run(given), () => run({ ...defaults, ...given })];
}

const text = ids(device, [1, 1, 5, 9, 4]);
const padded = t.tensor(device, [[0, 0, 1, 1, 1]]);
const runLanguageModel = seen(
  (init, config: LanguageModelConfig) => new LanguageModel(init, config),
  (model, _, tap) => model.forward(text, { attentionMask: padded }, tap),
);
const LM: LanguageModelConfig = {
  ...{ vocabulary: 11, maxPositions: 8, width: W, layers: 2, heads: 2, hidden: 24, activation: 'gelu', eps: 1e-5 },
};
const LM_DEFAULTS: Defaults<LanguageModelConfig> = {
  ...{ headDim: W / 2, keyValueHeads: 2, queryKeyNorm: false, gated: false, norm: 'layer', normBias: true },
  ...{ layout: 'pre-norm', attentionBias: true, feedForwardBias: true, positions: { kind: 'learned', offset: 2 } },
  ...{ embeddingWidth: W, finalNorm: true, tied: true, maskMode: 'additive', headBias: false },
};

const runLayer = seen(
  (init, config: TransformerLayerConfig) => new TransformerLayer(init, config),
  (layer, normal, tap) => layer.forward(normal([1, 5, W]), {}, tap),
);
const LAYER: TransformerLayerConfig = {
  ...{ width: W, heads: 2, hidden: 24, activation: 'gelu', eps: 1e-5, layers: 3, causal: true },
};
const LAYER_DEFAULTS: Defaults<TransformerLayerConfig> = {
  ...{ headDim: W / 2, keyValueHeads: 2, queryKeyNorm: false, gated: false, norm: 'layer', normBias: true },
  ...{ layout: 'pre-norm', attentionBias: true, feedForwardBias: true },
};

const images = t.tensor(device, [[0, 1, 0, 1, 0, 1, 0]]);
const mask = mediaMask(images, { media: 2, latents: 3 });
const context = drawing(device, 3).normal([1, 5, W]);
const firstRowSeesNothing = t.ones(device, [5, 5]).sub(t.tensor(device, [[1], [0], [0], [0], [0]]));

/** Two steps with gradients of about 1e-6, where an epsilon of 1e-8 shows. */
const runOptimizer = (make: (group: ParameterGroup) => Optimizer) => (): unknown => {
  const { normal } = drawing(device, 4);
  const p = normal([3, 4]);
  const optimizer = make({ parameters: [p], learningRate: 0.1 });
  for (let i = 0; i < 2; i++) optimizer.step(new Map([[p, normal([3, 4]).mul(1e-6)]]));
  return bits(p);
};

const writer = tinyFlamingo(device);
const prompt = { ids: [[1, IMAGE, 8, END, IMAGE]], latents: writer.resample(features(device, 3, 1, 2)) };
const GENERATION: Defaults<GenerationOptions> = {
  ...{ maxTokens: 8, beams: 1, temperature: 0, topK: TINY.languageModel.vocabulary, topP: 1, seed: 0 },
  ...{ suppress: [IMAGE], lengthPenalty: 1, lengthRule: 'generated', signal: new AbortController().signal },
};
const runGenerate = (options: GenerationOptions): unknown => generate(writer, prompt, options);

describe('what is left out is its documented default', () => {
  it.each<Row>([
    row(
      'PerceiverResampler',
      seen(
        (init, config: PerceiverResamplerConfig) => new PerceiverResampler(init, config),
        (resampler, normal, tap) => resampler.forward(normal([1, 2, 9, 2, W]), tap), // more frames than embeddings
      ),
      { width: W },
      {
        ...{ depth: 6, heads: 16, headDim: 96, latents: 64, ffMult: 4, activation: 'squaredRelu', eps: 1e-5 },
        ...{ queryKeyNorm: null, frameEmbeddings: 8, extraFrames: 'linear', mediaEmbeddings: 0, finalNorm: true },
        latentStd: 1,
      },
    ),
    row(
      'GatedCrossAttention',
      seen(
        (init, config: GatedCrossAttentionConfig) => new GatedCrossAttention(init, config),
        (block, normal, tap) => block.forward(normal([1, 7, W]), normal([1, 2, 3, W]), mask, tap),
      ),
      { width: W, heads: 2 },
      {
        ...{ visualWidth: W, headDim: 128, ffMult: 4, hidden: 4 * W, activation: 'squaredRelu', eps: 1e-5 },
        ...{ gatedFeedForward: false, norm: 'layer', queryKeyNorm: null, gates: 'scalar', maskedTokenRule: 'weights' },
      },
    ),
    row(
      'VisionEncoder',
      seen(
        (init, config: VisionEncoderConfig) => new VisionEncoder(init, config),
        (encoder, normal, tap) => encoder.forward(normal([1, 3, 8, 8]), tap).features as t.Tensor,
      ),
      { imageSize: 8, patchSize: 4, width: W, layers: 1, heads: 2, hidden: 24, projection: 6 },
      { activation: 'quickGelu', eps: 1e-5, channels: 3 },
    ),
    row('TransformerLayer', runLayer, LAYER, LAYER_DEFAULTS),
    row('TransformerLayer with norms of queries and keys', runLayer, { ...LAYER, queryKeyNorm: true }, LAYER_DEFAULTS),
    row('LanguageModel', runLanguageModel, LM, LM_DEFAULTS),
    row('LanguageModel with a head of its own', runLanguageModel, { ...LM, tied: false }, LM_DEFAULTS),
    row(
      'learned positions',
      (positions) => runLanguageModel({ ...LM, positions: { kind: 'learned', ...positions } }),
      {},
      { offset: 0, count: 'mask' as const },
    ),
    row(
      'rotary positions',
      (positions) => runLanguageModel({ ...LM, positions: { kind: 'rotary', ...positions } }),
      {},
      { dims: W / 2, base: 10_000, layout: 'half' as const, count: 'mask' as const },
    ),
    row(
      'ALiBi',
      (positions) => runLanguageModel({ ...LM, positions: { kind: 'alibi', ...positions } }),
      {},
      { biasMax: 8 },
    ),
    row(
      'MultiHeadAttention',
      seen(
        (init, options: ConstructorParameters<typeof MultiHeadAttention>[3] & object) =>
          new MultiHeadAttention(init, W, 4, options),
        (attention, normal, tap) => attention.forward(normal([1, 5, W]), {}, tap),
      ),
      {},
      { headDim: 4, contextWidth: W, keyValueHeads: 4, queryKeyNorm: null, bias: true, std: W ** -0.5 },
    ),
    row(
      "MultiHeadAttention's inputs",
      (inputs: AttentionInputs) =>
        seen(
          (init) => new MultiHeadAttention(init, W, 4),
          (attention, _, tap) => attention.forward(context, inputs, tap),
        )(null),
      { mask: firstRowSeesNothing },
      { context, mask: null, causal: false, bias: null, rotation: null, emptyRows: 'uniform', cache: null },
    ),
    row(
      'FeedForward',
      seen(
        (init, options: ConstructorParameters<typeof FeedForward>[3] & object) =>
          new FeedForward(init, W, 2 * W, options),
        (feedForward, normal, tap) => feedForward.forward(normal([5, W]), tap),
      ),
      {},
      { bias: true, activation: 'gelu', gated: false, std: (2 * W) ** -0.5 },
    ),
    row(
      'Linear',
      seen(
        (init, options: { bias?: boolean; std?: number }) => new Linear(init, W, 8, options),
        (linear, normal) => linear.forward(normal([5, W])),
      ),
      {},
      { bias: true, std: W ** -0.5 },
    ),
    row(
      'LayerNorm',
      seen(
        (init, options: { eps?: number; bias?: boolean }) => new LayerNorm(init, W, options),
        (norm, normal) => norm.forward(normal([5, W])),
      ),
      {},
      { eps: 1e-5, bias: true },
    ),
    row(
      'RMSNorm',
      seen(
        (init, options: { eps?: number }) => new RMSNorm(init, W, options),
        (norm, normal) => norm.forward(normal([5, W]).mul(0.1)),
      ),
      {},
      { eps: 1e-6 },
    ),
    row(
      'Embedding',
      seen(
        (init, options: { std?: number }) => new Embedding(init, 11, W, options),
        (embedding) => embedding.forward(text),
      ),
      {},
      { std: 0.02 },
    ),
    row(
      'mediaMask',
      (options: MediaMaskOptions) =>
        Object.entries(mediaMask(images, options)).map(([name, x]) => [name, x && bits(x as t.Tensor)]),
      { media: 2, latents: 3 },
      { attend: 'latest', beforeFirst: 'nothing', beyondLast: 'mean', mediaBefore: null, ends: null },
    ),
    row(
      'Flamingo',
      (config: FlamingoConfig) => {
        const model = tinyFlamingo(device, config);
        const pixels = drawing(device, 5).normal([1, 2, 1, 3, 12, 12]);
        const logits = model.forward({ ids: ids(device, [5, IMAGE, 8, IMAGE, 9, IMAGE, 7]), pixels });
        const gradients = t.backward(logits.square().sum(), [...model.trainable().values()]);
        const trained = Array.from(model.trainedRowsOnly(gradients).values(), bits);
        return { logits: bits(logits), trained, images: model.generatedImages };
      },
      TINY,
      {
        ...{ attend: 'latest', beforeFirst: 'nothing', beyondLast: 'mean', visualTokens: 'patches' },
        ...{ generatedImages: 'counts', trainedEmbeddings: 'special' },
      },
    ),
    row('generate', runGenerate, { stop: END }, GENERATION),
    row('generate from the distribution', runGenerate, { stop: END, temperature: 1 }, GENERATION),
    row('generate by beams', runGenerate, { stop: END, beams: 3 }, GENERATION),
    [
      'placement',
      () => [0, 1, 2, 3, 4, 5].map((i) => hasBlock(i, { every: 2, heads: 1 })),
      () => [0, 1, 2, 3, 4, 5].map((i) => hasBlock(i, { every: 2, heads: 1, placement: 'paper' })),
    ],
    [
      'AdamW',
      runOptimizer((group) => new AdamW([group])),
      runOptimizer((group) => new AdamW([{ ...group, weightDecay: 0 }], { betas: [0.9, 0.999], eps: 1e-8 })),
    ],
    [
      'Muon',
      runOptimizer((group) => new Muon([group])),
      runOptimizer((group) => new Muon([{ ...group, weightDecay: 0 }], { momentum: 0.95 })),
    ],
    [
      'a step of an optimiser',
      runOptimizer((group) => new AdamW([group])),
      runOptimizer((group) => {
        const optimizer = new AdamW([group]);
        const step = optimizer.step.bind(optimizer);
        return Object.assign(optimizer, { step: (gradients: Parameters<typeof step>[0]) => step(gradients, 1) });
      }),
    ],
    ['warmupCosine', () => warmupCosine(9, { steps: 9, warmup: 2 }), () => 0],
  ])('%s', async (_, bare, spelled) => {
    const found = await bare();
    expect(found).toEqual(await spelled());
    expect(found).not.toEqual({});
  });
});

describe('new modules draw with these standard deviations', () => {
  const LAYER_STD = (width: number, inner: number, hidden: number, layers: number): Record<string, number> => ({
    ...{ 'attentionNorm.weight': 1, 'attentionNorm.bias': 0, 'feedForwardNorm.weight': 1, 'feedForwardNorm.bias': 0 },
    ...{ 'attention.toQ.weight': width ** -0.5, 'attention.toQ.bias': 0, 'attention.toK.weight': width ** -0.5 },
    ...{ 'attention.toK.bias': 0, 'attention.toV.weight': width ** -0.5, 'attention.toV.bias': 0 },
    // The maps that write to the residual stream start smaller in deeper towers (GPT-2).
    ...{ 'attention.toOut.weight': inner ** -0.5 * (2 * layers) ** -0.5, 'attention.toOut.bias': 0 },
    ...{ 'feedForward.up.weight': width ** -0.5, 'feedForward.up.bias': 0 },
    ...{ 'feedForward.down.weight': hidden ** -0.5 * (2 * layers) ** -0.5, 'feedForward.down.bias': 0 },
  });
  const prefixed = (prefix: string, table: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(table).map(([path, std]) => [prefix + path, std]));
  const norm = (path: string): Record<string, number> => ({ [`${path}.weight`]: 1, [`${path}.bias`]: 0 });

  it.each<[string, (init: Init) => Module, Record<string, number>]>([
    ['Linear', (init) => new Linear(init, 64, 96), { weight: 1 / 8, bias: 0 }],
    ['Embedding', (init) => new Embedding(init, 100, 64), { weight: 0.02 }],
    ['RMSNorm', (init) => new RMSNorm(init, 64), { weight: 1 }],
    [
      'TransformerLayer',
      (init) => new TransformerLayer(init, { ...LAYER, width: 64, headDim: 48, hidden: 80, layers: 5, gated: true }),
      { ...LAYER_STD(64, 96, 80, 5), 'feedForward.gate.weight': 1 / 8, 'feedForward.gate.bias': 0 },
    ],
    [
      'VisionEncoder',
      (init) =>
        new VisionEncoder(init, {
          ...{ imageSize: 16, patchSize: 4, width: 256, layers: 1, heads: 2, hidden: 80, projection: 96 },
        }),
      {
        ...{
          classEmbedding: 1 / 16,
          patchEmbedding: 48 ** -0.5,
          positionEmbedding: 1 / 16,
          'projection.weight': 1 / 16,
        },
        ...{ ...norm('preNorm'), ...norm('postNorm'), ...prefixed('layers.0.', LAYER_STD(256, 256, 80, 1)) },
      },
    ],
    [
      'LanguageModel',
      (init) => new LanguageModel(init, { ...LM, vocabulary: 60, maxPositions: 40, width: 64, hidden: 80, layers: 2 }),
      {
        ...{ 'embedding.weight': 0.02, 'positions.weight': 0.02, ...norm('norm') },
        ...{ ...prefixed('layers.0.', LAYER_STD(64, 64, 80, 2)), ...prefixed('layers.1.', LAYER_STD(64, 64, 80, 2)) },
      },
    ],
    [
      'LanguageModel with a table of another width and a head of its own',
      (init) =>
        new LanguageModel(init, { ...LM, width: 64, layers: 0, embeddingWidth: 100, tied: false, headBias: true }),
      {
        ...{ 'embedding.weight': 0.02, 'positions.weight': 0.02, 'projectIn.weight': 0.1, 'projectOut.weight': 1 / 8 },
        ...{ ...norm('norm'), 'toLogits.weight': 0.1, 'toLogits.bias': 0 },
      },
    ],
    [
      'PerceiverResampler',
      (init) => new PerceiverResampler(init, { width: 64, depth: 1, mediaEmbeddings: 9, ffMult: 2 }),
      {
        ...{ latents: 1, frameEmbeddings: 1, mediaEmbeddings: 1, ...norm('norm') },
        ...{ ...norm('layers.0.attention.normMedia'), ...norm('layers.0.attention.normLatents') },
        ...{ 'layers.0.attention.toQ.weight': 1 / 8, 'layers.0.attention.toKV.weight': 1 / 8 },
        ...{ 'layers.0.attention.toOut.weight': 1536 ** -0.5, ...norm('layers.0.feedForwardNorm') },
        ...{ 'layers.0.feedForward.up.weight': 1 / 8, 'layers.0.feedForward.down.weight': 128 ** -0.5 },
      },
    ],
    [
      'GatedCrossAttention',
      (init) => new GatedCrossAttention(init, { width: 64, heads: 2, visualWidth: 100, ffMult: 2 }),
      {
        ...{ ...norm('attention.norm'), 'attention.toQ.weight': 1 / 8, 'attention.toKV.weight': 0.1 },
        ...{ 'attention.toOut.weight': 1 / 16, attentionGate: 0, denseGate: 0, ...norm('feedForwardNorm') },
        ...{ 'feedForward.up.weight': 1 / 8, 'feedForward.down.weight': 128 ** -0.5 },
      },
    ],
  ])('%s', (_, make, table) => {
    const found = [...make(drawing(device, 11).init).parameters()];
    expect(found.map(([path]) => path).sort()).toEqual(Object.keys(table).sort());
    for (const [path, p] of found) {
      const [values, std] = [Array.from(p.dataSync()), table[path] as number];
      // Norms begin at 1 and biases and gates at 0 throughout; what is drawn has about the root mean square of its std.
      if (/bias$|Gate$|[nN]orm(Media|Latents)?\.weight$/.test(path) || (path === 'weight' && values[0] === 1))
        expect(new Set(values), path).toEqual(new Set([std]));
      else {
        const ratio = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length) / std;
        expect(Math.abs(ratio - 1), path).toBeLessThan(4 / Math.sqrt(2 * values.length));
      }
    }
  });

  it('without a generator everything that would be drawn is 0', () => {
    const model = new Flamingo({ device }, TINY);
    for (const [path, p] of model.parameters())
      expect(new Set(p.dataSync()), path).toEqual(new Set([/[nN]orm(Media|Latents)?\.weight$/.test(path) ? 1 : 0]));
  });
});
