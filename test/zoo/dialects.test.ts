import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors, type TensorValues } from '../../src/files/safetensors.ts';
import type { FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import { mapSource } from '../../src/nn/index.ts';
import { flamingoMiniNames } from '../../src/zoo/names/flamingo-mini.ts';
import { ideficsNames } from '../../src/zoo/names/idefics.ts';
import { openFlamingoNames } from '../../src/zoo/names/open-flamingo.ts';
import { inOurNames, inTheirNames, type RenameTable } from '../../src/zoo/names/rename.ts';
import { SHOWN_BY, VARIANTS } from '../flamingo/variants.ts';
import { goldens } from '../parity/support.ts';

const heads = (count: number) => ({ heads: count, tied: true });
const every = (count: number) => ({ every: count, heads: 1 });

const FILES: readonly (readonly [string, RenameTable])[] = [
  ['open-flamingo/opt-every-2-multi-image', openFlamingoNames('opt', heads(3))],
  ['open-flamingo/neox-every-2', openFlamingoNames('gpt_neox', { heads: 2, tied: false })],
  ['open-flamingo/llama-every-1', openFlamingoNames('llama', { heads: 4, tied: false })],
  ['open-flamingo/mpt-every-1', openFlamingoNames('mpt', heads(4))],
  [
    'flamingo-mini/opt-gelu',
    flamingoMiniNames({ kind: 'opt', languageModel: { layers: 3, heads: 3 }, crossAttention: every(2) }),
  ],
  [
    'flamingo-mini/gpt2',
    flamingoMiniNames({ kind: 'gpt2', languageModel: { layers: 2, heads: 3 }, crossAttention: every(1) }),
  ],
  [
    'idefics/no-qk-norm-float-gates',
    ideficsNames({
      languageModel: { layers: 6, heads: 4, vocabulary: 83 },
      crossAttention: every(3),
      additionalVocabulary: 3,
    }),
  ],
];

async function open(name: string) {
  return openSafetensors(readFileSync(join(goldens, name, 'weights.safetensors')));
}

describe('names of dialects', () => {
  it.each(FILES)('%s: there and back, every tensor is the same', async (name, table) => {
    const file = await open(name);
    const ours = inOurNames(file, table);
    const back = inTheirNames(ours, table);
    expect([...back.names].sort()).toEqual([...file.names].sort());
    for (const tensor of file.names) {
      const [before, after] = [await file.read(tensor), await back.read(tensor)];
      expect(after.shape, tensor).toEqual(before.shape);
      expect(Array.from(after.data), tensor).toEqual(Array.from(before.data));
    }
  });

  it('reads blocks and layers from where OpenFlamingo hangs them twice', async () => {
    const table = openFlamingoNames('opt', heads(3));
    const file = await open('open-flamingo/opt-every-2-multi-image');
    const moved = new Map<string, TensorValues>();
    for (const name of file.names) {
      const other = name
        .replace(/model\.decoder\.layers\.(\d+)\.gated_cross_attn_layer/, 'gated_cross_attn_layers.$1')
        .replace(/model\.decoder\.layers\.(\d+)\.decoder_layer/, 'old_decoder_blocks.$1');
      moved.set(other, await file.read(name));
    }
    expect([...moved.keys()].some((name) => name.startsWith('lang_encoder.old_decoder_blocks.'))).toBe(true);
    const names = (source: { readonly names: readonly string[] }): string[] => [...source.names].sort();
    expect(names(inOurNames(mapSource(moved), table))).toEqual(names(inOurNames(file, table)));
    const twice = new Map([
      ...moved,
      ...(await Promise.all(file.names.map(async (n) => [n, await file.read(n)] as const))),
    ]);
    expect(names(inOurNames(mapSource(twice), table))).toEqual(names(inOurNames(file, table)));
  });
});

describe('every switch of a configuration', () => {
  const shown = Object.entries(SHOWN_BY).flatMap(([part, keys]) =>
    Object.entries(keys).map(([key, by]) => [`${part}.${key}`, part, key, by] as const),
  );
  it.each(shown)('%s is set by the variant or the test that is said to', (_, part, key, by) => {
    const variant = (VARIANTS as Readonly<Record<string, Partial<FlamingoConfig>>>)[by];
    if (!variant) return expect(existsSync(new URL(`../../${by}`, import.meta.url))).toBe(true);
    const values = part === 'model' ? variant : variant[part as keyof FlamingoConfig];
    expect(values).toHaveProperty(key);
  });
});
