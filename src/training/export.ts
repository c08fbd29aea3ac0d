import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Flamingo } from '../flamingo/flamingo.ts';
import { formatConfig } from '../model/config/json.ts';
import type { ModelConfig } from '../model/config.ts';
import { WEIGHTS_FILES, writeWeights } from '../zoo/open/weights.ts';
import { SPLIT_FILE, TOKENIZER_FILE } from './data/index.ts';
import { writeWhole } from './files.ts';

/** The training log beside the weights: a line a step of the Flamingo stage, with |tanh(alpha)| of every layer. */
export const LOG_FILE = 'training-log.jsonl';

/** Writes everything that loading and evaluating need: F16 weights, config, tokenizer, split, log. */
export async function exportWeights(model: Flamingo, config: ModelConfig, run: string, folder: string): Promise<void> {
  await writeWhole(join(folder, WEIGHTS_FILES.model), await writeWeights(model));
  await writeWhole(join(folder, WEIGHTS_FILES.config), formatConfig(config));
  await writeWhole(join(folder, WEIGHTS_FILES.tokenizer), await readFile(join(run, TOKENIZER_FILE)));
  await cp(join(run, SPLIT_FILE), join(folder, SPLIT_FILE));
  await cp(join(run, 'flamingo.log.jsonl'), join(folder, LOG_FILE));
}
