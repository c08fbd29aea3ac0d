import { makeFolder } from '../files/write-file.ts';
import { Flamingo } from '../flamingo/flamingo.ts';
import { patchGrid } from '../flamingo/vision-encoder.ts';
import type { ModelConfig } from '../model/config.ts';
import { defaultThreads } from '../parallel/pool.ts';
import { type Device, Random, tensor } from '../tensor/index.ts';
import type { State } from './checkpoint.ts';
import { type MovingRecipe, planMoving } from './clips/moving-data.ts';
import { VIDEO_RECIPE, withTemporalEmbeddings } from './clips/video-recipe.ts';
import { Crew } from './crew.ts';
import { prepareTrainingData, seenConcepts, shareData, type TrainingData } from './data/index.ts';
import { planFeatures, type SharedFeatures } from './features.ts';
import { FLAMINGO_RECIPE, type FlamingoRecipe, GOING_ON } from './flamingo-stage.ts';
import { average, type Finished, readFinished } from './from-weights.ts';
import { LANGUAGE_RECIPE, type LanguageRecipe } from './language-stage.ts';
import { otherConcepts } from './other-concepts.ts';
import {
  checkOwn,
  encodeOwn,
  type OwnInTraining,
  type OwnOptions,
  ownRecipe,
  readOwnForTraining,
} from './own/in-training.ts';
import type { Lines } from './own/lines.ts';
import type { Report, Told } from './report.ts';
import { lockRun } from './run-lock.ts';
import type { SharedState } from './shared-state.ts';
import { Interrupted, modelOf, runStage, type StageOptions } from './stage.ts';
import { VISION_RECIPE, type VisionRecipe } from './vision-stage.ts';

export const STAGES = ['vision', 'language', 'flamingo'] as const;
type StageName = (typeof STAGES)[number];

/** Of the progress of a stage. */
const TITLES: Readonly<Record<StageName, Told>> = {
  vision: { en: 'vision', ko: '비전 단계' },
  language: { en: 'language', ko: '언어 단계' },
  flamingo: { en: 'flamingo', ko: 'Flamingo 단계' },
};

interface TrainOptions {
  /** Folder of the run: checkpoints, logs, split, tokenizer. */
  readonly out: string;
  /** A folder of finished weights: only the Flamingo stage is trained, from where they are. */
  readonly from?: string;
  /** Goes on from them to clips and scenes. */
  readonly video?: boolean;
  /** Folder of the training data, installed there when missing. */
  readonly data: string;
  /** Makes the architecture once the vocabulary is known. */
  readonly architecture: (tokenizer: TrainingData['tokenizer']) => ModelConfig;
  readonly seed: number;
  /** Leaves out the style on which choices are made. */
  readonly development?: boolean;
  readonly stages: readonly StageName[];
  readonly report: Report;
  /** Default: as many as the machine runs at once. Weights are the same bits for any number. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** One's own data, a kind of episodes of the Flamingo stage. */
  readonly own?: OwnOptions;
  /** Steps between snapshots of the Flamingo stage, and single ones. */
  readonly snapshots?: number;
  readonly snapshotsAt?: readonly number[];
  readonly vision?: Partial<VisionRecipe>;
  readonly language?: Partial<LanguageRecipe>;
  readonly flamingo?: Partial<FlamingoRecipe>;
}

/** What the stages have made: parameters by their stage's names. */
export interface Trained {
  readonly config: ModelConfig;
  readonly data: TrainingData;
  readonly vision: State | null;
  readonly language: State | null;
  readonly flamingo: State | null;
  /** True if the trained part is the mean of where it went on from and where it came to. */
  readonly averaged?: boolean;
  /** One's own lines, where there were any. */
  readonly own?: Lines;
}

/**
 * From nothing to a trained model: contrastive vision, language, then Flamingo between the two, frozen. What is done
 * already is not done again; a stage that was cut goes on from its checkpoint.
 * @throws TrainingError when another run works in the folder
 */
export async function train(options: TrainOptions): Promise<Trained> {
  const { out, report, development = false } = options;
  if (options.own) await checkOwn(options.own, options);
  await makeFolder(out);
  const lock = await lockRun(out);
  try {
    const finished = options.from === undefined ? null : await readFinished(options.from, out);
    const from = finished && options.video ? withTemporalEmbeddings(finished, options.seed) : finished;
    const data = await prepareTrainingData(options.data, out, report.say, { development, signal: options.signal });
    const config = from?.config ?? options.architecture(data.tokenizer);
    const own = options.own && (await readOwnForTraining(options.own, data, config, options.seed));
    const trained = await (from ? goOn(data, from, options, own) : trainOn(data, options, own));
    return { ...trained, ...(own && { own: own.lines }) };
  } finally {
    await lock.release();
  }
}

/** The same on data that is there already. */
async function trainOn(data: TrainingData, options: Omit<TrainOptions, 'data'>, own?: OwnInTraining): Promise<Trained> {
  const { out, report, seed, stages, signal } = options;
  const config = options.architecture(data.tokenizer);
  const crew = await Crew.start(options.threads ?? defaultThreads(), shareData(data), options.signal);
  const stage: StageOptions = { directory: out, report, ...(signal && { signal }) };
  const needs = (name: StageName): boolean => stages.includes(name) || stages.includes('flamingo');
  try {
    const vision = needs('vision')
      ? await crew.stage({ stage: 'vision', config, recipe: { ...VISION_RECIPE, seed, ...options.vision } })
      : null;
    if (vision) await runStage(vision, { ...stage, title: TITLES.vision });
    const language = needs('language')
      ? await crew.stage({ stage: 'language', config, recipe: { ...LANGUAGE_RECIPE, seed, ...options.language } })
      : null;
    if (language) await runStage(language, { ...stage, title: TITLES.language });
    const flamingo =
      vision && language && stages.includes('flamingo')
        ? await trainFlamingo(crew, { config, data, options, stage, own }, vision.shared, language.shared)
        : null;
    return {
      config,
      data,
      vision: vision && modelOf(vision.state),
      language: language && modelOf(language.state),
      flamingo,
    };
  } finally {
    await crew.close();
  }
}

/** The Flamingo stage alone, from where finished weights are. */
export async function goOn(
  data: TrainingData,
  from: Finished,
  options: Omit<TrainOptions, 'data'>,
  own?: OwnInTraining,
): Promise<Trained> {
  const { config, shared, ...finished } = from;
  const crew = await Crew.start(options.threads ?? defaultThreads(), shareData(data), options.signal);
  const { out: directory, report, signal } = options;
  const stage: StageOptions = { directory, report, ...(signal && { signal }) };
  const { keep = 0, ...recipe }: Partial<FlamingoRecipe> = {
    ...GOING_ON,
    ...(options.video && VIDEO_RECIPE),
    ...options.flamingo,
  };
  const flamingo = { ...recipe, keep, from: from.sha256 };
  const run = { config, data, options: { ...options, flamingo }, stage, own };
  try {
    const end = await trainFlamingo(crew, run, shared.vision, shared.language, shared.flamingo);
    return {
      ...{ config, data, vision: finished.vision, language: finished.language },
      ...{ flamingo: average(shared.flamingo, end, keep), averaged: keep > 0 },
    };
  } finally {
    await crew.close();
  }
}

async function trainFlamingo(
  crew: Crew,
  run: {
    readonly config: ModelConfig;
    readonly data: TrainingData;
    readonly options: Omit<TrainOptions, 'data'>;
    readonly stage: StageOptions;
    readonly own: OwnInTraining | undefined;
  },
  vision: SharedState,
  language: SharedState,
  start?: SharedState,
): Promise<State> {
  const { config, options } = run;
  const { seed, report, signal } = options;
  const plain: FlamingoRecipe = { ...FLAMINGO_RECIPE, seed, ...options.flamingo };
  const recipe = run.own ? ownRecipe(plain, run.own) : plain;
  const others = await encodeAll(crew, run, recipe, vision);
  const pictures = run.own
    ? await encodeOwn(run.own, others, { config, vision, seed, report, signal })
    : { features: others };
  const moving =
    recipe.moving && (await encodeClips(crew, run, { ...recipe, ...recipe.moving }, pictures.features, vision));
  const input = { config, recipe, language, ...pictures, ...moving, ...(start && { start }) };
  const stage = await crew.stage({ stage: 'flamingo', ...input });
  const { snapshots = 0, snapshotsAt = [] } = options;
  await runStage(stage, { ...run.stage, title: TITLES.flamingo, snapshots, snapshotsAt });
  return modelOf(stage.state);
}

/**
 * Patch tokens of frozen pictures, computed once: interleaved training never touches a pixel.
 * @throws Interrupted when it is told to stop before the last
 */
export async function encodeAll(
  crew: Crew,
  {
    config,
    data,
    options: { report, signal },
  }: { config: ModelConfig; data: TrainingData; options: Pick<TrainOptions, 'report' | 'signal'> },
  recipe: FlamingoRecipe,
  state: SharedState,
): Promise<SharedFeatures> {
  const { vision } = config.model;
  const { seed, views, scale, heavy } = recipe;
  if (!vision) throw new RangeError('this architecture has no vision encoder to train');
  const [rows, columns] = patchGrid(vision);
  const size = config.preprocessing.size as number;
  const concepts = [...seenConcepts(data.bank, data.pictures, views), ...otherConcepts(data, recipe)];
  const { features, works } = planFeatures(concepts, {
    seed,
    size,
    scale,
    heavy,
    shape: [rows * columns, vision.width],
  });
  const title = { en: 'features', ko: '그림 특징' };
  await withProgress(title, works.length, { report, signal }, (done) =>
    crew.pool.map(
      'features',
      works.map((work) => ({ config, state, work })),
      done,
    ),
  );
  return features;
}

/** The cache with every frame of clips and every scene behind the pictures, and what says which they are. */
async function encodeClips(
  crew: Crew,
  { config, options }: { config: ModelConfig; options: Pick<TrainOptions, 'report' | 'signal'> },
  { seed, clips, scenes, others, mix }: MovingRecipe,
  pictures: SharedFeatures,
  state: SharedState,
): Promise<{ readonly moving: MovingRecipe; readonly features: SharedFeatures }> {
  const moving = { seed, clips, scenes, others, mix };
  const { features, works } = planMoving(pictures, moving, config.preprocessing.size);
  const title = { en: 'clips and scenes', ko: '움직이는 그림과 장면' };
  await withProgress(title, works.length, options, (done) =>
    crew.pool.map(
      'moving',
      works.map((work) => ({ config, state, work })),
      done,
    ),
  );
  return { moving, features };
}

/** @throws Interrupted when it is told to stop before the last */
async function withProgress(
  title: Told,
  count: number,
  { report, signal }: Pick<TrainOptions, 'report' | 'signal'>,
  work: (done: (count: number) => void) => Promise<unknown>,
): Promise<void> {
  report.begin(title, count, 0);
  const began = performance.now();
  await work((done) => {
    if (signal?.aborted)
      throw new Interrupted('stopped before all pictures were encoded; the same command encodes them anew');
    report.step(done, {}, ((performance.now() - began) / 1000 / done) * (count - done));
  }).finally(() => report.end());
}

/** The trained model on a device, put together from the three stages. */
export function assembleModel(device: Device, { config, vision, language, flamingo }: Trained): Flamingo {
  const model = new Flamingo({ device, random: new Random(0) }, config.model);
  const find = (name: string): Float32Array => {
    const [part = '', ...rest] = name.split('.');
    const path = rest.join('.');
    const values =
      name === 'languageModel.embedding.weight'
        ? flamingo?.get('embedding') // some of its rows are trained last
        : part === 'vision'
          ? vision?.get(name)
          : part === 'languageModel'
            ? language?.get(path)
            : flamingo?.get(name);
    if (!values) throw new RangeError(`no stage has trained ${name}`);
    return values.data;
  };
  for (const [name, parameter] of model.parameters()) parameter.assign(tensor(device, find(name), parameter.shape));
  return model;
}
