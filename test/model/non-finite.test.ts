import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inKorean } from '../../src/cli/korean-errors.ts';
import { generate, load, type Model } from '../../src/flamingo.ts';
import type { TextClassifier } from '../../src/model/text-tower.ts';
import { NonFiniteError, type Tensor, tensor } from '../../src/tensor/index.ts';
import { namingTap } from '../../src/training/damaged.ts';
import { EXAMPLES, runWithFake } from '../cli/support.ts';

const panda = join(EXAMPLES, 'panda.png');
const prompt = { sequence: [{ image: panda }, { text: 'name :' }] };

let model: Model;
beforeEach(async () => {
  model = await load();
});
afterEach(() => model.dispose());

/** Puts a number into the middle of a weight. */
async function spoil(path: string, value: number): Promise<void> {
  const parameter = [...model.flamingo.parameters()].find(([name]) => name === path)?.[1];
  if (!parameter) throw new Error(`there is no weight ${path}`);
  const data = ((await parameter.data()) as Float32Array).slice();
  data[data.length >> 1] = value;
  parameter.assign(tensor(model.device, data, parameter.shape));
}

/** Where a weight acts first. */
const PLACES: [weight: string, value: number, tap: string][] = [
  ['vision.patchEmbedding', Number.NaN, 'vision.embeddings.patches'],
  ['vision.layers.2.attention.toK.weight', Infinity, 'vision.layers.2.attention.keys'],
  ['vision.layers.3.feedForward.down.bias', Number.NaN, 'vision.layers.3.feedforward.out'],
  ['resampler.latents', Infinity, 'resampler.latents'],
  ['resampler.layers.1.attention.toQ.weight', Number.NaN, 'resampler.layers.1.attention.queries'],
  ['crossAttention.1.attentionGate', Number.NaN, 'xattn.1.gate.attention'],
  ['languageModel.layers.1.attention.toV.weight', -Infinity, 'lm.layers.1.attention.values'],
  ['languageModel.layers.3.feedForward.up.bias', Number.NaN, 'lm.layers.3.feedforward.hidden'],
  ['languageModel.norm.weight', Infinity, 'lm.norm.out'],
  ['languageModel.embedding.weight', Number.NaN, 'logits'], // of a token that the prompt does not hold
];

describe('numbers that are none', () => {
  it.each(PLACES)('in %s (%d) are told at the first tap that has them', async (weight, value, tap) => {
    await spoil(weight, value);
    const message = `NaN or infinite, so that no token can be chosen; the first are at '${tap}'`;
    const before = model.device.liveTensors;
    const answer = model.answer(prompt);
    await expect(answer).rejects.toThrow(NonFiniteError);
    await expect(answer).rejects.toThrow(message);
    await expect(model.answer({ ...prompt, candidates: ['panda', 'dog'] })).rejects.toThrow(message);
    await expect(model.generate(prompt).next()).rejects.toThrow(message);
    expect(model.device.liveTensors).toBeLessThanOrEqual(before);

    const run = await model.run(prompt, { capture: ['**'] });
    expect(run.get(tap).data.every(Number.isFinite)).toBe(false);
    expect(run.next).toBe(null);
  });

  it.each(['answer', 'generate'] as const)('made by an edit are told where it acts: %s', async (way) => {
    const edit = [{ at: 'xattn.2.feedforward.out', apply: (x: Tensor): Tensor => x.div(0) }];
    const edited = way === 'answer' ? model.answer(prompt, { edit }) : model.generate(prompt, { edit }).next();
    await expect(edited).rejects.toThrow("the first are at 'xattn.2.feedforward.out'");
  });

  it('in what a picture is classified by are told, and no label gets a chance', async () => {
    const before = model.device.liveTensors;
    await spoil('vision.layers.2.attention.toK.weight', Infinity);
    const message = "the vision encoder gives NaN or infinity; the first are at 'vision.layers.2.attention.keys'";
    await expect(model.classify(panda, ['panda', 'dog'])).rejects.toThrow(NonFiniteError);
    await expect(model.classify(panda, ['panda', 'dog'])).rejects.toThrow(`[features] ${message}`);
    await expect(model.features(panda)).rejects.toThrow(message);
    expect(inKorean(`[features] ${message}`)).toMatch(/비전 인코더에서 .*처음 나와요/);
    expect(model.device.liveTensors).toBeGreaterThan(before); // the text tower, which stays
  });

  it('in the projection or the text tower are told apart', async () => {
    await model.classify(panda, ['panda']);
    const { text } = (await (model as unknown as { classifier: Promise<TextClassifier> }).classifier) as TextClassifier;
    const data = ((await text.projection.weight.data()) as Float32Array).slice().fill(Number.NaN);
    text.projection.weight.assign(tensor(model.device, data, text.projection.weight.shape));
    await expect(model.classify(panda, ['panda'])).rejects.toThrow('[classify] the text tower gives NaN or infinity');
    const head = [...model.flamingo.parameters()].find(([name]) => /^vision\..*projection/.test(name))?.[0];
    await spoil(head as string, Number.NaN);
    await expect(model.classify(panda, ['panda'])).rejects.toThrow('its taps are finite, its projection is damaged');
  });

  it('are told by what measures a model, with a picture of its own', async () => {
    await spoil('resampler.layers.1.attention.toQ.weight', Number.NaN);
    const { flamingo, tokenizer } = model;
    const { image, eoc } = tokenizer.special;
    const read = () => generate(flamingo, { ids: [[image, eoc]] }, { stop: eoc, maxTokens: 1 });
    const before = model.device.liveTensors;
    await spoil('languageModel.layers.3.feedForward.up.bias', Number.NaN);
    await expect(namingTap(flamingo, read)).rejects.toThrow("the first are at 'resampler.layers.1.attention.queries'");
    expect(model.device.liveTensors).toBeLessThanOrEqual(before);
    await expect(namingTap(flamingo, () => Promise.reject(new RangeError('x')))).rejects.toThrow(RangeError);
  });

  it.each(['ask', 'gates'])('are one line of the command %s, which exits 2', async (command) => {
    await spoil('languageModel.layers.1.attention.toQ.weight', Number.NaN);
    const openModel = async (): Promise<Model> => model;
    const { code, out, err } = await runWithFake([command, '--image', panda, '--text', 'name :'], {
      openModel,
      loadModel: openModel,
    });
    expect(code).toBe(2);
    expect(out).not.toContain('\n\n'); // the device, and no answer
    expect(err).toMatch(/^.*lm\.layers\.1\.attention\.queries.*\n$/);
  });
});
