/** `config.json`: a ModelConfig as it stands, under the name and version of its format. */

import { requireKinds } from '../../files/kinds.ts';
import type { CrossAttentionConfig, FlamingoConfig } from '../../flamingo/architecture.ts';
import type { LanguageModelConfig } from '../../flamingo/language-model.ts';
import type { PerceiverResamplerConfig } from '../../flamingo/perceiver-resampler.ts';
import type {
  AlibiPositions,
  LearnedPositions,
  PositionConfig,
  RotaryPositions,
} from '../../flamingo/text-positions.ts';
import type { VisionEncoderConfig } from '../../flamingo/vision-encoder.ts';
import type { Activation, NormKind } from '../../nn/index.ts';
import type { ModelConfig } from '../config.ts';
import type { Preprocessing } from '../image.ts';
import type { PromptLimits } from '../prompt.ts';
import {
  base,
  between,
  ConfigError,
  either,
  few,
  flag,
  folder,
  MOST,
  nullable,
  numbers,
  object,
  oneOf,
  type Rule,
  slope,
  small,
  some,
  tagged,
  whole,
  widening,
} from './json-rules.ts';

export { ConfigError } from './json-rules.ts';

export const CONFIG_FORMAT = 'glass-flamingo/1';

const any = whole(0, MOST);
const activation: Rule<Activation> = oneOf('gelu', 'geluTanh', 'quickGelu', 'relu', 'squaredRelu', 'silu');
const norm: Rule<NormKind> = oneOf('layer', 'rms');
const queryKeyNorm = nullable(norm);

const vision = object<VisionEncoderConfig>(
  {
    imageSize: either(
      (value) => Array.isArray(value),
      numbers(2, 1, MOST) as unknown as Rule<readonly [number, number]>,
      some,
    ),
    patchSize: some,
    width: some,
    layers: few,
    heads: some,
    hidden: some,
    projection: nullable(some),
  },
  { activation, eps: small, channels: some },
);

const resampler = object<PerceiverResamplerConfig>(
  { width: some },
  {
    depth: few,
    heads: some,
    headDim: some,
    latents: some,
    ffMult: widening,
    activation,
    eps: small,
    queryKeyNorm,
    frameEmbeddings: any,
    extraFrames: oneOf('linear', 'error'),
    mediaEmbeddings: any,
    finalNorm: flag,
    latentStd: between(1e-6, 1e6),
  },
);

const crossAttention = object<CrossAttentionConfig>(
  { every: some, heads: some },
  {
    placement: oneOf('paper', 'open-flamingo', 'flamingo-pytorch'),
    headDim: some,
    ffMult: widening,
    hidden: some,
    activation,
    gatedFeedForward: flag,
    norm,
    eps: small,
    queryKeyNorm,
    gates: oneOf('scalar', 'vector'),
    maskedTokenRule: oneOf('weights', 'output'),
  },
);

const count = oneOf('mask', 'index');
const positions: Rule<PositionConfig> = tagged('kind', {
  learned: object<LearnedPositions>({ kind: oneOf('learned') }, { offset: any, count }),
  rotary: object<RotaryPositions>(
    { kind: oneOf('rotary') },
    { dims: some, base, layout: oneOf('half', 'pairs'), count },
  ),
  alibi: object<AlibiPositions>({ kind: oneOf('alibi') }, { biasMax: slope }),
});

const languageModel = object<LanguageModelConfig>(
  {
    vocabulary: some,
    width: some,
    layers: few,
    heads: some,
    hidden: some,
    maxPositions: some,
    activation,
    eps: small,
  },
  {
    headDim: some,
    keyValueHeads: some,
    queryKeyNorm: flag,
    gated: flag,
    norm,
    normBias: flag,
    layout: oneOf('pre-norm', 'post-norm', 'parallel', 'parallel-shared-norm'),
    attentionBias: flag,
    feedForwardBias: flag,
    positions,
    embeddingWidth: some,
    finalNorm: flag,
    tied: flag,
    maskMode: oneOf('additive', 'fill'),
    headBias: flag,
  },
);

const colour = numbers(3, 0, 255) as unknown as Rule<readonly [red: number, green: number, blue: number]>;

const preprocessing = object<Preprocessing>(
  {
    size: some,
    mean: numbers(3, -1e3, 1e3),
    std: numbers(3, 1e-3, 1e3),
    background: either((value) => value === 'drop', oneOf('drop'), colour),
    mode: oneOf('squash', 'pad', 'crop'),
    filter: oneOf('bicubic', 'bilinear', 'area'),
  },
  { padding: oneOf('background', 'mean'), margin: oneOf('floor', 'even') },
);

const file = object<ModelConfig & { readonly format: string }>(
  {
    format: oneOf(CONFIG_FORMAT),
    model: object<FlamingoConfig>(
      {
        vision: nullable(vision),
        resampler,
        crossAttention,
        languageModel,
        tokens: object<FlamingoConfig['tokens']>({ image: any, endOfChunk: any }, { endOfDocument: any }),
      },
      {
        attend: oneOf('latest', 'previous', 'next'),
        beforeFirst: oneOf('nothing', 'mean'),
        beyondLast: oneOf('mean', 'nothing'),
        visualTokens: oneOf('patches', 'all'),
        generatedImages: oneOf('counts', 'resets', 'kept'),
        trainedEmbeddings: oneOf('special', 'all'),
      },
    ),
    preprocessing,
    limits: object<PromptLimits>({ images: any, tokens: some }, { answer: some, frames: some }),
  },
  { temperature: between(0.05, 20), base: folder },
);

/**
 * A model's configuration from what `config.json` holds.
 * @param value the parsed JSON
 * @throws ConfigError naming the place, what stands there and what is expected
 * @example
 * ```ts
 * const config = parseConfig(JSON.parse(formatConfig(model.config)));
 * ```
 */
export function parseConfig(value: unknown): ModelConfig {
  const { format: _, ...config } = file(value, '');
  const { model, limits } = config;
  const { languageModel: lm } = model;
  const multiple = (where: string, width: number, heads: number): void => {
    if (width % heads !== 0) throw new ConfigError(`${where}.width`, width, `a multiple of its ${heads} heads`);
  };
  checkHeads(lm);
  if (model.vision) multiple('model.vision', model.vision.width, model.vision.heads);
  if (model.vision && model.vision.width !== model.resampler.width)
    throw new ConfigError('model.resampler.width', model.resampler.width, `${model.vision.width}, the encoder's`);
  const { size } = config.preprocessing;
  if (
    model.vision &&
    String(model.vision.imageSize) !== String(size) &&
    String(model.vision.imageSize) !== `${size},${size}`
  )
    throw new ConfigError('preprocessing.size', size, `${model.vision.imageSize}, the encoder's`);
  for (const [name, id] of Object.entries(model.tokens)) {
    if (id >= lm.vocabulary) throw new ConfigError(`model.tokens.${name}`, id, `an id below ${lm.vocabulary}`);
  }
  if (model.tokens.image === model.tokens.endOfChunk)
    throw new ConfigError('model.tokens.image', model.tokens.image, 'another id than that of endOfChunk');
  if (limits.answer !== undefined && limits.answer >= limits.tokens)
    throw new ConfigError(
      'limits.answer',
      limits.answer,
      `less than the ${limits.tokens} tokens of a prompt with its answer`,
    );
  if (limits.tokens > lm.maxPositions)
    throw new ConfigError('limits.tokens', limits.tokens, `at most the ${lm.maxPositions} positions`);
  return config;
}

/** @throws ConfigError when the heads of a language model don't fit together */
function checkHeads({ width, heads, headDim, keyValueHeads = heads, positions }: LanguageModelConfig): void {
  const where = 'model.languageModel';
  if (headDim === undefined && width % heads !== 0)
    throw new ConfigError(`${where}.width`, width, `a multiple of its ${heads} heads`);
  if (heads % keyValueHeads !== 0)
    throw new ConfigError(`${where}.keyValueHeads`, keyValueHeads, `a divisor of the ${heads} heads`);
  const own = headDim ?? width / heads;
  if (positions?.kind === 'rotary' && (positions.dims ?? own) > own - (own % 2))
    throw new ConfigError(`${where}.positions.dims`, positions.dims, `at most ${own - (own % 2)}, the pairs of a head`);
}

/**
 * The text of a `config.json`.
 * @example
 * ```ts
 * const text = formatConfig(model.config); // a config.json
 * ```
 */
export function formatConfig(config: ModelConfig): string {
  requireKinds('formatConfig', { config }, '{model,preprocessing,limits}');
  return `${JSON.stringify({ format: CONFIG_FORMAT, ...config }, null, 2)}\n`;
}
