import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { dialectsPage } from '../../scripts/dialects-page.ts';
import { Flamingo, type FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import { openDevice, Random, randn, type Tensor } from '../../src/tensor/index.ts';
import { DIALECTS, inDialect, paper } from '../../src/zoo/dialects.ts';
import { enliven, IMAGE, ids, TINY } from '../flamingo/tiny.ts';

const device = await openDevice('simd');
const { languageModel, tokens } = TINY;
const sizes = { vision: null, resampler: { width: 6 }, crossAttention: { every: 1, heads: 2 }, languageModel, tokens };

/** Logits of a text before, within and beyond two clips of 9 frames, more than there are temporal embeddings. */
async function answer(config: FlamingoConfig): Promise<number[]> {
  const model = new Flamingo({ device, random: new Random(1) }, config);
  enliven(model, 2);
  const visionFeatures = randn(device, [1, 2, 9, 2, 6], new Random(3));
  const logits: Tensor = model.forward({ ids: ids(device, [1, IMAGE, 8, IMAGE, 9, IMAGE, 5]), visionFeatures });
  return Array.from(await logits.data());
}

describe('docs/dialects.md', () => {
  it('is written from the code (else: npm run dialects)', async () => {
    expect(await readFile(new URL('../../docs/dialects.md', import.meta.url), 'utf8')).toBe(dialectsPage());
  });

  it('shows as the column of the paper what is the default', async () => {
    expect(await answer(inDialect(paper, sizes))).toEqual(await answer(sizes));
  });

  it('names every dialect with its source', () => {
    for (const { title, source } of Object.values(DIALECTS)) expect(dialectsPage()).toContain(`- ${title}: ${source}`);
  });
});

describe('inDialect', () => {
  it('lets what a model sets win over the dialect, and the dialect over the default', () => {
    const config = inDialect(DIALECTS.openFlamingo, {
      ...sizes,
      resampler: { width: 6, heads: 3 },
      crossAttention: { every: 2 },
      attend: 'previous',
    });
    expect(config).toMatchObject({
      resampler: { width: 6, heads: 3, headDim: 64, activation: 'gelu', extraFrames: 'error' },
      crossAttention: { every: 2, heads: 8, placement: 'open-flamingo' },
      attend: 'previous',
      generatedImages: 'resets',
    });
    const block = inDialect(DIALECTS.idefics, { ...sizes, crossAttention: { every: 2 } }).crossAttention;
    expect(block.heads).toBe(languageModel.heads);
  });
});
