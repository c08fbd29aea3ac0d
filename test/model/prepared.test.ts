import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logLikelihoods } from '../../src/flamingo/generation/rank.ts';
import {
  type Edit,
  load,
  Model,
  type Prepared,
  type Run,
  type RunInputs,
  type RunOptions,
  runFlamingo,
  runSteps,
} from '../../src/flamingo.ts';
import { encodeAnswer } from '../../src/model/prompt.ts';
import { type Tensor, tensor } from '../../src/tensor/index.ts';

const file = (name: string): URL => new URL(`../../examples/pictures/${name}.png`, import.meta.url);
const prompt = {
  sequence: [
    { image: file('flamingo') },
    { text: 'dax<EOC>' },
    { image: file('trumpet') },
    { text: 'wug<EOC>' },
    { image: file('flamingo-2') },
  ],
  candidates: ['dax', 'wug'],
};

let model: Model;
let prepared: Prepared;
/** The same prompt without anything kept. */
let inputs: RunInputs;
beforeAll(async () => {
  model = await load();
  prepared = await model.prepare(prompt);
  const { data, shape } = (await model.run(prompt, { capture: ['vision.pixels'] })).get('vision.pixels');
  inputs = {
    ids: tensor(model.device, Int32Array.from(prepared.ids), [1, prepared.ids.length]),
    pixels: tensor(model.device, data, [1, shape[0] as number, 1, ...shape.slice(1)]),
  };
});
afterAll(() => {
  prepared.dispose();
  model.dispose();
});

const places = [
  'vision.pixels',
  'vision.layers.1.residual.post',
  'vision.**',
  'resampler.in',
  'resampler.layers.*.attention.weights',
  'resampler.out',
  'mask.allowed',
  'xattn.*.gate.*',
  'xattn.2.gate.dense',
  'xattn.1.attention.weights',
  'xattn.*.attention.keys',
  'xattn.2.attention.values',
  'lm.layers.3.residual.post',
  'logits',
] as const;
const at = fc.constantFrom(...places);
const number = fc.double({ min: -2, max: 2, noNaN: true });
const edit: fc.Arbitrary<Edit> = fc
  .tuple(at, fc.constantFrom('set', 'scale', 'add'), number)
  .map(([at, key, value]) => ({ at, [key]: value }) as unknown as Edit);
const options: fc.Arbitrary<RunOptions> = fc.record(
  {
    capture: fc.uniqueArray(fc.constantFrom(...places, '**'), { maxLength: 3 }),
    edit: fc.array(edit, { maxLength: 2 }),
    attend: fc.constantFrom('latest', 'previous'),
    stopAfter: fc.constantFrom('xattn.3.residual.post', 'logits'),
  },
  { requiredKeys: [] },
);

/** What a run or its error says, as text that shows every bit. */
async function bits(run: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await run(), (_, value) =>
      value instanceof Float32Array ? Array.from(new Uint32Array(value.slice().buffer)) : value,
    );
  } catch (error) {
    return String(error);
  }
}

describe('a prepared prompt', () => {
  it('runs as if nothing were kept, bit for bit, whatever is captured, changed or stopped at', async () => {
    const seen = async (run: () => Promise<Run>): Promise<string> =>
      bits(async () => {
        const { next, names, ...rest } = await run().then((run) => ({ next: run.next, names: run.names, run }));
        return [next && [next.id, next.logits], names.map((name) => rest.run.get(name))];
      });
    await fc.assert(
      fc.asyncProperty(options, async (options) => {
        const plain = await seen(() => runFlamingo(model.flamingo, inputs, options));
        expect(await seen(() => prepared.run(options))).toBe(plain);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('generates as if nothing were kept, and answers the same tokens', async () => {
    const { image, pad, bos, eoc } = model.tokenizer.special;
    const steps = (runs: AsyncIterable<Run>): Promise<string> =>
      bits(async () => {
        const found: unknown[] = [];
        for await (const { next, names } of runs) found.push([next?.ids, next?.logits, names]);
        return found;
      });
    await fc.assert(
      fc.asyncProperty(options, async ({ capture = [], edit = [], attend }) => {
        const told = { edit, ...(attend && { attend }) };
        const plain = { ...told, capture, stop: eoc, suppress: [image, pad, bos] };
        const found = await steps(prepared.generate({ ...told, capture }));
        expect(found).toBe(await steps(runSteps(model.flamingo, inputs, plain)));
        const answered = await bits(async () => (await prepared.answer(told)).ids);
        if (found.startsWith('[')) expect(found).toContain(answered);
      }),
      { numRuns: 12, seed: 2 },
    );
  });

  it('follows the mask rule of a run to the last generated token', async () => {
    const sees = async (attend: 'latest' | 'previous'): Promise<number[]> => {
      const shown: number[] = [];
      for await (const run of prepared.generate({ capture: ['mask.allowed'], attend })) {
        const { data, shape } = run.get('mask.allowed');
        shown.push(Array.from(data.slice(-(shape.at(-1) as number))).filter((sees) => sees > 0).length);
      }
      return shown;
    };
    const [latest, previous] = [await sees('latest'), await sees('previous')];
    expect(previous.length).toBeGreaterThan(1);
    expect(previous.every((pictures) => pictures === 3)).toBe(true);
    expect(latest.every((pictures) => pictures === 1)).toBe(true);
    expect((await prepared.answer({ attend: 'latest' })).logits).toEqual((await prepared.answer()).logits);
    await expect(async () => prepared.run({ attend: 'next' as 'latest' })).rejects.toThrow(
      "attend is 'next'; nearest is 'latest'; expected only latest, previous",
    );
  });

  it("puts one picture's latents in place of another's", async () => {
    const { shape, data } = (await prepared.run({ capture: ['resampler.out'] })).get('resampler.out');
    const size = data.length / (shape[1] as number);
    const swapped = data.slice();
    swapped.set(data.subarray(size, 2 * size), 2 * size);
    const edit: Edit[] = [{ at: 'resampler.out', patch: { shape, data: swapped } }];
    const trumpet = { ...prompt, sequence: [...prompt.sequence.slice(0, 4), { image: file('trumpet') }] };
    const [patched, other] = [await prepared.answer({ edit }), await model.answer(trumpet)];
    expect(patched.text).toBe(other.text);
    patched.logits.forEach((logit, i) => {
      expect(logit).toBeCloseTo(other.logits[i] as number, 3);
    });
  });

  it('reads the text of a prompt once for the answer, its candidates and its likeliest answers, with the same bits', async () => {
    const { flamingo } = model;
    const next = flamingo.next;
    const read: number[] = [];
    flamingo.next = function (inputs, count) {
      read.push(inputs.ids.shape[1] as number);
      return next.call(this, inputs, count);
    };
    try {
      const all = await prepared.answer({ likely: 3 });
      expect(read.filter((tokens) => tokens === prepared.ids.length)).toHaveLength(1);
      const { tokenizer } = model;
      const candidates = prompt.candidates.map((text) => [...encodeAnswer(text, tokenizer), tokenizer.special.eoc]);
      const latents = flamingo.resample(flamingo.encode(inputs.pixels as Tensor));
      const [alone = []] = await logLikelihoods(flamingo, { ids: [prepared.ids], latents }, [candidates]);
      const sums = alone.map((each) => each.reduce((sum, p) => sum + p, 0));
      expect(all.candidates?.map(({ logProbability }) => logProbability)).toEqual(sums);
      expect((await prepared.answer()).ids).toEqual(all.ids);
      latents.dispose();
    } finally {
      Reflect.deleteProperty(flamingo, 'next');
    }
  });

  it('gives its memory back, and takes no more with every run', async () => {
    const { device } = model;
    const held = (): number[] => [device.liveTensors, device.liveBytes];
    const start = held();
    const own = await model.prepare(prompt);
    for (let i = 0; i < 20; i++) await own.answer({ edit: [{ at: 'xattn.3.gate.dense', set: i / 20 }] });
    const before = held();
    for (let i = 0; i < 50; i++) await own.answer({ edit: [{ at: 'xattn.3.gate.dense', set: i / 50 }] });
    expect(held()).toEqual(before);
    own.dispose();
    expect(held()).toEqual(start);
  });
});

it('gives whole answers the probability that ranking gives them', async () => {
  const { flamingo, tokenizer, config } = model;
  const plain = new Model({ flamingo, tokenizer, config: { ...config, temperature: 1 } }); // ranking knows no temperature
  const sequence = [{ image: file('panda') }, { text: 'name :' }];
  const { likely = [] } = await plain.answer({ sequence }, { likely: 5 });
  const candidates = likely.map(({ text }) => text).filter((text) => text !== '');
  expect(candidates.length).toBeGreaterThan(2);
  const ranked = await model.answer({ sequence, candidates });
  for (const { text, logProbability } of ranked.candidates ?? []) {
    const found = likely.find((one) => one.text === text)?.probability as number;
    // The same text may be spelt by several sequences of tokens; the one that ranking takes is the likeliest.
    expect(found / Math.exp(logProbability)).toBeGreaterThan(1 - 1e-4);
    expect(found / Math.exp(logProbability)).toBeLessThan(1.1);
  }
});

it('says when it was disposed of, whatever it is asked', async () => {
  const model = await load();
  const gone = await model.prepare({ sequence: [{ text: 'a cat' }] });
  gone.dispose();
  const calls = { run: () => gone.run(), answer: () => gone.answer(), generate: () => gone.generate().next() };
  for (const [name, call] of Object.entries(calls))
    await expect(call()).rejects.toThrow(`[${name}] the prepared prompt was disposed of; prepare it again`);
  model.dispose();
});
