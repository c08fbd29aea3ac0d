/** Modules of flamingo-pytorch by themselves, from the files in which their state dicts were saved. */

import { GatedCrossAttention, type GatedCrossAttentionConfig } from '../../flamingo/gated-cross-attention.ts';
import { PerceiverResampler, type PerceiverResamplerConfig } from '../../flamingo/perceiver-resampler.ts';
import type { Module } from '../../nn/index.ts';
import { loadStateDict } from '../../nn/state-dict.ts';
import type { Device } from '../../tensor/index.ts';
import { requireOptions } from '../../tensor/index.ts';
import { flamingoPytorch } from '../dialects.ts';
import { part } from '../names/rename.ts';
import { combine } from './combine.ts';
import { closeAll, openPart, type PartFile, type PartLocation } from './files.ts';
import { deviceOf } from './open-flamingo-files.ts';
import { crossAttentionOf, resamplerOf, WeightsError } from './shapes.ts';

export interface ModuleLoadOptions<Config> {
  /** As `openDevice` takes it; default `simd`. */
  readonly device?: string | Device;
  /** What wins over what the file says, and says what it doesn't: heads, the activation. */
  readonly config?: Partial<Config>;
}

/**
 * flamingo-pytorch's PerceiverResampler.
 * @throws WeightsError, StateDictError, and what `openCheckpoint` throws
 * @example
 * ```ts
 * const resampler = await loadResampler('checkpoint/perceiver_resampler.pt', { config: { heads: 8 } });
 * ```
 */
export function loadResampler(
  location: PartLocation,
  options: ModuleLoadOptions<PerceiverResamplerConfig> = {},
): Promise<PerceiverResampler> {
  requireOptions('loadResampler', options, 'device config');
  const { device, config = {} } = options;
  const preset = flamingoPytorch.model.resampler;
  return loadModule(location, 'resampler', async (source) => {
    const read = resamplerOf(source, config, preset);
    const module = new PerceiverResampler({ device: await deviceOf(device) }, { ...preset, ...read, ...config });
    return { module, prefix: 'resampler.' };
  });
}

/**
 * flamingo-pytorch's GatedCrossAttentionBlock.
 * @throws WeightsError, StateDictError, and what `openCheckpoint` throws
 * @example
 * ```ts
 * const block = await loadGatedBlock('checkpoint/gated_cross_attention.0.pt', { config: { heads: 8 } });
 * ```
 */
export function loadGatedBlock(
  location: PartLocation,
  options: ModuleLoadOptions<GatedCrossAttentionConfig> = {},
): Promise<GatedCrossAttention> {
  requireOptions('loadGatedBlock', options, 'device config');
  const { device, config = {} } = options;
  const preset = flamingoPytorch.model.crossAttention;
  return loadModule(location, 'block', async (source) => {
    const [width, visualWidth] = [
      source.info(`${BLOCK}attention.norm.weight`),
      source.info(`${BLOCK}attention.toKV.weight`),
    ];
    const sizes = { width: width.shape[0] as number, visualWidth: visualWidth.shape[1] as number };
    const read = crossAttentionOf(source, 1, config, preset);
    const { placement: _, every: __, ...own } = { ...preset, ...read }; // they are a whole model's
    const all = { ...own, ...sizes, ...config };
    return { module: new GatedCrossAttention({ device: await deviceOf(device) }, all), prefix: BLOCK };
  });
}

const BLOCK = 'crossAttention.0.';

type Source = ReturnType<typeof combine>['source'];

async function loadModule<M extends Module>(
  location: PartLocation,
  wanted: 'resampler' | 'block',
  build: (source: Source) => Promise<{ readonly module: M; readonly prefix: string }>,
): Promise<M> {
  const { files } = await openPart(location);
  try {
    const [file] = files;
    if (files.length !== 1 || !file || !isModule(file, wanted))
      throw new WeightsError(
        `expected ${wanted === 'resampler' ? 'a resampler' : 'a gated block'} of flamingo-pytorch; found ${files.map(({ layout }) => layout.layout).join(', ') || 'nothing'}`,
      );
    const named = { ...file, label: wanted === 'block' ? '0' : file.label };
    const { source, label } = combine([named], { kind: 'opt', heads: 1, tied: true });
    const { module, prefix } = await build(source);
    await loadStateDict(module, part(source, prefix), { label: (name) => label(prefix + name) });
    return module;
  } finally {
    await closeAll(files);
  }
}

const isModule = ({ layout }: PartFile, wanted: 'resampler' | 'block'): boolean =>
  layout.layout === 'flamingo-pytorch' && layout.module === wanted;
