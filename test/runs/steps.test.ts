import { beforeEach, describe, expect, it } from 'vitest';
import { generate } from '../../src/flamingo/generate.ts';
import type { GenerationOptions } from '../../src/flamingo/generation/options.ts';
import type { Run } from '../../src/runs/captured.ts';
import type { Edit } from '../../src/runs/edit.ts';
import { type RunInputs, runFlamingo } from '../../src/runs/run.ts';
import { runSteps, type StepOptions } from '../../src/runs/steps.ts';
import { openDevice, Random, randn, type Tensor, tensor } from '../../src/tensor/index.ts';
import { IMAGE, ids, TINY, tinyFlamingo } from '../flamingo/tiny.ts';

const device = await openDevice('simd');
const model = tinyFlamingo(device);
const PROMPT = [1, 7, IMAGE, 8, 9, IMAGE, 10];
const inputs = { ids: ids(device, PROMPT), pixels: randn(device, [1, 2, 1, 3, 12, 12], new Random(1)) };
const NEVER = -1;
const TOKENS = 5;

async function steps(options: Partial<StepOptions & GenerationOptions> = {}, from: RunInputs = inputs): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const run of runSteps(model, from, { maxTokens: TOKENS, stop: NEVER, ...options })) runs.push(run);
  return runs;
}

/** A tap's values of one text token. */
function row(run: Run, name: string, text: number): Float32Array {
  const { data, shape } = run.get(name);
  const width = shape.at(-1) as number;
  return data.slice(text * width, (text + 1) * width);
}

function expectClose(a: Float32Array, b: Float32Array): void {
  expect(a.length).toBe(b.length);
  const scale = Math.max(...b.map(Math.abs));
  expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))))).toBeLessThan(1e-5 * scale);
}

/** All of a generated text read at once, without a cache. */
async function atOnce(runs: readonly Run[], edit: readonly Edit[] = []): Promise<Run> {
  const generated = runs.at(-1)?.next?.ids.slice(0, -1) ?? [];
  const whole = { ...inputs, ids: ids(device, [...PROMPT, ...generated]) };
  const run = await runFlamingo(model, whole, { capture: ['**'], edit });
  whole.ids.dispose();
  return run;
}

let before = 0;
beforeEach(() => {
  before = device.liveTensors;
});

describe('a run for every token', () => {
  it('takes the tokens that generation takes, greedily and drawn', async () => {
    const latents = model.resample(model.encode(inputs.pixels));
    for (const sampling of [{}, { temperature: 1, topK: 9, topP: 0.9, seed: 4 }]) {
      const options = { maxTokens: TOKENS, stop: NEVER, ...sampling };
      const [expected] = await generate(model, { ids: [PROMPT], latents }, options);
      const runs = await steps(sampling);
      expect(runs.map(({ next }) => next?.id)).toEqual(expected?.ids);
      expectClose(runs[0]?.next?.logits as Float32Array, expected?.firstLogits as Float32Array);
    }
    latents.dispose();
  });

  it('says token, text so far and distribution', async () => {
    const runs = await steps();
    expect(runs).toHaveLength(TOKENS);
    runs.forEach(({ next }, i) => {
      expect(next?.ids).toEqual(runs.slice(0, i + 1).map((run) => run.next?.id));
      expect(next?.text).toBe(next?.ids.join(' '));
      expect(next?.token).toBe(String(next?.id));
      expect(next?.probabilities).toHaveLength(TINY.languageModel.vocabulary);
    });
  });

  it('hears from the caller which tokens announce pictures', async () => {
    const imageTokens = tensor(device, [[0, 1, 0, 0, 1, 0, 0]]);
    const [step] = await steps({ capture: ['mask.text_time'] }, { ...inputs, imageTokens });
    expect(Array.from(step?.get('mask.text_time').data ?? [])).toEqual([0, 1, 1, 1, 2, 2, 2]);
    imageTokens.dispose();
  });

  it('ends with the stopping token', async () => {
    const free = await steps();
    const stop = free[2]?.next?.id as number;
    const first = free.findIndex(({ next }) => next?.id === stop);
    expect(await steps({ stop })).toHaveLength(first + 1);
  });

  it('fires every tap once: pictures in the first step, the text in each', async () => {
    const runs = await steps({ capture: ['**'] });
    const whole = await runFlamingo(model, inputs, { capture: ['**'] });
    expect(runs[0]?.names).toEqual(whole.names);
    for (const name of whole.names) expect(runs[0]?.get(name), name).toEqual(whole.get(name));
    const text = whole.names.filter((name) => !/^(vision|resampler)\./.test(name));
    for (const run of runs.slice(1)) expect(run.names).toEqual(text);
    expect(runs[3]?.get('lm.layers.0.attention.weights').shape).toEqual([1, 3, 1, PROMPT.length + 3]);
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('shows in each step what reading all at once shows there', async () => {
    const runs = await steps({ capture: ['**'] });
    const whole = await atOnce(runs);
    runs.slice(1).forEach((run, i) => {
      for (const name of ['lm.embeddings.out', 'xattn.3.contribution.attention', 'mask.allowed', 'logits'])
        expectClose(run.get(name).data, row(whole, name, PROMPT.length + i));
    });
  });
});

describe('edits of a generated text', () => {
  it.each<[string, Edit]>([
    ['one token of the prompt', { at: 'lm.layers.1.residual.post', add: 1, where: { text: 4 } }],
    ['the last token of the prompt', { at: 'lm.layers.1.residual.post', scale: -1, where: { text: -1 } }],
    ['a token that is generated', { at: 'lm.layers.0.feedforward.out', add: 2, where: { token: 9 } }],
    ['tokens of both', { at: 'xattn.1.contribution.*', scale: 3, where: { text: [5, 7, 8], width: [0, 3] } }],
    ['keys, which the cache keeps', { at: 'lm.layers.2.attention.keys', scale: 2, where: { text: [0, 8], head: 1 } }],
    ['weights of one key', { at: 'lm.layers.*.attention.weights', zero: true, where: { key: 2 } }],
    ['weights of a key that is generated', { at: 'lm.layers.1.attention.weights', zero: true, where: { key: 8 } }],
    ['every token', { at: 'xattn.*.gate.*', set: 0.3 }],
    ['latents, once', { at: 'resampler.out', add: 1, where: { image: 1, latent: [0, 2] } }],
    ['what each image shows', { at: 'xattn.*.attention.values', scale: 2, where: { image: 0, latent: 1 } }],
  ])('reach %s as they do when all is read at once', async (_, edit) => {
    const plain = await steps({ capture: ['logits'] });
    const runs = await steps({ capture: ['logits'], edit: [edit] });
    const last = { ...edit, ...(edit.where?.text === -1 && { where: { text: PROMPT.length - 1 } }) };
    const whole = await atOnce(runs, [last]);
    runs.forEach((run, i) => {
      const logits = run.get('logits').data.slice(-TINY.languageModel.vocabulary);
      expectClose(logits, row(whole, 'logits', PROMPT.length - 1 + i));
    });
    expect(runs.map((run) => run.get('logits').data)).not.toEqual(plain.map((run) => run.get('logits').data));
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('patch the prompt, from another run', async () => {
    const other = { ...inputs, pixels: randn(device, [1, 2, 1, 3, 12, 12], new Random(9)) };
    const donor = await runFlamingo(model, other, { capture: ['resampler.out', 'lm.layers.1.residual.post'] });
    const expected = await steps({ capture: ['logits'] }, other);
    const patched = await steps({ capture: ['logits'], edit: [{ at: 'resampler.out', patch: donor }] });
    expect(patched.map((run) => run.next?.id)).toEqual(expected.map((run) => run.next?.id));
    expect(patched.map((run) => run.get('logits').data)).toEqual(expected.map((run) => run.get('logits').data));
    const text: Edit = { at: 'lm.layers.1.residual.post', patch: donor };
    expect((await steps({ edit: [text] }))[0]?.next?.logits).not.toEqual((await steps())[0]?.next?.logits);
    other.pixels.dispose();
  });

  it('may name tokens up to the last one generated', async () => {
    const at = (text: number) => steps({ edit: [{ at: 'lm.norm.out', set: 0, where: { text } }] });
    await at(PROMPT.length + TOKENS - 2);
    await expect(at(PROMPT.length + TOKENS - 1)).rejects.toThrow(`expected 0 to ${PROMPT.length + TOKENS - 2}`);
  });
});

describe('gradients of a generated text', () => {
  it('are those of each step, of the token that it read', async () => {
    const grad = { of: { logit: 11 }, at: ['resampler.out', 'xattn.*.gate.dense', 'lm.embeddings.out'] };
    const runs = await steps({ grad });
    const whole = await runFlamingo(model, inputs, { grad });
    expect(runs[0]?.gradient('resampler.out')).toEqual(whole.gradient('resampler.out'));
    runs.forEach((run, i) => {
      expect(run.objective).toBe(run.next?.logits[11]);
      expect(run.gradientNames.includes('resampler.out')).toBe(i === 0);
      expect(run.gradient('lm.embeddings.out').data.some((value) => value !== 0)).toBe(true);
    });
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('are there in the step of their position only', async () => {
    const grad = { of: { logit: 11, position: 8 }, at: ['lm.embeddings.out'] };
    const runs = await steps({ grad });
    expect(runs.map(({ objective }) => objective !== null)).toEqual([false, false, true, false, false]);
    expect(runs.map(({ gradientNames }) => gradientNames.length)).toEqual([0, 0, 1, 0, 0]);
  });
});

describe('nothing is left behind', () => {
  it('when a generation is abandoned half-way', async () => {
    for await (const { next } of runSteps(model, inputs, { maxTokens: TOKENS, stop: NEVER, capture: ['**'] }))
      if (next?.ids.length === 2) break;
    expect(device.liveTensors).toBeLessThanOrEqual(before);
    const iterator = runSteps(model, inputs, { maxTokens: TOKENS, stop: NEVER });
    await iterator.next();
    await iterator.return();
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('when an edit throws in the third step', async () => {
    let calls = 0;
    const apply = (x: Tensor): Tensor => {
      if (++calls === 3) throw new RangeError('mine');
      return x;
    };
    await expect(steps({ edit: [{ at: 'logits', apply }] })).rejects.toThrow(RangeError);
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('when what was asked for does not fit', async () => {
    await expect(steps({ capture: ['nothing'] })).rejects.toThrow('no tap matches');
    await expect(steps({ capture: ['**'], budget: 100 })).rejects.toThrow('the largest');
    await expect(steps({ beams: 2 })).rejects.toThrow('one beam');
    await expect(steps({ stopAfter: 'logits' } as StepOptions)).rejects.toThrow('no token to go on with');
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });
});
