/** A misspelt or impossible option of anything public is refused before anything is computed. */

import { expect, it } from 'vitest';
import { type GENERATE_RULES, requireGeneration } from '../../src/flamingo/generation/options.ts';
import {
  generate,
  load,
  loadFlamingo,
  loadGatedBlock,
  loadPicture,
  loadResampler,
  writeWeights,
} from '../../src/flamingo.ts';
import {
  gateBars,
  gateLines,
  logitLens,
  occlusionMap,
  profile,
  reportOf,
  topChangeDots,
  topChanges,
  wordPatchMap,
} from '../../src/inspect/index.ts';
import { AdamW, Embedding, FeedForward, Linear, loadStateDict } from '../../src/nn/index.ts';
import {
  attention,
  attentionWeights,
  crossEntropy,
  GlassFlamingoError,
  ones,
  rotary,
  SimdDevice,
  type Tensor,
} from '../../src/tensor/index.ts';
import { Muon } from '../../src/training/muon.ts';
import { openInWorker } from '../../src/worker.ts';
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

const recorded = { get: () => ({ name: 'logits', shape: [1, 1, 2], data: new Float32Array(2) }) };
const square = (): Tensor => ones(new SimdDevice(), [2, 2]);
const weightsFolder = new URL('../../weights/', import.meta.url);

/** Every public function and class that takes an object of options, with one of its keys that is right. */
const TAKERS: readonly [name: string, key: string, call: (options: object) => unknown][] = [
  ['load', 'device', (o) => load(weightsFolder, as(o))],
  ['loadPicture', 'name', (o) => loadPicture(new Uint8Array(1), as(o))],
  ['loadFlamingo', 'languageModel', (o) => loadFlamingo('nowhere', as(o))],
  ['loadResampler', 'device', (o) => loadResampler('nowhere', as(o))],
  ['loadGatedBlock', 'config', (o) => loadGatedBlock('nowhere', as(o))],
  ['openInWorker', 'progress', (o) => openInWorker(as({}), undefined, as(o))],
  ['writeWeights', 'metadata', async (o) => writeWeights((await shippedModel()).flamingo, as(o))],
  ['encode', 'addSpecial', async (o) => (await shippedModel()).tokenizer.encode('a', as(o))],
  ['decode', 'skipSpecial', async (o) => (await shippedModel()).tokenizer.decode([5], as(o))],
  ['prepare', 'signal', async (o) => (await shippedModel()).prepare(prompt, as(o))],
  ['answer', 'capture', async (o) => (await shippedModel()).answer(prompt, as(o))],
  ['run', 'budget', async (o) => (await shippedModel()).run(prompt, as(o))],
  ['generate', 'attend', async (o) => (await shippedModel()).generate(prompt, as(o)).next()],
  ['generate of a prompt', 'maxTokens', async (o) => (await shippedModel()).answer({ ...prompt, generate: as(o) })],
  ['matmul', 'transposeA', (o) => square().matmul(square(), as(o))],
  ['crossEntropy', 'ignoreIndex', (o) => crossEntropy(square(), square(), as(o))],
  ['attention', 'causal', (o) => attention(square(), square(), square(), as(o))],
  ['attentionWeights', 'emptyRows', (o) => attentionWeights(square(), as(o))],
  ['SimdDevice', 'fma', (o) => new SimdDevice(as(o))],
  ['AdamW', 'betas', (o) => new AdamW([], as(o))],
  ['Muon', 'momentum', (o) => new Muon([], as(o))],
  ['Linear', 'bias', (o) => new Linear({ device: new SimdDevice() }, 2, 2, as(o))],
  ['Embedding', 'std', (o) => new Embedding({ device: new SimdDevice() }, 2, 2, as(o))],
  ['FeedForward', 'activation', (o) => new FeedForward({ device: new SimdDevice() }, 2, 2, as(o))],
  ['rotary', 'layout', (o) => rotary(square(), [0, 1], as(o))],
  ['loadStateDict', 'rename', (o) => loadStateDict(as({}), as({}), as(o))],
  ['logitLens', 'positions', async (o) => logitLens(await shippedModel(), as(recorded), as(o))],
  ['topChanges', 'position', (o) => topChanges(as(recorded), as(recorded), { tokenizer: { token: String } }, as(o))],
  ['wordPatchMap', 'pictures', (o) => wordPatchMap(as(recorded), 0, { rows: 1, columns: 1 }, as(o))],
  ['occlusionMap', 'columns', async (o) => occlusionMap(await shippedModel(), prompt, as(o))],
  ['profile', 'repeats', async (o) => profile(await shippedModel(), prompt, as(o))],
  ['reportOf', 'names', async (o) => reportOf(await shippedModel(), as(prompt), as(o))],
  ['gateBars', 'heading', (o) => gateBars([{ layer: 0, attention: 0, dense: 0 }], as(o))],
  ['gateLines', 'document', (o) => gateLines([], as(o))],
  ['topChangeDots', 'heading', (o) => topChangeDots([], as(o))],
];

/** Slips of a hand: a letter more, a letter less, two in the other order, another case, a stranger. */
const slips = (key: string): string[] =>
  [
    `${key}s`,
    key.slice(0, -1),
    key.slice(0, 1) + key.slice(1, 3).split('').reverse().join('') + key.slice(3),
    key.toUpperCase(),
    '__proto',
  ].filter((slip) => slip !== key);

it.each(TAKERS)('%s refuses every misspelling of %s with the nearest name', async (_, key, call) => {
  for (const slip of slips(key)) {
    const said = await Promise.resolve()
      .then(() => call({ [slip]: undefined }))
      .catch((error: unknown) => error);
    expect(said, slip).toBeInstanceOf(GlassFlamingoError);
    expect(String(said), slip).toMatch(/there is no option|expected only|knows no/);
    if (slip !== '__proto') expect(String(said), slip).toContain(key);
  }
});
