import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/model/config/json-rules.ts';
import { flamingoFromFlamingoMini, flamingoFromIdefics } from '../../../src/zoo/config/public-flamingos.ts';
import { TINY } from '../../flamingo/tiny.ts';

/** What of the config.json of idefics-9b decides what is computed. */
const IDEFICS = {
  ...{
    model_type: 'idefics',
    vocab_size: 32000,
    additional_vocab_size: 2,
    hidden_size: 4096,
    intermediate_size: 11008,
  },
  ...{ num_hidden_layers: 32, num_attention_heads: 32, rms_norm_eps: 1e-6, hidden_act: 'silu', eos_token_id: 2 },
  ...{ cross_layer_interval: 4, qk_layer_norms: true, use_resampler: true },
  vision_config: { embed_dim: 1280, image_size: 224, patch_size: 14, num_hidden_layers: 32, num_attention_heads: 16 },
  perceiver_config: { resampler_n_latents: 64, resampler_depth: 6, qk_layer_norms_perceiver: true },
};

describe('IDEFICS', () => {
  it('is read from its config.json', () => {
    expect(flamingoFromIdefics(IDEFICS)).toMatchObject({
      vision: { width: 1280, layers: 32, activation: 'gelu', hidden: 5120 },
      resampler: {
        width: 1280,
        depth: 6,
        heads: 16,
        headDim: 96,
        latents: 64,
        activation: 'relu',
        queryKeyNorm: 'layer',
      },
      crossAttention: {
        every: 4,
        heads: 32,
        headDim: 128,
        hidden: 11008,
        gatedFeedForward: true,
        queryKeyNorm: 'rms',
      },
      languageModel: { vocabulary: 32002, tied: false, norm: 'rms' },
      tokens: { image: 32001, endOfChunk: 2, endOfDocument: 2 },
      visualTokens: 'all',
    });
  });

  it('ends chunks with <end_of_utterance> where it was instructed', () => {
    const { tokens } = flamingoFromIdefics({ ...IDEFICS, additional_vocab_size: 3 });
    expect(tokens).toEqual({ image: 32001, endOfChunk: 32002, endOfDocument: 2 });
  });

  it.each([
    [{ use_resampler: false }, 'use_resampler is false'],
    [{ alpha_type: 'matrix' }, 'alpha_type is "matrix"'],
    [{ cross_layer_interval: 0 }, 'cross_layer_interval is 0'],
    [{ perceiver_config: { resampler_n_heads: 'all' } }, 'perceiver_config.resampler_n_heads is "all"'],
    [{ vision_config: { patch_size: -1 } }, 'vision_config.patch_size is -1'],
  ])('is refused with %j', (change, message) => {
    expect(() => flamingoFromIdefics({ ...IDEFICS, ...change })).toThrow(ConfigError);
    expect(() => flamingoFromIdefics({ ...IDEFICS, ...change })).toThrow(message);
  });
});

describe('flamingo-mini', () => {
  const { languageModel, tokens } = TINY;
  const given = { vision: null, languageModel, tokens };
  const json = { dim: 24, dim_visual: 18, xattn_every: 2, xattn_act: 'sqrelu', resampler_num_time_embeds: 3 };

  it('is read from its config.json, and defaults where that says nothing', () => {
    expect(flamingoFromFlamingoMini(json, given)).toMatchObject({
      resampler: { width: 18, depth: 6, heads: 8, headDim: 64, activation: 'gelu', frameEmbeddings: 3 },
      crossAttention: { every: 2, heads: 8, headDim: 64, activation: 'squaredRelu' },
      generatedImages: 'kept',
      trainedEmbeddings: 'all',
    });
  });

  it.each([
    [{ dim: 25 }, 'dim is 25; expected 24'],
    [{ xattn_act: 'swish' }, 'xattn_act is "swish"; expected one of gelu, relu, sqrelu'],
    [{ resampler_depth: 1.5 }, 'resampler_depth is 1.5'],
  ])('is refused with %j', (change, message) => {
    expect(() => flamingoFromFlamingoMini({ ...json, ...change }, given)).toThrow(message);
  });
});
