import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/model/config/json-rules.ts';
import {
  languageModelFromHuggingFace,
  languageModelKind,
  visionFromHuggingFace,
} from '../../../src/zoo/config/hugging-face.ts';
import { SMALL } from '../../flamingo/language-models.ts';

describe('languageModelFromHuggingFace', () => {
  it('takes what a config.json leaves out from the defaults of its class', () => {
    expect(languageModelFromHuggingFace({ model_type: 'opt' })).toMatchObject({
      ...{ vocabulary: 50272, width: 768, embeddingWidth: 768, layers: 12, heads: 12, hidden: 3072 },
      ...{ maxPositions: 2048, activation: 'relu', layout: 'pre-norm', finalNorm: true, tied: true },
    });
    expect(languageModelFromHuggingFace({ model_type: 'gpt2' })).toMatchObject({
      ...{ vocabulary: 50257, width: 768, hidden: 3072, activation: 'geluTanh', positions: { kind: 'learned' } },
    });
    expect(languageModelFromHuggingFace({ model_type: 'gpt_neox' })).toMatchObject({
      ...{ width: 6144, layout: 'parallel', positions: { kind: 'rotary', dims: 24, base: 10000 }, tied: false },
    });
    expect(languageModelFromHuggingFace({ model_type: 'llama' })).toMatchObject({
      ...{ width: 4096, headDim: 128, keyValueHeads: 32, norm: 'rms', gated: true, eps: 1e-6, tied: false },
    });
    expect(languageModelFromHuggingFace({ model_type: 'mpt' })).toMatchObject({
      ...{ width: 2048, hidden: 8192, normBias: false, attentionBias: false, positions: { kind: 'alibi' } },
    });
    expect(languageModelFromHuggingFace({ model_type: 'gptj' })).toMatchObject({
      ...{ layout: 'parallel-shared-norm', attentionBias: false, headBias: true, tied: false },
      positions: { kind: 'rotary', layout: 'pairs', dims: 64 },
    });
  });

  it('reads every switch of MosaicGPT, which the defaults leave off', () => {
    expect(languageModelFromHuggingFace(SMALL.mosaic_gpt)).toMatchObject({
      ...{
        hidden: 72,
        queryKeyNorm: true,
        normBias: false,
        attentionBias: false,
        positions: { kind: 'alibi', biasMax: 8 },
      },
    });
    expect(languageModelFromHuggingFace({ model_type: 'mosaic_gpt' })).toMatchObject({
      ...{ width: 2048, queryKeyNorm: false, normBias: true, attentionBias: true, positions: { kind: 'learned' } },
    });
  });

  it('reads what is there, and passes over what decides nothing', () => {
    const json = { ...SMALL['opt-350m'], dropout: 0.1, bos_token_id: 2, architectures: ['OPTForCausalLM'] };
    expect(languageModelFromHuggingFace(json)).toMatchObject({
      ...{ vocabulary: 31, width: 24, embeddingWidth: 18, layout: 'post-norm', finalNorm: false },
    });
  });

  it('adds the additional rows of an idefics', () => {
    const json = { model_type: 'idefics', vocab_size: 100, additional_vocab_size: 2 };
    expect(languageModelFromHuggingFace(json).vocabulary).toBe(102);
    expect(languageModelKind(json)).toBe('llama');
  });

  it('knows both places of what concerns rotary positions', () => {
    const turning = (json: object) => languageModelFromHuggingFace({ ...SMALL.gpt_neox, ...json }).positions;
    const expected = { kind: 'rotary', dims: 2, base: 500 };
    expect(turning({ rotary_pct: 0.25, rotary_emb_base: 500 })).toEqual(expected);
    const parameters = { rope_type: 'default', rope_theta: 500, partial_rotary_factor: 0.25 };
    expect(turning({ rope_parameters: parameters, rope_scaling: null })).toEqual(expected);
  });

  it.each([
    [{}, 'model_type is missing; expected one of gpt2, gpt_neox'],
    [{ model_type: 'bloom' }, 'model_type is "bloom"; expected one of gpt2'],
    [[], 'the file is []; expected an object'],
    [{ ...SMALL.opt, hidden_size: '24' }, 'hidden_size is "24"; expected a whole number from 1'],
    [{ ...SMALL.opt, hidden_size: 25 }, 'hidden_size is 25; expected a multiple of its 3 heads'],
    [{ ...SMALL.opt, activation_function: 'mish' }, 'activation_function is "mish"; expected one of gelu'],
    [{ ...SMALL.opt, layer_norm_elementwise_affine: false }, 'expected true; nothing else is implemented'],
    [{ ...SMALL.gpt2, scale_attn_by_inverse_layer_idx: true }, 'scale_attn_by_inverse_layer_idx is true'],
    [{ ...SMALL.llama, num_key_value_heads: 4 }, 'is 6; expected a multiple of its 4 heads of keys and values'],
    [
      { ...SMALL.llama, rope_scaling: { type: 'linear', factor: 2 } },
      'rope_scaling.type is "linear"; expected "default"',
    ],
    [{ ...SMALL.llama, rope_scaling: { rope_type: 'llama3' } }, 'rope_scaling.rope_type is "llama3"'],
    [{ ...SMALL.gpt_neox, rope_scaling: 4 }, 'rope_scaling is 4; expected an object'],
    [{ ...SMALL.gptj, rotary_dim: null }, 'rotary_dim is null; expected a whole number from 1'],
    [{ ...SMALL.mosaic_gpt, n_heads: 3 }, 'n_heads is 3; expected a power of 2'],
    [{ ...SMALL.mpt, attn_config: { qk_ln: true } }, 'attn_config.qk_ln is true; expected false'],
  ])('refuses %j', (json, message) => {
    expect(() => languageModelFromHuggingFace(json)).toThrow(ConfigError);
    expect(() => languageModelFromHuggingFace(json)).toThrow(message);
  });
});

describe('visionFromHuggingFace', () => {
  const clip = {
    imageSize: 224,
    patchSize: 32,
    width: 768,
    layers: 12,
    heads: 12,
    hidden: 3072,
    channels: 3,
    eps: 1e-5,
  };

  it('reads a vision model alone, which has no contrastive head', () => {
    const json = { model_type: 'clip_vision_model', projection_dim: 512, hidden_act: 'gelu', patch_size: 14 };
    expect(visionFromHuggingFace(json)).toEqual({ ...clip, patchSize: 14, activation: 'gelu', projection: null });
  });

  it('reads the vision encoder within a CLIP, with its head', () => {
    const json = {
      model_type: 'clip',
      projection_dim: 768,
      vision_config: { hidden_size: 1024, num_attention_heads: 16 },
    };
    const expected = { ...clip, width: 1024, heads: 16, activation: 'quickGelu', projection: 768 };
    expect(visionFromHuggingFace(json)).toEqual(expected);
  });

  it('reads that of an idefics, which has other names and defaults', () => {
    const json = { model_type: 'idefics', vision_config: { embed_dim: 1280 } };
    const expected = { ...clip, patchSize: 14, width: 1280, layers: 32, heads: 16, hidden: 5120 };
    expect(visionFromHuggingFace(json)).toEqual({ ...expected, activation: 'gelu', projection: null });
  });

  it.each([
    [{ model_type: 'siglip' }, 'model_type is "siglip"; expected one of clip'],
    [{ vision_config: { image_size: 0 } }, 'vision_config.image_size is 0; expected a whole number from 1'],
    [{ hidden_size: 100 }, 'hidden_size is 100; expected a multiple of its 12 heads'],
  ])('refuses %j', (json, message) => {
    expect(() => visionFromHuggingFace(json)).toThrow(ConfigError);
    expect(() => visionFromHuggingFace(json)).toThrow(message);
  });
});
