/** What the model card is made of: the files of `weights/`. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors } from '../../src/files/safetensors.ts';
import { parseConfig } from '../../src/model/config/json.ts';
import { TEXT_TOWER_FILE } from '../../src/model/text-tower.ts';
import { sizeOf } from '../../src/tensor/index.ts';
import { type IconCounts, readSplit, SPLIT_FILE, type Split } from '../../src/training/data/index.ts';
import type { Row } from '../../src/training/evaluation-rows.ts';
import { LOG_FILE } from '../../src/training/export.ts';
import { WEIGHTS_FILES } from '../../src/zoo/open/weights.ts';

/** One stage of the run that made the weights. */
export interface StageFacts {
  readonly name: string;
  readonly minutes: number;
  /** Of the last step. */
  readonly loss: number;
  readonly recipe: Readonly<Record<string, unknown>>;
}

/** Facts of the run that made the weights: `weights/training.json`. */
export interface Training {
  readonly seed: number;
  readonly date: string;
  readonly machine: string;
  /** Finished models for which the rows of the card were computed, this one included. */
  readonly cardRuns: number;
  readonly stages: readonly StageFacts[];
  /** Pictures of all styles, and what became of the icons. */
  readonly pictures: number;
  readonly icons: IconCounts;
}

/** Few-shot on photographs: `weights/photographs.json`. */
export interface Photographs {
  readonly package: string;
  readonly photographs: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** The weights that came before, `weights/earlier.json`: numbers that are not computed again. */
export interface Earlier {
  /** How they were made. */
  readonly how: string;
  /** Their own card, on their own split. */
  readonly card: readonly Row[];
  /** New words on the present split: for the nearest neighbour on the earlier encoder's features. */
  readonly onThisSplit: readonly Row[];
}

/** Another training seed of the same recipe, `weights/seeds/SEED.json`. */
export interface SeedRun {
  /** `1→2`: with seed 2 from the last stage on. */
  readonly seed: number | string;
  readonly steps: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
}

export interface Facts {
  readonly rows: readonly Row[];
  /** Rows of bars again, with more episodes. */
  readonly more: readonly Row[];
  readonly training: Training;
  readonly split: Split;
  readonly parameters: number;
  readonly bytes: { readonly model: number; readonly textTower: number };
  readonly temperature: number;
  /** tanh(alpha) of every gate after the last step, sign kept. */
  readonly gates: Readonly<Record<string, number>>;
  readonly photographs: Photographs | null;
  readonly earlier: Earlier | null;
  readonly seeds: readonly SeedRun[];
}

export async function readFacts(folder: string): Promise<Facts> {
  const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const json = async <T>(name: string): Promise<T> => JSON.parse(await text(name)) as T;
  const optional = <T>(name: string): Promise<T | null> => json<T>(name).catch(() => null);
  const size = async (name: string): Promise<number> => (await stat(join(folder, name))).size;
  const model = await openSafetensors(await readFile(join(folder, WEIGHTS_FILES.model)));
  const seeds = (await readdir(join(folder, 'seeds')).catch(() => [])).sort();
  return {
    rows: await json('evaluation.json'),
    more: (await optional<readonly Row[]>('more-episodes.json')) ?? [],
    training: await json('training.json'),
    split: await readSplit(join(folder, SPLIT_FILE)),
    parameters: model.names.reduce((sum, name) => sum + sizeOf(model.info(name).shape), 0),
    bytes: { model: await size(WEIGHTS_FILES.model), textTower: await size(TEXT_TOWER_FILE) },
    temperature: parseConfig(await json(WEIGHTS_FILES.config)).temperature ?? 1,
    gates: JSON.parse((await text(LOG_FILE)).trim().split('\n').at(-1) as string),
    photographs: await optional('photographs.json'),
    earlier: await optional('earlier.json'),
    seeds: await Promise.all(seeds.map((name) => json<SeedRun>(join('seeds', name)))),
  };
}
