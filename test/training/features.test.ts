import { describe, expect, it } from 'vitest';
import { VisionEncoder } from '../../src/flamingo/vision-encoder.ts';
import { openDevice, Random } from '../../src/tensor/index.ts';
import type { TrainingData } from '../../src/training/data/index.ts';
import { Pictures } from '../../src/training/data/pictures.ts';
import { type Augmentation, randomAugmentation, trainingAugmentation } from '../../src/training/data/render.ts';
import { encodeInto, planFeatures } from '../../src/training/features.ts';
import { FLAMINGO_RECIPE } from '../../src/training/flamingo-stage.ts';
import { VISION_RECIPE } from '../../src/training/vision-stage.ts';
import { noisyData } from '../support/training-data.ts';

const scales = (draw: (random: Random) => Augmentation): [number, number] => {
  const all = Array.from({ length: 2000 }, (_, i) => draw(new Random(i)).scale);
  return [Math.min(...all), Math.max(...all)];
};

describe('the scale of pictures in their views', () => {
  it('is .7 to 1.3 in both stages that see pictures, and .9 to 1.3 in evaluation, as it always was', () => {
    expect([VISION_RECIPE.scale, FLAMINGO_RECIPE.scale]).toEqual([
      [0.7, 1.3],
      [0.7, 1.3],
    ]);
    const [low, high] = scales((random) => trainingAugmentation(random, FLAMINGO_RECIPE.scale));
    expect([Math.floor(1000 * low), Math.ceil(1000 * high)]).toEqual([700, 1300]);
    const [least, most] = scales(randomAugmentation);
    expect([Math.floor(1000 * least), Math.ceil(1000 * most)]).toEqual([900, 1300]);
  });

  it('is all that training changes of how evaluation draws', () => {
    const { scale: _, ...training } = trainingAugmentation(new Random(3), [0.5, 0.5]);
    const { scale: __, ...evaluation } = randomAugmentation(new Random(3));
    expect(training).toEqual(evaluation);
  });

  it('reaches the features of the Flamingo stage, and not the pictures of evaluation', async () => {
    const pictures = Pictures.openShared(noisyData().pictures);
    const drawn: number[] = [];
    const watched = Object.assign(Object.create(pictures) as Pictures, {
      renderAs: (...args: Parameters<Pictures['renderAs']>) => {
        drawn.push(args[2].scale);
        return pictures.renderAs(...args);
      },
    });
    const vision = new VisionEncoder(
      { device: await openDevice('simd'), random: new Random(1) },
      { imageSize: 32, patchSize: 16, width: 8, layers: 1, heads: 1, hidden: 8, projection: 4 },
    );
    const shown = [{ name: 'fox', styles: ['noto'], views: 3 }];
    const { works } = planFeatures(shown, { seed: 1, size: 32, scale: [0.6, 0.6], heavy: 0, shape: [4, 8] });
    for (const work of works) await encodeInto(vision, { pictures: watched } as TrainingData, work);
    expect(drawn).toEqual([0.6, 0.6, 0.6]);
    const heavy = planFeatures(shown, { seed: 1, size: 32, scale: [0.6, 0.6], heavy: 1, shape: [4, 8] });
    for (const work of heavy.works) await encodeInto(vision, { pictures: watched } as TrainingData, work);
    const [plain, changed] = [works[0], heavy.works[0]].map(
      (work) => new Float32Array(work?.features.memory ?? new SharedArrayBuffer(0)),
    );
    expect(changed).not.toEqual(plain);
    watched.render('fox', 'noto', new Random(1));
    expect(drawn.at(-1)).toBe(randomAugmentation(new Random(1)).scale);
  });
});
