import { join, resolve } from 'node:path';
import { quote } from '../../files/quote.ts';
import { makeFolder, writeFileWhole } from '../../files/write-file.ts';
import { Tokenizer } from '../../model/tokenizer.ts';
import { readJson, TrainingError } from '../files.ts';
import type { Told } from '../report.ts';
import { type Bank, loadBank } from './bank.ts';
import type { Concept } from './concepts.ts';
import type { IconCounts } from './icon-files.ts';
import { heedful } from './in-steps.ts';
import { Pictures, type SharedPictures } from './pictures.ts';
import { readSplit, SPLIT_FILE, SPLIT_SEED, type Split, splitInSteps, usableConcepts, writeSplit } from './split.ts';
import { DEVELOPMENT_HIDDEN, TRAINING_STYLES } from './styles.ts';
import { TextBank } from './text-bank.ts';
import { tokenizerInSteps } from './train-tokenizer.ts';
import { trainingStyles } from './vision-batches.ts';

export { type Bank, bankFile, loadBank } from './bank.ts';
export { mostSimilarShots } from './choose-shots.ts';
export { type Concept, type DemoConcept, loadConcepts } from './concepts.ts';
export { Documents } from './documents.ts';
export {
  Builder,
  EPISODE_LIMITS,
  EPISODE_MIX,
  type Episode,
  type EpisodeBatch,
  type EpisodeImage,
  type EpisodeKind,
  type EpisodeMix,
  Episodes,
  type GivenEpisodes,
  type GivenKind,
  type Shown,
  seenConcepts,
  WIDE_MIX,
} from './episodes.ts';
export {
  type DataControl,
  type EvaluationEpisode,
  EvaluationEpisodes,
  type EvaluationSpec,
  type EvaluationTask,
  type View,
} from './evaluation-episodes.ts';
export type { IconCounts } from './icon-files.ts';
export { knowledgeOf } from './knowledge.ts';
export { DATA_PACKAGES, ensureData, ICON_SETS } from './packages.ts';
export { Pictures } from './pictures.ts';
export { FORMS, type Task } from './prompts.ts';
export { readSplit, SPLIT_FILE, SPLIT_SEED, type Split } from './split.ts';
export { DEVELOPMENT_STYLE, HELD_STYLE, STYLES, type Style, TRAINING_STYLES, type TrainingStyle } from './styles.ts';
export { TextBank } from './text-bank.ts';
export { caption, trainingStyles } from './vision-batches.ts';

/** Everything the three stages and the evaluation draw from. */
export interface TrainingData {
  /** Concepts with pictures, in emojibase's order. */
  readonly concepts: readonly Concept[];
  /** Concepts the vision stage may see. */
  readonly vision: readonly Concept[];
  /** Names of emoji beyond the concepts, and of concepts that icons show: pictures without texts. */
  readonly otherEmoji: readonly string[];
  readonly iconConcepts: readonly string[];
  /** How many icons were matched by name, and left out for theirs. */
  readonly icons: IconCounts;
  readonly pictures: Pictures;
  readonly split: Split;
  /** Parsed `tokenizer.json`. */
  readonly tokenizerJson: unknown;
  readonly tokenizer: Tokenizer;
  readonly bank: TextBank;
}

/** Names of the files that a run and a weights folder hold. */
export const TOKENIZER_FILE = 'tokenizer.json';

/** @param bank with usable concepts only */
function assemble(bank: Bank, split: Split, tokenizerJson: unknown): TrainingData {
  const { concepts, otherEmoji, pictures } = bank;
  const tokenizer = new Tokenizer(tokenizerJson);
  const seen = new Set(split.vision);
  for (const key of ['seen', 'novel', 'vision'] as const)
    if (split[key].length > 0 && !concepts.some(({ name }) => split[key].includes(name)))
      throw new TrainingError(
        `${SPLIT_FILE} lists no concept of the training data under "${key}": it begins with ${quote(split[key][0])}`,
      );
  return {
    ...bank,
    vision: concepts.filter(({ name }) => seen.has(name)),
    otherEmoji: otherEmoji.filter((name) => trainingStyles(pictures, name).length > 1),
    split,
    tokenizerJson,
    tokenizer,
    bank: new TextBank(tokenizer, concepts, split),
  };
}

/** Training data as it is handed to another thread: plain values and shared memory. */
export interface SharedData extends Omit<Bank, 'pictures'> {
  readonly split: Split;
  readonly tokenizerJson: unknown;
  readonly pictures: SharedPictures;
}

export function shareData({
  concepts,
  otherEmoji,
  iconConcepts,
  icons,
  split,
  tokenizerJson,
  pictures,
}: TrainingData): SharedData {
  return { concepts, otherEmoji, iconConcepts, icons, split, tokenizerJson, pictures: pictures.share() };
}

export function openShared({ split, tokenizerJson, pictures, ...bank }: SharedData): TrainingData {
  return assemble({ ...bank, pictures: Pictures.openShared(pictures) }, split, tokenizerJson);
}

/**
 * Data of a training run: reads the bank of `dataFolder`, or installs the packages there and makes it, then reads the split
 * and the tokenizer from `runFolder`, or makes them and writes them there (`splits.json`, `tokenizer.json`) if they are not
 * there yet.
 * @param options `development` leaves out the style that choices are made on (`DEVELOPMENT_STYLE`)
 * @throws Interrupted when the signal is aborted while any of it is made
 */
export async function prepareTrainingData(
  dataFolder: string,
  runFolder: string,
  say: (line: Told) => void,
  {
    seed = SPLIT_SEED,
    development = false,
    signal,
  }: { readonly seed?: number; readonly development?: boolean; readonly signal?: AbortSignal | undefined } = {},
): Promise<TrainingData> {
  const bank = await usableBank(dataFolder, say, signal);
  await makeFolder(runFolder);
  const splitPath = join(runFolder, SPLIT_FILE);
  const hidden: readonly string[] = development ? DEVELOPMENT_HIDDEN : [];
  const trainingStyles = TRAINING_STYLES.filter((style) => !hidden.includes(style));
  const split = await readSplit(splitPath).catch(
    missing(async () => {
      say({ en: 'choosing what is held out, once', ko: '따로 뺄 것을 한 번만 골라 둬요' });
      return { ...(await heedful(splitInSteps(bank.concepts, bank.pictures, seed), signal)), trainingStyles };
    }),
  );
  if (String(split.trainingStyles) !== String(trainingStyles))
    throw new TrainingError(
      `${splitPath} trains on ${split.trainingStyles.join(', ')}, expected ${trainingStyles.join(', ')}; ` +
        'a run begins and goes on with --development, or without it: choose another folder with --out',
    );
  await writeSplit(splitPath, split);
  const tokenizerPath = join(runFolder, TOKENIZER_FILE);
  const json = await readJson(tokenizerPath).catch(
    missing(() => {
      say({ en: 'training the tokenizer, once', ko: '토크나이저를 한 번만 학습해 둬요' });
      return heedful(tokenizerInSteps(bank.concepts, seed), signal);
    }),
  );
  await writeFileWhole(tokenizerPath, `${JSON.stringify(json, null, 1)}\n`);
  return assemble({ ...bank, pictures: bank.pictures.without(hidden) }, split, json);
}

/**
 * Data for evaluating the weights in `weightsFolder`: with their split and their tokenizer.
 * @throws TrainingError if they lack one
 */
export async function loadEvaluationData(
  dataFolder: string,
  weightsFolder: string,
  say: (line: Told) => void,
): Promise<TrainingData> {
  const lacks = (name: string) =>
    missing((): never => {
      throw new TrainingError(`${weightsFolder} has no ${name}: only weights that were trained here are evaluated`);
    });
  const split = await readSplit(join(weightsFolder, SPLIT_FILE)).catch(lacks(SPLIT_FILE));
  const json = await readJson(join(weightsFolder, TOKENIZER_FILE)).catch(lacks(TOKENIZER_FILE));
  return assemble(await usableBank(dataFolder, say), split, json);
}

async function usableBank(folder: string, say: (line: Told) => void, signal?: AbortSignal): Promise<Bank> {
  const bank = await loadBank(resolve(folder), say, signal); // packages are looked up from an absolute path only
  return { ...bank, concepts: usableConcepts(bank.concepts, bank.pictures) };
}

/** Makes what is not there yet; any other failure to read stays one. */
function missing<T>(make: () => T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code !== 'ENOENT') throw error;
    return make();
  };
}
