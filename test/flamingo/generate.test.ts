import { describe, expect, it } from 'vitest';
import { generate } from '../../src/flamingo/generate.ts';
import { Decoding, type GeneratedImages } from '../../src/flamingo/generation/decoding.ts';
import { argmax, sample } from '../../src/flamingo/generation/distribution.ts';
import { logLikelihoods } from '../../src/flamingo/generation/rank.ts';
import { cosineSimilarity, selectShots } from '../../src/flamingo/rices.ts';
import { Capture } from '../../src/runs/patterns.ts';

import { openDevice, Random, type Tensor, tensor } from '../../src/tensor/index.ts';
import { END, features, IMAGE, ids, tinyFlamingo } from './tiny.ts';

const device = await openDevice('simd');
const model = tinyFlamingo(device);
const latents = model.resample(features(device, 3, 2, 2));
const prompt = {
  ids: [
    [1, IMAGE, 8, END, IMAGE],
    [1, 5, IMAGE],
  ],
  latents,
};

/** The likeliest next token by a whole pass each time. */
async function slowGreedy(row: number, steps: number): Promise<number[]> {
  const text = [...(prompt.ids[row] as number[])];
  const own = latents.slice([[row, row + 1]]);
  for (let step = 0; step < steps; step++) {
    const logits = await model.forward({ ids: ids(device, text), latents: own }).data();
    const last = Array.from(logits.slice(-31)).map((logit, id) => (id === IMAGE ? Number.NEGATIVE_INFINITY : logit));
    const id = last.indexOf(Math.max(...last));
    text.push(id);
    if (id === END) break;
  }
  return text.slice((prompt.ids[row] as number[]).length);
}

it('pictures look alike by the cosine of their features, whatever the size of these', () => {
  expect(cosineSimilarity([3, 4], [4, 3])).toBeCloseTo(24 / 25, 12);
  expect(cosineSimilarity([1, 0], [10, 10])).toBeCloseTo(Math.SQRT1_2, 12);
  expect(cosineSimilarity([1, 2], [-2, -4])).toBeCloseTo(-1, 12);
  expect([cosineSimilarity([1, 0], [0, 5]), cosineSimilarity([0, 0], [1, 1])]).toEqual([0, 0]);
  expect(
    selectShots(
      [1, 1],
      [
        [100, 0],
        [1, 0.9],
        [0.1, 0.2],
      ],
      2,
    ),
  ).toEqual([2, 1]); // the most similar last
});

it('the likeliest token is the first of equals', () => {
  expect([argmax([1, 3, 3]), argmax([3, 1, 3]), argmax([-1])]).toEqual([1, 0, 0]);
});

describe('generate', () => {
  it('greedy: rows of different length together give what whole passes give alone', async () => {
    const rows = await generate(model, prompt, { maxTokens: 10, stop: END });
    expect(rows[0]?.ids).toEqual(await slowGreedy(0, 10));
    expect(rows[1]?.ids).toEqual(await slowGreedy(1, 10));
  });

  it.each(['nothing', 'mean'] as const)(
    'reads %s of the pictures before the first is announced',
    async (beforeFirst) => {
      const asked = tinyFlamingo(device, { beforeFirst });
      const one = latents.slice([[0, 1]]);
      const [whole, decoding] = [[1, 5, 8, IMAGE, 9], new Decoding(asked, 1, { latents: one })];
      for (let t = 0; t < whole.length; t++) {
        const [logits] = t === 0 ? await decoding.start([[1]]) : await decoding.read([[whole[t] as number]]);
        const expected = asked.forward({ ids: ids(device, whole.slice(0, t + 1)), latents: one }).slice([[null], [-1]]);
        const data = await expected.data();
        expect(Math.max(...data.map((x, i) => Math.abs(x - (logits?.[i] as number))))).toBeLessThan(1e-5);
      }
      decoding.dispose();
    },
  );

  it('does with a generated <image> what the model says', async () => {
    const one = latents.slice([[0, 1]]); // two pictures
    const text = [1, IMAGE, 8];
    const whole = async (images: number[]): Promise<number[]> => {
      const imageTokens = tensor(device, [images]);
      const logits = model.forward({ ids: ids(device, [...text, IMAGE, 9]), latents: one, imageTokens });
      return Array.from((await logits.data()).slice(-31));
    };
    const stepwise = async (generatedImages: GeneratedImages): Promise<number[]> => {
      const decoding = new Decoding(tinyFlamingo(device, { generatedImages }), 1, { latents: one });
      await decoding.start([text]);
      await decoding.read([[IMAGE]]);
      const [logits] = await decoding.read([[9]]);
      decoding.dispose();
      return Array.from(logits as Float32Array);
    };
    // With 'resets' the generated one is the first again: what follows sees picture 1, as where it counts for nothing.
    const expected = { counts: [0, 1, 0, 1, 0], kept: [0, 1, 0, 0, 0], resets: [0, 1, 0, 0, 0] };
    for (const [rule, images] of Object.entries(expected)) {
      const found = await stepwise(rule as GeneratedImages);
      const logits = await whole(images);
      for (const [id, logit] of found.entries()) expect(logit, rule).toBeCloseTo(logits[id] as number, 4);
    }
    expect(await stepwise('counts')).not.toEqual(await stepwise('kept'));
  });

  it('lets what follows the end of a document see what the end itself saw, where sight is kept', async () => {
    const switches = {
      generatedImages: 'kept',
      beyondLast: 'nothing',
      tokens: { image: IMAGE, endOfChunk: END, endOfDocument: 7 },
    } as const;
    const model = tinyFlamingo(device, switches);
    const read = async (ids: number[], row: number): Promise<Float32Array> => {
      const decoding = new Decoding(model, 1, { latents: latents.slice([[row, row + 1]]) });
      await decoding.start([ids]);
      const [logits] = await decoding.read([[9]]);
      decoding.dispose();
      return (logits as Float32Array).slice();
    };
    expect(await read([1, IMAGE, 8, 7], 0)).not.toEqual(await read([1, IMAGE, 8, 7], 1));
    // As if 7 ended nothing.
    const endless = tinyFlamingo(device, { beyondLast: 'nothing', tokens: { image: IMAGE, endOfChunk: END } });
    const all = await endless
      .forward({ ids: ids(device, [1, IMAGE, 8, 7, 9]), latents: latents.slice([[0, 1]]) })
      .data();
    for (const [id, logit] of (await read([1, IMAGE, 8, 7], 0)).entries())
      expect(logit).toBeCloseTo(all[4 * 31 + id] as number, 4);
    // Behind the end nothing is seen, though what came before it saw.
    const blind = new Capture(['xattn.1.attention.out']);
    model.forward({ ids: ids(device, [1, IMAGE, 7, 8]), latents: latents.slice([[0, 1]]) }, blind.tap);
    const out = await (blind.values.get('xattn.1.attention.out') as Tensor).data();
    expect(Math.max(...out.slice(-24).map(Math.abs))).toBe(0);
  });

  it('sees token by token what a whole pass sees, after pictures and ends of documents between them too', async () => {
    const tokens = { image: IMAGE, endOfChunk: END, endOfDocument: 7 };
    const model = tinyFlamingo(device, { beyondLast: 'nothing', tokens });
    const text = [1, IMAGE, 8, 9, 7, 8, 9, IMAGE, 9, 8, 7, IMAGE, 9]; // the last announces a picture that is not there
    const own = latents.slice([[0, 1]]);
    const whole = await model.forward({ ids: ids(device, text), latents: own }).data();
    const decoding = new Decoding(model, 1, { latents: own });
    for (const [t, id] of text.entries()) {
      const [logits] = t === 0 ? await decoding.start([[id]]) : await decoding.read([[id]]);
      const worst = Math.max(...Array.from(logits ?? [], (x, i) => Math.abs(x - (whole[t * 31 + i] as number))));
      expect(worst, `token ${t}`).toBeLessThan(1e-5);
    }
    decoding.dispose();
  });

  it('ends at the stopping token and never gives <image>', async () => {
    const [free] = await generate(model, prompt, { maxTokens: 6, stop: -1 });
    const stop = free?.ids[2] as number;
    const [row] = await generate(model, prompt, { maxTokens: 6, stop });
    expect(row?.ids).toEqual(free?.ids.slice(0, (free.ids.indexOf(stop) as number) + 1));
    for (let seed = 0; seed < 5; seed++) {
      const sampled = await generate(model, prompt, { maxTokens: 20, stop: -1, temperature: 5, seed });
      expect(sampled.flatMap(({ ids }) => ids)).not.toContain(IMAGE);
    }
  });

  it('draws the same with the same seed, whatever the neighbours, and otherwise with another', async () => {
    const options = { maxTokens: 12, stop: -1, temperature: 2, seed: 4 };
    const [first, second] = await generate(model, prompt, options);
    const [again] = await generate(model, prompt, options);
    expect(again).toEqual(first);
    expect((await generate(model, prompt, { ...options, seed: 5 }))[0]?.ids).not.toEqual(first?.ids);
    expect(second?.ids).not.toEqual(first?.ids);
    const one = { ids: [prompt.ids[0] as number[]], latents: latents.slice([[0, 1]]) };
    expect((await generate(model, one, options))[0]?.ids).toEqual(first?.ids);
  });

  it('keeps to the likeliest when only one may be drawn', async () => {
    const greedy = await generate(model, prompt, { maxTokens: 8, stop: END });
    for (const limit of [{ topK: 1 }, { topP: 1e-6 }]) {
      const rows = await generate(model, prompt, { maxTokens: 8, stop: END, temperature: 3, ...limit });
      expect(rows.map((row) => row.ids)).toEqual(greedy.map((row) => row.ids));
    }
  });

  it('beams: the best of all texts of two tokens, when as many beams as tokens look on', async () => {
    const beams = 31;
    const [best] = await generate(model, prompt, { maxTokens: 2, stop: -1, beams, suppress: [] });
    const pairs = Array.from({ length: 31 * 31 }, (_, i) => [Math.floor(i / 31), i % 31]);
    const [scores = []] = await logLikelihoods(model, prompt, [pairs, []]);
    const sums = scores.map(([a = 0, b = 0]) => a + b);
    expect(best?.logProbability).toBeCloseTo(Math.max(...sums), 4);
    expect(best?.ids).toEqual(pairs[sums.indexOf(Math.max(...sums))]);
    expect(best?.score).toBeCloseTo((best?.logProbability as number) / 2, 6);
  });

  it('beams: a long text wins with a high length penalty, a short one with a low one', async () => {
    const lengths = await Promise.all(
      [4, -4].map(async (lengthPenalty) => {
        const stop = (await generate(model, prompt, { maxTokens: 1, stop: -1 }))[0]?.ids[0] as number;
        const [row] = await generate(model, prompt, { maxTokens: 8, stop, beams: 3, lengthPenalty });
        return row?.ids.length as number;
      }),
    );
    expect(lengths[0]).toBeGreaterThan(lengths[1] as number);
  });

  it('beams: divides by the generated tokens, or by the whole row without the stopping token', async () => {
    const options = { maxTokens: 3, stop: -1, beams: 2, lengthPenalty: 2 };
    const one = { ids: [prompt.ids[0] as number[]], latents: latents.slice([[0, 1]]) };
    const [own] = await generate(model, one, options);
    expect(own?.score).toBeCloseTo((own?.logProbability as number) / 3 ** 2, 6);
    const [whole] = await generate(model, one, { ...options, lengthRule: 'whole' });
    expect(whole?.score).toBeCloseTo((whole?.logProbability as number) / (5 + 3) ** 2, 6);
    const stop = own?.ids[0] as number;
    const [short] = await generate(model, one, { ...options, stop, lengthRule: 'whole', lengthPenalty: -9 });
    expect(short?.ids).toEqual([stop]);
    expect(short?.score).toBeCloseTo((short?.logProbability as number) * 5 ** 9, 0);
  });

  it('keeps memory flat over 1,000 tokens of repeated generations', async () => {
    await generate(model, prompt, { maxTokens: 20, stop: -1, beams: 3 });
    const [tensors, bytes] = [device.liveTensors, device.liveBytes];
    let tokens = 0;
    while (tokens < 1000) {
      const options = tokens % 2 === 0 ? { beams: 3 } : { temperature: 1, seed: tokens };
      const rows = await generate(model, prompt, { maxTokens: 21, stop: -1, ...options });
      tokens += rows.reduce((sum, { ids }) => sum + ids.length, 0);
    }
    expect(device.liveTensors).toBeLessThanOrEqual(tensors);
    expect(device.liveBytes).toBeLessThanOrEqual(bytes);
  });
});

describe('logLikelihoods', () => {
  it('sums what a whole pass says, for candidates of any length, each by itself', async () => {
    const candidates = [[[9, 4, END], [9, END], [7]], [[6, END]]];
    const found = await logLikelihoods(model, prompt, candidates);
    expect(found.map((row) => row.map((tokens) => tokens.length))).toEqual([[3, 2, 1], [2]]);
    for (const [row, list] of candidates.entries()) {
      const own = latents.slice([[row, row + 1]]);
      for (const [k, tokens] of list.entries()) {
        const text = [...(prompt.ids[row] as number[]), ...tokens];
        const logs = await model
          .forward({ ids: ids(device, text), latents: own })
          .logSoftmax()
          .data();
        const start = (prompt.ids[row] as number[]).length - 1;
        tokens.forEach((id, i) => {
          expect(found[row]?.[k]?.[i]).toBeCloseTo(logs[(start + i) * 31 + id] as number, 4);
        });
      }
    }
  });
});

describe('sample', () => {
  it('draws as often as the probabilities say, within the limits', () => {
    const random = new Random(1);
    const logits = [0.5, 0.3, 0.15, 0.05].map(Math.log);
    const count = (options: object): number[] => {
      const counts = [0, 0, 0, 0];
      for (let i = 0; i < 4000; i++) {
        const id = sample(logits, options, random);
        counts[id] = (counts[id] as number) + 1;
      }
      return counts.map((n) => Math.round((n / 4000) * 20) / 20);
    };
    expect(count({})).toEqual([0.5, 0.3, 0.15, 0.05]);
    expect(count({ topK: 2 })).toEqual([0.65, 0.35, 0, 0].map((p) => expect.closeTo(p, 1)));
    expect(count({ topP: 0.6 }).slice(2)).toEqual([0, 0]);
    expect(count({ temperature: 0.01 })).toEqual([1, 0, 0, 0]);
  });
});

describe('RICES', () => {
  it('puts the most similar shot last, by angle and not by length', () => {
    const support = [
      [0, 1],
      [10, 1],
      [1, 0.5],
      [-1, 0],
    ];
    expect(selectShots([1, 0], support, 3)).toEqual([0, 2, 1]);
    expect(() => selectShots([1, 0], support, 5)).toThrow('5 shots of 4 pictures');
    expect(() => selectShots([1, 0, 0], support, 1)).toThrow('picture 0 has 2 features, the query has 3');
  });
});
