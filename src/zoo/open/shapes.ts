/** What the shapes of weights, in our names, tell of the model that they belong to. */

import type { CrossAttentionConfig } from '../../flamingo/architecture.ts';
import { hasBlock } from '../../flamingo/architecture.ts';
import type { PerceiverResamplerConfig } from '../../flamingo/perceiver-resampler.ts';
import { GlassFlamingoError } from '../../tensor/errors.ts';
import type { LanguageModelKind } from '../names/language-models.ts';
import { headsIn, type Stated } from './stated.ts';

/** Weights that are not where they should be, cannot be read, do not say enough of their model, or belong to none that is known. */
export class WeightsError extends GlassFlamingoError {
  override readonly name = 'WeightsError';
}

/** Shapes by name, in our names. */
export interface Shapes {
  readonly names: readonly string[];
  info(name: string): { readonly shape: readonly number[] };
}

/** One number of the shape of a tensor, undefined where there is no such tensor. */
export function extent(shapes: Shapes, name: string, axis: number): number | undefined {
  return shapes.names.includes(name) ? shapes.info(name).shape[axis] : undefined;
}

/** The numbers that stand where `*` does in names of this form, in order. */
export function indices(shapes: Shapes, form: RegExp): number[] {
  const found = new Set(shapes.names.flatMap((name) => form.exec(name)?.slice(1, 2) ?? []));
  return [...found].map(Number).sort((a, b) => a - b);
}

/** Heads that a dialect has, or that the caller names. */
export interface Heads {
  readonly heads?: number;
  readonly headDim?: number;
}

/**
 * `inner` parted in heads: as the caller says, else as the dialect does.
 * @throws WeightsError when that does not come out even
 */
function headsOf(inner: number, given: Heads, preset: Heads, where: string): { heads: number; headDim: number } {
  const stated = given.heads !== undefined || given.headDim !== undefined ? given : preset;
  const heads = stated.heads ?? inner / (stated.headDim as number);
  const headDim = stated.headDim ?? inner / heads;
  if (Number.isInteger(heads) && Number.isInteger(headDim) && heads * headDim === inner) return { heads, headDim };
  throw new WeightsError(
    `${where}: the heads of its attention are ${inner} numbers wide together, which is not ${show(stated)}; no file says how many there are, so give config.${where}.heads`,
  );
}

const show = ({ heads, headDim }: Heads): string =>
  heads !== undefined && headDim !== undefined
    ? `${heads} x ${headDim}`
    : `a multiple of ${heads ?? headDim}${heads === undefined ? ', the width of a head' : ' heads'}`;

/** Of the resampler's names, which begin with `resampler.`. @throws WeightsError when its latents or layers are missing */
export function resamplerOf(shapes: Shapes, given: Heads, preset: Heads): PerceiverResamplerConfig {
  const at = (name: string, axis: number): number | undefined => extent(shapes, `resampler.${name}`, axis);
  const [latents, width] = [at('latents', 0), at('latents', 1)];
  const inner = at('layers.0.attention.toQ.weight', 0);
  const hidden = at('layers.0.feedForward.up.weight', 0);
  if (latents === undefined || width === undefined || inner === undefined || hidden === undefined)
    throw new WeightsError('the resampler is missing: no file holds its latents and its first layer');
  const norm = shapes.names.includes('resampler.layers.0.attention.queryNorm.weight');
  return {
    width,
    latents,
    depth: indices(shapes, /^resampler\.layers\.(\d+)\./).length,
    ...headsOf(inner, given, preset, 'resampler'),
    ffMult: hidden / width,
    frameEmbeddings: at('frameEmbeddings', 0) ?? 0,
    mediaEmbeddings: at('mediaEmbeddings', 0) ?? 0,
    finalNorm: shapes.names.includes('resampler.norm.weight'),
    ...(norm && { queryKeyNorm: at('layers.0.attention.queryNorm.bias', 0) === undefined ? 'rms' : 'layer' }),
  };
}

type Placement = NonNullable<CrossAttentionConfig['placement']>;

/** Of the gated blocks. @throws WeightsError when there are none, or not at every n-th layer */
export function crossAttentionOf(
  shapes: Shapes,
  layers: number,
  given: Heads,
  preset: Heads & { readonly placement?: Placement },
): Omit<CrossAttentionConfig, 'activation'> {
  const blocks = indices(shapes, /^crossAttention\.(\d+)\./);
  const [first] = blocks;
  if (first === undefined) throw new WeightsError('no file holds gated cross-attention blocks');
  const { placement = 'paper' } = preset;
  const every = spacing(blocks, layers, placement);
  const at = (name: string, axis: number): number | undefined =>
    extent(shapes, `crossAttention.${first}.${name}`, axis);
  const has = (name: string): boolean => at(name, 0) !== undefined;
  const inner = at('attention.toQ.weight', 0);
  const hidden = at('feedForward.up.weight', 0);
  if (inner === undefined || hidden === undefined)
    throw new WeightsError(`the gated block of layer ${first} lacks queries or its feed-forward network`);
  return {
    every,
    placement,
    ...headsOf(inner, given, preset, 'crossAttention'),
    hidden,
    gatedFeedForward: has('feedForward.gate.weight'),
    norm: has('attention.norm.bias') ? 'layer' : 'rms',
    gates: (at('attentionGate', 2) ?? 0) > 0 ? 'vector' : 'scalar',
    ...(has('attention.queryNorm.weight') && { queryKeyNorm: has('attention.queryNorm.bias') ? 'layer' : 'rms' }),
  };
}

/** n of "every n-th layer". @throws WeightsError when the blocks stand otherwise */
function spacing(blocks: readonly number[], layers: number, placement: Placement): number {
  const [first = 0, second] = blocks;
  const every = placement === 'open-flamingo' ? first + 1 : second === undefined ? Math.max(layers, 1) : second - first;
  const expected = Array.from({ length: layers }, (_, i) => i).filter((i) =>
    hasBlock(i, { every, placement, heads: 1 }),
  );
  if (expected.join() === blocks.join()) return every;
  throw new WeightsError(
    `gated blocks stand at the layers ${blocks.join(', ')} of ${layers}; expected every n-th, as in ${expected.join(', ')}`,
  );
}

interface Keys {
  readonly width: string;
  readonly layers: string;
  readonly hidden?: string;
  readonly heads: string;
}

const LONG = { width: 'hidden_size', layers: 'num_hidden_layers', heads: 'num_attention_heads' };
const GPT: Keys = { width: 'n_embd', layers: 'n_layer', heads: 'n_head', hidden: 'n_inner' };
const MPT: Keys = { width: 'd_model', layers: 'n_layers', heads: 'n_heads' };

/** What the config.json of each kind calls its sizes. */
const KEYS: Readonly<Record<LanguageModelKind, Keys>> = {
  opt: { ...LONG, hidden: 'ffn_dim' },
  gpt2: GPT,
  gptj: GPT,
  gpt_neox: { ...LONG, hidden: 'intermediate_size' },
  llama: { ...LONG, hidden: 'intermediate_size' },
  mpt: MPT,
  mosaic_gpt: MPT,
};

/**
 * The heads of a language model, which no shape tells.
 * @throws WeightsError when neither config.json nor the caller does, ConfigError for what is no number of heads
 */
export function statedHeads(
  kind: LanguageModelKind,
  stated: Readonly<Record<string, unknown>>,
  given: number | undefined,
): number {
  const key = KEYS[kind].heads;
  const heads = given ?? headsIn(stated, key);
  if (heads !== undefined) return heads;
  throw new WeightsError(
    `no file says how many heads the language model (${kind}) has; expected ${key} in its config.json, or config.languageModel.heads`,
  );
}

/**
 * The keys of a language model's config.json that its shapes tell, `shapes` in the names of our LanguageModel.
 * @throws WeightsError when its embedding or first layer is missing
 */
export function languageModelJson(
  shapes: Shapes,
  kind: LanguageModelKind,
  stated: Readonly<Record<string, unknown>>,
  heads: number,
): Record<string, unknown> {
  const keys = KEYS[kind];
  const [vocabulary, embedded] = [extent(shapes, 'embedding.weight', 0), extent(shapes, 'embedding.weight', 1)];
  const layer = (name: string, axis = 0): number | undefined => extent(shapes, `layers.0.${name}`, axis);
  const width = layer('attentionNorm.weight');
  const [inner, hidden] = [layer('attention.toQ.weight'), layer('feedForward.up.weight')];
  if (vocabulary === undefined || width === undefined || inner === undefined || hidden === undefined)
    throw new WeightsError(
      `the language model (${kind}) is missing or not whole: no file holds its embedding and its first layer; give languageModel`,
    );
  const positions = extent(shapes, 'positions.weight', 0);
  const json: Record<string, unknown> = {
    model_type: kind,
    [keys.width]: width,
    [keys.layers]: indices(shapes, /^layers\.(\d+)\./).length,
    ...(keys.hidden !== undefined && { [keys.hidden]: hidden }),
    ...OTHERS[kind]({ shapes, layer, positions, embedded: embedded as number, inner, heads, hidden, width }),
    ...stated,
    [keys.heads]: heads,
    vocab_size: vocabulary,
  };
  return json;
}

interface Sizes {
  readonly shapes: Shapes;
  readonly layer: (name: string, axis?: number) => number | undefined;
  readonly positions: number | undefined;
  readonly embedded: number;
  readonly inner: number;
  readonly heads: number;
  readonly hidden: number;
  readonly width: number;
}

/** What only some kinds have. */
const OTHERS: Readonly<Record<LanguageModelKind, (sizes: Sizes) => Record<string, unknown>>> = {
  opt: ({ shapes, layer, positions, embedded }) => ({
    word_embed_proj_dim: embedded,
    enable_bias: layer('attention.toQ.bias') !== undefined,
    do_layer_norm_before: extent(shapes, 'norm.weight', 0) !== undefined,
    ...(positions !== undefined && { max_position_embeddings: positions - 2 }), // two rows stay unused
  }),
  gpt2: ({ positions }) => ({ n_positions: positions }),
  gptj: () => ({}),
  gpt_neox: ({ layer }) => ({ attention_bias: layer('attention.toQ.bias') !== undefined }),
  llama: ({ layer, inner, heads }) => {
    const headDim = inner / heads;
    const keys = layer('attention.toK.weight');
    return {
      head_dim: headDim,
      ...(keys !== undefined && { num_key_value_heads: keys / headDim }),
      attention_bias: layer('attention.toQ.bias') !== undefined,
      mlp_bias: layer('feedForward.up.bias') !== undefined,
    };
  },
  mpt: () => ({}),
  mosaic_gpt: ({ layer, positions, hidden, width }) => ({
    mlp_ratio: hidden / width,
    attn_qk_ln: layer('attention.queryNorm.weight') !== undefined,
    no_bias: layer('attention.toQ.bias') === undefined,
    alibi: positions === undefined,
    ...(positions !== undefined && { max_seq_len: positions }),
  }),
};

/** The width of a head in all of OpenAI's CLIPs, whose files do not say it. */
const CLIP_HEAD = 64;

/**
 * The keys of a CLIPVisionConfig that shapes tell, in our names, which begin with `vision.`.
 * @throws WeightsError when the encoder is not whole
 */
export function visionJson(shapes: Shapes, stated: Stated | undefined): Record<string, unknown> {
  const at = (name: string, axis: number): number | undefined => extent(shapes, `vision.${name}`, axis);
  const [width, patch] = [at('patchEmbedding', 0), at('patchEmbedding', 2)];
  const [rows, hidden] = [at('positionEmbedding', 0), at('layers.0.feedForward.up.weight', 0)];
  if (width === undefined || patch === undefined || rows === undefined || hidden === undefined)
    throw new WeightsError(
      'the vision encoder is not whole: expected its patch and position embeddings and its layers',
    );
  const side = Math.sqrt(rows - 1);
  return {
    model_type: 'clip_vision_model',
    hidden_size: width,
    num_hidden_layers: indices(shapes, /^vision\.layers\.(\d+)\./).length,
    intermediate_size: hidden,
    patch_size: patch,
    num_channels: at('patchEmbedding', 1),
    ...(Number.isInteger(side) && { image_size: side * patch }),
    ...(width % CLIP_HEAD === 0 && { num_attention_heads: width / CLIP_HEAD }),
    ...stated,
  };
}
