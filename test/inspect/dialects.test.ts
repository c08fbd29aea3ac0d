import { describe, expect, it } from 'vitest';
import { type FlamingoConfig, runFlamingo } from '../../src/flamingo.ts';
import {
  crossAttentionMap,
  gateContributions,
  imageRibbon,
  logitLens,
  selfAttentionMap,
  ViewError,
  wordPatchMap,
} from '../../src/inspect/index.ts';
import { openDevice } from '../../src/tensor/index.ts';
import { features, IMAGE, ids, TINY, tinyFlamingo } from '../flamingo/tiny.ts';
import { VARIANTS } from '../flamingo/variants.ts';
import { at } from './support.ts';

const device = await openDevice('simd');
const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const grid = { rows: 3, columns: 3 };
/** Two rows of seven tokens with two pictures each, text first in the second; blocks before layers 1 and 3. */
const inputs = {
  ids: ids(device, [5, IMAGE, 7, 8, IMAGE, 9, 10], [11, 12, IMAGE, 13, IMAGE, IMAGE, 14]),
  visionFeatures: features(device, 3, 2, 3),
};
const capture = ['mask.*', 'xattn.**', 'lm.**', 'resampler.**', 'logits'];
const latest = await runFlamingo(tinyFlamingo(device), inputs, { capture });
const previous = await runFlamingo(tinyFlamingo(device, { attend: 'previous', beforeFirst: 'mean' }), inputs, {
  capture,
});

it('views show any row of a batch, and blocks that do not stand before every layer', () => {
  expect(imageRibbon(latest, 1).tokens.map(({ latest }) => latest)).toEqual([null, null, 0, 0, 1, 2, 2]);
  const contributions = gateContributions(latest, 1);
  expect(contributions.map(({ layer }) => layer)).toEqual([1, 3]);
  contributions.forEach(({ layer, gates, attention }) => {
    const length = (name: string, token: number, minus?: string): number =>
      Math.hypot(
        ...Array.from(
          { length: 24 },
          (_, i) => at(latest, name, 1, token, i) - (minus ? at(latest, minus, 1, token, i) : 0),
        ),
      );
    const before = `lm.layers.${layer - 1}.residual.post`;
    expect(attention.slice(0, 2)).toEqual([null, null]);
    const added = length(`xattn.${layer}.residual.mid`, 4, before) / length(before, 4);
    expect(attention[4]).toBeCloseTo(Math.sign(gates.attention) * added, 4);
  });
  expect(selfAttentionMap(latest, 0, 1).heads[2]?.[3]?.[2]).toBe(
    at(latest, 'lm.layers.0.attention.weights', 1, 2, 3, 2),
  );
});

it('views follow a model that attends to all previous images, and to their mean before the first', () => {
  const { tokens } = imageRibbon(previous, 1);
  expect(tokens.map(({ allowed }) => allowed)).toEqual([[], [], [0], [0], [0, 1], [0, 1, 2], [0, 1, 2]]);
  // Nothing is allowed there, but a mean flows: it is shown, not hidden.
  expect(gateContributions(previous, 1)[0]?.attention[0]).not.toBeNull();
  expect(crossAttentionMap(previous, 1, 1).heads[0]?.[0]?.every((weight) => weight !== null)).toBe(true);
  const { images } = wordPatchMap(previous, 4, grid, { row: 1 });
  expect(images.map(({ image }) => image)).toEqual([0, 1]);
  const all = images.flatMap(({ patches, elsewhere }) => [...patches, elsewhere]);
  expect(all.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
});

const AFTER_EVERY_LAYER: Partial<FlamingoConfig> = {
  crossAttention: { every: 1, placement: 'flamingo-pytorch', heads: 2, headDim: 5 },
};

describe.each(Object.entries({ ...VARIANTS, AFTER_EVERY_LAYER }))('%s', (_, changes) => {
  const model = tinyFlamingo(device, changes);
  const end = async () => {
    const run = await runFlamingo(model, inputs, { capture });
    const lens = await logitLens({ flamingo: model, tokenizer: { token: String } }, run, { row: 1, positions: [6] });
    return { run, last: lens.layers.at(-1)?.positions[0] ?? [] };
  };

  it('measures what a gate adds by what it adds to, wherever the block stands', async () => {
    const { run } = await end();
    const contributions = gateContributions(run, 1);
    expect(contributions).not.toHaveLength(0);
    for (const { layer, gates, attention } of contributions) {
      const values = (name: string): number[] => indices(24).map((i) => at(run, `xattn.${layer}.${name}`, 1, 4, i));
      const added = values('contribution.attention');
      const stream = values('residual.mid').map((mid, i) => mid - (added[i] as number));
      const ratio = Math.hypot(...added) / Math.hypot(...stream);
      expect(attention[4]).toBeCloseTo(gates.attention < 0 ? -ratio : ratio, 4);
    }
  });

  it('ends the logit lens at the logits', async () => {
    const { run, last } = await end();
    const logits = indices(TINY.languageModel.vocabulary).map((id) => at(run, 'logits', 1, 6, id));
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const best = logits.map((logit, id) => ({ id, logit })).sort((a, b) => b.logit - a.logit);
    expect(last.map(({ id }) => id)).toEqual(best.slice(0, 3).map(({ id }) => id));
    last.forEach(({ probability }, i) => {
      expect(probability).toBeCloseTo(Math.exp(best[i]?.logit as number) / total, 5);
    });
  });
});

it('a map of one head is that head’s alone', () => {
  const of = (head?: number): number[] => {
    const { blocks } = wordPatchMap(latest, 3, grid, { row: 1, ...(head !== undefined && { head }) });
    return [...(blocks[1]?.images[0]?.patches ?? [])];
  };
  const [mean, first, second] = [of(), of(0), of(1)];
  expect(first).not.toEqual(second);
  mean.forEach((share, i) => {
    expect(share).toBeCloseTo(((first[i] as number) + (second[i] as number)) / 2, 9);
  });
  expect(() => of(2)).toThrow(ViewError);
});

it('the logit lens ends at the logits of its row', async () => {
  const flamingo = tinyFlamingo(device);
  const lens = await logitLens({ flamingo, tokenizer: { token: String } }, latest, { row: 1, positions: [6], top: 31 });
  const best = lens.layers.at(-1)?.positions[0]?.map(({ id }) => at(latest, 'logits', 1, 6, id)) ?? [];
  expect(best).toHaveLength(31);
  expect(best).toEqual([...best].sort((a, b) => b - a));
});
