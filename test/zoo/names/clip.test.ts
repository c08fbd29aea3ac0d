import { beforeAll, describe, expect, it } from 'vitest';
import type { StateSource } from '../../../src/files/checkpoint-source.ts';
import { loadStateDict, mapSource, readState } from '../../../src/nn/state-dict.ts';
import { Clip } from '../../../src/parity/text-encoder.ts';
import { openDevice, ShapeError } from '../../../src/tensor/index.ts';
import { clipLayout, huggingFaceClip, openAiClip } from '../../../src/zoo/names/clip.ts';
import { inOurNames, inTheirNames, part } from '../../../src/zoo/names/rename.ts';
import { drawing } from '../../flamingo/support.ts';

const device = await openDevice('simd');
const build = (seed: number): Clip =>
  new Clip(
    drawing(device, seed).init,
    { imageSize: 8, patchSize: 4, width: 6, layers: 2, heads: 2, hidden: 10, projection: 5 },
    { vocabulary: 7, positions: 4, width: 8, layers: 1, heads: 2, hidden: 9, projection: 5 },
  );

let ours: StateSource;
beforeAll(async () => {
  const entries = await readState(build(1));
  ours = mapSource(new Map(entries.map(({ name, ...values }) => [name, { ...values, dtype: 'float32' as const }])));
});

describe.each([
  ['Hugging Face', huggingFaceClip, 'vision_model.pre_layrnorm.weight', 'text_projection.weight'],
  ['OpenAI', openAiClip, 'visual.ln_pre.weight', 'text_projection'],
] as const)('the %s layout of CLIP', (_, table, norm, projection) => {
  it('knows every parameter, and is told by its names', () => {
    const theirs = inTheirNames(ours, table);
    expect(theirs.names.filter((name) => ours.names.includes(name))).toEqual([]);
    expect(theirs.names).toContain(norm);
    expect(theirs.names).toContain(projection);
    expect(clipLayout(theirs.names)).toBe(table);
  });

  it('comes back as it went', async () => {
    const back = inOurNames(inTheirNames(ours, table), table);
    expect([...back.names].sort()).toEqual([...ours.names].sort());
    for (const name of ours.names) {
      expect(back.info(name).shape, name).toEqual(ours.info(name).shape);
      expect(await back.read(name), name).toEqual(await ours.read(name));
    }
  });

  it('says the shapes that reading gives', async () => {
    const theirs = inTheirNames(ours, table);
    for (const name of theirs.names) expect(theirs.info(name).shape, name).toEqual((await theirs.read(name)).shape);
  });
});

describe('inTheirNames', () => {
  it('stacks queries, keys and values in this order, and transposes projections', async () => {
    const theirs = inTheirNames(ours, openAiClip);
    const stacked = await theirs.read('visual.transformer.resblocks.1.attn.in_proj_weight');
    expect(stacked.shape).toEqual([18, 6]);
    const k = await ours.read('vision.layers.1.attention.toK.weight');
    expect(stacked.data.slice(36, 72)).toEqual(k.data);
    const [head, transposed] = [await ours.read('vision.projection.weight'), await theirs.read('visual.proj')];
    expect(transposed.shape).toEqual([6, 5]);
    expect(transposed.data[1 * 5 + 3]).toBe(head.data[3 * 6 + 1]);
  });
});

describe('inOurNames', () => {
  it('leaves unknown names for the strict load to report', async () => {
    const values = { shape: [1], dtype: 'float32' as const, data: Float32Array.of(1) };
    const source = inOurNames(mapSource(new Map([['visual.extra', values]])), openAiClip);
    await expect(loadStateDict(build(2), source)).rejects.toThrow('visual.extra');
  });

  it('refuses a stack that does not fall into equal parts', () => {
    const values = { shape: [7, 2], dtype: 'float32' as const, data: new Float32Array(14) };
    const name = 'visual.transformer.resblocks.0.attn.in_proj_weight';
    const source = inOurNames(mapSource(new Map([[name, values]])), openAiClip);
    expect(() => source.info('vision.layers.0.attention.toQ.weight')).toThrow(ShapeError);
  });

  it('loads the vision tower alone from a whole CLIP', async () => {
    const { vision } = build(3);
    await loadStateDict(vision, part(inOurNames(inTheirNames(ours, openAiClip), openAiClip), 'vision.'));
    const loaded = await vision.positionEmbedding.data();
    expect(loaded).toEqual((await ours.read('vision.positionEmbedding')).data);
  });
});
