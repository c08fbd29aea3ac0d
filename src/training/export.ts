import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asResourceError } from '../files/location.ts';
import type { Flamingo } from '../flamingo/flamingo.ts';
import { formatConfig } from '../model/config/json.ts';
import { KNOWLEDGE_FILE } from '../model/knowledge.ts';
import { TEXT_TOWER_FILE } from '../model/text-tower.ts';
import { WEIGHTS_FILES, writeWeights } from '../zoo/open/weights.ts';
import { type State, saveState } from './checkpoint.ts';
import { knowledgeOf, SPLIT_FILE, TOKENIZER_FILE } from './data/index.ts';
import { linesOf, readRunFile, writeWhole } from './files.ts';
import { gateMetrics } from './flamingo-stage.ts';
import { BEFORE } from './from-weights.ts';
import type { Trained } from './pipeline.ts';

/** The training log beside the weights: a line a step of the Flamingo stage, with tanh(alpha) of every layer. */
export const LOG_FILE = 'training-log.jsonl';

/** Writes everything that loading and evaluating need: F16 weights, config, tokenizer, split, names, log, text tower. */
export async function exportWeights(
  model: Flamingo,
  { config, vision, data, averaged = false }: Pick<Trained, 'config' | 'vision' | 'data' | 'averaged'>,
  run: string,
  folder: string,
): Promise<void> {
  await writeWhole(join(folder, WEIGHTS_FILES.model), await writeWeights(model));
  await writeWhole(join(folder, WEIGHTS_FILES.config), formatConfig(config));
  await writeWhole(join(folder, WEIGHTS_FILES.tokenizer), await readFile(join(run, TOKENIZER_FILE)));
  const textTower = vision && textTowerOf(vision);
  if (textTower && textTower.size > 0) await saveState(join(folder, TEXT_TOWER_FILE), textTower, {}, 'F16');
  await cp(join(run, SPLIT_FILE), join(folder, SPLIT_FILE));
  const knowledge = knowledgeOf(data.concepts, data.pictures, data.split);
  await writeWhole(join(folder, KNOWLEDGE_FILE), `${JSON.stringify(knowledge, null, 1)}\n`);
  const own = await logOf(join(run, 'flamingo.log.jsonl'));
  const before = await logOf(join(run, BEFORE.log), '');
  await writeWhole(join(folder, LOG_FILE), joinLogs(before, own, averaged ? gatesNow(model) : null));
}

/**
 * Writes weights that hold only what training changed, beside those that they went on from.
 * @param base the folder of those, from `folder`
 */
export async function exportTrainedPart(
  model: Flamingo,
  { config }: Pick<Trained, 'config'>,
  base: string,
  folder: string,
): Promise<void> {
  await writeWhole(join(folder, WEIGHTS_FILES.model), await writeWeights(model, { trainedOnly: true }));
  await writeWhole(join(folder, WEIGHTS_FILES.config), formatConfig({ ...config, base }));
}

/** tanh(alpha) of every gate of the model as it is. */
function gatesNow(model: Flamingo): Record<string, number> {
  const parameters = model.parameters();
  return gateMetrics(model, (name) => parameters.get(name)?.dataSync() as Float32Array);
}

/**
 * The log of weights that a run went on from, then its own with the steps counted on; then the gates of the mean of both,
 * where start and end were averaged.
 */
function joinLogs(before: string, own: string, averaged: Record<string, number> | null): string {
  const lines = linesOf(before);
  const counted = linesOf(own).map((line) => {
    const entry = JSON.parse(line) as { step: number };
    return JSON.stringify({ ...entry, step: entry.step + lines.length });
  });
  const last = averaged ? [JSON.stringify({ step: lines.length + counted.length, averaged: true, ...averaged })] : [];
  return `${[...lines, ...counted, ...last].join('\n')}\n`;
}

/** @returns `absent`, if given, where there is no log @throws ResourceError for one that cannot be read */
async function logOf(path: string, absent?: string): Promise<string> {
  const bytes = await readRunFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && absent !== undefined) return absent;
    throw asResourceError(path, error);
  });
  return bytes.toString();
}

const textTowerOf = (vision: State): State =>
  new Map(Array.from(vision).filter(([name]) => name.startsWith('text.') || name === 'logScale'));
