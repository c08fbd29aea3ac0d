import { describe, expect, it } from 'vitest';
import { LanguageModel } from '../../src/flamingo/language-model.ts';
import { openDevice, Random, tensor } from '../../src/tensor/index.ts';
import { languageModelFromHuggingFace } from '../../src/zoo/config/hugging-face.ts';
import { SMALL } from '../flamingo/language-models.ts';
import { enliven, ids } from '../flamingo/tiny.ts';

/** Logits of two rows, the first padded on the left. */
async function logits(device: string, json: object): Promise<Float32Array> {
  const opened = await openDevice(device);
  const model = new LanguageModel({ device: opened, random: new Random(1) }, languageModelFromHuggingFace(json));
  enliven(model, 2);
  const attentionMask = tensor(opened, [
    [0, 1, 1, 1, 1],
    [1, 1, 1, 1, 1],
  ]);
  const found = model.forward(ids(opened, [0, 5, 9, 2, 30], [1, 8, 9, 14, 7]), { attentionMask });
  return (await found.data()) as Float32Array;
}

describe.each(['gpu:webgl2', 'gpu:webgpu'])('language models on %s, in a page', (device) => {
  it.each(Object.keys(SMALL) as (keyof typeof SMALL)[])('%s as on simd', async (kind) => {
    const [expected, found] = [await logits('simd', SMALL[kind]), await logits(device, SMALL[kind])];
    const scale = Math.max(...expected.map(Math.abs));
    const text = expected.map((logit, i) => (i < 31 ? 0 : Math.abs(logit - (found[i] as number)) / scale)); // no padding
    expect(Math.max(...text)).toBeLessThan(1e-5);
  });
});
