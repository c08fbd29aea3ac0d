import { describe, expect, it } from 'vitest';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { openDevice, Random } from '../../src/tensor/index.ts';
import { type Clip, drawClip, framesOf } from '../../src/training/clips/clip.ts';
import {
  CLIP_FORMS,
  COLOUR_NAMES,
  COUNTS,
  MOTION_NAMES,
  MOTIONS,
  thereForms,
} from '../../src/training/clips/motions.ts';
import { MovingData, type MovingRecipe, planMoving } from '../../src/training/clips/moving-data.ts';
import { ask, clipTasks, type SceneTask, sceneTasks } from '../../src/training/clips/questions.ts';
import { drawScene, renderScene } from '../../src/training/clips/scene.ts';
import { withTemporalEmbeddings } from '../../src/training/clips/video-recipe.ts';
import { EPISODE_LIMITS, EPISODE_MIX, Episodes, type TrainingData } from '../../src/training/data/index.ts';
import { Pictures } from '../../src/training/data/pictures.ts';
import { pictureKey, TRAINING_STYLES } from '../../src/training/data/styles.ts';
import { keyOf, openFeatures } from '../../src/training/features.ts';
import { episodeLoss, padded } from '../../src/training/flamingo-stage.ts';
import type { Finished } from '../../src/training/from-weights.ts';
import { shareState, viewsOf } from '../../src/training/shared-state.ts';
import { facts, tokenizer } from './data/fixtures.ts';
import { bank, smallFlamingo } from './small-bridge.ts';

const recipe: MovingRecipe = { seed: 1, clips: 30, scenes: 30, others: 0, mix: EPISODE_MIX };
const pictures = {
  ...facts,
  has: (name: string, style: string) => facts.styles(name).includes(style as never),
  drawings: () => [],
};
const data = { bank, pictures, vision: [], otherEmoji: [], iconConcepts: [] } as unknown as TrainingData;
const pool = bank.seen.map(({ name }) => ({ name, styles: TRAINING_STYLES }));
const names = new Map(bank.seen.map((concept) => [concept.name, concept]));
const random = new Random(2);

/** The same clip from its end to its beginning. */
const reversed = (clip: Clip): Clip => ({
  ...clip,
  from: clip.to,
  to: clip.from,
  turns: clip.turns.map((t) => 1 - t).reverse(),
});

describe('drawClip', () => {
  it.each(MOTION_NAMES)('%s is drawn from its generator alone, and shows the opposite in reverse', (motion) => {
    const clip = drawClip(pool, random.fork(motion), motion);
    expect(drawClip(pool, random.fork(motion), motion)).toEqual(clip);
    expect(drawClip(pool, random.fork('other'), motion)).not.toEqual(clip);
    const { reversed: opposite } = MOTIONS[motion];
    expect(MOTIONS[opposite].reversed).toBe(motion);
    const frames = framesOf(clip);
    expect(frames).toHaveLength(8);
    const back = { ...reversed(clip), shown: frames.at(-1)?.things.length === 1 };
    const close = (scenes: typeof frames) =>
      scenes.map(
        ({ things: [thing] }) => thing && [thing.x, thing.y, thing.scale, thing.rotation].map((v) => v.toFixed(9)),
      );
    expect(close(framesOf(back))).toEqual(close(frames.toReversed()));
    const first = frames.findIndex(({ things }) => things.length > 0);
    const [a, b] = [frames[first]?.things[0], frames.findLast(({ things }) => things.length > 0)?.things[0]];
    if (!a || !b) throw new Error('it is never there');
    const signs = [b.x - a.x, b.y - a.y, b.scale - a.scale, b.rotation - a.rotation].map((d) => Math.sign(d));
    const expected: Partial<Record<typeof motion, number[]>> = {
      ...{ left: [-1, 0, 0, 0], right: [1, 0, 0, 0], up: [0, -1, 0, 0], down: [0, 1, 0, 0] },
      ...{ grows: [0, 0, 1, 0], shrinks: [0, 0, -1, 0], 'turns right': [0, 0, 0, 1], 'turns left': [0, 0, 0, -1] },
    };
    expect(signs).toEqual(expected[motion] ?? [0, 0, 0, 0]);
    const there = frames.map(({ things }) => things.length);
    const changes = there.filter((now, i) => i > 0 && now !== there[i - 1]).length;
    if (motion === 'appears' || motion === 'vanishes') {
      expect(changes).toBe(1);
      expect(there[0]).toBe(motion === 'vanishes' ? 1 : 0);
    } else expect(changes > 1).toBe(motion === 'blinks');
  });

  it('goes the same way at any number of frames', () => {
    const clip = drawClip(pool, random.fork('16'), 'left');
    const [eight, sixteen] = [framesOf(clip), framesOf(clip, 16)];
    expect(sixteen[0]).toEqual(eight[0]);
    expect(sixteen.at(-1)).toEqual(eight.at(-1));
    expect(sixteen).toHaveLength(16);
  });
});

describe('drawScene', () => {
  it.each([1, 2, 3, 4])('puts %i things that do not overlap, the left one of two first', (count) => {
    for (let i = 0; i < 20; i++) {
      const { things } = drawScene(pool, random.fork(i), { count });
      expect(things).toHaveLength(count);
      if (count === 2) expect(things[0]?.x).toBeLessThan(things[1]?.x as number);
      for (const [j, a] of things.entries())
        for (const b of things.slice(j + 1))
          expect(Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y))).toBeGreaterThan(0.4);
      expect(new Set(things.map(({ tint }) => tint)).size).toBe(1);
    }
  });
});

describe('renderScene', () => {
  const square = new Uint8Array(64 * 64 * 4);
  for (let y = 0; y < 32; y++) for (let x = 0; x < 64; x++) square.set([255, 255, 255, 255], (y * 64 + x) * 4); // its upper half
  const one = Pictures.from(new Map([[pictureKey('a', 'noto'), square]]));
  const thing = { concept: 'a', style: 'noto', seed: 1, tint: null, scale: 0.5, x: 0, y: 0, rotation: 0, flip: false };
  const at = (pixels: Float32Array, x: number, y: number) => [0, 1, 2].map((c) => pixels[c * 1024 + y * 32 + x]);
  const black = [0, 0, 0] as const;

  it('puts a drawing where it is said to be, turned clockwise, in its tint', () => {
    const drawn = renderScene(one, { background: black, things: [{ ...thing, x: 0.25 }] }, 32);
    expect(at(drawn, 24, 12)).toEqual([1, 1, 1]); // 24 of 32 across, above the middle
    for (const [x, y] of [
      [8, 12],
      [24, 20],
    ] as const)
      expect(at(drawn, x, y)).toEqual([-1, -1, -1]);
    const turned = renderScene(one, { background: black, things: [{ ...thing, rotation: Math.PI / 2 }] }, 32);
    expect(at(turned, 20, 16)).toEqual([1, 1, 1]); // what was above is to the right
    expect(at(turned, 12, 16)).toEqual([-1, -1, -1]);
    const red = at(
      renderScene(one, { background: black, things: [{ ...thing, tint: 'red' }] }, 32),
      16,
      12,
    ) as number[];
    expect(red[0]).toBeGreaterThan(0.8);
    expect(red[2]).toBeLessThan(-0.5);
  });

  it('is the background where nothing is', () => {
    expect(at(renderScene(one, { background: [1, 0.5, 0], things: [] }, 32), 3, 4)).toEqual([1, 0, -1]);
  });
});

describe('questions', () => {
  const tasks: readonly SceneTask[] = ['count', 'colour', 'there', 'left', 'right', 'leftKind', 'rightKind'];

  it('have a form in both languages, each its own', () => {
    for (const language of ['en', 'ko'] as const) {
      const forms = Object.values(CLIP_FORMS).flatMap((each) => each[language]);
      expect(new Set(forms).size).toBe(forms.length);
      const answers = [
        ...Object.values(MOTIONS).map((each) => each[language]),
        ...COUNTS.map((each) => each[language]),
      ];
      expect(new Set(answers).size).toBe(answers.length);
    }
    expect(thereForms('animal', 'en')[1]).toBe('Is there an animal?');
    expect(thereForms('food', 'en')[1]).toBe('Is there any food?');
    expect([thereForms('동물', 'ko')[1], thereForms('새', 'ko')[1]]).toEqual(['동물이 있어?', '새가 있어?']);
  });

  it('are answered by what a scene shows', () => {
    const scene = drawScene(pool, random.fork('two'), { count: 2, tinted: true });
    const [left, right] = scene.things;
    expect([...sceneTasks(scene, names)].sort()).toEqual([...tasks].sort());
    const said = (task: SceneTask, language: 'en' | 'ko' = 'en') =>
      ask(scene, task, language, { names, random, form: 'first' }).answer;
    expect([said('count'), said('count', 'ko')]).toEqual(['two', '두 개']);
    expect(COLOUR_NAMES).toContain(said('colour'));
    expect([said('left'), said('right')]).toEqual([left?.concept, right?.concept]);
    expect(said('leftKind')).toBe(names.get(left?.concept as string)?.category);
    for (let i = 0; i < 10; i++) {
      const { question, answer } = ask(scene, 'there', 'en', { names, random: random.fork(i), form: 'first' });
      const own = scene.things.some(({ concept }) => question === `there ${names.get(concept)?.category} ?`);
      expect(answer).toBe(own ? 'yes' : 'no');
    }
  });

  it('ask for names of what has one alone', () => {
    const clip = drawClip([{ name: 'nothing known', styles: ['noto'] }], random, 'left');
    expect(clipTasks(clip, names)).toEqual(['motion']);
    const scene = drawScene(
      [
        { name: 'x', styles: ['noto'] },
        { name: 'y', styles: ['noto'] },
      ],
      random,
      { count: 2, tinted: false },
    );
    expect(sceneTasks(scene, names)).toEqual(['count']);
  });
});

describe('MovingData', () => {
  const moving = new MovingData(data, recipe);

  it('draws the same for the same seed, and fits into an episode', () => {
    expect(new MovingData(data, recipe).clips).toEqual(moving.clips);
    expect(new MovingData(data, { ...recipe, seed: 2 }).clips).not.toEqual(moving.clips);
    for (const what of ['clipEpisode', 'sceneEpisode'] as const) {
      const episode = moving[what](new Random(3));
      expect(moving[what](new Random(3))).toEqual(episode);
      const { ids, weights, images } = episode;
      expect(ids.length).toBeLessThanOrEqual(EPISODE_LIMITS.length);
      expect(weights).toHaveLength(ids.length);
      expect(ids.filter((id) => id === tokenizer.special.image)).toHaveLength(images.length);
      expect(images.every(({ frames }) => frames === (what === 'clipEpisode' ? 8 : undefined))).toBe(true);
    }
  });

  it('has room for every frame and scene behind the pictures, and work for each once', () => {
    const { features, works } = planMoving(
      { shape: [2, 3], keys: ['a'], memory: new SharedArrayBuffer(24) },
      recipe,
      8,
    );
    const all = works.flatMap(({ what, from, to, at }) =>
      Array.from({ length: (to - from) * (what === 'clips' ? 8 : 1) }, (_, i) => at + i),
    );
    expect(all).toEqual(Array.from({ length: 30 * 9 }, (_, i) => i + 1));
    expect(features.memory.byteLength).toBe(24 * (1 + 30 * 9));
    new Float32Array(features.memory).set(Array.from({ length: 6 * (1 + 30 * 9) }, (_, i) => i));
    const cache = openFeatures(features);
    const image = moving.clipEpisode(new Random(4)).images[0] as {
      concept: string;
      style: string;
      view: number;
      frames: number;
    };
    expect(cache.of(image)).toHaveLength(8 * 6);
    expect(cache.of(image)[0]).toBe(6 * features.keys.indexOf(keyOf(image)));
  });
});

it('sums the loss of rows of clips and rows of pictures', async () => {
  const device = await openDevice('simd');
  const config = smallFlamingo(1);
  const resampler = { ...config.resampler, frameEmbeddings: 8 };
  const model = new Flamingo({ device, random: new Random(5) }, { ...config, resampler });
  const moving = new MovingData(data, recipe);
  const cache = {
    shape: [4, 16] as const,
    of: (image: { concept: string; frames?: number }) => {
      const noise = new Random(1).fork(image.concept);
      return Float32Array.from({ length: 64 * (image.frames ?? 1) }, () => noise.normal());
    },
  };
  const clips = [moving.clipEpisode(new Random(1)), moving.clipEpisode(new Random(2))];
  const stills = [moving.sceneEpisode(new Random(1)), new Episodes(bank, facts, 2).episode(new Random(2))];
  const loss = (...rows: typeof clips): number =>
    episodeLoss(model, padded(rows, tokenizer.special.pad), cache).item() as unknown as number;
  const [a, b] = [await loss(...clips), await loss(...stills)];
  const [first, second] = clips as [(typeof clips)[0], (typeof clips)[0]];
  expect(await loss(first, ...stills, second)).toBeCloseTo(a + b, 3);
});

it('adds temporal embeddings that leave pictures as they are and change evenly', () => {
  const shared = shareState([['model.resampler.latents', [2, 16]]]);
  viewsOf(shared).get('model.resampler.latents')?.fill(7);
  const before = {
    config: { model: smallFlamingo(1), limits: { images: 9, tokens: 96 } },
    shared: { flamingo: shared },
  } as unknown as Finished;
  const { config, shared: after } = withTemporalEmbeddings(before, 1);
  expect(config.model.resampler.frameEmbeddings).toBe(8);
  expect(config.limits.frames).toBe(16);
  const views = viewsOf(after.flamingo);
  expect(views.get('model.resampler.latents')?.every((value) => value === 7)).toBe(true);
  const table = views.get('model.resampler.frameEmbeddings') as Float32Array;
  const row = (i: number) => table.subarray(16 * i, 16 * i + 16);
  expect([...row(0)].every((value) => value === 0)).toBe(true);
  const apart = (i: number, j: number) => Math.hypot(...row(i).map((value, k) => value - (row(j)[k] as number)));
  expect(apart(3, 4)).toBeLessThan(apart(1, 6));
  expect(withTemporalEmbeddings(before, 1).shared.flamingo).toEqual(after.flamingo);
});
