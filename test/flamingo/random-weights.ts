import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { formatConfig } from '../../src/model/config/json.ts';
import { shippedConfig } from '../../src/model/config.ts';
import { Tokenizer } from '../../src/model/tokenizer.ts';
import { openDevice, Random } from '../../src/tensor/index.ts';
import type { Concept } from '../../src/training/data/concepts.ts';
import { trainTokenizer } from '../../src/training/data/train-tokenizer.ts';
import { writeWeights } from '../../src/zoo/open/weights.ts';
import { enliven } from './tiny.ts';

const FOX: Concept = {
  ...{ name: 'fox', korean: '여우', code: '1f98a', tags: [], koreanTags: [] },
  ...{ group: 1, subgroup: 'animal', category: null },
};

/** A folder of weights like the shipped one, in memory: its architecture, random weights and open gates. */
export async function randomWeights(): Promise<Map<string, Uint8Array>> {
  const json = trainTokenizer([FOX], 1, 420);
  const config = shippedConfig(new Tokenizer(json));
  const device = await openDevice('simd');
  const flamingo = new Flamingo({ device, random: new Random(2) }, config.model);
  enliven(flamingo, 3);
  const text = new TextEncoder();
  return new Map([
    ['config.json', text.encode(formatConfig(config))],
    ['tokenizer.json', text.encode(JSON.stringify(json))],
    ['model.safetensors', await writeWeights(flamingo)],
  ]);
}
