import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/cli/load-model.ts';
import { openCheckpoint } from '../../src/files/checkpoint.ts';
import { writeTorchFile } from '../../src/files/torch-write.ts';
import { Flamingo, type FlamingoConfig } from '../../src/flamingo/flamingo.ts';

import { SimdDevice } from '../../src/tensor/index.ts';
import { type ExportFormat, exportFiles } from '../../src/zoo/export-formats.ts';
import type { FlamingoLoadOptions } from '../../src/zoo/open/open-flamingo-files.ts';
import { loadFlamingo } from '../../src/zoo/open/open-flamingo-files.ts';
import { TINY } from '../flamingo/tiny.ts';
import { EXAMPLES, type Result, runWithShipped, shippedModel } from './support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-'));
});
afterAll(() => rm(folder, { recursive: true }));

const exported = (to: string, ...options: string[]): Promise<Result> =>
  runWithShipped(['export', '--to', to, '--out', join(folder, to), ...options]);

/** Tells whether what was written and loaded is what was there, bit for bit. */
async function expectSame(place: string, options: FlamingoLoadOptions = {}): Promise<Flamingo> {
  const { flamingo } = await shippedModel();
  const read = await loadFlamingo(place, { ...options, device: new SimdDevice() });
  const found = read.parameters();
  for (const [path, p] of flamingo.parameters()) expect(await found.get(path)?.data(), path).toEqual(await p.data());
  return read;
}

describe('export', () => {
  it('writes an OpenFlamingo that is read back to the bit', async () => {
    const { code, out, err } = await exported('openflamingo');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('checkpoint.pt');
    const model = await expectSame(join(folder, 'openflamingo'));
    expect(model.config).toEqual((await shippedModel()).flamingo.config);
    const { names } = await openCheckpoint(join(folder, 'openflamingo/checkpoint.pt'));
    expect(names).toContain('lang_encoder.model.decoder.layers.3.gated_cross_attn_layer.attn_gate');
    expect(names).toContain('lang_encoder.lm_head.weight');
    expect(names.filter((name) => /decoder_layer|vision_encoder|old_decoder/.test(name))).toEqual([]);
    const tokenizer = await readFile(join(folder, 'openflamingo/language_model/tokenizer.json'), 'utf8');
    expect(tokenizer).toContain('<|endofchunk|>');
  });

  it('writes what answers as it did before, by folder or by file, and what was trained further in its place', async () => {
    const place = join(folder, 'answering');
    const { config, flamingo } = await shippedModel();
    expect((await runWithShipped(['export', '--to', 'openflamingo', '--out', place])).code).toBe(0);
    const prompt = {
      sequence: [{ image: join(EXAMPLES, 'panda.png') }, { text: 'name :' }],
      candidates: ['panda', 'fox'],
    };
    const expected = await (await shippedModel()).answer(prompt);
    for (const options of [{ weights: place }, { model: place }, { weights: join(place, 'checkpoint.pt') }]) {
      const model = await loadModel(options);
      expect(await model.answer(prompt)).toEqual(expected);
      expect(model.config).toEqual(config);
      model.dispose();
    }
    const file = await openCheckpoint(join(place, 'checkpoint.pt'));
    const entries = await Promise.all(
      file.names.map(async (name) => {
        const { shape, data } = await file.read(name);
        return {
          name: `module.${name}`,
          shape,
          data: Float32Array.from(data, (x) => (name.endsWith('_gate') ? 0 : x)),
        };
      }),
    );
    await writeFile(join(place, 'checkpoint.pt'), writeTorchFile(entries, { within: ['model_state_dict'] }));
    const closed = await loadModel({ weights: place });
    const { gates } = await closed.answer(prompt);
    expect(gates.map(({ attention, dense }) => [attention, dense])).toEqual(flamingo.crossAttention.map(() => [0, 0]));
    closed.dispose();
  });

  it('writes a flamingo-mini with a time embedding of zeros, and says what it cannot take along', async () => {
    const { code, err } = await exported('flamingo-mini');
    expect(code).toBe(0);
    expect(err).toContain('without the class token');
    const model = await expectSame(join(folder, 'flamingo-mini'));
    expect(model.config.resampler).toMatchObject({ frameEmbeddings: 4, heads: 4, headDim: 32, activation: 'gelu' });
    expect(new Set(await model.resampler.frameEmbeddings?.data())).toEqual(new Set([0]));
    const { names } = await openCheckpoint(join(folder, 'flamingo-mini/pytorch_model.bin'));
    // Every name of the implementation's own state dict, and no other; its tied head the golden stores once.
    const golden = new URL('../fixtures/goldens/flamingo-mini/opt-sqrelu/weights.safetensors', import.meta.url);
    const forms = (all: readonly string[]) => [...new Set(all.map((name) => name.replaceAll(/\d+/g, '*')))].sort();
    expect(forms(names)).toEqual(forms([...(await openCheckpoint(golden)).names, 'flamingo.lm_head.weight']));
  });

  it('writes the modules of flamingo-pytorch, which stand around a language model when read back', async () => {
    expect((await exported('lucidrains')).code).toBe(0);
    const parts = join(folder, 'openflamingo');
    const { tokens } = (await shippedModel()).flamingo.config;
    await expectSame(join(folder, 'lucidrains'), {
      languageModel: join(parts, 'language_model'),
      vision: join(parts, 'vision'),
      dialect: 'openFlamingo',
      config: { tokens, resampler: { heads: 4 }, crossAttention: { heads: 4 } },
    });
  });

  it('writes our own folder in float32', async () => {
    expect((await exported('safetensors')).code).toBe(0);
    await expectSame(join(folder, 'safetensors'));
    const file = await openCheckpoint(join(folder, 'safetensors'));
    expect(new Set(file.names.map((name) => file.info(name).dtype))).toEqual(new Set(['F32']));
  });

  it.each(['video', join(EXAMPLES, 'panda.png'), EXAMPLES])(
    'refuses weights without a tokenizer: %s',
    async (weights) => {
      const out = join(folder, 'none');
      const { code, err } = await runWithShipped(['export', '--to', 'lucidrains', '--out', out, '--weights', weights]);
      expect([code, err]).toEqual([2, expect.stringContaining(`--weights ${weights} has no tokenizer.json`)]);
      expect(await readdir(folder)).not.toContain('none');
    },
  );

  it('refuses a folder that holds something, a format that it does not know, and leaves nothing half-written', async () => {
    const full = join(folder, 'full');
    await mkdir(full);
    await writeFile(join(full, 'x'), '');
    const taken = await runWithShipped(['export', '--to', 'safetensors', '--out', full]);
    expect(taken.code).toBe(2);
    expect(taken.err).toContain('holds something already');
    expect((await runWithShipped(['export', '--to', 'onnx', '--out', join(folder, 'y')])).code).toBe(2);
    const nowhere = await runWithShipped(['export', '--to', 'safetensors', '--out', join(full, 'x', 'z')]);
    expect(nowhere.code).toBe(2);
    expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
    expect(await readdir(full)).toEqual(['x']);
  });
});

describe('a model that another implementation cannot compute', () => {
  const refusals: [ExportFormat, string, Partial<FlamingoConfig>, RegExp][] = [
    [
      'openflamingo',
      'temporal embeddings',
      { resampler: { ...TINY.resampler, frameEmbeddings: 8 } },
      /no temporal embeddings, this model has 8/,
    ],
    [
      'openflamingo',
      'squared ReLU',
      { resampler: { ...TINY.resampler, activation: 'squaredRelu' } },
      /activation is gelu, this model's squaredRelu/,
    ],
    [
      'openflamingo',
      'blocks elsewhere',
      { crossAttention: { ...TINY.crossAttention, placement: 'paper' } },
      /before other layers/,
    ],
    ['openflamingo', 'the class token', { visualTokens: 'all' }, /class token/],
    [
      'openflamingo',
      'another language model',
      { languageModel: { ...TINY.languageModel, norm: 'rms' } },
      /OPT's layout/,
    ],
    ['flamingo-mini', 'blocks elsewhere', {}, /before other layers/],
    ['flamingo-mini', 'all previous pictures', { attend: 'previous' }, /last picture only/],
    ['lucidrains', 'another width', {}, /as wide as the text/],
  ];
  it.each(refusals)('is refused by %s with the reason: %s', async (format, _, changes, reason) => {
    const device = new SimdDevice();
    const { config, tokenizer } = await shippedModel();
    const model = { ...TINY, ...changes };
    const flamingo = new Flamingo({ device }, model);
    const error = await exportFiles({ flamingo, config: { ...config, model }, tokenizer }, format).catch(
      (e: Error) => e,
    );
    expect(error).toMatchObject({ name: 'ExportError' });
    expect((error as Error).message).toMatch(reason);
  });
});
