/** The config.json of public Flamingos, read as configurations of ours. */

import { requireKinds } from '../../files/kinds.ts';
import type { FlamingoConfig } from '../../flamingo/architecture.ts';
import { few, flag, MOST, oneOf, type Rule, some, whole, widening } from '../../model/config/json-rules.ts';
import type { Activation } from '../../nn/index.ts';
import { flamingoMini, idefics, inDialect } from '../dialects.ts';
import { languageModelFromHuggingFace, Settings, visionFromHuggingFace } from './hugging-face.ts';

/**
 * An IDEFICS. Its tokens follow the vocabulary: `<fake_token_around_image>`, `<image>`, and in the instructed models
 * `<end_of_utterance>`; `</s>` ends chunks otherwise, and documents always.
 * @throws ConfigError naming the key, what stands there and what is expected
 */
export function flamingoFromIdefics(json: unknown): FlamingoConfig {
  const settings = new Settings(json);
  settings.only('model_type', 'idefics');
  settings.only('use_resampler', true);
  const perceiver = settings.inside('perceiver_config');
  const vision = visionFromHuggingFace({ vision_config: {}, ...(json as object), model_type: 'idefics' });
  const languageModel = languageModelFromHuggingFace({ ...(json as object), model_type: 'idefics' });
  const vocabulary = settings.read('vocab_size', some, 32000);
  const additional = settings.read('additional_vocab_size', whole(0, MOST), 0);
  const end = settings.read('eos_token_id', whole(0, vocabulary + additional - 1), 2);
  const instructed = additional > 2;
  settings.multiple('hidden_size', languageModel.width, languageModel.heads, 'heads');
  return inDialect(idefics, {
    vision,
    resampler: {
      width: vision.width,
      depth: perceiver.read('resampler_depth', few, 6),
      heads: perceiver.read('resampler_n_heads', some, 16),
      headDim: perceiver.read('resampler_head_dim', some, 96),
      latents: perceiver.read('resampler_n_latents', some, 64),
      queryKeyNorm: perceiver.read('qk_layer_norms_perceiver', flag, false) ? 'layer' : null,
    },
    crossAttention: {
      every: settings.read('cross_layer_interval', few, 1),
      headDim: languageModel.width / languageModel.heads,
      hidden: languageModel.hidden,
      activation: languageModel.activation,
      eps: languageModel.eps,
      queryKeyNorm: settings.read('qk_layer_norms', flag, false) ? 'rms' : null,
      gates: settings.read('alpha_type', oneOf('float', 'vector'), 'float') === 'float' ? 'scalar' : 'vector',
    },
    languageModel,
    tokens: { image: vocabulary + 1, endOfChunk: instructed ? vocabulary + 2 : end, endOfDocument: end },
  });
}

const MINI_ACTIVATIONS: Readonly<Record<string, Activation>> = { gelu: 'gelu', relu: 'relu', sqrelu: 'squaredRelu' };
const miniActivation: Rule<Activation> = (value, where) =>
  MINI_ACTIVATIONS[oneOf(...Object.keys(MINI_ACTIVATIONS))(value, where)] as Activation;

/**
 * A flamingo-mini, whose config.json tells of what lies between. Of its vision encoder it keeps the width alone.
 * @throws ConfigError naming the key, what stands there and what is expected
 */
export function flamingoFromFlamingoMini(
  json: unknown,
  parts: Pick<FlamingoConfig, 'vision' | 'languageModel' | 'tokens'>,
): FlamingoConfig {
  requireKinds('flamingoFromFlamingoMini', { parts }, '{languageModel,tokens}');
  const { vision, languageModel, tokens } = parts;
  const settings = new Settings(json);
  settings.only('dim', languageModel.width);
  const width = settings.read('dim_visual', some, 768);
  return inDialect(flamingoMini, {
    vision,
    resampler: {
      width,
      depth: settings.read('resampler_depth', few, 6),
      heads: settings.read('resampler_heads', some, 8),
      headDim: settings.read('resampler_dim_head', some, 64),
      latents: settings.read('resampler_num_latents', some, 64),
      ffMult: settings.read('resampler_ff_mult', widening, 4),
      activation: settings.read('resampler_act', miniActivation, 'gelu'),
      frameEmbeddings: settings.read('resampler_num_time_embeds', some, 4),
    },
    crossAttention: {
      every: settings.read('xattn_every', few, 1),
      heads: settings.read('xattn_heads', some, 8),
      headDim: settings.read('xattn_dim_head', some, 64),
      ffMult: settings.read('xattn_ff_mult', widening, 4),
      activation: settings.read('xattn_act', miniActivation, 'gelu'),
    },
    languageModel,
    tokens,
  });
}
