import { describe, expect, it } from 'vitest';
import { SimdDevice } from '../../../src/tensor/index.ts';
import { difference, golden, openFlamingoOptions, renamed, safetensors, torch } from './goldens.ts';

const device = new SimdDevice();
const CASES = [
  'opt-every-1',
  'opt-every-2-multi-image',
  'neox-every-2',
  'llama-every-1',
  'mpt-every-1',
  'text-first',
  'real-vit',
];
const cases = await Promise.all(CASES.map(async (name) => ({ name, g: await golden(`open-flamingo/${name}`) })));
const TOLERANCE = 4e-6;

/** OpenFlamingo's file: no frozen weights; and the language model's own, as transformers saves it. */
const flamingoPart = (name: string): string | undefined =>
  name.includes('.decoder_layer.') || name.startsWith('vision_encoder.') ? undefined : name;
const languageModelPart = (name: string): string | undefined =>
  name.startsWith('lang_encoder.') && !name.includes('.gated_cross_attn_layer.')
    ? name.slice('lang_encoder.'.length).replace('.decoder_layer.', '.')
    : undefined;
const visionPart = (name: string): string | undefined =>
  name.startsWith('vision_encoder.') ? name.slice('vision_encoder.'.length) : undefined;

describe.each(cases)('OpenFlamingo, $name', ({ g }) => {
  const options = openFlamingoOptions(g);
  const own = renamed(g.entries, flamingoPart);
  const languageModel = { weights: safetensors(renamed(g.entries, languageModelPart)), config: options.languageModel };
  const apart = {
    ...options,
    languageModel: { ...languageModel, ...(options.languageModel as object) },
    ...(options.vision && {
      vision: { weights: safetensors(renamed(g.entries, visionPart)), ...(options.vision as object) },
    }),
  };

  it('is in one file', async () => {
    expect(await difference(g, safetensors(g.entries), options, device)).toBeLessThan(TOLERANCE);
  });

  it('is in a file of its own, its language model and vision encoder in others', async () => {
    expect(await difference(g, torch(own), apart, device)).toBeLessThan(TOLERANCE);
  });

  it.each([
    ['module. of DistributedDataParallel', (name: string) => `module.${name}`, []],
    ['model_state_dict', (name: string) => name, ['model_state_dict']],
    ['both', (name: string) => `module.${name}`, ['model_state_dict']],
    [
      'wrappers of FSDP',
      (name: string) => `module._fsdp_wrapped_module.${name.replace(/\.(\d+)\./, '.$1._checkpoint_wrapped_module.')}`,
      [],
    ],
  ] as const)('is under %s', async (_, prefix, within) => {
    const bytes = torch(renamed(own, prefix), ...within);
    expect(await difference(g, bytes, apart, device)).toBeLessThan(TOLERANCE);
  });

  it('has the aliases of version 1 alone', async () => {
    const alias = (name: string): string =>
      name.replace(
        /^lang_encoder\..*\.(\d+)\.(gated_cross_attn_layer|decoder_layer)\./,
        (_, i, which) =>
          `lang_encoder.${which === 'decoder_layer' ? 'old_decoder_blocks' : 'gated_cross_attn_layers'}.${i}.`,
      );
    expect(await difference(g, torch(renamed(g.entries, alias)), options, device)).toBeLessThan(TOLERANCE);
    expect(await difference(g, torch(renamed(own, alias)), apart, device)).toBeLessThan(TOLERANCE);
  });

  it('has the names of Otter', async () => {
    const otter = (name: string): string =>
      name
        .replace(/^(perceiver\.layers\.\d+)\.0\./, '$1.')
        .replace(/^(perceiver\.layers\.\d+)\.1\./, '$1.feed_forward.')
        .replace(/(gated_cross_attn_layer)\.ff\.(?=\d)/, '$1.feed_forward.');
    expect(await difference(g, safetensors(renamed(g.entries, otter)), options, device)).toBeLessThan(TOLERANCE);
  });
});
