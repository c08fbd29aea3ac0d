import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder, writeFileWhole } from '../../files/write-file.ts';
import { Tokenizer } from '../../model/tokenizer.ts';
import { type Concept, loadConcepts } from './concepts.ts';
import { ensureData } from './packages.ts';
import { Pictures, type SharedPictures } from './pictures.ts';
import { makeSplit, readSplit, SPLIT_SEED, type Split, usableConcepts, writeSplit } from './split.ts';
import { TextBank } from './text-bank.ts';
import { trainTokenizer } from './train-tokenizer.ts';

export { type Concept, type DemoConcept, loadConcepts } from './concepts.ts';
export { Documents } from './documents.ts';
export {
  EPISODE_LIMITS,
  type Episode,
  type EpisodeBatch,
  type EpisodeImage,
  Episodes,
  type Shown,
  seenConcepts,
} from './episodes.ts';
export {
  type DataControl,
  type EvaluationEpisode,
  EvaluationEpisodes,
  type EvaluationSpec,
  type EvaluationTask,
  type View,
} from './evaluation-episodes.ts';
export { DATA_PACKAGES, DataError, ensureData } from './packages.ts';
export { Pictures } from './pictures.ts';
export { FORMS } from './prompts.ts';
export { readSplit, SPLIT_SEED, type Split } from './split.ts';
export { HELD_STYLE, STYLES, type Style, TRAINING_STYLES, type TrainingStyle } from './styles.ts';
export { TextBank } from './text-bank.ts';
export { caption, trainingStyles, type VisionBatch, visionBatch } from './vision-batches.ts';

/** Everything the three stages and the evaluation draw from. */
export interface TrainingData {
  /** Concepts with pictures, in emojibase's order. */
  readonly concepts: readonly Concept[];
  /** Concepts the vision stage may see. */
  readonly vision: readonly Concept[];
  /** Names of emoji beyond the concepts, and of concepts that icons show: pictures without texts. */
  readonly otherEmoji: readonly string[];
  readonly iconConcepts: readonly string[];
  readonly pictures: Pictures;
  readonly split: Split;
  /** Parsed `tokenizer.json`. */
  readonly tokenizerJson: unknown;
  readonly tokenizer: Tokenizer;
  readonly bank: TextBank;
}

/** Names of the files that a run and a weights folder hold. */
export const SPLIT_FILE = 'splits.json';
export const TOKENIZER_FILE = 'tokenizer.json';

function assemble(
  concepts: readonly Concept[],
  pictures: Pictures,
  split: Split,
  tokenizerJson: unknown,
): TrainingData {
  const tokenizer = new Tokenizer(tokenizerJson);
  const seen = new Set(split.vision);
  const vision = concepts.filter(({ name }) => seen.has(name));
  return {
    concepts,
    vision,
    otherEmoji: [],
    iconConcepts: [],
    pictures,
    split,
    tokenizerJson,
    tokenizer,
    bank: new TextBank(tokenizer, concepts, split),
  };
}

/** Training data as it is handed to another thread: plain values and shared memory. */
export interface SharedData {
  readonly concepts: readonly Concept[];
  readonly split: Split;
  readonly tokenizerJson: unknown;
  readonly pictures: SharedPictures;
}

export function shareData({ concepts, split, tokenizerJson, pictures }: TrainingData): SharedData {
  return { concepts, split, tokenizerJson, pictures: pictures.share() };
}

export function openShared({ concepts, split, tokenizerJson, pictures }: SharedData): TrainingData {
  return assemble(concepts, Pictures.openShared(pictures), split, tokenizerJson);
}

async function loadPictures(folder: string, say: (line: string) => void): Promise<[Concept[], Pictures]> {
  const dataFolder = resolve(folder); // packages are looked up from an absolute path only
  await ensureData(dataFolder, say);
  const all = await loadConcepts(dataFolder);
  const pictures = await Pictures.load(dataFolder, all, say);
  return [usableConcepts(all, pictures), pictures];
}

/**
 * Data of a training run: installs what is missing in `dataFolder`, then reads the split and the tokenizer from
 * `runFolder`, or makes them and writes them there (`splits.json`, `tokenizer.json`) if they are not there yet.
 */
export async function prepareTrainingData(
  dataFolder: string,
  runFolder: string,
  say: (line: string) => void,
  seed: number = SPLIT_SEED,
): Promise<TrainingData> {
  const [concepts, pictures] = await loadPictures(dataFolder, say);
  await makeFolder(runFolder);
  const splitPath = join(runFolder, SPLIT_FILE);
  const split = await readSplit(splitPath).catch(missing(() => makeSplit(concepts, pictures, seed)));
  await writeSplit(splitPath, split);
  const tokenizerPath = join(runFolder, TOKENIZER_FILE);
  const json = await readJson(tokenizerPath).catch(missing(() => trainTokenizer(concepts, seed)));
  await writeFileWhole(tokenizerPath, `${JSON.stringify(json, null, 1)}\n`);
  return assemble(concepts, pictures, split, json);
}

/** Data for evaluating the weights in `weightsFolder`: with their split and their tokenizer. @throws Error if they lack one. */
export async function loadEvaluationData(
  dataFolder: string,
  weightsFolder: string,
  say: (line: string) => void,
): Promise<TrainingData> {
  const split = await readSplit(join(weightsFolder, SPLIT_FILE));
  const json = await readJson(join(weightsFolder, TOKENIZER_FILE));
  const [concepts, pictures] = await loadPictures(dataFolder, say);
  return assemble(concepts, pictures, split, json);
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

/** Makes what is not there yet; any other failure to read stays one. */
function missing<T>(make: () => T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code !== 'ENOENT') throw error;
    return make();
  };
}
