import { describe, expect, it } from 'vitest';
import type { FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import type { Run } from '../../src/runs/captured.ts';
import type { Edit } from '../../src/runs/edit.ts';
import { Capture } from '../../src/runs/patterns.ts';
import { runFlamingo } from '../../src/runs/run.ts';
import { openDevice, Random, randn, type Tensor, tensor } from '../../src/tensor/index.ts';
import { IMAGE, ids, tinyFlamingo } from './tiny.ts';
import { VARIANTS } from './variants.ts';

const device = await openDevice('simd');
const TEXT = [1, 7, IMAGE, 8, 9, IMAGE, 10, 11];
const OTHER_TEXT = [1, 5, IMAGE, 12, 4, IMAGE, 13, 6]; // as long, with its images in the same places

const picture = (seed: number): Tensor => randn(device, [1, 1, 1, 3, 12, 12], new Random(seed));
const pictures = async (a: number, b: number): Promise<Tensor> => {
  const both = await Promise.all([picture(a), picture(b)].map((x) => x.data()));
  return tensor(device, Float32Array.from(both.flatMap((x) => [...x])), [1, 2, 1, 3, 12, 12]);
};

/** Exact: not a bit may differ, though -0 is 0. */
function expectEqual(a: Float32Array, b: Float32Array): void {
  expect(a.length).toBe(b.length);
  expect(a.findIndex((value, i) => value !== b[i])).toBe(-1);
}

const differs = (a: Float32Array, b: Float32Array): boolean => a.some((value, i) => value !== b[i]);

/** The values of some text tokens, of a tap [1, text, width]. */
function tokens({ shape, data }: ReturnType<Run['get']>, from: number, to: number): Float32Array {
  const width = shape.at(-1) as number;
  return data.slice(from * width, to * width);
}

describe.each(Object.entries(VARIANTS))('%s, gates open', (_, changes) => {
  const model = tinyFlamingo(device, changes as Partial<FlamingoConfig>);
  const run = async (a: number, b: number, text = TEXT, edit: Edit[] = []): Promise<Run> => {
    const inputs = { ids: ids(device, text), pixels: await pictures(a, b) };
    return runFlamingo(model, inputs, { capture: ['**'], edit });
  };
  const frozen = async (text = TEXT) => (await model.languageModel.forward(ids(device, text)).data()) as Float32Array;
  const first = model.crossAttention.findIndex((block) => block !== null);

  it('is the frozen language model, bit for bit, when both gates of every block are set to 0', async () => {
    const open = await run(1, 2);
    expect(differs(open.get('logits').data, await frozen())).toBe(true);
    const closed = await run(1, 2, TEXT, [{ at: 'xattn.*.gate.*', set: 0 }]);
    expectEqual(closed.get('logits').data, await frozen());
    for (const gate of ['attention', 'dense']) {
      const half = await run(1, 2, TEXT, [{ at: `xattn.*.gate.${gate}`, set: 0 }]);
      expect(differs(half.get('logits').data, await frozen()), gate).toBe(true);
    }
  });

  it('does not let text before the first image depend on pixels, bit for bit', async () => {
    const [a, b] = [await run(1, 2), await run(3, 4)];
    for (const name of a.names.filter(
      (name) => /residual|logits|contribution/.test(name) && /^(xattn|lm|logits)/.test(name),
    )) {
      expectEqual(tokens(a.get(name), 0, 2), tokens(b.get(name), 0, 2));
    }
    expect(differs(tokens(a.get('logits'), 2, 3), tokens(b.get('logits'), 2, 3))).toBe(true);
  });

  it('shows each token the latest image only', async () => {
    const [base, other] = [await run(1, 2), await run(3, 2)]; // another first image
    const name = `xattn.${first}.contribution.attention`;
    expectEqual(tokens(base.get(name), 5, 8), tokens(other.get(name), 5, 8));
    expect(differs(tokens(base.get(name), 2, 5), tokens(other.get(name), 2, 5))).toBe(true);
    const later = await run(1, 3); // another second image
    expectEqual(tokens(base.get('logits'), 0, 5), tokens(later.get('logits'), 0, 5));
    expect(differs(tokens(base.get(name), 5, 8), tokens(later.get(name), 5, 8))).toBe(true);
  });

  it('gives the logits of a donor, bit for bit, with its latents and its stream after any layer', async () => {
    const [base, donor] = [await run(1, 2), await run(3, 4, OTHER_TEXT)];
    expect(differs(base.get('logits').data, donor.get('logits').data)).toBe(true);
    for (let layer = 0; layer < model.languageModel.layers.length; layer++) {
      const edit: Edit[] = [
        { at: 'resampler.out', patch: donor },
        { at: `lm.layers.${layer}.residual.post`, patch: donor },
      ];
      expectEqual((await run(1, 2, TEXT, edit)).get('logits').data, donor.get('logits').data);
    }
  });

  it('slices the mask with a cache as a full pass does, in chunks of any size', async () => {
    const whole = await run(1, 2);
    const latents = model.resample(model.encode(await pictures(1, 2)));
    for (const size of [1, 3, 5]) {
      const cache = model.newCache();
      for (let start = 0; start < TEXT.length; start += size) {
        const chunk = TEXT.slice(start, start + size);
        const seen = TEXT.slice(0, start).filter((id) => id === IMAGE).length;
        const capture = new Capture(['mask.allowed', `xattn.${first}.attention.weights`]);
        model.forward({ ids: ids(device, chunk), latents, cache, imagesBefore: tensor(device, [[seen]]) }, capture.tap);
        const allowed = (await capture.values.get('mask.allowed')?.data()) as Float32Array;
        expectEqual(allowed, whole.get('mask.allowed').data.slice(2 * start, 2 * (start + chunk.length)));
        const weights = capture.values.get(`xattn.${first}.attention.weights`) as Tensor;
        const sums = Array.from(await weights.sum(-1).data(), Math.round);
        const full = rowSums(whole, first);
        const heads = weights.shape[1] as number;
        const expected = Array.from({ length: heads }, (_, h) =>
          full.slice(h * TEXT.length + start, h * TEXT.length + start + chunk.length),
        );
        expect(sums).toEqual(expected.flat());
      }
    }
  });

  it('lets a token that sees nothing read nothing', async () => {
    const found = await run(1, 2);
    for (const [i, block] of model.crossAttention.entries()) {
      if (!block) continue;
      expect(tokens(found.get(`xattn.${i}.contribution.attention`), 0, 2).every((value) => value === 0)).toBe(true);
      expect(tokens(found.get(`xattn.${i}.contribution.dense`), 0, 2).every((value) => value === 0)).toBe(false);
    }
    if (changes.crossAttention?.maskedTokenRule === 'output') return; // IDEFICS: uniform weights, nothing of them goes on
    const sums = rowSums(found, first);
    sums.forEach((sum, row) => {
      expect(sum).toBe(row % TEXT.length < 2 ? 0 : 1);
    });
  });
});

/** How much each head and token reads in all, [head, text] in one list. */
function rowSums(run: Run, layer: number): number[] {
  const { data, shape } = run.get(`xattn.${layer}.attention.weights`);
  const width = shape.at(-1) as number;
  return Array.from({ length: data.length / width }, (_, row) => {
    const sum = data.slice(row * width, (row + 1) * width).reduce((total, weight) => total + weight, 0);
    return Math.round(sum * 1e5) / 1e5;
  });
}
