import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SafetensorsEntry } from '../../../src/files/safetensors.ts';
import { mapSource, StateDictError } from '../../../src/nn/index.ts';
import { SimdDevice, tensor } from '../../../src/tensor/index.ts';
import { huggingFaceClip, openAiClip } from '../../../src/zoo/names/clip.ts';
import { inOurNames, inTheirNames } from '../../../src/zoo/names/rename.ts';
import type { FlamingoLoadOptions, PartLocation } from '../../../src/zoo/open/open-flamingo-files.ts';
import { loadFlamingo } from '../../../src/zoo/open/open-flamingo-files.ts';
import { type Golden, golden, logitsDifference, openFlamingoOptions, renamed, safetensors, torch } from './goldens.ts';

const device = new SimdDevice();
let g: Golden;
let folder: string;
beforeAll(async () => {
  g = await golden('open-flamingo/real-vit');
  folder = await mkdtemp(join(tmpdir(), 'load-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The error, with nothing left on the device. */
async function failure(place: PartLocation, options: FlamingoLoadOptions): Promise<Error> {
  const before = device.liveTensors;
  const error = await loadFlamingo(place, { ...options, device }).then(
    () => new Error('it was loaded'),
    (reason: Error) => reason,
  );
  expect(device.liveTensors).toBeLessThanOrEqual(before);
  return error;
}

const without = (entries: readonly SafetensorsEntry[], pattern: RegExp) =>
  entries.filter(({ name }) => !pattern.test(name));

describe('names that do not fit', () => {
  it('are told together, over all files, in the words of the files', async () => {
    const options = openFlamingoOptions(g);
    const own = without(g.entries, /decoder_layer|vision_encoder|perceiver\.layers\.1\.0\.to_kv/);
    const wide = own.map((entry) =>
      entry.name === 'perceiver.norm.bias' ? { ...entry, shape: [2, 2], data: new Float32Array(4) } : entry,
    );
    const lm = renamed(g.entries, (name) =>
      name.includes('.decoder_layer.') && !name.includes('fc1.bias')
        ? name.replace('lang_encoder.', '').replace('.decoder_layer.', '.')
        : undefined,
    );
    const clip = renamed(g.entries, (name) =>
      name.startsWith('vision_encoder.') ? name.replace('vision_encoder.', '') : undefined,
    );
    const files = { own: 'checkpoint.pt', lm: 'opt.safetensors', clip: 'clip.safetensors' };
    await writeFile(join(folder, files.own), torch(wide));
    await writeFile(join(folder, files.lm), safetensors(lm));
    const odd = { name: 'vision_model.extra', shape: [1], data: Float32Array.of(1) };
    await writeFile(join(folder, files.clip), safetensors([...clip, odd]));
    const error = (await failure(join(folder, files.own), {
      ...options,
      languageModel: { ...(options.languageModel as object), weights: join(folder, files.lm) },
      vision: { ...(options.vision as object), weights: join(folder, files.clip) },
    })) as StateDictError;
    expect(error).toBeInstanceOf(StateDictError);
    expect(error.missing.join('\n')).toContain('perceiver.layers.1.0.to_kv.weight in checkpoint.pt');
    expect(error.missing.join('\n')).toMatch(/layers\.0\.(decoder_layer\.)?fc1\.bias in /);
    expect(error.unexpected).toEqual(['vision_model.extra in clip.safetensors']);
    expect(error.mismatched).toEqual(['perceiver.norm.bias in checkpoint.pt: [2, 2] instead of [28]']);
    expect(error.message).toMatch(/3 missing \(.*1 unexpected \(.*1 of another shape/);
  });
});

describe('what no file says', () => {
  const refused: [string, (options: ReturnType<typeof openFlamingoOptions>) => FlamingoLoadOptions, RegExp][] = [
    [
      'heads of the resampler',
      (o) => ({ ...o, config: { ...o.config, resampler: {} } }),
      /resampler: .*24 numbers.*config\.resampler\.heads/,
    ],
    [
      'heads of the language model',
      (o) => ({ ...o, languageModel: { config: { model_type: 'opt' } } }),
      /num_attention_heads in its config\.json/,
    ],
    ['heads of the vision encoder', ({ vision: _, ...o }) => o, /heads the vision encoder has/],
    ['tokens', ({ config: { tokens: _, ...config }, ...o }) => ({ ...o, config }), /which tokens stand for a picture/],
  ];
  it.each(refused)('is asked for: %s', async (_, change, message) => {
    const error = await failure(safetensors(g.entries), change(openFlamingoOptions(g)));
    expect(error.name).toBe('WeightsError');
    expect(error.message).toMatch(message);
  });
});

describe('files that are no Flamingo', () => {
  it.each([
    [
      'a vision encoder alone',
      (name: string) => (name.startsWith('vision_encoder.') ? name.slice(15) : undefined),
      /no file holds a resampler.*clip/,
    ],
    [
      'a language model alone',
      (name: string) => (name.includes('decoder_layer') ? name.slice(13).replace('.decoder_layer', '') : undefined),
      /no file holds a resampler.*language-model/,
    ],
    ['something else', (name: string) => `x.${name.length}.${name.replaceAll('.', '_')}`, /its names are x\./],
    [
      'gated blocks at odd layers',
      (name: string) =>
        name.includes('layers.0.gated') ? undefined : name.replace('layers.1.gated', 'layers.7.gated'),
      /gated blocks stand at the layers 7 of 2/,
    ],
  ] as const)('are refused: %s', async (_, rename, message) => {
    const error = await failure(safetensors(renamed(g.entries, rename)), openFlamingoOptions(g));
    expect(error.name).toBe('WeightsError');
    expect(error.message).toMatch(message);
  });

  it('are refused when two are whole', async () => {
    const two = join(folder, 'two');
    await mkdir(two);
    for (const file of ['checkpoint_0.pt', 'checkpoint_1.pt']) await writeFile(join(two, file), torch(g.entries));
    const error = await failure(two, openFlamingoOptions(g));
    expect(error.message).toMatch(/several files hold a Flamingo: checkpoint_0\.pt .*checkpoint_1\.pt/);
  });
});

describe('a vision encoder', () => {
  it('may have the names of OpenAI, in its file or in the memory of OpenFlamingo', async () => {
    const clip = renamed(g.entries, (name) =>
      name.startsWith('vision_encoder.') ? name.replace('vision_encoder.', '') : undefined,
    );
    const values = new Map(clip.map(({ name, shape, data }) => [name, { shape, data, dtype: 'float32' as const }]));
    const source = inTheirNames(inOurNames(mapSource(values), huggingFaceClip), openAiClip);
    const openAi: SafetensorsEntry[] = [];
    for (const name of source.names) {
      const { shape, data } = await source.read(name);
      openAi.push({ name, shape, data });
    }
    const options = openFlamingoOptions(g);
    const rest = without(g.entries, /^vision_encoder/);
    const within = [...rest, ...renamed(openAi, (name) => name.replace('visual.', 'vision_encoder.'))];
    const textTower = { name: 'transformer.resblocks.0.ln_1.bias', shape: [3], data: new Float32Array(3) };
    const apart = { weights: torch([...openAi, textTower], 'state_dict'), ...(options.vision as object) };
    for (const [place, vision] of [
      [safetensors(within), options.vision],
      [safetensors(rest), apart],
    ] as const) {
      const model = await loadFlamingo(place, { ...options, ...(vision && { vision }), device });
      expect(await logitsDifference(model, g)).toBeLessThan(4e-6);
      model.dispose();
    }
  });
});

describe('a language model with fewer rows than the Flamingo has', () => {
  it('gets the mean of its rows for what was drawn and never saved', async () => {
    const llama = await golden('open-flamingo/llama-every-1');
    const options = openFlamingoOptions(llama);
    const head = llama.entries.find(({ name }) => name === 'lang_encoder.lm_head.weight') as SafetensorsEntry;
    const [rows = 0, width = 0] = head.shape;
    const own = { ...head, shape: [rows - 3, width], data: head.data.slice(0, (rows - 3) * width) };
    const lm = [
      ...renamed(llama.entries, (name) =>
        /^lang_encoder\.model\.(norm|.*decoder_layer)\./.test(name)
          ? name.replace('lang_encoder.', '').replace('.decoder_layer', '')
          : undefined,
      ),
      { ...own, name: 'lm_head.weight' },
    ];
    const rest = without(llama.entries, /lm_head|decoder_layer|lang_encoder\.model\.norm/);
    const languageModel = { ...(options.languageModel as object), weights: safetensors(lm) };
    const model = await loadFlamingo(torch(rest), { ...options, languageModel, device });
    const found = await (model.languageModel.toLogits?.weight ?? tensor(device, [0])).data();
    expect(found.slice(0, own.data.length)).toEqual(own.data);
    const column = Array.from({ length: rows - 3 }, (_, row) => own.data[row * width + 1] as number);
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    expect(found[(rows - 1) * width + 1]).toBeCloseTo(mean, 6);
    model.dispose();
  });
});

describe("this project's own weights", () => {
  it('are read by the same way', async () => {
    const weights = new URL('../../../weights/', import.meta.url);
    const model = await loadFlamingo(weights, { device });
    expect(model.config.resampler.heads).toBe(4);
    model.dispose();
  });
});
