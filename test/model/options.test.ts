/** A misspelt or impossible option of anything public is refused before anything is computed. */

import { expect, it } from 'vitest';
import { type GENERATE_RULES, requireGeneration } from '../../src/flamingo/generation/options.ts';
import { generate, load, selectShots } from '../../src/flamingo.ts';
import { AdamW, warmupCosine } from '../../src/nn/index.ts';
import { ArgumentError, ones, Random, SimdDevice } from '../../src/tensor/index.ts';
import { Muon } from '../../src/training/muon.ts';
import { shippedModel } from '../cli/support.ts';

const prompt = { sequence: [{ text: 'name :' }] };
const as = <T>(value: unknown): T => value as T;

it.each<[string, unknown, string]>([
  ['load', () => load(undefined, as({ devise: 'simd' })), "no option 'devise'; nearest is 'device'"],
  ['load, options first', () => load(as({ device: 'simd' })), 'the location holds device; expected a path'],
  ['load, no location', () => load(as(null)), 'the location is null'],
  ['load, parts', () => load(as({ flamingo: 'a', tokeniser: 'b' })), "nearest is 'tokenizer'"],
  ['answer', async () => (await shippedModel()).answer(prompt, as({ edits: [] })), "nearest is 'edit'"],
  ['answer, the prompt', async () => (await shippedModel()).answer(as({ ...prompt, candidate: [] })), 'candidates'],
  [
    'answer, how',
    async () => (await shippedModel()).answer(as({ ...prompt, generate: { topk: 3 } })),
    '(nearest: topK)',
  ],
  ['run', async () => (await shippedModel()).run(prompt, as({ stopafter: 'logits' })), "nearest is 'stopAfter'"],
  ['generate', async () => (await shippedModel()).generate(prompt, as({ edti: [] })).next(), "nearest is 'edit'"],
  ['AdamW', () => new AdamW([], as({ beta: [0.9, 0.99] })), "nearest is 'betas'"],
  ['Muon', () => new Muon([], as({ momentun: 0.9 })), "nearest is 'momentum'"],
  ['a group', () => new AdamW([as({ parameters: [], lr: 1 })]), "no option 'lr'"],
  ['a device', () => new SimdDevice(as({ fna: true })), "nearest is 'fma'"],
])('%s refuses a misspelt option', async (_, call, message) => {
  await expect(async () => await (call as () => unknown)()).rejects.toThrow(message);
});

it.each<[object, string]>([
  [{ topK: 0 }, 'topK is 0; expected a whole number from 1'],
  [{ topP: 0 }, 'topP is 0'],
  [{ topP: Number.NaN }, 'topP is NaN'],
  [{ maxTokens: 0 }, 'maxTokens is 0'],
  [{ maxTokens: '3' }, 'maxTokens is 3'],
  [{ temperature: 1e-310 }, 'temperature is 1e-310; expected 0, or a number from 0.000001'],
  [{ temperature: Number.POSITIVE_INFINITY }, 'temperature is Infinity'],
  [{ temperature: 1, beams: 2 }, 'temperature is 1; expected 0 with 2 beams'],
  [{ beams: 0.5 }, 'beams is 0.5'],
  [{ beams: 0 }, 'beams is 0; expected a whole number from 1 to 64'],
  [{ beams: 65 }, 'beams is 65'],
  [{ topP: 1.1 }, 'topP is 1.1'],
  [{ temperature: 9e-7 }, 'temperature is 9e-7'],
  [{ seed: -1 }, 'seed is -1'],
  [{ stop: undefined }, "stop is undefined; expected a token's id"],
  [{ suppress: [0.5] }, 'suppress is 0.5'],
  [{ lengthPenalty: Number.NaN }, 'lengthPenalty is NaN'],
  [{ lengthRule: 'all' }, "lengthRule is 'all'; nearest is 'whole'; expected only generated, whole"],
  [{ beems: 3 }, "there is no option 'beems'; nearest is 'beams'"],
])('generate refuses %j', async (options, message) => {
  const { flamingo } = await shippedModel();
  const call = generate(flamingo, { ids: [[1]], latents: null }, as({ stop: 2, ...options }));
  await expect(call).rejects.toThrow(message);
});

it.each<Partial<Record<keyof typeof GENERATE_RULES, number>>>([
  { maxTokens: 1, beams: 1, temperature: 1e-6, topK: 1, topP: 1, seed: 0 },
  { beams: 64, temperature: 0, topP: 1e-9 },
])('generate takes the least and the most that it says: %j', (options) => {
  expect(() => requireGeneration('generate', { stop: 2, ...options })).not.toThrow();
});

const weight = ones(new SimdDevice(), [2]);
it.each<[string, () => unknown, string]>([
  ['no rate', () => new AdamW([as({ parameters: [weight] })]), 'the learning rate is undefined'],
  [
    'a rate as text',
    () => new AdamW([as({ parameters: [weight], learningRate: '0.1' })]),
    "the learning rate is '0.1'",
  ],
  ['NaN as a rate', () => new Muon([{ parameters: [], learningRate: Number.NaN }]), '[Muon] the learning rate is NaN'],
  [
    'a decay below 0',
    () => new AdamW([{ parameters: [], learningRate: 1, weightDecay: -1 }]),
    'the weight decay is -1, expected a finite number from 0 on',
  ],
  ['steps that are none', () => warmupCosine(1, { steps: Number.NaN, warmup: 1 }), '[warmupCosine] steps is NaN'],
  ['no warm-up', () => warmupCosine(1, as({ steps: 9 })), 'warmup is undefined'],
  ['a step before the first', () => warmupCosine(-1, { steps: 9, warmup: 2 }), 'step is -1'],
  ['shots below 0', () => selectShots([1, 0], [[1, 0]], -1), 'the count is -1'],
  ['half a shot', () => selectShots([1, 0], [[1, 0]], 0.5), 'the count is 0.5'],
  ['a seed as text', () => new Random(as('1')), "the seed is '1', expected a whole number"],
  ['a sample below 0', () => new Random(1).sample([1, 2], -1), 'the count is -1, expected a whole number from 0 to 2'],
  ['a place in nothing', () => new Random(1).integer(0), 'n is 0, expected a whole number from 1'],
  ['a state of zeros', () => Random.restore([0, 0, 0, 0]), 'the state is [0,0,0,0]'],
])('training and chance refuse %s', (_, call, message) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(message);
});

it('takes what it should', () => {
  const device = new SimdDevice({ fma: false });
  const group = { parameters: [ones(device, [2, 2])], learningRate: 1, weightDecay: 0 };
  expect(() => new AdamW([group], { betas: [0.9, 0.99], eps: 1e-6 })).not.toThrow();
});
