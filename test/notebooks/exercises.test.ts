import { beforeAll, describe, expect, it } from 'vitest';
import { type Exercise, mistakesOf, whatIsWrong } from '../../notebooks/exercise.ts';
import { attentionExercises } from '../../notebooks/exercises/attention.ts';
import { checkpointExercises } from '../../notebooks/exercises/checkpoints.ts';
import { gateExercises } from '../../notebooks/exercises/gate.ts';
import { interleavingExercises } from '../../notebooks/exercises/interleaving.ts';
import { resamplerExercises } from '../../notebooks/exercises/resampler.ts';
import { tensorExercises } from '../../notebooks/exercises/tensors.ts';
import { trainingExercises } from '../../notebooks/exercises/training.ts';
import { visionExercises } from '../../notebooks/exercises/vision.ts';
import { GatedCrossAttention, PerceiverResampler } from '../../src/flamingo.ts';
import { load, type Model, SHIPPED } from '../../src/index.ts';
import { concat, Random, randn, SimdDevice, type Tensor, tensor, zeros } from '../../src/tensor/index.ts';

const device = new SimdDevice();
const pictures = new URL('../../examples/pictures/', import.meta.url);

const image = (name: string) => ({ image: new URL(`${name}.png`, pictures) });
const one = { sequence: [image('panda'), { text: 'name :' }] };
const named = {
  sequence: [image('cactus'), { text: 'name : cactus<EOC>' }, image('panda'), { text: 'name :' }],
};

/** The exercises of a notebook, as it makes them. */
const notebooks: Record<string, (model: Model) => Promise<object>> = {
  'tensors.ts': (model) => tensorExercises(model, named),
  'attention.ts': (model) => attentionExercises(model, named),
  'resampler.ts': (model) => {
    const random = new Random(1);
    const matrix = (out: number, input: number) => randn(device, [out, input], random, input ** -0.5);
    const layer = {
      toQ: matrix(8, 8),
      toK: matrix(8, 8),
      toV: matrix(8, 8),
      toOut: matrix(8, 8),
      up: matrix(32, 8),
      down: matrix(8, 32),
    };
    const config = { width: 8, depth: 1, heads: 1, headDim: 8, latents: 4 };
    const module = new PerceiverResampler({ device, random }, { ...config, frameEmbeddings: 0 });
    const put = (name: string, values: Tensor) =>
      module.parameters().get(`layers.0.${name}.weight`)?.assign(values.mul(1));
    put('attention.toQ', layer.toQ);
    put('attention.toKV', concat([layer.toK, layer.toV]));
    put('attention.toOut', layer.toOut);
    put('feedForward.up', layer.up);
    put('feedForward.down', layer.down);
    const timed = new PerceiverResampler({ device, random }, { ...config, frameEmbeddings: 8 });
    const [features, frames] = [randn(device, [2, 9, 8], random), randn(device, [1, 1, 12, 5, 8], random)];
    return resamplerExercises(model, one, { module, layer, features, timed, frames });
  },
  'checkpoints.ts': () => {
    const random = new Random(3);
    const drawn = (...shape: number[]) => randn(device, shape, random);
    return Promise.resolve(
      checkpointExercises({ media: drawn(8, 6), toKV: drawn(20, 6), normed: drawn(5, 6), toQ: drawn(10, 6) }),
    );
  },
  'training.ts': (model) => Promise.resolve(trainingExercises(device, [...model.flamingo.parameters().keys()])),
  'vision.ts': (model) =>
    visionExercises(model, new URL('panda.png', pictures), randn(device, [4, 4], new Random(4)).mul(2)),
  'gate.ts': async (model) => {
    const random = new Random(2);
    const module = new GatedCrossAttention({ device, random }, { width: 8, visualWidth: 6, heads: 1, headDim: 8 });
    module.attentionGate.assign(tensor(device, [0.4]));
    module.denseGate.assign(tensor(device, [-0.8]));
    const parts = { module, text: randn(device, [2, 5, 8], random), picture: randn(device, [2, 9, 6], random) };
    return gateExercises(model, one, parts);
  },
  'interleaving.ts': (model) => {
    const shots = [
      image('flamingo'),
      { text: 'dax<EOC>' },
      image('trumpet'),
      { text: 'wug<EOC>' },
      image('flamingo-2'),
    ];
    const prompts = { line: { sequence: [{ text: '이름 :' }, ...shots] }, bare: { sequence: shots } };
    return interleavingExercises(model, prompts);
  },
};

describe.each(Object.entries(notebooks))('the exercises of %s', (_, make) => {
  let exercises: [string, Exercise<never>][];
  beforeAll(async () => {
    exercises = Object.entries(await make(await load(SHIPPED, { device }))) as [string, Exercise<never>][];
  });
  const judge = (exercise: Exercise<never>, answer: () => unknown) =>
    whatIsWrong(answer as never, exercise.expected, mistakesOf(exercise));

  it('take their answers', async () => {
    for (const [name, exercise] of exercises)
      expect(await judge(exercise, () => exercise.apply(exercise.answer)), name).toBeNull();
  });

  it('give every listed mistake exactly its own hint', async () => {
    for (const [name, exercise] of exercises) {
      expect(exercise.mistakes.length, name).toBeGreaterThan(0);
      for (const { answer, ko, en } of exercise.mistakes)
        expect(await judge(exercise, () => exercise.apply(answer)), name).toBe(`${ko}\n   ${en}`);
    }
  });

  it('never take zeros, noise, or the right numbers in another order', async () => {
    for (const [name, { expected, ...rest }] of exercises) {
      const exercise = { expected, ...rest };
      expect(await judge(exercise, () => zeros(device, expected.shape)), name).not.toBeNull();
      expect(await judge(exercise, () => randn(device, expected.shape, new Random(1))), name).not.toBeNull();
      const turned = Float32Array.from(await expected.data()).reverse();
      if (turned.length > 1)
        expect(await judge(exercise, () => tensor(device, turned, expected.shape)), name).not.toBeNull();
    }
  });
});
