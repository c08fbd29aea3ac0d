import { describe, expect, it } from 'vitest';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { ConfigError, formatConfig, parseConfig } from '../../src/model/config/json.ts';
import { type ModelConfig, shippedConfig } from '../../src/model/config.ts';
import { parameterCount } from '../../src/nn/index.ts';
import { openDevice } from '../../src/tensor/index.ts';
import { DIALECTS, inDialect } from '../../src/zoo/dialects.ts';
import { countParameters } from '../../src/zoo/parameter-count.ts';

const config: ModelConfig = shippedConfig({ size: 1300, special: { image: 3, eoc: 2 } });
const written = (): Record<string, never> => JSON.parse(formatConfig(config));

/** The written configuration with one value changed; undefined removes it. */
function changed(path: string, value: unknown): unknown {
  const root: Record<string, unknown> = written();
  const keys = path.split('.');
  const last = keys.pop() as string;
  const at = keys.reduce((object, key) => object[key] as Record<string, unknown>, root);
  at[last] = value;
  return JSON.parse(JSON.stringify(root));
}

describe('config.json', () => {
  it('comes back as it was written', () => {
    expect(parseConfig(written())).toEqual(config);
  });

  it('keeps a temperature, and has none in older files', () => {
    expect(parseConfig(JSON.parse(formatConfig({ ...config, temperature: 1.5 }))).temperature).toBe(1.5);
    expect(parseConfig(written())).not.toHaveProperty('temperature');
  });

  it.each(Object.entries(DIALECTS))('keeps every switch of a dialect: %s', (_, dialect) => {
    const { vision, languageModel, tokens } = config.model;
    const sizes = { vision, languageModel, tokens: { ...tokens, endOfDocument: 1 } };
    const resampler = { width: 128, queryKeyNorm: 'layer', finalNorm: false } as const;
    const crossAttention = { every: 2, hidden: 300, gates: 'vector' } as const;
    const model = inDialect(dialect, { ...sizes, resampler, crossAttention, attend: 'next' });
    expect(parseConfig(JSON.parse(formatConfig({ ...config, model })))).toEqual({ ...config, model });
  });

  it.each([
    ['format', 'glass-flamingo/9', 'format is "glass-flamingo/9"; expected one of glass-flamingo/1'],
    ['model.resampler.heads', 'four', 'model.resampler.heads is "four"; expected a whole number from 1'],
    ['model.resampler.head', 4, 'model.resampler.head is 4; expected no such key, only width, depth'],
    ['model.languageModel.width', undefined, 'model.languageModel.width is missing; expected a whole number from 1'],
    ['model.languageModel.heads', 3, 'model.languageModel.width is 128; expected a multiple of its 3 heads'],
    ['model.languageModel.activation', 'tanh', 'expected one of gelu, geluTanh'],
    ['model.tokens.image', 1300, 'model.tokens.image is 1300; expected an id below 1300'],
    ['model.resampler.width', 64, "model.resampler.width is 64; expected 128, the encoder's"],
    ['limits.tokens', 500, 'limits.tokens is 500; expected at most the 96 positions'],
    ['preprocessing.mean', [0.5], 'preprocessing.mean is [0.5]; expected 3 numbers'],
    ['model', [], 'model is []; expected an object with vision'],
    ['temperature', 0, 'temperature is 0; expected a number from 0.05 to 20'],
    ['temperature', '1', 'temperature is "1"; expected a number from 0.05 to 20'],
    ['temperature', 1e9, 'temperature is 1000000000; expected a number from 0.05 to 20'],
  ])('refuses %s = %j, naming place and expectation', (path, value, message) => {
    expect(() => parseConfig(changed(path, value))).toThrow(ConfigError);
    expect(() => parseConfig(changed(path, value))).toThrow(message);
  });
});

/** A configuration in which every number that may stand there does. */
function everyNumber(): unknown {
  const { vision, languageModel, ...model } = config.model;
  const resampler = { width: 128, depth: 2, heads: 8, headDim: 16, latents: 16, ffMult: 4, eps: 1e-5 };
  const heads = { headDim: 16, keyValueHeads: 8, embeddingWidth: 128 };
  const positions = { kind: 'rotary', dims: 16, base: 1e4, layout: 'half' };
  return {
    ...{ format: 'glass-flamingo/1', preprocessing: { ...config.preprocessing, background: [255, 255, 255] } },
    model: {
      ...model,
      vision: { ...vision, imageSize: [32, 32], channels: 3, projection: 64, eps: 1e-5 },
      resampler: { ...resampler, frameEmbeddings: 8, mediaEmbeddings: 4, latentStd: 1 },
      crossAttention: { every: 1, heads: 8, headDim: 16, ffMult: 4, hidden: 512, eps: 1e-5 },
      languageModel: { ...languageModel, heads: 8, eps: 1e-5, ...heads, positions },
      tokens: { image: 3, endOfChunk: 2, endOfDocument: 1 },
    },
    limits: config.limits,
  };
}

/** Paths of all numbers in a value. */
function numbersIn(value: unknown): string[] {
  if (typeof value === 'number') return [''];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner).map((path) => `.${key}${path}`));
}

describe('numbers of config.json that cannot be', () => {
  const paths = numbersIn(everyNumber()).map((path) => path.slice(1));

  it('are none in what can', () => {
    expect(() => parseConfig(everyNumber())).not.toThrow();
    expect(paths.length).toBeGreaterThan(40);
  });

  it.each(paths)('are refused at %s', (path) => {
    const place = path.replace(/\.\d+$/, '');
    for (const value of [1e308, -1e308, 2 ** 53, -1e9, '8']) {
      const root = structuredClone(everyNumber());
      const keys = path.split('.');
      const last = keys.pop() as string;
      const at = keys.reduce((object, key) => object[key] as never, root as Record<string, unknown>);
      at[last] = value;
      const parse = () => parseConfig(JSON.parse(JSON.stringify(root)));
      expect(parse, `${path} = ${value}`).toThrow(ConfigError);
      expect(parse, `${path} = ${value}`).toThrow(`config.json: ${place} is`);
    }
  });

  it.each([0, -1, 1e-4, 1e4, 1e-310])('are refused as a standard deviation: %d', (std) => {
    expect(() => parseConfig(changed('preprocessing.std', [0.5, std, 0.5]))).toThrow(
      'config.json: preprocessing.std is [0.5,',
    );
  });
});

it('counts on shapes what is really allocated', async () => {
  const device = await openDevice('simd');
  const model = new Flamingo({ device }, config.model);
  const count = countParameters(config.model);
  expect(count.total).toBe(parameterCount(model));
  expect(count.resampler).toBe(parameterCount(model.resampler));
  expect(count.languageModel).toBe(parameterCount(model.languageModel));
  model.dispose();
});
