import { describe, expect, it } from 'vitest';
import { hasBlock } from '../../src/flamingo/architecture.ts';
import { Capture, TapError } from '../../src/runs/patterns.ts';

import { runFlamingo } from '../../src/runs/run.ts';
import { backward, full, openDevice, Random, randn, type Tensor, tensor } from '../../src/tensor/index.ts';
import { values } from './support.ts';
import { END, features, IMAGE, ids, TINY, tinyFlamingo } from './tiny.ts';

const device = await openDevice('simd');

async function difference(a: Tensor, b: Tensor): Promise<number> {
  const [x, y] = [await a.data(), await b.data()];
  expect(x.length).toBe(y.length);
  return Math.max(...Array.from(x, (value, i) => Math.abs(value - (y[i] as number))));
}

describe('Figure 3', () => {
  it('is the language model alone, bit for bit, while the gates are 0', async () => {
    const row = ids(device, [1, IMAGE, 8, 9, END, IMAGE, 12, 13]);
    const visionFeatures = features(device, 1, 1, 2);
    const closed = tinyFlamingo(device, {}, false);
    const alone = closed.languageModel.forward(row);
    expect(await difference(closed.forward({ ids: row, visionFeatures }), alone)).toBe(0);
    const open = tinyFlamingo(device);
    expect(await difference(open.forward({ ids: row, visionFeatures }), alone)).toBeGreaterThan(0.01);
  });

  it('shows no picture to text before it, and the latest to text after it', async () => {
    const model = tinyFlamingo(device);
    const row = ids(device, [1, 7, 8, IMAGE, 9, 10, IMAGE, 11, 12]);
    const [a, b] = [features(device, 1, 1, 1), features(device, 2, 1, 1)];
    const read = (first: Tensor, second: Tensor) =>
      model.forward({ ids: row, visionFeatures: join(first, second) }).slice([[null], [0, 9]]);
    const base = await read(a, a).data();
    const vocabulary = TINY.languageModel.vocabulary;
    const changed = async (other: Tensor): Promise<boolean[]> => {
      const data = await other.data();
      return Array.from({ length: 9 }, (_, t) =>
        data
          .slice(t * vocabulary, (t + 1) * vocabulary)
          .some((value: number, i: number) => value !== base[t * vocabulary + i]),
      );
    };
    expect(await changed(read(b, a))).toEqual([false, false, false, true, true, true, true, true, true]);
    expect(await changed(read(a, b))).toEqual([false, false, false, false, false, false, true, true, true]);
  });

  it('reads text alone through the dense parts, as beside a picture that is not announced', async () => {
    const model = tinyFlamingo(device);
    const row = ids(device, [1, 7, 8, 9]);
    const beside = model.forward({ ids: row, visionFeatures: features(device, 1, 1, 2) });
    expect(await difference(model.forward({ ids: row }), beside)).toBe(0);
    expect(await difference(model.forward({ ids: row }), model.languageModel.forward(row))).toBeGreaterThan(0.01);
  });

  it('leaves out the attention of text that no picture comes before, unless somebody watches it', async () => {
    const model = tinyFlamingo(device);
    const latents = model.resample(features(device, 1, 1, 1));
    const attentions = (text: number[], beforeFirst: 'nothing' | 'mean', latents: Tensor | null): number => {
      let count = 0;
      device.watcher = ({ name }, compute) => {
        if (name === 'attention') count++;
        return compute();
      };
      tinyFlamingo(device, { beforeFirst }).forward({ ids: ids(device, text), latents });
      device.watcher = null;
      return count;
    };
    const { layers } = TINY.languageModel;
    const blocks = model.crossAttention.filter((block) => block !== null).length;
    expect(attentions([1, 7, 8], 'nothing', null)).toBe(layers);
    expect(attentions([1, 7, 8], 'mean', null)).toBe(layers + blocks);
    expect(attentions([1, IMAGE, 8], 'nothing', latents)).toBe(layers + blocks);
    const row = ids(device, [1, 7, 8]);
    const words = { token: String, decode: String, tokenOf: Number, temperature: 1 };
    const run = await runFlamingo(
      model,
      { ids: row },
      { capture: ['xattn.*.contribution.attention', 'logits'] },
      words,
    );
    expect(run.get('xattn.1.contribution.attention').data.every((x) => x === 0)).toBe(true);
    expect(run.get('logits').data).toEqual(await model.forward({ ids: row }).data());
  });

  it('gives the same from pixels, visual tokens and latents', async () => {
    const model = tinyFlamingo(device);
    const row = ids(device, [1, IMAGE, 8, 9]);
    const pixels = randn(device, [1, 1, 1, 3, 12, 12], new Random(4));
    const visionFeatures = model.encode(pixels);
    expect(visionFeatures.shape).toEqual([1, 1, 1, 9, 20]);
    const latents = model.resample(visionFeatures);
    expect(latents.shape).toEqual([1, 1, 4, 20]);
    const whole = model.forward({ ids: row, pixels });
    expect(await difference(model.forward({ ids: row, visionFeatures }), whole)).toBe(0);
    expect(await difference(model.forward({ ids: row, latents }), whole)).toBe(0);
  });

  it('gives with a cache, token by token or in chunks, what it gives without', async () => {
    const model = tinyFlamingo(device);
    const list = [1, 7, IMAGE, 8, 9, IMAGE, 10, 11, 12];
    const latents = model.resample(features(device, 3, 1, 2));
    const whole = model.forward({ ids: ids(device, list), latents });
    for (const size of [1, 2, 4]) {
      const cache = model.newCache();
      for (let start = 0; start < list.length; start += size) {
        const chunk = list.slice(start, start + size);
        const seen = list.slice(0, start).filter((id) => id === IMAGE).length;
        const imagesBefore = tensor(device, [[seen]]);
        const part = model.forward({ ids: ids(device, chunk), latents, cache, imagesBefore });
        const expected = whole.slice([[null], [start, start + chunk.length]]);
        expect(await difference(part, expected)).toBeLessThan(2e-5);
      }
    }
  });

  it('does not let padding on the left change anything', async () => {
    const model = tinyFlamingo(device);
    const latents = model.resample(features(device, 3, 1, 1));
    const plain = model.forward({ ids: ids(device, [1, IMAGE, 8, 9]), latents });
    const attentionMask = tensor(device, [[0, 0, 1, 1, 1, 1]]);
    const padded = model.forward({ ids: ids(device, [0, 0, 1, IMAGE, 8, 9]), attentionMask, latents });
    expect(await difference(padded.slice([[null], [2, 6]]), plain)).toBeLessThan(1e-5);
  });

  it('places blocks as the paper and as OpenFlamingo do', () => {
    const layers = (every: number, placement: 'paper' | 'open-flamingo', count: number) =>
      Array.from({ length: count }, (_, i) => i).filter((i) => hasBlock(i, { every, placement, heads: 1 }));
    expect(layers(7, 'paper', 80)).toHaveLength(12);
    expect(layers(4, 'paper', 9)).toEqual([0, 4, 8]);
    expect(layers(4, 'open-flamingo', 9)).toEqual([3, 7]);
  });

  it('lets a block read what its layer writes when it stands after it, as in flamingo-pytorch', async () => {
    const { crossAttention } = TINY;
    const order = (placement: 'paper' | 'flamingo-pytorch'): string[] => {
      const model = tinyFlamingo(device, { crossAttention: { ...crossAttention, placement } });
      const capture = new Capture(['xattn.*.residual.post', 'lm.layers.*.residual.post']);
      model.forward({ ids: ids(device, [1, IMAGE]), visionFeatures: features(device, 1, 1, 1) }, capture.tap);
      return [...capture.values.keys()].map((name) => name.replace(/layers\.|\.residual\.post/g, ''));
    };
    expect(order('paper')).toEqual(['xattn.0', 'lm.0', 'lm.1', 'xattn.2', 'lm.2', 'lm.3']);
    expect(order('flamingo-pytorch')).toEqual(['lm.0', 'xattn.0', 'lm.1', 'lm.2', 'xattn.2', 'lm.3']);
  });

  it('hands the class token to the resampler when told', () => {
    const pixels = randn(device, [1, 1, 1, 3, 12, 12], new Random(1));
    expect(tinyFlamingo(device).encode(pixels).shape).toEqual([1, 1, 1, 9, 20]);
    expect(tinyFlamingo(device, { visualTokens: 'all' }).encode(pixels).shape).toEqual([1, 1, 1, 10, 20]);
  });

  it('sees nothing after the end of a document', async () => {
    const model = tinyFlamingo(device, { tokens: { ...TINY.tokens, endOfDocument: 7 }, beyondLast: 'nothing' });
    const row = ids(device, [1, IMAGE, 8, 7, 9]);
    const read = async (seed: number) => {
      const capture = new Capture(['xattn.1.attention.out']);
      model.forward({ ids: row, visionFeatures: features(device, seed, 1, 1) }, capture.tap);
      const [first, last] = [3, 4].map((token) =>
        capture.values.get('xattn.1.attention.out')?.slice([[null], [token, token + 1]]),
      );
      return { first: await values(first as Tensor), last: await values(last as Tensor) };
    };
    const [a, b] = [await read(1), await read(2)];
    expect(a.first).not.toEqual(b.first); // the end itself still sees
    expect(a.last).toEqual(new Array(24).fill(0));
    expect(b.last).toEqual(a.last);
  });

  it('trains what lies between, and of the embedding two rows', async () => {
    const model = tinyFlamingo(device);
    const trainable = model.trainable();
    expect([...trainable.keys()].filter((path) => !/^(resampler|crossAttention)\./.test(path))).toEqual([
      'languageModel.embedding.weight',
    ]);
    const row = ids(device, [1, IMAGE, 8, END, IMAGE, 9]);
    const loss = model
      .forward({ ids: row, visionFeatures: features(device, 1, 1, 2) })
      .square()
      .mean();
    const gradients = model.trainedRowsOnly(backward(loss, [...trainable.values()]));
    const table = model.languageModel.embedding.weight;
    const data = await (gradients.get(table) as Tensor).data();
    const width = TINY.languageModel.width;
    const moved = Array.from({ length: TINY.languageModel.vocabulary }, (_, id) => id).filter((id) =>
      data.slice(id * width, (id + 1) * width).some((value) => value !== 0),
    );
    expect(moved).toEqual([END, IMAGE]);
    const all = tinyFlamingo(device, { trainedEmbeddings: 'all' });
    const gradient = full(device, [1], 1);
    expect(all.trainedRowsOnly(new Map([[table, gradient]])).get(table)).toBe(gradient);
  });
});

describe('capture', () => {
  const model = tinyFlamingo(device);
  const pixels = randn(device, [1, 1, 1, 3, 12, 12], new Random(1));
  const row = ids(device, [1, IMAGE, 8]);
  const capture = (patterns: string[]) => runFlamingo(model, { ids: row, pixels }, { capture: patterns });

  it('keeps every role under its name, with its axes, and nothing else', async () => {
    const before = device.liveTensors;
    const run = await capture(['**']);
    expect(device.liveTensors).toBeLessThanOrEqual(before);
    const layers = (prefix: string, count: number, roles: string) =>
      Array.from({ length: count }, (_, i) => roles.split(' ').map((role) => `${prefix}.${i}.${role}`)).flat();
    const block = 'attention.weights attention.out residual.mid feedforward.out residual.post';
    const expected = [
      ...['vision.embeddings.out', 'vision.norm.out', 'vision.out', ...layers('vision.layers', 2, block)],
      ...['resampler.in', 'resampler.out', ...layers('resampler.layers', 2, `attention.scores ${block}`)],
      ...[1, 3].flatMap((i) =>
        `attention.scores ${block} gate.attention gate.dense`.split(' ').map((role) => `xattn.${i}.${role}`),
      ),
      ...['lm.embeddings.out', 'lm.norm.out', 'lm.head.in', 'logits', 'mask.text_time', 'mask.allowed'],
      ...layers('lm.layers', 4, 'attention.weights attention.out feedforward.out residual.post'),
    ];
    expect(run.names).toEqual(expect.arrayContaining(expected));
    for (const name of expected) expect(run.get(name).dims, name).toHaveLength(run.get(name).shape.length);
    const weights = run.get('xattn.1.attention.weights');
    expect(weights.shape).toEqual([1, 2, 3, 4]);
    expect(Array.from(weights.data.slice(0, 4))).toEqual([0, 0, 0, 0]); // <BOS> sees no picture
    expect(weights.data.slice(4, 8).reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6);
  });

  it('refuses a pattern that matches nothing, with the nearest names', async () => {
    await expect(capture(['xattn.0.gate.attention'])).rejects.toThrow(/nearest:.*xattn\.1\.gate/);
    const run = await capture(['xattn.*.gate.*']);
    expect(run.names).toHaveLength(4);
    expect(() => run.get('logits')).toThrow(TapError);
  });
});

/** Two pictures in one row. */
function join(a: Tensor, b: Tensor): Tensor {
  const [, , ...rest] = a.shape;
  const both = a
    .reshape([1, 1, -1])
    .pad([
      [0, 0],
      [0, 1],
      [0, 0],
    ])
    .add(
      b.reshape([1, 1, -1]).pad([
        [0, 0],
        [1, 0],
        [0, 0],
      ]),
    ); // [1, 2, ..]
  return both.reshape([1, 2, ...rest]);
}
