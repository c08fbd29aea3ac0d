import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadModel } from '../../src/cli/load-model.ts';
import { type TensorValues, writeSafetensors } from '../../src/files/safetensors.ts';
import { writeTorchFile } from '../../src/files/torch-write.ts';
import { Flamingo, type FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import { mapSource } from '../../src/nn/index.ts';
import { Random, SimdDevice } from '../../src/tensor/index.ts';
import { languageModelFromHuggingFace, visionFromHuggingFace } from '../../src/zoo/config/hugging-face.ts';
import { flamingoMini, inDialect, openFlamingo } from '../../src/zoo/dialects.ts';
import { huggingFaceClip } from '../../src/zoo/names/clip.ts';
import { flamingoMiniNames } from '../../src/zoo/names/flamingo-mini.ts';
import { languageModelNames } from '../../src/zoo/names/language-models.ts';
import { openFlamingoNames } from '../../src/zoo/names/open-flamingo.ts';
import { inTheirNames, part, type RenameTable } from '../../src/zoo/names/rename.ts';
import { enliven } from '../flamingo/tiny.ts';
import { type Repository, startHub, type TestHub } from '../support/hub-server.ts';
import { EXAMPLES, type Result, runWithFake } from './support.ts';

const TOKENIZER = new URL('../fixtures/goldens/tokenizer/byte-level/tokenizer.json', import.meta.url);
const PANDA = join(EXAMPLES, 'panda.png');
const CLIP = {
  ...{ model_type: 'clip_vision_model', image_size: 28, patch_size: 14, hidden_size: 64, intermediate_size: 96 },
  ...{ num_hidden_layers: 2, num_attention_heads: 1 },
};
const OPT = {
  ...{ model_type: 'opt', hidden_size: 32, word_embed_proj_dim: 32, num_hidden_layers: 2, ffn_dim: 48 },
  ...{ num_attention_heads: 4, max_position_embeddings: 64 },
};
const ROWS = 410;

let home: string;
let hub: TestHub | undefined;
let tokenizer: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ask-'));
  // As a language model comes: without the tokens that a Flamingo adds.
  const json = JSON.parse(await readFile(TOKENIZER, 'utf8')) as { added_tokens: { content: string }[] };
  json.added_tokens = json.added_tokens.filter(({ content }) => content === '<|endoftext|>');
  tokenizer = JSON.stringify(json);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub?.stop();
  await rm(home, { recursive: true, force: true });
});

type Entry = { name: string; shape: readonly number[]; data: Float32Array };

async function inNames(model: Flamingo, table: RenameTable, prefix: RegExp, cut = ''): Promise<Entry[]> {
  const values = new Map<string, TensorValues>();
  for (const [path, p] of model.parameters())
    if (prefix.test(path)) values.set(path, { shape: p.shape, dtype: 'float32', data: await p.data() });
  const source = inTheirNames(cut ? part(mapSource(values), cut) : mapSource(values), table);
  return Promise.all(source.names.map(async (name) => ({ name, ...(await source.read(name)) }) as unknown as Entry));
}

const drawn = (config: FlamingoConfig): Flamingo => {
  const model = new Flamingo({ device: new SimdDevice(), random: new Random(8) }, config);
  enliven(model, 9);
  return model;
};

const plain = (entries: readonly Entry[]) => entries.map(({ name, shape, data }) => ({ name, shape, data }));
const clipFile = async (model: Flamingo): Promise<Uint8Array> =>
  writeSafetensors(plain(await inNames(model, huggingFaceClip, /^vision\./)));

/** flamingo-mini in the files in which it is published, a language model's configuration and CLIP beside it. */
async function mini(): Promise<Record<string, Repository>> {
  const config = inDialect(flamingoMini, {
    vision: visionFromHuggingFace(CLIP),
    resampler: { width: 64, depth: 1, heads: 2, headDim: 8, latents: 4 },
    crossAttention: { every: 1, heads: 2, headDim: 8 },
    languageModel: languageModelFromHuggingFace({ ...OPT, vocab_size: ROWS }),
    tokens: { image: 0, endOfChunk: 0 },
  });
  const model = drawn(config);
  const entries = await inNames(model, flamingoMiniNames({ kind: 'opt', ...config }), /^(?!vision\.)/);
  const json = {
    ...{ lm: 'facebook/opt-tiny', clip_model_type: 'openai/clip-tiny', dim: 32, dim_visual: 64, xattn_every: 1 },
    ...{ xattn_dim_head: 8, xattn_heads: 2, xattn_act: 'sqrelu', resampler_depth: 1, resampler_dim_head: 8 },
    ...{ resampler_heads: 2, resampler_num_latents: 4, resampler_num_time_embeds: 4, resampler_act: 'sqrelu' },
  };
  return {
    'someone/mini': { 'config.json': JSON.stringify(json), 'pytorch_model.bin': writeTorchFile(plain(entries)) },
    'openai/clip-tiny': { 'config.json': JSON.stringify(CLIP), 'model.safetensors': await clipFile(model) },
    'facebook/opt-tiny': {
      'config.json': JSON.stringify({ ...OPT, vocab_size: ROWS - 1 }),
      'tokenizer.json': tokenizer,
      'tokenizer_config.json': JSON.stringify({ eos_token: '<|endoftext|>' }),
    },
  };
}

/** OpenFlamingo: `checkpoint.pt` holds what was trained, under names of a wrapper; the rest lies elsewhere. */
async function open(): Promise<Record<string, Repository>> {
  const config = inDialect(openFlamingo, {
    vision: visionFromHuggingFace(CLIP),
    resampler: { width: 64, depth: 1, latents: 4 },
    crossAttention: { every: 2 },
    languageModel: languageModelFromHuggingFace({ ...OPT, vocab_size: ROWS }),
    tokens: { image: 0, endOfChunk: 0 },
  });
  const model = drawn(config);
  const trained = await inNames(
    model,
    openFlamingoNames('opt', config.languageModel),
    /^(resampler|crossAttention|languageModel\.embedding)/,
  );
  const lm = await inNames(
    model,
    languageModelNames('opt', config.languageModel),
    /^languageModel\./,
    'languageModel.',
  );
  const wrapped = plain(trained).map((entry) => ({ ...entry, name: `module.${entry.name}` }));
  return {
    'openflamingo/OpenFlamingo-4B-vitl-rpj3b': {
      'checkpoint.pt': writeTorchFile(wrapped, { within: ['model_state_dict'] }),
    },
    'openai/clip-vit-large-patch14': {
      'config.json': JSON.stringify(CLIP),
      'model.safetensors': await clipFile(model),
    },
    'togethercomputer/RedPajama-INCITE-Base-3B-v1': {
      'config.json': JSON.stringify({ ...OPT, vocab_size: ROWS }),
      'pytorch_model.bin': writeTorchFile(plain(lm)),
      'tokenizer.json': tokenizer,
      'tokenizer_config.json': JSON.stringify({ eos_token: '<|endoftext|>' }),
    },
  };
}

async function fetched(name: string, repositories: Record<string, Repository>): Promise<void> {
  hub = await startHub({ repositories });
  for (const variable of ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_TOKEN']) vi.stubEnv(variable, '');
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_HOME', home);
  const { code, err } = await runWithFake(['fetch', name]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
}

const ask = (...options: string[]): Promise<Result> =>
  runWithFake(['ask', ...options], { openModel: loadModel, loadModel });

describe('ask --model', () => {
  it('captions with a flamingo-mini from the cache', async () => {
    await fetched('someone/mini', await mini());
    const { code, out, err } = await ask('--model', 'someone/mini', '--image', PANDA, '--json');
    expect({ code, err }).toEqual({ code: 0, err: 'device: simd (fma)\n' });
    const answer = JSON.parse(out) as { text: string; gates: object[] };
    expect(answer.text.length).toBeGreaterThan(0);
    expect(answer.gates).toHaveLength(2);
  });

  it('captions with an OpenFlamingo from the cache, never saying <image>', async () => {
    const name = 'openflamingo/OpenFlamingo-4B-vitl-rpj3b';
    await fetched(name, await open());
    const { code, out, err } = await ask('--model', name, '--image', PANDA, '--json');
    expect({ code, err }).toEqual({ code: 0, err: 'device: simd (fma)\n' });
    expect((JSON.parse(out) as { text: string }).text).not.toContain('<image>');
    const model = await loadModel({ model: name });
    expect(model.tokenizer.words).toEqual({ image: '<image>', endOfChunk: '<|endofchunk|>', caption: 'Output:' });
    expect(model.config.model.crossAttention).toMatchObject({ every: 2, heads: 8, headDim: 64 });
    const run = await model.run({ sequence: [{ image: PANDA }] }, { capture: ['mask.text_time'] });
    expect(new Set(run.get('mask.text_time').data)).toEqual(new Set([1]));
    model.dispose();
  });

  it('opens the same files in one folder, as --weights does', async () => {
    const { 'someone/mini': own = {}, 'openai/clip-tiny': clip = {}, 'facebook/opt-tiny': opt = {} } = await mini();
    const folder = join(home, 'model');
    const parts = { '': own, vision: clip, language_model: opt };
    for (const [place, files] of Object.entries(parts))
      for (const [file, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, place, file)), { recursive: true });
        await writeFile(join(folder, place, file), content);
      }
    const [first, second] = [
      await ask('--model', folder, '--image', PANDA, '--json'),
      await ask('--weights', folder, '--image', PANDA, '--json'),
    ];
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: 'device: simd (fma)\n' });
    expect(second.out).toBe(first.out);
    const text = await ask('--model', folder, '--image', PANDA, '--text', 'a < b');
    expect(text.code).toBe(2);
    expect(text.err).toContain(
      "holds 1 pictures, and 2 tokens that this model takes for one; expected no '<' in texts",
    );
  });

  it('says what to do for a model that is not there', async () => {
    vi.stubEnv('HF_HOME', home);
    const { code, err } = await ask('--model', 'dhansmair/flamingo-tiny', '--image', PANDA);
    expect(code).toBe(2);
    expect(err).toContain('`glass-flamingo fetch dhansmair/flamingo-tiny` brings it');
    const both = await ask('--model', 'x/y', '--weights', home, '--image', PANDA);
    expect(both.err).toContain('--model goes without --weights');
  });
});
