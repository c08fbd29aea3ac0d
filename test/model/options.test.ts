/** A misspelt or impossible option of anything public is refused before anything is computed. */

import { expect, it } from 'vitest';
import { type GENERATE_RULES, requireGeneration } from '../../src/flamingo/generation/options.ts';
import { generate, load } from '../../src/flamingo.ts';
import { AdamW } from '../../src/nn/index.ts';
import { ones, SimdDevice } from '../../src/tensor/index.ts';
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
  [{ lengthRule: 'all' }, 'lengthRule is all'],
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

it('takes what it should', () => {
  const device = new SimdDevice({ fma: false });
  const group = { parameters: [ones(device, [2, 2])], learningRate: 1, weightDecay: 0 };
  expect(() => new AdamW([group], { betas: [0.9, 0.99], eps: 1e-6 })).not.toThrow();
});
