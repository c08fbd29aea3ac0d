/**
 * Hugging Face's config.json of language models and vision encoders, read as configurations of ours. Where a key is
 * missing its class's default holds, as in transformers (4.57); a switch that is not implemented here is refused.
 */

import type { LanguageModelConfig } from '../../flamingo/language-model.ts';
import type { RotaryPositions } from '../../flamingo/text-positions.ts';
import type { VisionEncoderConfig } from '../../flamingo/vision-encoder.ts';
import {
  base,
  between,
  ConfigError,
  few,
  flag,
  MOST,
  nullable,
  oneOf,
  type Rule,
  slope,
  small,
  some,
  whole,
} from '../../model/config/json-rules.ts';
import type { Activation } from '../../nn/index.ts';
import type { LanguageModelKind } from '../names/language-models.ts';

/** Hugging Face's names of activations. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_fast: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  quick_gelu: 'quickGelu',
  relu: 'relu',
  relu2: 'squaredRelu',
  silu: 'silu',
  swish: 'silu',
};

const activation: Rule<Activation> = (value, where) =>
  ACTIVATIONS[oneOf(...Object.keys(ACTIVATIONS))(value, where)] as Activation;

/** The keys of one object; those that nobody asks for are passed over. */
export class Settings {
  private readonly given: Readonly<Record<string, unknown>>;
  private readonly where: string;

  constructor(value: unknown, where = '') {
    if (typeof value !== 'object' || value === null || Symbol.iterator in value)
      throw new ConfigError(where || 'the file', value, 'an object');
    this.given = value as Record<string, unknown>;
    this.where = where;
  }

  read<T>(key: string, rule: Rule<T>, fallback: T): T {
    const value = Object.hasOwn(this.given, key) ? this.given[key] : undefined;
    return value === undefined ? fallback : rule(value, this.place(key));
  }

  /** @throws ConfigError when a switch that only has this value here has another */
  only(key: string, implemented: unknown): void {
    const value = Object.hasOwn(this.given, key) ? this.given[key] : undefined;
    if (value !== undefined && value !== implemented)
      throw new ConfigError(this.place(key), value, `${JSON.stringify(implemented)}; nothing else is implemented`);
  }

  /** An object within, empty when it is missing or null. */
  inside(key: string): Settings {
    return new Settings(this.given[key] ?? {}, this.place(key));
  }

  /** @throws ConfigError when a value, given or not, breaks a rule that another key makes */
  hold<T>(key: string, value: T, rule: Rule<T>): void {
    rule(value, this.place(key));
  }

  /** @throws ConfigError when `value` is not so many times a whole number */
  multiple(key: string, value: number, of: number, what: string): void {
    if (value % of !== 0) throw new ConfigError(this.place(key), value, `a multiple of its ${of} ${what}`);
  }

  private place(key: string): string {
    return this.where ? `${this.where}.${key}` : key;
  }
}

/**
 * Which kind of model it is: what its files are named by.
 * @param json the parsed config.json
 * @throws ConfigError on a `model_type` not known here
 * @example
 * ```ts
 * languageModelKind({ model_type: 'gpt2' }); // 'gpt2'
 * ```
 */
export function languageModelKind(json: unknown): LanguageModelKind {
  const kind = modelType(json);
  return kind === 'idefics' ? 'llama' : kind;
}

/**
 * A language model by its `model_type`: gpt2, gpt_neox, gptj, llama, mosaic_gpt, mpt, opt; of an idefics the LLaMA inside, with the
 * additional rows of its embedding and head.
 * @param json the parsed config.json
 * @throws ConfigError naming the key, what stands there and what is expected
 * @example
 * ```ts
 * const config = languageModelFromHuggingFace({ model_type: 'gpt2', n_layer: 2, n_head: 2, n_embd: 16, vocab_size: 100 });
 * const model = new LanguageModel({ device, random: new Random(1) }, config);
 * ```
 */
export function languageModelFromHuggingFace(json: unknown): LanguageModelConfig {
  const kind = languageModelKind(json);
  return { ...READERS[modelType(json)](new Settings(json)), tied: tiesEmbeddings(kind, json) };
}

/** Tells whether the head of a language model is its embedding. @throws ConfigError */
export function tiesEmbeddings(kind: LanguageModelKind, json: unknown): boolean {
  if (kind === 'mosaic_gpt') return true; // MosaicGPT has no other head
  const settings = new Settings(json);
  return settings.read('tie_word_embeddings', flag, kind === 'opt' || kind === 'gpt2' || kind === 'mpt');
}

/**
 * A CLIP vision encoder: of a CLIPVisionConfig, or the `vision_config` within a CLIPConfig or an idefics.
 * @param json the parsed config.json
 * @example
 * ```ts
 * const { width, layers } = visionFromHuggingFace({ model_type: 'clip_vision_model', hidden_size: 64, num_attention_heads: 4 });
 * ```
 */
export function visionFromHuggingFace(json: unknown): VisionEncoderConfig {
  const outer = new Settings(json);
  const nested = typeof json === 'object' && json !== null && 'vision_config' in json;
  const settings = nested ? outer.inside('vision_config') : outer;
  const type = outer.read('model_type', oneOf('clip', 'clip_vision_model', 'idefics', 'idefics_vision'), 'clip');
  const idefics = type.startsWith('idefics');
  const width = settings.read(idefics ? 'embed_dim' : 'hidden_size', some, 768);
  const heads = settings.read('num_attention_heads', some, idefics ? 16 : 12);
  settings.multiple(idefics ? 'embed_dim' : 'hidden_size', width, heads, 'heads');
  const patchSize = settings.read('patch_size', some, idefics ? 14 : 32);
  const imageSize = settings.read('image_size', some, 224);
  settings.hold('image_size', imageSize, whole(patchSize, MOST));
  return {
    imageSize,
    patchSize,
    width,
    layers: settings.read('num_hidden_layers', few, idefics ? 32 : 12),
    heads,
    hidden: settings.read('intermediate_size', some, idefics ? 5120 : 3072),
    activation: settings.read('hidden_act', activation, idefics ? 'gelu' : 'quickGelu'),
    eps: settings.read('layer_norm_eps', small, 1e-5),
    // A vision model alone has no contrastive head, though its config.json may name a width for one.
    projection: type === 'clip' && nested ? outer.read('projection_dim', some, 512) : null,
    channels: settings.read('num_channels', some, 3),
  };
}

type Untied = Omit<LanguageModelConfig, 'tied'>;

type ModelType = LanguageModelKind | 'idefics';

function modelType(json: unknown): ModelType {
  const known = Object.keys(READERS) as ModelType[];
  const type = new Settings(json).read<ModelType | undefined>('model_type', oneOf(...known), undefined);
  if (type === undefined) throw new ConfigError('model_type', undefined, `one of ${known.join(', ')}`);
  return type;
}

const opt = (settings: Settings): Untied => {
  settings.only('layer_norm_elementwise_affine', true);
  const width = settings.read('hidden_size', some, 768);
  const heads = settings.read('num_attention_heads', some, 12);
  settings.multiple('hidden_size', width, heads, 'heads');
  const before = settings.read('do_layer_norm_before', flag, true);
  const bias = settings.read('enable_bias', flag, true);
  return {
    vocabulary: settings.read('vocab_size', some, 50272),
    width,
    embeddingWidth: settings.read('word_embed_proj_dim', nullable(some), null) ?? width,
    layers: settings.read('num_hidden_layers', few, 12),
    heads,
    hidden: settings.read('ffn_dim', some, 3072),
    maxPositions: settings.read('max_position_embeddings', some, 2048),
    positions: { kind: 'learned', offset: 2 },
    activation: settings.read('activation_function', activation, 'relu'),
    eps: 1e-5,
    layout: before ? 'pre-norm' : 'post-norm',
    finalNorm: before && !settings.read('_remove_final_layer_norm', flag, false),
    attentionBias: bias,
    feedForwardBias: bias,
  };
};

/** What GPT-2 and GPT-J call alike. */
const gpt = (settings: Settings, [width, layers, heads]: readonly [number, number, number]) => {
  const sizes = {
    width: settings.read('n_embd', some, width),
    layers: settings.read('n_layer', few, layers),
    heads: settings.read('n_head', some, heads),
  };
  settings.multiple('n_embd', sizes.width, sizes.heads, 'heads');
  return {
    ...sizes,
    hidden: settings.read('n_inner', nullable(some), null) ?? 4 * sizes.width,
    activation: settings.read('activation_function', activation, 'geluTanh'),
    eps: settings.read('layer_norm_epsilon', small, 1e-5),
  };
};

const gpt2 = (settings: Settings): Untied => {
  settings.only('scale_attn_weights', true);
  settings.only('scale_attn_by_inverse_layer_idx', false);
  settings.only('add_cross_attention', false);
  return {
    ...gpt(settings, [768, 12, 12]),
    vocabulary: settings.read('vocab_size', some, 50257),
    maxPositions: settings.read('n_positions', some, 1024),
    positions: { kind: 'learned' },
  };
};

const gptj = (settings: Settings): Untied => {
  settings.only('tie_word_embeddings', false);
  const sizes = gpt(settings, [4096, 28, 16]);
  const headDim = sizes.width / sizes.heads;
  const dims = settings.read('rotary_dim', some, 64);
  settings.hold('rotary_dim', dims, whole(2, headDim - (headDim % 2)));
  return {
    ...sizes,
    vocabulary: settings.read('vocab_size', some, 50400),
    maxPositions: settings.read('n_positions', some, 2048),
    positions: { kind: 'rotary', layout: 'pairs', dims },
    layout: 'parallel-shared-norm',
    attentionBias: false,
    headBias: true,
  };
};

/** Which part of a head turns. */
const share = between(1e-6, 1);

/** Newer files hold what concerns rotary positions in `rope_parameters`. @throws ConfigError when they are scaled */
function rotary(settings: Settings, baseKey: string, headDim: number, partKey: string, part: number): RotaryPositions {
  for (const key of ['rope_scaling', 'rope_parameters']) {
    settings.inside(key).only('rope_type', 'default');
    settings.inside(key).only('type', 'default');
  }
  const parameters = settings.inside('rope_parameters');
  const fraction = parameters.read('partial_rotary_factor', share, settings.read(partKey, share, part));
  const dims = Math.floor(headDim * fraction);
  if (dims < 2 || dims + (dims % 2) > headDim)
    throw new ConfigError(partKey, fraction, `a part of the ${headDim} dimensions of a head that holds whole pairs`);
  return { kind: 'rotary', dims, base: parameters.read('rope_theta', base, settings.read(baseKey, base, 10000)) };
}

const gptNeoX = (settings: Settings): Untied => {
  const width = settings.read('hidden_size', some, 6144);
  const heads = settings.read('num_attention_heads', some, 64);
  settings.multiple('hidden_size', width, heads, 'heads');
  return {
    vocabulary: settings.read('vocab_size', some, 50432),
    width,
    layers: settings.read('num_hidden_layers', few, 44),
    heads,
    hidden: settings.read('intermediate_size', some, 24576),
    maxPositions: settings.read('max_position_embeddings', some, 2048),
    positions: rotary(settings, 'rotary_emb_base', width / heads, 'rotary_pct', 0.25),
    activation: settings.read('hidden_act', activation, 'gelu'),
    eps: settings.read('layer_norm_eps', small, 1e-5),
    layout: settings.read('use_parallel_residual', flag, true) ? 'parallel' : 'pre-norm',
    attentionBias: settings.read('attention_bias', flag, true),
  };
};

const llama = (settings: Settings): Untied => {
  const width = settings.read('hidden_size', some, 4096);
  const heads = settings.read('num_attention_heads', some, 32);
  const keyValueHeads = settings.read('num_key_value_heads', nullable(some), null) ?? heads;
  settings.multiple('num_attention_heads', heads, keyValueHeads, 'heads of keys and values');
  const given = settings.read('head_dim', nullable(some), null);
  if (given === null) settings.hold('hidden_size', width, whole(heads, MOST));
  const headDim = given ?? Math.floor(width / heads);
  return {
    vocabulary: settings.read('vocab_size', some, 32000) + settings.read('additional_vocab_size', whole(0, MOST), 0),
    width,
    layers: settings.read('num_hidden_layers', few, 32),
    heads,
    headDim,
    keyValueHeads,
    hidden: settings.read('intermediate_size', some, 11008),
    maxPositions: settings.read('max_position_embeddings', some, 2048),
    positions: rotary(settings, 'rope_theta', headDim, 'partial_rotary_factor', 1),
    activation: settings.read('hidden_act', activation, 'silu'),
    gated: true,
    norm: 'rms',
    eps: settings.read('rms_norm_eps', small, 1e-6),
    attentionBias: settings.read('attention_bias', flag, false),
    feedForwardBias: settings.read('mlp_bias', flag, false),
  };
};

/** transformers' MPT is 4 times as wide inside, has no bias and slopes up to 8, whatever the file says. */
const mpt = (settings: Settings): Untied => {
  const attention = settings.inside('attn_config');
  attention.only('alibi', true);
  attention.only('qk_ln', false);
  attention.only('clip_qkv', null);
  attention.only('softmax_scale', null);
  attention.only('prefix_lm', false);
  const width = settings.read('d_model', some, 2048);
  const heads = settings.read('n_heads', some, 16);
  settings.multiple('d_model', width, heads, 'heads');
  return {
    vocabulary: settings.read('vocab_size', some, 50368),
    width,
    layers: settings.read('n_layers', few, 24),
    heads,
    hidden: 4 * width,
    maxPositions: settings.read('max_seq_len', some, 2048),
    positions: { kind: 'alibi' },
    maskMode: 'fill',
    activation: 'gelu',
    normBias: false,
    eps: settings.read('layer_norm_epsilon', small, 1e-5),
    attentionBias: false,
    feedForwardBias: false,
  };
};

/** MPT as its first, remote code has it (mosaicml/mpt-1b-redpajama-200b), where every switch counts. */
const mosaicGpt = (settings: Settings): Untied => {
  settings.only('attn_clip_qkv', null);
  settings.only('softmax_scale', null);
  settings.only('prefix_lm', false);
  settings.only('logit_scale', null);
  const width = settings.read('d_model', some, 2048);
  const heads = settings.read('n_heads', some, 16);
  settings.multiple('d_model', width, heads, 'heads');
  const alibi = settings.read('alibi', flag, false);
  if (alibi && !Number.isInteger(Math.log2(heads)))
    throw new ConfigError('n_heads', heads, 'a power of 2: for others its slopes are not those of later code');
  const bias = !settings.read('no_bias', flag, false);
  return {
    vocabulary: settings.read('vocab_size', some, 50257),
    width,
    layers: settings.read('n_layers', few, 24),
    heads,
    queryKeyNorm: settings.read('attn_qk_ln', flag, false),
    hidden: settings.read('mlp_ratio', few, 4) * width,
    maxPositions: settings.read('max_seq_len', some, 2048),
    positions: alibi ? { kind: 'alibi', biasMax: settings.read('alibi_bias_max', slope, 8) } : { kind: 'learned' },
    activation: 'gelu',
    normBias: bias,
    eps: 1e-5,
    attentionBias: bias,
    feedForwardBias: bias,
  };
};

const READERS: Readonly<Record<ModelType, (settings: Settings) => Untied>> = {
  gpt2,
  gpt_neox: gptNeoX,
  gptj,
  idefics: llama,
  llama,
  mosaic_gpt: mosaicGpt,
  mpt,
  opt,
};
