import { beforeAll, describe, expect, it } from 'vitest';
import { type Exercise, mistakesOf, whatIsWrong } from '../../notebooks/exercise.ts';
import { attentionExercises } from '../../notebooks/exercises/attention.ts';
import { interleavingExercises } from '../../notebooks/exercises/interleaving.ts';
import { tensorExercises } from '../../notebooks/exercises/tensors.ts';
import { load, type Model, SHIPPED } from '../../src/index.ts';
import { Random, randn, SimdDevice, tensor, zeros } from '../../src/tensor/index.ts';

const device = new SimdDevice();
const pictures = new URL('../../examples/pictures/', import.meta.url);

const image = (name: string) => ({ image: new URL(`${name}.png`, pictures) });
const named = {
  sequence: [image('cactus'), { text: 'name : cactus<EOC>' }, image('panda'), { text: 'name :' }],
};

/** The exercises of a notebook, as it makes them. */
const notebooks: Record<string, (model: Model) => Promise<object>> = {
  'tensors.ts': (model) => tensorExercises(model, named),
  'attention.ts': (model) => attentionExercises(model, named),
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
