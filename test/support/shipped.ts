import { expect } from 'vitest';
import type { PictureSource } from '../../src/model/image/source.ts';
import type { Model } from '../../src/model/model.ts';
import { load } from '../../src/zoo/load.ts';
import type { WeightsSource } from '../../src/zoo/open/weights.ts';

/** One few-shot prompt on the shipped model, answered on a device and on simd: the same text, logits within 1e-3. */
export async function expectSameAnswer(
  weights: WeightsSource,
  device: string,
  pictures: readonly [PictureSource, PictureSource, PictureSource],
): Promise<void> {
  const [a, b, query] = pictures;
  const prompt = {
    sequence: [{ image: a }, { text: 'dax<EOC>' }, { image: b }, { text: 'wug<EOC>' }, { image: query }],
    candidates: ['dax', 'wug'],
  };
  const [model, reference]: Model[] = [await load(weights, { device }), await load(weights)];
  const [answer, expected] = [await (model as Model).answer(prompt), await (reference as Model).answer(prompt)];
  expect(model?.device.name).toContain(device);
  expect(answer.text).toBe(expected.text);
  const difference = Math.max(
    ...Array.from(answer.logits, (logit, i) => Math.abs(logit - (expected.logits[i] as number))),
  );
  expect(difference).toBeLessThan(1e-3);
  model?.dispose();
}
