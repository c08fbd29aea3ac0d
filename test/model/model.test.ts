import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import { readPicture } from '../../src/model/image.ts';
import { Model } from '../../src/model/model.ts';
import { TapError } from '../../src/runs/patterns.ts';
import { GlassFlamingoError, openDevice, scope, tensor } from '../../src/tensor/index.ts';
import { load } from '../../src/zoo/load.ts';
import { WeightsError } from '../../src/zoo/open/shapes.ts';
import { randomWeights } from '../flamingo/random-weights.ts';
import { tinyFlamingo } from '../flamingo/tiny.ts';
import { VARIANTS } from '../flamingo/variants.ts';

const picture = join(import.meta.dirname, '../fixtures/pictures/rgb.png');
let folder: string;
let model: Model;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
  for (const [name, bytes] of await randomWeights()) await writeFile(join(folder, name), bytes);
  model = await load(folder);
});
afterAll(() => rm(folder, { recursive: true }));

describe('load', () => {
  it('takes a path, a URL or a source, and gives the same model', async () => {
    const prompt = { sequence: [{ image: picture }, { text: 'name :' }] };
    const expected = await model.answer(prompt);
    const source = { file: (name: string) => readFile(join(folder, name)) };
    for (const weights of [pathToFileURL(folder), `${folder}/`, source]) {
      expect(await (await load(weights)).answer(prompt)).toEqual(expected);
    }
  });

  it('names the file that is missing', async () => {
    const missing = join(folder, 'nothing');
    await expect(load(missing)).rejects.toThrow(WeightsError);
    await expect(load(missing)).rejects.toThrow(/nothing\/config\.json does not exist/);
  });

  it('names the first missing file, however long it takes to look for it', async () => {
    const late = { 'config.json': 30, 'tokenizer.json': 10, 'model.safetensors': 0 } as Record<string, number>;
    const file = async (name: string): Promise<Uint8Array> => {
      await new Promise((resolve) => setTimeout(resolve, late[name]));
      throw new WeightsError(`${name} is not there`);
    };
    await expect(load({ file })).rejects.toThrow('config.json is not there');
  });
});

describe('answer', () => {
  it('gives text, alternatives, candidates and gates, and leaves no tensor behind', async () => {
    const live = model.device.liveTensors;
    const answer = await model.answer({
      sequence: [{ image: picture }, { text: ' dax <EOC> ' }, { image: pathToFileURL(picture) }, { text: 'wug<EOC>' }],
      candidates: ['dax', 'wug'],
      generate: { maxTokens: 5 },
    });
    expect(model.device.liveTensors).toBeLessThanOrEqual(live);
    expect(answer.text).toBe(answer.text.trim());
    expect(answer.text).not.toContain('<EOC>');
    const [first, ...others] = answer.alternatives;
    expect(first?.token).toBe(model.tokenizer.token(answer.ids[0] as number));
    expect(others).toHaveLength(4);
    expect(answer.candidates?.map(({ text }) => text)).toEqual(['dax', 'wug']);
    for (const { text, logProbability, tokens } of answer.candidates ?? []) {
      expect(tokens).toBe(model.tokenizer.encode(text).length + 1);
      expect(logProbability).toBeLessThan(0);
    }
    const gates = await Promise.all(model.flamingo.crossAttention.map((block) => block?.denseGate.item()));
    expect(answer.gates.map(({ dense }) => dense)).toEqual(gates.map((alpha) => Math.tanh(alpha as number)));
    expect(answer.gates.some(({ attention }) => attention < 0)).toBe(true);
  });

  it('reads a picture from a path, a URL, bytes or decoded alike, and sees it', async () => {
    const bytes = await readFile(picture);
    const decoded = await readPicture(bytes, 'it');
    const ask = (image: string | URL | Uint8Array | typeof decoded) =>
      model.answer({ sequence: [{ image }, { text: 'name :' }] });
    const expected = await ask(picture);
    for (const image of [pathToFileURL(picture), bytes, decoded]) expect(await ask(image)).toEqual(expected);
    const black = { ...decoded, rgba: decoded.rgba.map((value, i) => (i % 4 === 3 ? value : 0)) };
    expect((await ask(black)).logits).not.toEqual(expected.logits);
  });

  it('lists whole answers by probability when asked', async () => {
    const live = model.device.liveTensors;
    const sequence = [{ image: picture }, { text: 'name :' }];
    const { likely = [], ...answer } = await model.answer({ sequence, generate: { maxTokens: 2 } }, { likely: 4 });
    expect(model.device.liveTensors).toBeLessThanOrEqual(live);
    expect(likely.length).toBeGreaterThan(1);
    const falling = [...likely].sort((a, b) => b.probability - a.probability);
    expect(likely).toEqual(falling);
    expect((await model.answer({ sequence })).likely).toBeUndefined();
    expect((await model.answer({ sequence, generate: { maxTokens: 2 } })).text).toBe(answer.text);
    // With one token at most, whole answers are first tokens.
    const one = await model.answer({ sequence, generate: { maxTokens: 1 } }, { likely: 3 });
    one.likely?.forEach(({ probability }, i) => {
      expect(probability).toBeCloseTo(one.alternatives[i]?.probability as number, 6);
    });
    await expect(model.answer({ sequence }, { likely: 1.5 })).rejects.toThrow('likely is 1.5; expected a whole number');
  });

  it('answers text alone', async () => {
    expect((await model.answer({ sequence: [{ text: 'name :' }] })).alternatives).toHaveLength(5);
  });

  it('refuses what does not fit, and says what', async () => {
    const images = Array.from({ length: 10 }, () => ({ image: picture }));
    await expect(model.answer({ sequence: images })).rejects.toThrow('sequence holds 10 pictures; expected at most 9');
    await expect(model.answer({ sequence: [{ image: 'none.png' }] })).rejects.toThrow('none.png does not exist');
    await expect(model.answer({ sequence: [{ text: '<image> a' }] })).rejects.toThrow('holds <image>');
    await expect(model.answer({ sequence: [] })).rejects.toThrow('sequence is empty');
  });

  it.each<[string, unknown, string]>([
    ['no prompt', null, 'the prompt is null; expected an object'],
    ['an item that is none', { sequence: [5] }, 'sequence[0] is a number'],
    ['an item of both', { sequence: [{ image: picture, text: 'a' }] }, 'sequence[0] holds image and text'],
    ['a picture that is a number', { sequence: [{ image: 5 }] }, 'a picture is a number; expected a path, a URL'],
    ['a picture that is null', { sequence: [{ image: null }] }, 'a picture is null'],
    ['a picture without a size', { sequence: [{ image: { rgba: new Uint8Array(16) } }] }, 'an object with rgba'],
    [
      'a picture of too few numbers',
      { sequence: [{ image: { width: 2, height: 2, rgba: new Uint8Array(12) } }] },
      'a picture has 12 numbers for 2 x 2 pixels; expected four numbers a pixel',
    ],
  ])('refuses %s', async (_, prompt, message) => {
    const refused = model.run(prompt as Parameters<typeof model.run>[0]);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(GlassFlamingoError);
  });
});

describe('run and generate', () => {
  const prompt = {
    sequence: [{ image: picture }, { text: 'dax <EOC>' }, { image: picture }, { text: 'name :' }],
    generate: { maxTokens: 4 },
  };
  const closed = [{ at: 'xattn.*.gate.*', set: 0 }];

  it('captures roles in a run, and compares pictures by features', async () => {
    const run = await model.run(prompt, { capture: ['xattn.*.gate.*'] });
    const [{ attention } = { attention: 0 }] = await model.gates();
    expect(run.get('xattn.0.gate.attention').data[0]).toBeCloseTo(attention, 6);
    expect(await model.features(picture)).toHaveLength(128);
  });

  it('gives a run for every token of the answer', async () => {
    const live = model.device.liveTensors;
    const answer = await model.answer(prompt);
    const runs = [];
    for await (const run of model.generate(prompt, { capture: ['logits', 'xattn.*.gate.*'] })) runs.push(run);
    expect(runs.map(({ next }) => next?.id)).toEqual(answer.ids);
    expect(runs.at(-1)?.next?.text).toBe(answer.text);
    expect(runs[0]?.next?.token).toBe(model.tokenizer.token(answer.ids[0] as number));
    expect(runs.every((run) => run.names.length === 1 + 2 * 4)).toBe(true);
    expect(model.device.liveTensors).toBeLessThanOrEqual(live);
  });

  it('answers and ranks with edits as it generates with them, and without them afterwards', async () => {
    const live = model.device.liveTensors;
    const asked = { ...prompt, candidates: ['dax', 'wug'] };
    const plain = await model.answer(asked);
    const edited = await model.answer(asked, { edit: closed });
    expect(edited.candidates).not.toEqual(plain.candidates);
    const runs = [];
    for await (const { next } of model.generate(prompt, { edit: closed })) runs.push(next?.id);
    expect(runs).toEqual(edited.ids);
    const beams = { ...asked, generate: { maxTokens: 4, beams: 3 } };
    const blind = await model.answer(beams, { edit: closed });
    const bytes = await readPicture(await readFile(picture), 'it');
    const black = { ...bytes, rgba: bytes.rgba.map((value, i) => (i % 4 === 3 ? value : 0)) };
    const sequence = [{ image: black }, ...prompt.sequence.slice(1)];
    expect(await model.answer({ ...beams, sequence }, { edit: closed })).toEqual(blind);
    expect(await model.answer({ ...beams, sequence })).not.toEqual(await model.answer(beams));
    expect(await model.answer(asked)).toEqual(plain);
    expect(model.device.liveTensors).toBeLessThanOrEqual(live);
  });

  it('is the language model alone, bit for bit, with its gates closed', async () => {
    const { data } = (await model.run(prompt, { capture: ['logits'], edit: closed })).get('logits');
    const { bos, image, eoc } = model.tokenizer.special;
    const words = (text: string) => model.tokenizer.encode(text);
    const ids = [bos, image, ...words('dax'), eoc, image, ...words('name :')];
    // In a scope: garbage that is collected later would change the counts of the tests that follow.
    const logits = scope(model.device, () =>
      model.flamingo.languageModel.forward(tensor(model.device, Int32Array.from(ids), [1, ids.length])),
    );
    expect(data).toEqual(await logits.data());
    logits.dispose();
  });

  it('takes a token as text for a gradient, and says when it is none', async () => {
    const texts = Array.from({ length: model.tokenizer.size }, (_, id) => model.tokenizer.decode([id]));
    const token = texts.find((text) => text !== '' && model.tokenizer.encode(text).length === 1) as string;
    const at = ['xattn.*.gate.*'];
    const { objective, gradientNames } = await model.run(prompt, { grad: { of: { logProbability: token }, at } });
    expect(objective).toBeLessThan(0);
    expect(gradientNames).toHaveLength(8);
    await expect(model.run(prompt, { grad: { of: { logit: 'dax dax' }, at } })).rejects.toThrow(
      /is \d+ tokens, .*expected one/,
    );
  });

  it('leaves nothing behind when what was asked for does not fit', async () => {
    const live = model.device.liveTensors;
    await expect(model.run(prompt, { capture: ['nothing'] })).rejects.toThrow(TapError);
    await expect(model.answer(prompt, { edit: [{ at: 'xattn.9.gate.dense', set: 0 }] })).rejects.toThrow(
      /nearest: xattn/,
    );
    const beams = model.generate({ ...prompt, generate: { beams: 2 } });
    await expect(beams.next()).rejects.toThrow('one beam');
    for await (const _ of model.generate(prompt)) break;
    expect(model.device.liveTensors).toBeLessThanOrEqual(live);
  });
});

it('answers with the gates that were used, edits included, and leaves the model as it is', async () => {
  const prompt = { sequence: [{ image: picture }, { text: 'name :' }] };
  const edit = [{ at: 'xattn.1.gate.dense', set: 0.25 }];
  const [plain, changed] = [await model.answer(prompt), await model.answer(prompt, { edit })];
  expect(plain.gates).toEqual(await model.gates());
  const expected = plain.gates.map((gates) => ({
    layer: gates.layer,
    attention: expect.closeTo(gates.attention, 6),
    dense: gates.layer === 1 ? 0.25 : expect.closeTo(gates.dense, 6),
  }));
  expect(changed.gates).toEqual(expected);
  expect((await model.answer(prompt)).gates).toEqual(plain.gates);
});

it('gives a gate with an alpha for every channel, as IDEFICS has, by the mean of tanh(alpha)', async () => {
  const gates = { ...(VARIANTS['IDEFICS on LLaMA'] as Partial<FlamingoConfig>) };
  const flamingo = tinyFlamingo(await openDevice('simd'), gates);
  const block = flamingo.crossAttention[1] as NonNullable<(typeof flamingo.crossAttention)[number]>;
  const alpha = Float32Array.from({ length: block.attentionGate.size }, (_, i) => Math.sin(i));
  block.attentionGate.assign(tensor(flamingo.device, alpha, block.attentionGate.shape));
  const { tokenizer, config } = model;
  const values = await new Model({ flamingo, tokenizer, config }).gates();
  const mean = alpha.reduce((sum, x) => sum + Math.tanh(x), 0) / alpha.length;
  expect(values[1]).toMatchObject({ layer: 1, attention: expect.closeTo(mean, 6) });
  flamingo.dispose();
});
