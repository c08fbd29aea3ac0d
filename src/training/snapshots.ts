import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, type SafetensorsEntry, writeSafetensors } from '../files/safetensors.ts';
import type { Flamingo } from '../flamingo/flamingo.ts';
import type { Answer } from '../model/answer.ts';
import type { PictureSource } from '../model/image/source.ts';
import type { Model } from '../model/model.ts';
import type { Prompt } from '../model/prompt.ts';
import { tensor } from '../tensor/index.ts';
import { TrainingError } from './files.ts';
import { Trainable } from './flamingo-stage.ts';

/** Answers at every snapshot, beside the weights. */
export const SNAPSHOTS_FILE = 'snapshots.json';
/** The trained part at some of them, beside the weights. */
export const SNAPSHOTS_FOLDER = 'snapshots';
/** Steps of the Flamingo stage after which a run that is to be shipped keeps a snapshot; its end is one more. */
export const SNAPSHOT_STEPS: readonly number[] = [0, 10, 20, 40, 60, 80, 120, 160, 250, 400, 700];
/** Those whose trained part is kept: 0 is a run with its gates closed, the end is the weights. */
export const KEPT_STEPS: readonly number[] = [20, 40, 80, 160, 400];

/** What a snapshot answered to some prompts. */
export interface Snapshot {
  readonly step: number;
  readonly answers: readonly Pick<Answer, 'text' | 'alternatives' | 'candidates'>[];
}

const EMBEDDING = 'embedding';

/** Names of the embeddings that learn, by the role of their token. */
const TRAINED_ROWS = { [`${EMBEDDING}.image`]: 'image', [`${EMBEDDING}.endOfChunk`]: 'endOfChunk' } as const;

/**
 * A snapshot of a run without what did not learn: of all embeddings the rows of `<image>` and `<EOC>` are kept.
 * @param bytes `snapshots/flamingo-STEP.safetensors` of a run
 * @returns a safetensors file in F16: `resampler.*`, `crossAttention.*`, `embedding.image`, `embedding.endOfChunk` [width]
 */
export async function trimSnapshot(bytes: Uint8Array, tokens: Flamingo['config']['tokens']): Promise<Uint8Array> {
  const file = await openSafetensors(bytes);
  const entries: SafetensorsEntry[] = [];
  for (const name of file.names) {
    const { shape } = file.info(name);
    const { data } = await file.read(name);
    if (name !== EMBEDDING) {
      entries.push({ name, shape, data, dtype: 'F16' });
      continue;
    }
    const width = shape[1] as number;
    for (const [row, token] of Object.entries(TRAINED_ROWS)) {
      const at = tokens[token] * width;
      entries.push({ name: row, shape: [width], data: data.slice(at, at + width), dtype: 'F16' });
    }
  }
  return writeSafetensors(entries);
}

/**
 * Gives a model the trained part of a snapshot; its vision encoder and language model, which were frozen, stay.
 * @throws TrainingError naming what is missing, unexpected or of another shape; WeightsFileError
 */
export async function applySnapshot(flamingo: Flamingo, bytes: Uint8Array): Promise<void> {
  const file = await openSafetensors(bytes);
  const parameters = new Map(new Trainable(flamingo).parameters());
  const embedding = parameters.get(EMBEDDING);
  parameters.delete(EMBEDDING);
  if (!embedding) throw new TrainingError('this model has no embeddings that learn');
  const [, width] = embedding.shape as [number, number];
  const wanted = new Map<string, readonly number[]>([
    ...Array.from(parameters, ([name, { shape }]) => [name, shape] as const),
    ...Object.keys(TRAINED_ROWS).map((name) => [name, [width]] as const),
  ]);
  const wrong = [...new Set([...wanted.keys(), ...file.names])].filter(
    (name) => !wanted.has(name) || !file.has(name) || String(file.info(name).shape) !== String(wanted.get(name)),
  );
  if (wrong.length > 0)
    throw new TrainingError(
      `the snapshot does not fit this model: ${wrong.slice(0, 3).join(', ')} (${wrong.length} in all)`,
    );
  for (const [name, parameter] of parameters)
    parameter.assign(tensor(parameter.device, (await file.read(name)).data, parameter.shape));
  const rows = ((await embedding.data()) as Float32Array).slice();
  for (const [name, token] of Object.entries(TRAINED_ROWS))
    rows.set((await file.read(name)).data, flamingo.config.tokens[token] * width);
  embedding.assign(tensor(embedding.device, rows, embedding.shape));
}

/** The snapshots of a run's Flamingo stage, by step. */
export async function snapshotFiles(run: string): Promise<Map<number, string>> {
  const folder = join(run, 'snapshots');
  const names = await readdir(folder).catch(() => []);
  const found = names.flatMap((name) => {
    const step = /^flamingo-(\d+)\.safetensors$/.exec(name)?.[1];
    return step === undefined ? [] : [[Number(step), join(folder, name)] as const];
  });
  return new Map(found.sort(([a], [b]) => a - b));
}

/** What each snapshot answers, in the order of its steps. The model is left as the last one made it. */
export async function answersOf(
  model: Model,
  snapshots: ReadonlyMap<number, string>,
  prompts: readonly Prompt<PictureSource>[],
): Promise<Snapshot[]> {
  const all: Snapshot[] = [];
  for (const [step, path] of snapshots) {
    await applySnapshot(model.flamingo, await trimSnapshot(await readFile(path), model.config.model.tokens));
    all.push(await answer(model, step, prompts));
  }
  return all;
}

/** What a model answers, as `SNAPSHOTS_FILE` keeps it. */
export async function answer(model: Model, step: number, prompts: readonly Prompt<PictureSource>[]): Promise<Snapshot> {
  const answers: Snapshot['answers'][number][] = [];
  for (const prompt of prompts) {
    const { text, alternatives, candidates } = await model.answer(prompt);
    answers.push({ text, alternatives, ...(candidates && { candidates }) });
  }
  return { step, answers };
}
