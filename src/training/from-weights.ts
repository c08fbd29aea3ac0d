import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asResourceError } from '../files/location.ts';
import type { ModelConfig } from '../model/config.ts';
import type { Module } from '../nn/index.ts';
import { openDevice } from '../tensor/index.ts';
import { readWeights, WEIGHTS_FILES, weightsSource } from '../zoo/open/weights.ts';
import type { State } from './checkpoint.ts';
import { SPLIT_FILE, TOKENIZER_FILE } from './data/index.ts';
import { readJson, readRunFile, TrainingError, writeWhole } from './files.ts';
import { Trainable } from './flamingo-stage.ts';
import { type SharedState, shareState, viewsOf } from './shared-state.ts';

/** Finished weights as the stages would have left them. */
export interface Finished {
  /** Without the temperature, which was fitted to what they answered. */
  readonly config: ModelConfig;
  /** The hash of `model.safetensors`. */
  readonly sha256: string;
  readonly vision: State;
  readonly language: State;
  /** The same and what the Flamingo stage trained, for the threads. */
  readonly shared: Readonly<Record<'vision' | 'language' | 'flamingo', SharedState>>;
}

/** What a run keeps of the weights that it went on from: facts of their stages, and the log of the last one. */
export const BEFORE = { training: 'before.training.json', log: 'before.log.jsonl' } as const;

const KEPT: readonly (readonly [theirs: string, ours: string, needed: boolean])[] = [
  [SPLIT_FILE, SPLIT_FILE, true],
  [TOKENIZER_FILE, TOKENIZER_FILE, true],
  ['training.json', BEFORE.training, false],
  ['training-log.jsonl', BEFORE.log, false],
];

/**
 * Reads the finished weights of `folder`, and puts their split and tokenizer into the folder of the run.
 * @throws TrainingError where they lack what training needs, or the run's folder has another split or tokenizer
 * @throws WeightsError and its kin for what is in the files
 */
export async function readFinished(folder: string, run: string): Promise<Finished> {
  const { config, flamingo, textTower } = await readWeights(weightsSource(folder), await openDevice('simd'));
  if (!flamingo.vision) throw new TrainingError(`${folder} has no vision encoder: pictures cannot be learnt from`);
  await keep(folder, run);
  const { temperature: _, ...rest } = config;
  const tower = await textTower().catch(() => null); // weights may have none
  const vision = new Map([...stateOf(flamingo.vision, 'vision.'), ...(tower ? stateOf(tower) : [])]);
  const language = stateOf(flamingo.languageModel);
  const finished: Finished = {
    ...{ config: rest, vision, language },
    sha256: createHash('sha256')
      .update(await readFile(join(folder, WEIGHTS_FILES.model)))
      .digest('hex'),
    shared: { vision: share(vision), language: share(language), flamingo: share(stateOf(new Trainable(flamingo))) },
  };
  flamingo.dispose();
  tower?.dispose();
  return finished;
}

/** keep * start + (1 - keep) * end, number by number. */
export function average(start: SharedState, end: State, keep: number): State {
  const before = viewsOf(start);
  return new Map(
    Array.from(end, ([name, { shape, data }]) => {
      const from = before.get(`model.${name}`) as Float32Array;
      return [name, { shape, data: data.map((value, i) => keep * (from[i] as number) + (1 - keep) * value) }];
    }),
  );
}

async function keep(folder: string, run: string): Promise<void> {
  for (const [theirs, ours, needed] of KEPT) {
    const bytes = await readFile(join(folder, theirs)).catch(() => null);
    if (!bytes && needed)
      throw new TrainingError(`${folder} has no ${theirs}: only weights that were trained here go on`);
    if (!bytes) continue;
    const path = join(run, ours);
    const there = await readRunFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw asResourceError(path, error);
    });
    const same = async (): Promise<boolean> =>
      JSON.stringify(await readJson(path)) === JSON.stringify(await readJson(join(folder, theirs)));
    if (there && needed && !(await same()))
      throw new TrainingError(`${run} has another ${ours} than ${folder}; choose another folder with --out`);
    if (!there) await writeWhole(join(run, ours), bytes);
  }
}

function stateOf(module: Module, prefix = ''): State {
  return new Map(
    Array.from(module.parameters(), ([name, parameter]) => [
      `${prefix}${name}`,
      { shape: parameter.shape, data: Float32Array.from(parameter.dataSync() as Float32Array) },
    ]),
  );
}

/** The names under which a stage shares its state: `model.NAME`. */
function share(state: State): SharedState {
  const shared = shareState(Array.from(state, ([name, { shape }]) => [`model.${name}`, shape]));
  const views = viewsOf(shared);
  for (const [name, { data }] of state) views.get(`model.${name}`)?.set(data);
  return shared;
}
