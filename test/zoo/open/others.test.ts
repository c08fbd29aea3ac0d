import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TensorValues } from '../../../src/files/safetensors.ts';
import { mapSource } from '../../../src/nn/index.ts';
import { SimdDevice, scope, tensor } from '../../../src/tensor/index.ts';
import { openFlamingoNames } from '../../../src/zoo/names/open-flamingo.ts';
import { inTheirNames } from '../../../src/zoo/names/rename.ts';
import { loadGatedBlock, loadResampler } from '../../../src/zoo/open/modules.ts';
import { loadFlamingo } from '../../../src/zoo/open/open-flamingo-files.ts';
import {
  difference,
  GOLDENS,
  type Golden,
  golden,
  languageModelJson,
  openFlamingoOptions,
  renamed,
  safetensors,
  torch,
} from './goldens.ts';

const device = new SimdDevice();
const TOLERANCE = 4e-6;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-'));
});
afterAll(() => rm(folder, { recursive: true }));

const minis = await Promise.all(
  ['opt-gelu', 'opt-sqrelu', 'gpt2'].map(async (name) => ({ name, g: await golden(`flamingo-mini/${name}`) })),
);

describe.each(minis)('flamingo-mini, $name', ({ g }) => {
  const tokens = { image: g.config.tokens.media, endOfChunk: g.config.tokens['<EOC>'] };
  const languageModel = { config: languageModelJson(g) };

  it('is read with its config.json', async () => {
    const place = { weights: torch(g.entries), config: g.config.flamingo };
    expect(await difference(g, place, { languageModel, config: { tokens } }, device)).toBeLessThan(TOLERANCE);
  });

  it('is read without it, the caller saying what shapes do not', async () => {
    const { resampler_heads, xattn_heads, resampler_act, xattn_act } = g.config.flamingo;
    const activation = (act: string) => (act === 'sqrelu' ? 'squaredRelu' : act) as 'gelu';
    const config = {
      tokens,
      resampler: { heads: resampler_heads, activation: activation(resampler_act) },
      crossAttention: { heads: xattn_heads, activation: activation(xattn_act) },
    };
    expect(await difference(g, safetensors(g.entries), { languageModel, config }, device)).toBeLessThan(TOLERANCE);
  });

  it('may lack its prefix', async () => {
    const place = {
      weights: torch(
        renamed(g.entries, (name) => name.replace('flamingo.', '')),
        'model_state_dict',
      ),
      config: g.config.flamingo,
    };
    expect(await difference(g, place, { languageModel, config: { tokens } }, device)).toBeLessThan(TOLERANCE);
  });
});

const ideficses = await Promise.all(
  ['no-qk-norm-float-gates', 'qk-norm-vector-gates', 'text-first-multi-image'].map(async (name) => ({
    name,
    g: await golden(`idefics/${name}`),
  })),
);

const ideficsJson = ({ config }: Golden): object => ({
  model_type: 'idefics',
  ...config.text,
  vision_config: config.vision,
  perceiver_config: config.perceiver,
  additional_vocab_size: config.additional_vocab_size,
  eos_token_id: config.special_tokens['</s>'],
});

describe.each(ideficses)('IDEFICS, $name', ({ name, g }) => {
  it('is read with its config.json', async () => {
    const place = { weights: safetensors(g.entries), config: ideficsJson(g) };
    expect(await difference(g, place, {}, device)).toBeLessThan(TOLERANCE);
  });

  it('lies in shards in a folder', async () => {
    const home = join(folder, name);
    await cp(join(GOLDENS, 'idefics', name), home, { recursive: true });
    await rm(join(home, 'io.safetensors'));
    await rm(join(home, 'weights.safetensors'));
    const half = Math.ceil(g.entries.length / 2);
    const shards = [g.entries.slice(0, half), g.entries.slice(half)];
    const weight_map: Record<string, string> = {};
    for (const [i, entries] of shards.entries()) {
      const file = `model-${i}.safetensors`;
      await writeFile(join(home, file), safetensors(entries));
      for (const entry of entries) weight_map[entry.name] = file;
    }
    await writeFile(join(home, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));
    await writeFile(join(home, 'config.json'), JSON.stringify(ideficsJson(g)));
    expect(await difference(g, home, {}, device)).toBeLessThan(TOLERANCE);
  });
});

describe('what train.py of open_flamingo saved', () => {
  it.each(['checkpoint.pt', 'flat.pt'])('%s stands above the language model that it was trained on', async (file) => {
    const g = await golden('open-flamingo/opt-every-1');
    const base = renamed(g.entries, (name) =>
      name.includes('gated_cross') || !name.startsWith('lang_encoder.')
        ? undefined
        : name.replace('lang_encoder.', '').replace('.decoder_layer.', '.'),
    );
    const options = openFlamingoOptions(g);
    const languageModel = { ...(options.languageModel as object), weights: safetensors(base) };
    const model = await loadFlamingo(join(g.folder, file), { ...options, languageModel, device });
    const values = new Map<string, TensorValues>();
    for (const [path, p] of model.parameters())
      values.set(path, { shape: p.shape, dtype: p.dtype, data: await p.data() });
    const theirs = inTheirNames(mapSource(values), openFlamingoNames('opt', model.config.languageModel));
    const finals = g.io.names.filter((name) => name.startsWith('out.train.final.'));
    expect(finals.length).toBeGreaterThan(40);
    for (const name of finals)
      expect((await theirs.read(name.slice('out.train.final.'.length))).data).toEqual((await g.io.read(name)).data);
    model.dispose();
  });
});

describe('modules of flamingo-pytorch', () => {
  it('are the resampler', async () => {
    const g = await golden('lucidrains/resampler');
    const resampler = await loadResampler(torch(g.entries), { device, config: { heads: g.config.heads } });
    const { data, shape } = await g.io.read('in.media');
    const input = tensor(device, data, [shape[0] as number, 1, 1, ...shape.slice(-2)]);
    const out = scope(device, () => resampler.forward(input));
    const expected = (await g.io.read('tap.resampler.out')).data;
    const found = await out.data();
    expect(Math.max(...found.map((value, i) => Math.abs(value - (expected[i] as number))))).toBeLessThan(2e-5);
  });

  it('are a gated block', async () => {
    const g = await golden('lucidrains/gated-block');
    const block = await loadGatedBlock(safetensors(g.entries), { device, config: { heads: g.config.heads } });
    for (const { name, data } of g.entries)
      if (name === 'attn_gate') expect(await block.attentionGate.data()).toEqual(data);
    expect(block.attention.heads).toBe(g.config.heads);
  });

  it('are refused when they are none', async () => {
    const bytes = await readFile(join(GOLDENS, 'lucidrains/gated-block/weights.safetensors'));
    await expect(loadResampler(new Uint8Array(bytes))).rejects.toThrow(/expected a resampler/);
  });
});
