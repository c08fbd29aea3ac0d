/** Golden Flamingos, their weights cut apart and renamed as public files are. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, type SafetensorsEntry, writeSafetensors } from '../../../src/files/safetensors.ts';
import { writeTorchFile } from '../../../src/files/torch-write.ts';
import type { Flamingo, FlamingoInputs } from '../../../src/flamingo/flamingo.ts';

import { type Device, scope, type Tensor, tensor } from '../../../src/tensor/index.ts';
import type { ConfigOverrides, FlamingoLoadOptions, PartLocation } from '../../../src/zoo/open/open-flamingo-files.ts';
import { loadFlamingo } from '../../../src/zoo/open/open-flamingo-files.ts';

export const GOLDENS: string = join(import.meta.dirname, '../../fixtures/goldens');

export interface Golden {
  readonly folder: string;
  // biome-ignore lint/suspicious/noExplicitAny: each implementation has its own
  readonly config: any;
  readonly entries: readonly SafetensorsEntry[];
  readonly io: Awaited<ReturnType<typeof openSafetensors>>;
}

export async function golden(path: string): Promise<Golden> {
  const folder = join(GOLDENS, path);
  const json = JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')) as { config: object };
  const weights = await openSafetensors(await readFile(join(folder, 'weights.safetensors')));
  const io = await openSafetensors(await readFile(join(folder, 'io.safetensors')));
  const entries = await Promise.all(
    weights.names.map(async (name) => {
      const { shape, data } = await weights.read(name);
      return { name, shape, data };
    }),
  );
  return { folder, config: json.config, entries, io };
}

export type Rename = (name: string) => string | undefined;

/** Those entries that get a name. */
export function renamed(entries: readonly SafetensorsEntry[], rename: Rename): SafetensorsEntry[] {
  return entries.flatMap((entry) => {
    const name = rename(entry.name);
    return name === undefined ? [] : [{ ...entry, name }];
  });
}

export const safetensors = (entries: readonly SafetensorsEntry[]): Uint8Array => writeSafetensors(entries);

export const torch = (entries: readonly SafetensorsEntry[], ...within: string[]): Uint8Array =>
  writeTorchFile(
    entries.map((entry) => ({ ...entry, data: Float32Array.from(entry.data) })),
    { within },
  );

/** transformers' model_type of the goldens' names. */
const TYPES: Readonly<Record<string, string>> = { 'gpt-neox': 'gpt_neox' };

export const languageModelJson = ({ config }: Golden): object => ({
  model_type: TYPES[config.architecture] ?? config.architecture,
  ...config.language_model,
});

/** What no file of an OpenFlamingo says: heads of other numbers than 8 x 64, and which tokens were added. */
export function openFlamingoOptions(g: Golden): FlamingoLoadOptions & { readonly config: ConfigOverrides } {
  const { config } = g;
  const heads = (json: { heads?: number; dim_head?: number }) => ({ heads: json.heads as number });
  return {
    languageModel: { config: languageModelJson(g) },
    ...(config.vision && { vision: { config: { model_type: 'clip_vision_model', ...config.vision } } }),
    config: {
      resampler: heads(config.resampler),
      crossAttention: heads(config.gated_cross_attention),
      tokens: { image: config.tokens['<image>'], endOfChunk: config.tokens['<|endofchunk|>'] },
    },
  };
}

/** The largest difference of logits from the golden's where a token stands, against their scale. */
export async function logitsDifference(model: Flamingo, { io }: Golden): Promise<number> {
  const { device } = model;
  const read = async (name: string): Promise<Tensor | null> => {
    if (!io.has(name)) return null;
    const { data, shape, dtype } = await io.read(name);
    return tensor(device, data, shape, dtype);
  };
  const [ids, mask, locations] = [
    await read('in.input_ids'),
    await read('in.attention_mask'),
    await read('in.media_locations'),
  ];
  const pictures = (await read('in.vision_x')) ?? (await read('in.pixel_values'));
  const inputs = { ids: ids as Tensor, attentionMask: mask?.toFloat() ?? null, ...seen(model, pictures as Tensor) };
  const logits = scope(device, () => model.forward({ ...inputs, imageTokens: locations?.toFloat() ?? null }));
  const [found, expected] = [
    await logits.data(),
    (await io.read(io.has('tap.logits') ? 'tap.logits' : 'out.logits')).data,
  ];
  const counted = await (mask as Tensor).data();
  const width = found.length / counted.length;
  let [most, scale] = [0, 1e-6];
  found.forEach((value, i) => {
    if (counted[Math.floor(i / width)] === 0) return;
    most = Math.max(most, Math.abs(value - (expected[i] as number)));
    scale = Math.max(scale, Math.abs(expected[i] as number));
  });
  return most / scale;
}

/** Pixels, or, where the golden has no encoder, visual tokens [b, m, (f,) 1, v, w]. */
function seen(model: Flamingo, x: Tensor): Pick<FlamingoInputs, 'pixels' | 'visionFeatures'> {
  const [b, m, ...rest] = x.shape as [number, number, ...number[]];
  if (model.vision) return { pixels: rest.length === 4 ? x : x.reshape([b, m, 1, ...rest]) };
  const [v, w] = rest.slice(-2) as [number, number];
  return { visionFeatures: x.reshape([b, m, rest.length === 4 ? (rest[0] as number) : 1, v, w]) };
}

/** Opens, runs, and gives everything back. */
export async function difference(
  g: Golden,
  place: PartLocation,
  options: FlamingoLoadOptions,
  device: Device,
): Promise<number> {
  const model = await loadFlamingo(place, { ...options, device });
  try {
    return await logitsDifference(model, g);
  } finally {
    model.dispose();
  }
}
