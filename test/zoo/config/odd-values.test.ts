/** Odd values at every key of every config.json that is read: each is refused by its name, or describes a model that ends. */

import { expect, it } from 'vitest';
import { inKorean } from '../../../src/cli/korean-errors.ts';
import { Flamingo } from '../../../src/flamingo/flamingo.ts';
import { LanguageModel } from '../../../src/flamingo/language-model.ts';
import { VisionEncoder } from '../../../src/flamingo/vision-encoder.ts';
import { ConfigError } from '../../../src/model/config/json-rules.ts';
import { GlassFlamingoError, ShapeDevice } from '../../../src/tensor/index.ts';
import { languageModelFromHuggingFace, visionFromHuggingFace } from '../../../src/zoo/config/hugging-face.ts';
import { flamingoFromFlamingoMini, flamingoFromIdefics } from '../../../src/zoo/config/public-flamingos.ts';
import { loadFlamingo, openFlamingoFiles } from '../../../src/zoo/open/open-flamingo-files.ts';
import { SMALL } from '../../flamingo/language-models.ts';
import { golden, languageModelJson, openFlamingoOptions, safetensors } from '../open/goldens.ts';

type Json = Record<string, unknown>;

const device = new ShapeDevice();
const ODD = [0, -1, 0.5, null, '', '7', 'NaN', true, [], {}, 1e308, 1e-300, 2 ** 31, 2 ** 53, undefined];
/** Of these each is wrong wherever a number, a flag, a word or an object is expected. */
const NEVER = new Set<unknown>([-1, '7', 'NaN', 2 ** 53]);

/** Keys that decide nothing. */
const IDLE =
  /^(dropout|pad_token_id|alpha_initializer|freeze_\w+|transformers_version|lm|clip_model_type|attention_dropout)$/;

const idefics = await golden('idefics/qk-norm-vector-gates');
const mini = await golden('flamingo-mini/opt-gelu');
const { use_resampler, ...perceiver } = idefics.config.perceiver;
const ofIdefics: Json = {
  ...{ model_type: 'idefics', ...idefics.config.text, rope_theta: 1e4, tie_word_embeddings: false, use_resampler },
  ...{ vision_config: idefics.config.vision, perceiver_config: perceiver, eos_token_id: 2 },
  additional_vocab_size: idefics.config.additional_vocab_size,
};
const opt = languageModelJson(mini);
const clip = { hidden_size: 32, image_size: 32, patch_size: 8, num_attention_heads: 4, num_hidden_layers: 2 };

/** With what reads it, and the objects in it. */
const FORMS: Readonly<Record<string, readonly [json: Json, read: (json: Json) => unknown, ...within: string[]]>> = {
  idefics: [
    ofIdefics,
    (json) => new Flamingo({ device }, flamingoFromIdefics(json)),
    'vision_config',
    'perceiver_config',
  ],
  'flamingo-mini': [
    mini.config.flamingo,
    (json) => {
      const parts = {
        vision: null,
        languageModel: languageModelFromHuggingFace(opt),
        tokens: { image: 1, endOfChunk: 2 },
      };
      return new Flamingo({ device }, flamingoFromFlamingoMini(json, parts));
    },
  ],
  clip: [
    { model_type: 'clip', projection_dim: 7, vision_config: { ...clip, intermediate_size: 64, hidden_act: 'gelu' } },
    (json) => new VisionEncoder({ device }, visionFromHuggingFace(json)),
    'vision_config',
  ],
  ...Object.fromEntries(
    Object.entries(SMALL).map(([name, json]) => [
      name,
      [{ ...json }, (changed: Json) => new LanguageModel({ device }, languageModelFromHuggingFace(changed))],
    ]),
  ),
};

/** A copy with another value; undefined removes it. */
function changed(json: Json, path: string, value: unknown): Json {
  const copy = structuredClone(json);
  const keys = path.split('.');
  const last = keys.pop() as string;
  const object = keys.reduce((inner, key) => inner[key] as Json, copy);
  if (value === undefined) delete object[last];
  else object[last] = value;
  return copy;
}

/** What is wrong with the answer to a value: it is no error of this library, or does not name the key. */
async function complaint(path: string, value: unknown, read: () => unknown): Promise<string | undefined> {
  const error = await Promise.resolve()
    .then(read)
    .then(
      () => null,
      (reason: unknown) => reason,
    );
  const told = `${path} = ${JSON.stringify(value)}: ${error}`;
  if (error !== null && !(error instanceof GlassFlamingoError)) return told;
  if (error instanceof ConfigError && ENGLISH.test(inKorean(error.message) ?? 'an error'))
    return `${told} has no Korean`;
  if (!NEVER.has(value)) return undefined;
  return error instanceof ConfigError && error.message.includes(`${path} is `) ? undefined : told;
}

const ENGLISH = /\b(is|are|expected|an|the|of|from|with|only|that)\b/;

it.each(Object.entries(FORMS))('of %s are refused by name, or describe a model', async (_, [json, read, ...within]) => {
  read(json);
  const paths = [json, ...within.map((key) => json[key] as Json)].flatMap((object, i) =>
    Object.keys(object)
      .filter((key) => !IDLE.test(key))
      .map((key) => (i === 0 ? key : `${within[i - 1]}.${key}`)),
  );
  const bad: unknown[] = [];
  for (const path of paths)
    for (const value of ODD) bad.push(await complaint(path, value, () => read(changed(json, path, value))));
  expect(bad.filter((text) => text !== undefined)).toEqual([]);
});

it('are refused by name where weights lie beside them', async () => {
  const vit = await golden('open-flamingo/real-vit');
  const { vision, config } = openFlamingoOptions(vit);
  const seen = (vision as { config: Json }).config;
  const otter = { cross_attn_every_n_layers: 1, text_config: languageModelJson(vit), vision_config: seen };
  const miniOptions = { languageModel: { config: opt }, config: { tokens: { image: 31, endOfChunk: 70 } } };
  const opened: [Json, Uint8Array, object, string[]][] = [
    [
      ofIdefics,
      safetensors(idefics.entries),
      {},
      ['cross_layer_interval', 'num_attention_heads', 'model_type', 'vocab_size'],
    ],
    [mini.config.flamingo, safetensors(mini.entries), miniOptions, ['xattn_every', 'resampler_depth']],
    [otter, safetensors(vit.entries), { config }, ['cross_attn_every_n_layers', 'text_config', 'vision_config']],
  ];
  const bad: unknown[] = [];
  for (const [json, weights, options, keys] of opened) {
    const read = async (other: Json) => (await openFlamingoFiles({ weights, config: other }, options)).close();
    await read(json);
    for (const key of keys)
      for (const value of ['7', -1, 0, [], 1e-300]) {
        bad.push(await complaint(key, value, () => read(changed(json, key, value))));
      }
  }
  expect(bad.filter((text) => text !== undefined)).toEqual([]);
});

it('are no reason to pass over what a flamingo-mini says beside them', async () => {
  const place = { weights: safetensors(mini.entries), config: changed(mini.config.flamingo, 'dim_visual', undefined) };
  const options = { languageModel: { config: opt }, config: { tokens: { image: 31, endOfChunk: 70 } } };
  const { config, close } = await openFlamingoFiles(place, options);
  await close();
  expect(config.resampler).toMatchObject({ width: 768, heads: mini.config.flamingo.resampler_heads });
});

it('are refused where an IDEFICS has other rows than they say', async () => {
  const place = (json: Json) => ({ weights: safetensors(idefics.entries), config: json });
  await expect(openFlamingoFiles(place(changed(ofIdefics, 'vocab_size', 30)))).rejects.toThrow(
    'vocab_size is 30; expected as many as the 93 rows of its embeddings',
  );
});

it('of sizes that the weights do not fill are refused before a tensor is made', async () => {
  const counting = new ShapeDevice();
  const config = changed(ofIdefics, 'vision_config.intermediate_size', 2 ** 24);
  await expect(loadFlamingo({ weights: safetensors(idefics.entries), config }, { device: counting })).rejects.toThrow(
    /config\.json describes \d{9,} parameters, what was opened holds \d{5,6}$/,
  );
  expect(counting.liveTensors).toBe(0);
});
