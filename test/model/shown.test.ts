import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load, type Model } from '../../src/flamingo.ts';
import { LOGIT_LENS_TAPS, logitLens, TOP_CHANGES_TAPS, topChanges } from '../../src/inspect/index.ts';
import { type LikelyToken, nextToken } from '../../src/runs/captured.ts';

const panda = new URL('../../examples/pictures/panda.png', import.meta.url);
const prompt = { sequence: [{ image: panda }, { text: 'name :' }] };

let model: Model;
beforeAll(async () => {
  model = await load();
});
afterAll(() => model.dispose());

describe('the likeliest tokens', () => {
  it('are those of the probabilities, the likeliest first', async () => {
    const { next } = await model.run(prompt);
    const top = next?.top(3) ?? [];
    expect(top.map(({ id }) => id)[0]).toBe(next?.id);
    const cooler = Array.from(next?.probabilities ?? [], (p) => p ** (1 / (model.config.temperature as number)));
    const all = cooler.reduce((sum, p) => sum + p, 0);
    const sorted = cooler.map((p) => p / all).sort((a, b) => b - a);
    top.forEach(({ id, token, probability }, i) => {
      expect(probability).toBeCloseTo(sorted[i] as number, 5);
      expect(token).toBe(model.tokenizer.token(id));
    });
    expect(next?.top()).toHaveLength(5);
    expect(next?.top(1e6)).toHaveLength(next?.logits.length as number);
    expect(() => next?.top(0)).toThrow('k is 0, expected a whole number from 1');
  });

  it('of an answer are those that may be said', async () => {
    const answer = await model.answer(prompt);
    expect(answer.alternatives).toEqual(answer.top(5).map(({ token, probability }) => ({ token, probability })));
    expect(answer.top(answer.logits.length).at(-1)?.probability).toBe(0); // <image> and the like
  });
});

it('one token has one probability wherever it is shown', async () => {
  const answer = await model.answer(prompt, { capture: [...LOGIT_LENS_TAPS, ...TOP_CHANGES_TAPS] });
  const { run } = answer;
  const [{ id, probability }] = answer.top(1) as [LikelyToken];
  const lens = await logitLens(model, run, { top: 1 });
  const all = answer.top(answer.logits.length).reduce((sum, shown) => sum + shown.probability, 0);
  expect(all).toBeCloseTo(1, 6);
  for (const shown of [
    run.next?.top(1)[0]?.probability,
    lens.layers.at(-1)?.positions.at(-1)?.[0]?.probability,
    topChanges(run, run, model, { top: 1 })[0]?.before,
    topChanges(run, run, model, { top: 1 })[0]?.after,
  ])
    expect(shown).toBeCloseTo(probability, 4); // those that are never said have a little of it
  const other = topChanges(run, run, model, { top: 1, otherTemperature: 100 })[0];
  expect(other).toMatchObject({ id });
  expect(other?.after).toBeLessThan(0.01);
});

describe('pieces of a generated text', () => {
  it('are the text, one after another', async () => {
    const runs = [];
    for await (const run of model.generate(prompt)) runs.push(run);
    expect(runs.map(({ next }) => next?.piece).join('')).toBe(runs.at(-1)?.next?.text);
  });

  it('hold a letter back until its last byte has come, and no space in front of a word is lost', () => {
    const texts = ['', '나', '나', '나\ufffd', '나비', '나비 c'];
    const words = {
      token: String,
      decode: (ids: readonly number[]) => texts[ids.length] as string,
      tokenOf: () => 0,
    };
    const pieces = [0, 1, 2, 3, 4].map((n) => nextToken(Float32Array.of(0, 1), new Array(n).fill(0), words).piece);
    expect(pieces).toEqual(['나', '', '', '비', ' c']);
  });
});

describe('console.log', () => {
  const lines = (value: unknown): string[] => inspect(value).split('\n');

  it('shows what matters of everything that a person is given, on a screen', async () => {
    const prepared = await model.prepare(prompt);
    const run = await prepared.run({ capture: ['**'], grad: { of: { logit: 5 }, at: ['xattn.0.gate.*'] } });
    const answer = await prepared.answer();
    const shown: [unknown, RegExp][] = [
      [answer, /^Answer "/],
      [run, /captured \d+/],
      [run.next, /^next token: .*\d%/],
      [run.get('xattn.1.attention.weights'), /^xattn\.1\.attention\.weights: .*\d/],
      [run.get('vision.pixels'), /more lines$/],
      [prepared, /tokens: <BOS> <image>/],
      [model, /parameters on simd/],
      [model.tokenizer, /^Tokenizer of 1536 tokens; pad 0/],
      [model.device, /^Device simd.*: \d+ tensors, \d+ bytes$/],
      [model.flamingo, /languageModel/],
      [model.flamingo.resampler, /latents/],
    ];
    for (const [value, expected] of shown) {
      expect(inspect(value)).toMatch(expected);
      expect(lines(value).length).toBeLessThan(24);
      expect(Math.max(...lines(value).map(({ length }) => length))).toBeLessThan(300);
    }
    prepared.dispose();
  });

  it('leaves what a worker can post', async () => {
    const answer = await model.answer(prompt, { capture: ['xattn.*.gate.*'] });
    const posted = structuredClone(answer);
    expect(posted.text).toBe(answer.text);
    expect(posted.alternatives).toEqual(answer.alternatives);
  });
});
