import { beforeAll, describe, expect, it } from 'vitest';
import { LanguageModel, type LanguageModelConfig } from '../../src/flamingo/language-model.ts';
import { formatConfig, parseConfig } from '../../src/model/config/json.ts';
import { shippedConfig } from '../../src/model/config.ts';
import { parameterCount, type Tap } from '../../src/nn/index.ts';
import { Capture } from '../../src/runs/patterns.ts';
import { ArgumentError, openDevice, Random, ShapeError, type Tensor, tensor } from '../../src/tensor/index.ts';
import { languageModelFromHuggingFace } from '../../src/zoo/config/hugging-face.ts';
import { PAPER_MODELS } from '../../src/zoo/paper-models.ts';
import { countParameters } from '../../src/zoo/parameter-count.ts';
import { SMALL } from './language-models.ts';
import { largestDifference, values } from './support.ts';
import { enliven, ids } from './tiny.ts';

const device = await openDevice('simd');

function build(config: LanguageModelConfig): LanguageModel {
  const model = new LanguageModel({ device, random: new Random(1) }, config);
  enliven(model, 2);
  return model;
}

const text = [5, 9, 2, 30, 9, 14, 7];
const last = (logits: Tensor, count = 1): Tensor => {
  const n = logits.shape[1] as number;
  return logits.slice([[null], [n - count, n]]);
};

describe.each(Object.entries(SMALL))('a language model like %s', (_, json) => {
  const config = languageModelFromHuggingFace(json);
  let model: LanguageModel;
  let whole: Tensor;
  beforeAll(() => {
    model = build(config);
    whole = model.forward(ids(device, text));
  });

  it('gives the same in pieces, with a cache', async () => {
    const cache = model.newCache();
    const pieces = [text.slice(0, 4), text.slice(4, 5), text.slice(5)].map((piece) =>
      model.forward(ids(device, piece), { cache }),
    );
    expect(await largestDifference(pieces[0] as Tensor, whole.slice([[null], [0, 4]]))).toBeLessThan(1e-5);
    expect(await largestDifference(pieces[2] as Tensor, last(whole, 2))).toBeLessThan(1e-5);
  });

  it('does not see padding on the left, with and without a cache', async () => {
    const padded = ids(device, [0, 0, ...text], [1, 8, ...text]);
    const mask = tensor(device, [
      [0, 0, 1, 1, 1, 1, 1, 1, 1],
      [0, 1, 1, 1, 1, 1, 1, 1, 1],
    ]);
    const logits = model.forward(padded, { attentionMask: mask });
    expect(await largestDifference(last(logits.slice([[0, 1]]), 7), whole)).toBeLessThan(1e-5);
    const cache = model.newCache();
    model.forward(padded.slice([[null], [0, 5]]), { attentionMask: mask.slice([[null], [0, 5]]), cache });
    const rest = model.forward(padded.slice([[null], [5, 9]]), { attentionMask: mask, cache });
    expect(await largestDifference(rest, last(logits, 4))).toBeLessThan(1e-5);
  });

  it('sees nothing that comes later', async () => {
    const other = model.forward(ids(device, [...text.slice(0, 5), 1, 1]));
    expect(await values(other.slice([[null], [0, 5]]))).toEqual(await values(whole.slice([[null], [0, 5]])));
  });

  it('has as many parameters as are counted without building it', () => {
    const around = { ...PAPER_MODELS['flamingo-3b'].config, languageModel: config };
    expect(parameterCount(model)).toBe(countParameters(around).languageModel);
  });

  it('comes back from config.json', () => {
    const shipped = shippedConfig({ size: config.vocabulary, special: { image: 3, eoc: 2 } });
    const limits = { ...shipped.limits, tokens: config.maxPositions };
    const written = { ...shipped, limits, model: { ...shipped.model, languageModel: config } };
    expect(parseConfig(JSON.parse(formatConfig(written)))).toEqual(written);
  });

  it('goes on with what a tap gives back, at every door of a layer', async () => {
    const seen = new Capture(['**']);
    model.forward(ids(device, text), {}, seen.tap);
    const doors = [...seen.seen].filter((name) => /^lm\.(embeddings|layers\.1|norm|head)\./.test(name));
    expect(doors).toEqual(
      expect.arrayContaining(['queries', 'keys', 'values'].map((n) => `lm.layers.1.attention.${n}`)),
    );
    for (const door of doors) {
      const edited = model.forward(ids(device, text), {}, scaling(door));
      expect(await largestDifference(edited, whole), door).toBeGreaterThan(1e-6);
    }
  });
});

/** Makes what passes one door half as large. */
function scaling(door: string, prefix = ''): Tap {
  return Object.assign((name: string, x: Tensor): Tensor => (prefix + name === door ? x.mul(0.5) : x), {
    at: (part: string, index?: number) => scaling(door, `${prefix}${part}.${index === undefined ? '' : `${index}.`}`),
    wants: (name: string) => prefix + name === door,
  });
}

describe('positions', () => {
  const learned = (count: 'mask' | 'index') =>
    build({ ...languageModelFromHuggingFace(SMALL.gpt2), positions: { kind: 'learned', count } });
  const [padded, mask] = [ids(device, [0, 0, 5, 9]), tensor(device, [[0, 0, 1, 1]])];

  it('count from the mask, or every token', async () => {
    for (const [count, rows] of [
      ['mask', [1, 1, 0, 1]], // padding stands at 1
      ['index', [0, 1, 2, 3]],
    ] as const) {
      const model = learned(count);
      const capture = new Capture(['lm.embeddings.positions']);
      model.forward(padded, { attentionMask: mask }, capture.tap);
      const expected = model.positions?.forward(ids(device, [...rows])) as Tensor;
      const found = capture.values.get('lm.embeddings.positions') as Tensor;
      expect(await values(found)).toEqual(await values(expected));
    }
  });

  it('end where the table ends, and only there', () => {
    const long = ids(device, new Array<number>(21).fill(4));
    const { maxPositions } = learned('mask').config;
    expect(learned('mask').forward(ids(device, new Array<number>(maxPositions).fill(4))).shape[1]).toBe(maxPositions);
    expect(() => learned('mask').forward(ids(device, new Array<number>(maxPositions + 1).fill(4)))).toThrow(ShapeError);
    expect(build(languageModelFromHuggingFace(SMALL.llama)).forward(long).shape).toEqual([1, 21, 31]);
  });

  it('that turn do so by differences only', async () => {
    const model = build(languageModelFromHuggingFace(SMALL.gptj));
    const { positions, ...rest } = model.config;
    const counting = build({ ...rest, positions: { kind: 'rotary', layout: 'pairs', dims: 4, count: 'index' } });
    const logits = [model, counting].map((m) => last(m.forward(padded, { attentionMask: mask })));
    expect(positions).toMatchObject({ kind: 'rotary', dims: 4 });
    expect(await largestDifference(...(logits as [Tensor, Tensor]))).toBeLessThan(1e-5);
  });
});

it('shares each head of keys and values among neighbouring query heads', async () => {
  const config = languageModelFromHuggingFace(SMALL.llama);
  const grouped = build(config);
  const full = build({ ...config, keyValueHeads: 6 });
  const spread = tensor(
    device,
    Int32Array.from({ length: 60 }, (_, r) => Math.floor(r / 30) * 10 + (r % 10)),
  );
  full.parameters().forEach((p, path) => {
    const shared = grouped.parameters().get(path) as Tensor;
    p.assign(/to[KV]\.weight$/.test(path) ? shared.embedding(spread).detach() : shared.detach());
  });
  const [a, b] = [grouped, full].map((model) => model.forward(ids(device, text)));
  expect(await largestDifference(a as Tensor, b as Tensor)).toBeLessThan(1e-5);
});

it('refuses query heads that cannot share', () => {
  const config = { ...languageModelFromHuggingFace(SMALL.llama), keyValueHeads: 4 };
  expect(() => new LanguageModel({ device }, config)).toThrow(ArgumentError);
});

it('refuses a mask of another length', () => {
  const model = build(languageModelFromHuggingFace(SMALL.opt));
  const attentionMask = tensor(device, [[1, 1, 1, 1, 1, 1]]);
  expect(() => model.forward(ids(device, text), { attentionMask })).toThrow('attention mask [1, 7]');
});
