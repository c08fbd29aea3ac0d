import type { ModelConfig } from '../../src/model/config.ts';
import { shippedConfig } from '../../src/model/config.ts';
import { Tokenizer } from '../../src/model/tokenizer.ts';
import { Random } from '../../src/tensor/random.ts';
import type { SharedData } from '../../src/training/data/index.ts';
import { Pictures } from '../../src/training/data/pictures.ts';
import { pictureKey } from '../../src/training/data/styles.ts';
import { trainTokenizer } from '../../src/training/data/train-tokenizer.ts';
import { concepts, facts, split } from '../training/data/fixtures.ts';

function noise(name: string): Uint8Array {
  const random = new Random(1).fork(name);
  return Uint8Array.from({ length: 64 * 64 * 4 }, (_, i) => (i % 4 === 3 ? 255 : random.integer(256)));
}

/** Training data of the real shape whose pictures are noise. */
export function noisyData(): SharedData {
  const pictures = new Map<string, Uint8Array>();
  for (const { name } of concepts)
    for (const style of facts.styles(name)) pictures.set(pictureKey(name, style), noise(pictureKey(name, style)));
  const tokenizerJson = trainTokenizer(concepts, 1, 900);
  const icons = { keys: 0, leaked: 0, concepts: 0, emoji: 0, pictures: 0 };
  const others = { otherEmoji: [], iconConcepts: [], icons };
  return { concepts, ...others, split, tokenizerJson, pictures: Pictures.from(pictures).share() };
}

/** The shipped architecture, a fraction of its size. */
export function smallConfig(tokenizerJson: unknown): ModelConfig {
  const { size, special } = new Tokenizer(tokenizerJson);
  const config = shippedConfig({ size, special });
  const { model } = config;
  const heads = { heads: 2, headDim: 8 };
  return {
    ...config,
    model: {
      ...model,
      vision: model.vision && {
        ...model.vision,
        patchSize: 16,
        width: 16,
        layers: 1,
        heads: 2,
        hidden: 32,
        projection: 8,
      },
      resampler: { ...model.resampler, width: 16, depth: 1, ...heads, latents: 2 },
      crossAttention: { ...model.crossAttention, ...heads },
      languageModel: { ...model.languageModel, width: 16, layers: 1, heads: 2, hidden: 32 },
    },
  };
}
