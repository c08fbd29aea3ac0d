import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { formatConfig, parseConfig } from '../../src/model/config/json.ts';
import { frameOrder, readFrames } from '../../src/model/image/frames.ts';
import type { PictureSource } from '../../src/model/image/source.ts';
import type { Model } from '../../src/model/model.ts';
import { type Prompt, parsePrompt, requirePictures, tokenise } from '../../src/model/prompt.ts';
import { type Device, openDevice, Random } from '../../src/tensor/index.ts';
import { load } from '../../src/zoo/load.ts';
import { baseFolder, writeWeights } from '../../src/zoo/open/weights.ts';
import { randomWeights } from '../flamingo/random-weights.ts';
import { enliven } from '../flamingo/tiny.ts';

const file = (name: string): string => join(import.meta.dirname, '../fixtures/pictures', name);
const gif = file('animated.gif'); // of three frames
const picture = file('rgb.png');
let folder: string;
let still: Model;
let moving: Model;

/** Four frames to learn, at most six in a clip. */
const FRAMES = 4;
const MOST = 6;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clips-'));
  await mkdir(join(folder, 'video'));
  for (const [name, bytes] of await randomWeights()) await writeFile(join(folder, name), bytes);
  still = await load(folder);
  const { config } = still;
  const device: Device = await openDevice('simd');
  const resampler = { ...config.model.resampler, frameEmbeddings: FRAMES };
  const flamingo = new Flamingo({ device, random: new Random(3) }, { ...config.model, resampler });
  enliven(flamingo, 4);
  const changed = { ...config, model: flamingo.config, limits: { ...config.limits, frames: MOST }, base: '..' };
  await writeFile(join(folder, 'video/config.json'), formatConfig(changed));
  await writeFile(join(folder, 'video/model.safetensors'), await writeWeights(flamingo, { trainedOnly: true }));
  moving = await load(join(folder, 'video'));
});
afterAll(() => rm(folder, { recursive: true }));

const logits = async (model: Model, ...media: Prompt<PictureSource>['sequence']): Promise<Float32Array> =>
  (await model.answer({ sequence: [...media, { text: 'fox' }] })).logits;

describe('weights with a base', () => {
  it('are its tokenizer, encoder and language model, and a trained part of their own', async () => {
    const [of, own] = [still.flamingo.parameters(), moving.flamingo.parameters()];
    expect([...own.keys()].filter((name) => !of.has(name))).toEqual(['resampler.frameEmbeddings']);
    const same = [...of.keys()].filter(
      (name) => String(of.get(name)?.dataSync()) === String(own.get(name)?.dataSync()),
    );
    expect(same.some((name) => /^(resampler|crossAttention)\./.test(name) && /weight/.test(name))).toBe(false);
    expect([...of.keys()].filter((name) => /^vision\./.test(name)).every((name) => same.includes(name))).toBe(true);
    expect(moving.tokenizer.size).toBe(still.tokenizer.size);
  });

  it('say where it is', async () => {
    expect(await baseFolder(join(folder, 'video'))).toBe(`${folder}/video/..`);
    expect(await baseFolder(folder)).toBe(folder);
    expect(await baseFolder(join(folder, 'nothing'))).toBe(join(folder, 'nothing'));
  });

  it('name a folder by its way alone', () => {
    const config = JSON.parse(formatConfig(still.config));
    for (const base of ['/etc', 'https://example.org', '', 3])
      expect(() => parseConfig({ ...config, base })).toThrow('config.json: base is');
  });
});

describe('a clip', () => {
  it('is one <image> token, and read from a file, its bytes or its frames alike', async () => {
    expect(tokenise(parsePrompt({ sequence: [{ video: 'a.gif' }] }), moving.tokenizer)).toMatchObject({
      ...{ ids: [moving.tokenizer.special.bos, moving.tokenizer.special.image], images: [] },
      media: [{ video: 'a.gif' }],
    });
    const bytes = await readFile(gif);
    const expected = await logits(moving, { video: gif });
    for (const video of [bytes, new Blob([bytes]), await readFrames(bytes, 'a.gif')])
      expect(await logits(moving, { video })).toEqual(expected);
    expect(await logits(moving, { image: gif })).not.toEqual(expected);
  });

  it('of one frame is a picture', async () => {
    const expected = await logits(moving, { image: picture });
    for (const video of [picture, [picture]]) expect(await logits(moving, { video })).toEqual(expected);
    expect(await logits(still, { video: picture })).toEqual(await logits(still, { image: picture }));
  });

  it('says in which order its frames were', async () => {
    const frames = await readFrames(await readFile(gif), 'a.gif');
    expect(await logits(moving, { video: frames.toReversed() })).not.toEqual(await logits(moving, { video: frames }));
  });

  it('may have more frames than were learnt, and of too many some are taken evenly', async () => {
    const frames = await readFrames(await readFile(gif), 'a.gif');
    const [a, b, c] = frames as [(typeof frames)[0], (typeof frames)[0], (typeof frames)[0]];
    const six = await logits(moving, { video: [a, a, b, b, c, c] });
    expect(await logits(moving, { video: [a, a, a, a, b, b, b, b, c, c, c, c] })).toEqual(six);
    expect(await logits(moving, { video: frames })).not.toEqual(six);
  });

  it('stands beside pictures and shorter clips, which are shown for as long', async () => {
    const frames = await readFrames(await readFile(gif), 'a.gif');
    const [a] = frames as [(typeof frames)[0]];
    const beside = await logits(moving, { image: picture }, { video: frames });
    expect(await logits(moving, { video: [picture, picture, picture] }, { video: frames })).toEqual(beside);
    expect(await logits(moving, { video: [a, a] }, { video: [...frames, a] })).toEqual(
      await logits(moving, { video: [a, a, a, a] }, { video: [...frames, a] }),
    );
  });

  it('is refused by a model that has not learnt when a frame was', async () => {
    const asked = { sequence: [{ text: 'a' }, { image: picture }, { video: gif }] };
    await expect(still.answer(asked)).rejects.toThrow(
      'sequence[2] is a clip of 3 frames; expected a picture: clips are for models with temporal embeddings, such as --weights video',
    );
  });

  it('is told by its place where it cannot be read', async () => {
    const blob = new Blob(['no picture']);
    await expect(moving.answer({ sequence: [{ image: picture }, { video: blob }] })).rejects.toThrow(
      'clip 2 of the prompt',
    );
    await expect(moving.answer({ sequence: [{ video: [picture, blob] }] })).rejects.toThrow('frame 2 of a clip');
  });

  it('is refused by what shows pictures one by one', () => {
    expect(() => requirePictures(parsePrompt({ sequence: [{ image: 'a' }, { video: 'b' }] }), 'attend')).toThrow(
      'sequence[1] is a clip; expected a picture: attend takes no clips',
    );
  });
});

it('spreads frames evenly', () => {
  expect(frameOrder(3, 3)).toEqual([0, 1, 2]);
  expect(frameOrder(1, 4)).toEqual([0, 0, 0, 0]);
  expect(frameOrder(2, 5)).toEqual([0, 0, 1, 1, 1]);
  expect(frameOrder(12, 6)).toEqual([1, 3, 5, 7, 9, 11]);
});
