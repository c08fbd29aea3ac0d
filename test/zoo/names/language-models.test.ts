import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StateSource } from '../../../src/files/checkpoint-source.ts';
import { openSafetensors, type TensorValues } from '../../../src/files/safetensors.ts';
import { LanguageModel } from '../../../src/flamingo/language-model.ts';

import { loadStateDict, mapSource } from '../../../src/nn/state-dict.ts';
import { openDevice } from '../../../src/tensor/index.ts';
import { languageModelFromHuggingFace } from '../../../src/zoo/config/hugging-face.ts';
import {
  type LanguageModelKind,
  languageModelNames,
  languageModelNamesOf,
} from '../../../src/zoo/names/language-models.ts';
import { inOurNames, inTheirNames, type RenameTable } from '../../../src/zoo/names/rename.ts';
import { goldens } from '../../parity/support.ts';

const device = await openDevice('simd');

const CASES: readonly (readonly [name: string, kind: LanguageModelKind, buffers: readonly string[]])[] = [
  ['opt', 'opt', ['model.decoder.version']],
  ['opt-350m-style', 'opt', []],
  ['gpt2', 'gpt2', ['transformer.h.0.attn.bias', 'transformer.h.1.attn.masked_bias']],
  ['gpt-j', 'gptj', ['transformer.h.0.attn.bias', 'transformer.h.0.attn.masked_bias']],
  ['gpt-neox', 'gpt_neox', ['gpt_neox.layers.1.attention.bias', 'gpt_neox.layers.1.attention.rotary_emb.inv_freq']],
  ['llama', 'llama', ['model.layers.0.self_attn.rotary_emb.inv_freq']],
  ['mpt', 'mpt', []],
  ['mosaic-gpt', 'mosaic_gpt', []],
];

const one: TensorValues = { shape: [1], dtype: 'float32', data: Float32Array.of(1) };

/** The source with other names; where `rename` gives undefined, a tensor is left out. */
async function renamed(source: StateSource, rename: (name: string) => string | undefined): Promise<StateSource> {
  const entries = new Map<string, TensorValues>();
  for (const name of source.names) {
    const other = rename(name);
    if (other !== undefined) entries.set(other, await source.read(name));
  }
  return mapSource(entries);
}

describe.each(CASES)('files of %s', async (name, kind, buffers) => {
  const folder = join(goldens, 'language-models', name);
  const { config: json } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
  const config = languageModelFromHuggingFace({ ...json, model_type: kind });
  const table = languageModelNames(kind, config);
  const theirs: StateSource = await openSafetensors(readFileSync(join(folder, 'weights.safetensors')));
  const load = (source: StateSource, names: RenameTable): Promise<void> =>
    loadStateDict(new LanguageModel({ device }, config), inOurNames(source, names));

  it('come back as they went', async () => {
    const back = inTheirNames(inOurNames(theirs, table), table);
    expect([...back.names].sort()).toEqual([...theirs.names].sort());
    for (const tensor of theirs.names) {
      expect(back.info(tensor).shape, tensor).toEqual(theirs.info(tensor).shape);
      expect((await back.read(tensor)).data, tensor).toEqual((await theirs.read(tensor)).data);
    }
  });

  it('may hold buffers, and no other strangers', async () => {
    const holding = async (names: readonly string[]): Promise<StateSource> => {
      const entries = await Promise.all(theirs.names.map(async (n) => [n, await theirs.read(n)] as const));
      return mapSource(new Map([...entries, ...names.map((n) => [n, one] as const)]));
    };
    await load(await holding(buffers), table);
    await expect(load(await holding(['model.layers.0.other']), table)).rejects.toThrow('model.layers.0.other');
  });

  it('may hold the base model alone, or a tied head by its other name', async () => {
    if (config.tied === false) return;
    const base = theirs.names[0]?.split('.')[0] as string;
    const alone = await renamed(theirs, (tensor) => tensor.slice(base.length + 1));
    await load(alone, languageModelNamesOf(alone.names, kind, config));
    const embedding = inTheirNames(mapSource(new Map([['embedding.weight', one]])), table).names[0];
    const byHead = await renamed(theirs, (tensor) => (tensor === embedding ? 'lm_head.weight' : tensor));
    await load(byHead, languageModelNamesOf(byHead.names, kind, config));
  });

  it('have other names inside a Flamingo', async () => {
    const place = { ours: 'languageModel.', before: 'lang_encoder.', layer: 'decoder_layer.' };
    const wrapped = inTheirNames(
      await renamed(inOurNames(theirs, table), (tensor) => `languageModel.${tensor}`),
      languageModelNames(kind, config, place),
    );
    const expected = theirs.names.map(
      (tensor) => `lang_encoder.${tensor.replace(/\.(layers|h|blocks)\.(\d+)\./, '.$1.$2.decoder_layer.')}`,
    );
    expect([...wrapped.names].sort()).toEqual(expected.sort());
  });
});
