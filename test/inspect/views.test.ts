import { describe, expect, it } from 'vitest';
import type { Model, Run } from '../../src/flamingo.ts';
import {
  crossAttentionMap,
  gateContributions,
  gateValues,
  imageRibbon,
  latentPatchShares,
  logitLens,
  resamplerAttentionMap,
  selfAttentionMap,
  topChanges,
  ViewError,
  visionAttentionMap,
  wordPatchMap,
} from '../../src/inspect/index.ts';
import { at, recorded, shippedPrompt, shippedRun } from './support.ts';

const { model, run, tokens }: { model: Model; run: Run; tokens: string[] } = await shippedRun();
const n = tokens.length;
const [images, latents, heads, width, patches] = [3, 8, 4, 128, 16];
const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The image of each token, from the prompt itself: -1 before the first. */
const image = indices(n).map((i) => tokens.slice(0, i + 1).filter((token) => token === '<image>').length - 1);

describe('which image a token may see', () => {
  it('is the last announced before it, an <image> token seeing its own', () => {
    const ribbon = imageRibbon(run);
    expect(ribbon.images).toBe(images);
    expect(ribbon.tokens.map(({ latest }) => latest ?? -1)).toEqual(image);
    expect(ribbon.tokens.map(({ previous }) => previous)).toEqual(image.map((last) => indices(last + 1)));
    expect(ribbon.tokens.map(({ allowed }) => allowed)).toEqual(image.map((last) => (last < 0 ? [] : [last])));
  });

  it('shows what the mask of the model allows, and no image beyond the last', () => {
    const mask = {
      'mask.text_time': [
        [1, 3],
        [0, 1, 2],
      ],
      'mask.allowed': [
        [1, 3, 1],
        [0, 1, 1],
      ],
    } as const;
    const values = Object.entries(mask).map(([name, [shape, data]]) => [name, [[...shape], [...data]]]);
    const { tokens } = imageRibbon(recorded(Object.fromEntries(values)));
    expect(tokens).toEqual([
      { latest: null, previous: [], allowed: [] },
      { latest: 0, previous: [0], allowed: [0] },
      { latest: null, previous: [0], allowed: [0] },
    ]);
    expect(() => imageRibbon(run, 1)).toThrow(ViewError);
  });
});

describe('gates', () => {
  it('keep their sign', async () => {
    const gates = gateValues(run);
    expect(gates.some(({ attention }) => attention < 0)).toBe(true);
    (await model.gates()).forEach(({ layer, attention, dense }, i) => {
      expect(gates[i]?.layer).toBe(layer);
      expect(gates[i]?.attention).toBeCloseTo(attention, 6);
      expect(gates[i]?.dense).toBeCloseTo(dense, 6);
    });
    expect(() => gateValues(recorded({ logits: [[1], [0]] }))).toThrow('was not captured');
  });

  it('add |residual.mid - input| / |input| and |residual.post - residual.mid| / |residual.mid|, signed', () => {
    const length = (name: string, token: number, minus?: string): number =>
      Math.hypot(...indices(width).map((i) => at(run, name, 0, token, i) - (minus ? at(run, minus, 0, token, i) : 0)));
    for (const { layer, gates, attention, dense } of gateContributions(run)) {
      const before = layer === 0 ? 'lm.embeddings.out' : `lm.layers.${layer - 1}.residual.post`;
      const [mid, post] = [`xattn.${layer}.residual.mid`, `xattn.${layer}.residual.post`];
      indices(n).forEach((token) => {
        {
          const added = Math.sign(gates.attention) * (length(mid, token, before) / length(before, token));
          if (image[token] === -1) expect(attention[token]).toBeNull();
          else expect(attention[token]).toBeCloseTo(added, 5);
          const dried = Math.sign(gates.dense) * (length(post, token, mid) / length(mid, token));
          expect(dense[token]).toBeCloseTo(dried, 5);
        }
      });
      expect(Math.max(...dense.map(Math.abs))).toBeGreaterThan(1e-3);
    }
  });
});

describe('attention maps', () => {
  it('tell what cross-attention may not see from what it does not look at', () => {
    for (const layer of indices(4)) {
      const map = crossAttentionMap(run, layer);
      expect(map.keys[9]).toEqual({ kind: 'latent', latent: 1, image: 1 });
      map.heads.forEach((head, h) => {
        head.forEach((row, token) => {
          if (image[token] === -1) expect(row).toBeNull();
          row?.forEach((weight, key) => {
            if (Math.floor(key / latents) !== image[token]) expect(weight).toBeNull();
            else expect(weight).toBe(at(run, map.name, 0, h, token, key));
          });
          const total = row?.reduce((sum: number, weight) => sum + (weight ?? 0), 0) ?? 0;
          expect(total).toBeCloseTo(image[token] === -1 ? 0 : 1, 5);
        });
      });
    }
  });

  it('show a weight of exactly 0 that was allowed as 0, and one that passed the mask all the same', () => {
    const run = recorded({
      'mask.text_time': [
        [1, 2],
        [0, 1],
      ],
      'mask.allowed': [
        [1, 2, 2],
        [0, 0, 1, 0],
      ],
      'xattn.3.attention.weights': [
        [1, 1, 2, 4],
        [0, 0, 0, 0, 0, 0.75, 0, 0.25],
      ],
    });
    expect(crossAttentionMap(run, 3).heads).toEqual([[null, [0, 0.75, null, 0.25]]]);
  });

  it('hide later tokens in self-attention, in a step of generation too', () => {
    const map = selfAttentionMap(run, 2);
    map.heads.forEach((head, h) => {
      head.forEach((row, query) => {
        expect(row).toEqual(indices(n).map((key) => (key > query ? null : at(run, map.name, 0, h, query, key))));
      });
    });
    const step = recorded({
      'lm.layers.0.attention.weights': [
        [1, 1, 1, 3],
        [0.5, 0, 0.5],
      ],
    });
    expect(selfAttentionMap(step, 0).heads).toEqual([[[0.5, 0, 0.5]]]);
  });

  it('show the resampler reading patches, then latents, of the asked image', () => {
    const map = resamplerAttentionMap(run, 1, 2);
    expect(map.keys[15]).toEqual({ kind: 'patch', patch: 15 });
    expect(map.keys[16]).toEqual({ kind: 'latent', latent: 0 });
    map.heads.forEach((head, h) => {
      head.forEach((row, latent) => {
        expect(row).toEqual(indices(24).map((key) => at(run, map.name, 0, h, 2, latent, key)));
      });
    });
    expect(() => resamplerAttentionMap(run, 1, 3)).toThrow("image 3 of 'resampler.layers.1.attention.weights'");
  });

  it('show the vision encoder: the class token, then the patches, of the asked picture', () => {
    const map = visionAttentionMap(run, 1, 2);
    expect([map.image, map.queries, map.keys.length]).toEqual([2, 'patch', 17]);
    expect(map.keys.slice(0, 2)).toEqual([{ kind: 'class' }, { kind: 'patch', patch: 0 }]);
    map.heads.forEach((head, h) => {
      head.forEach((row, query) => {
        expect(row).toEqual(indices(17).map((key) => at(run, map.name, 2, h, query, key)));
      });
    });
    expect(() => visionAttentionMap(run, 1, 3)).toThrow("picture 3 of 'vision.layers.1.attention.weights'");
  });
});

describe('word -> latent -> patch', () => {
  const grid = { rows: 4, columns: 4 };

  it('is the product of matrices with latents and patches as one sequence', () => {
    const shares = latentPatchShares(run);
    indices(images).forEach((image) => {
      {
        // Rollout as Abnar and Zuidema write it: the product of (A + 1) / 2 over layers, patches staying what they are.
        let rollout = indices(24).map((i) => indices(24).map((j) => Number(i === j)));
        for (const layer of indices(2)) {
          const mean = (q: number, k: number): number =>
            indices(heads).reduce(
              (s, h) => s + at(run, `resampler.layers.${layer}.attention.weights`, 0, h, image, q, k),
              0,
            ) / heads;
          const step = indices(24).map((i) =>
            indices(24).map((j) => (i < patches ? Number(i === j) : ((i === j ? 1 : 0) + mean(i - patches, j)) / 2)),
          );
          const before = rollout;
          rollout = step.map((row) =>
            indices(24).map((j) => row.reduce((s, x, k) => s + x * (before[k]?.[j] as number), 0)),
          );
        }
        indices(latents).forEach((latent) => {
          indices(patches).forEach((patch) => {
            expect(shares[image]?.[latent]?.[patch]).toBeCloseTo(rollout[patches + latent]?.[patch] as number, 9);
          });
        });
      }
    });
  });

  it('composes it with the attention of a token, only on the image that it sees', () => {
    const token = n - 1;
    const map = wordPatchMap(run, token, grid);
    const shares = latentPatchShares(run)[2] as number[][];
    for (const { layer, images } of map.blocks) {
      expect(images.map(({ image }) => image)).toEqual([2]);
      indices(patches).forEach((patch) => {
        {
          const expected = indices(latents).reduce((sum, latent) => {
            const each = indices(heads).map((h) =>
              at(run, `xattn.${layer}.attention.weights`, 0, h, token, 16 + latent),
            );
            return sum + (each.reduce((a, b) => a + b) / heads) * (shares[latent]?.[patch] as number);
          }, 0);
          expect(images[0]?.patches[patch]).toBeCloseTo(expected, 9);
        }
      });
      const whole = (images[0]?.patches ?? []).reduce((a, b) => a + b, images[0]?.elsewhere as number);
      expect(whole).toBeCloseTo(1, 5);
    }
    const added = map.blocks.map(({ layer }) => {
      const mid = `xattn.${layer}.residual.mid`;
      const before = layer === 0 ? 'lm.embeddings.out' : `lm.layers.${layer - 1}.residual.post`;
      return Math.hypot(...indices(width).map((i) => at(run, mid, 0, token, i) - at(run, before, 0, token, i)));
    });
    const total = added.reduce((a, b) => a + b);
    const mean = map.blocks.reduce(
      (sum, { images }, i) => sum + (images[0]?.patches[5] as number) * (added[i] as number),
      0,
    );
    expect(map.images[0]?.patches[5]).toBeCloseTo(mean / total, 6);
  });

  it('is empty for a token that sees no image, and refuses a grid that is not the run’s', () => {
    expect(wordPatchMap(run, 0, grid)).toEqual({ token: 0, blocks: [], images: [] });
    expect(() => wordPatchMap(run, 17, { rows: 5, columns: 4 })).toThrow('the resampler read 16 visual tokens');
    expect(() => wordPatchMap(run, 18, grid)).toThrow("token 18 of 'xattn.0.attention.weights' does not exist");
  });
});

describe('the logit lens', () => {
  it('says in its last layer what the model says, tempered as its answers are', async () => {
    const lens = await logitLens(model, run, { top: 1536 });
    const { temperature = 1 } = model.config;
    expect(temperature).not.toBe(1);
    expect(lens.layers.map(({ layer }) => layer)).toEqual([0, 1, 2, 3]);
    const logits = run.get('logits').data;
    const last = lens.layers.at(-1);
    indices(n).forEach((position) => {
      {
        const own = Array.from(logits.subarray(position * 1536, (position + 1) * 1536), (logit) => logit / temperature);
        const largest = Math.max(...own);
        const total = own.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
        const chances = last?.positions[position] ?? [];
        expect(chances).toHaveLength(1536);
        for (const { id, token, probability } of chances) {
          expect(probability).toBeCloseTo(Math.exp((own[id] as number) - largest) / total, 12);
          expect(token).toBe(model.tokenizer.token(id));
        }
        expect(chances.map(({ probability }) => probability)).toEqual(
          chances.map(({ probability }) => probability).sort((a, b) => b - a),
        );
      }
    });
    expect(lens.layers[0]?.positions).not.toEqual(last?.positions);
    // What is never said holds next to nothing: an answer leaves it out.
    const { alternatives } = await model.answer((await shippedPrompt()).prompt);
    last?.positions
      .at(-1)
      ?.slice(0, 5)
      .forEach(({ token, probability }, i) => {
        expect(token).toBe(alternatives[i]?.token);
        expect(probability).toBeCloseTo(alternatives[i]?.probability ?? 0, 4);
      });
  });

  it('looks at the asked positions only, and leaves no tensor behind', async () => {
    const live = model.device.liveTensors;
    const lens = await logitLens(model, run, { positions: [17, 2], top: 2 });
    const all = await logitLens(model, run, { top: 2 });
    expect(lens.positions).toEqual([17, 2]);
    expect(lens.layers[1]?.positions).toEqual([all.layers[1]?.positions[17], all.layers[1]?.positions[2]]);
    expect(model.device.liveTensors).toBeLessThanOrEqual(live);
    await expect(logitLens(model, run, { positions: [18] })).rejects.toThrow(ViewError);
  });
});

it('shows which tokens gained and lost between two runs', () => {
  const logits = (values: number[]) =>
    recorded({
      logits: [
        [1, 2, 4],
        [9, 0, 0, 0, ...values.map(Math.log)],
      ],
    });
  const tokenizer = { token: (id: number) => `t${id}` };
  const changes = topChanges(logits([5, 3, 1, 1]), logits([1, 1, 2, 6]), { tokenizer }, { top: 1 });
  expect(changes.map(({ id, token }) => [id, token])).toEqual([
    [3, 't3'],
    [0, 't0'],
  ]);
  const rounded = changes.map(({ before, after }) => [before.toFixed(5), after.toFixed(5)]);
  expect(rounded).toEqual([
    ['0.10000', '0.60000'],
    ['0.50000', '0.10000'],
  ]);
  expect(topChanges(logits([5, 3, 1, 1]), logits([1, 1, 2, 6]), { tokenizer }, { position: 0 })[0]?.id).toBe(0);
});

it('reads each step of generation as it reads a prompt', async () => {
  const { prompt } = await shippedPrompt();
  const runs: Run[] = [];
  for await (const step of model.generate(prompt, { capture: ['**'] })) runs.push(step);
  const [pictures, step] = runs as [Run, Run];
  expect(runs.length).toBeGreaterThan(2);
  expect(imageRibbon(step).tokens).toEqual([{ latest: 2, previous: [0, 1, 2], allowed: [2] }]);
  expect(gateContributions(step).map(({ attention }) => attention.length)).toEqual([1, 1, 1, 1]);
  expect(selfAttentionMap(step, 0).heads[0]?.[0]).toHaveLength(n + 1);
  expect(crossAttentionMap(step, 3).heads[0]?.[0]?.slice(0, 16)).toEqual(indices(16).map(() => null));

  // The same as reading the prompt and the token at once.
  const first = model.tokenizer.token(pictures.next?.id as number).replace('▁', '');
  const whole = await model.run({ sequence: [...prompt.sequence, { text: first }] }, { capture: ['**'] });
  const [one, all] = [
    wordPatchMap(step, 0, { rows: 4, columns: 4 }, { pictures }),
    wordPatchMap(whole, n, { rows: 4, columns: 4 }),
  ];
  expect(one.images[0]?.image).toBe(2);
  one.images[0]?.patches.forEach((share, i) => {
    expect(share).toBeCloseTo(all.images[0]?.patches[i] as number, 5);
  });
});
