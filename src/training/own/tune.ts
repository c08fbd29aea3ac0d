import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../files/write-file.ts';
import type { VisionEncoder } from '../../flamingo/vision-encoder.ts';
import { formatConfig } from '../../model/config/json.ts';
import { KNOWLEDGE_FILE } from '../../model/knowledge.ts';
import type { LoadedModel } from '../../model/model.ts';
import { TEXT_TOWER_FILE } from '../../model/text-tower.ts';
import { defaultThreads } from '../../parallel/pool.ts';
import { SimdDevice, tensor } from '../../tensor/index.ts';
import { readKnowledge } from '../../zoo/open/knowledge.ts';
import { readWeights, WEIGHTS_FILES, weightsSource, writeWeights } from '../../zoo/open/weights.ts';
import type { State } from '../checkpoint.ts';
import { Crew } from '../crew.ts';
import { SPLIT_FILE } from '../data/index.ts';
import { TrainingError, writeWhole } from '../files.ts';
import type { Report } from '../report.ts';
import { lockRun } from '../run-lock.ts';
import { type SharedState, viewsOf as sharedViews, shareState } from '../shared-state.ts';
import { modelOf, runStage } from '../stage.ts';
import { drawViews } from './draw-views.ts';
import { answersByQuestion, evaluateOwn, type OwnScores } from './evaluate-own.ts';
import { askShipped, type ForgottenRow } from './forgotten.ts';
import { hashOf, hashOfLines, inBoth, type Lines, type OwnPlace, readLines } from './lines.ts';
import { type Moved, movedParts } from './moved.ts';
import { TUNE_RECIPE, type TuneRecipe } from './tune-stage.ts';

/** In the folder of the run: what `tune` measured. */
export const TUNE_REPORT = 'tune.json';

export interface TuneOptions extends OwnPlace {
  /** Folder of weights to go on from. */
  readonly weights: string;
  /** Folder of the run: checkpoint, log, report, weights. */
  readonly out: string;
  readonly recipe: Partial<Omit<TuneRecipe, 'data' | 'from'>>;
  readonly threads?: number;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/** What tuning did, measured on the weights that it wrote. */
export interface TuneReport {
  readonly recipe: TuneRecipe;
  readonly lines: { readonly trained: number; readonly evaluated: number; readonly dropped: number };
  /** True if the evaluated lines come from `train.jsonl`. */
  readonly heldBack: boolean;
  /** Pictures of evaluated lines that were trained on too: what they measure is memory. */
  readonly picturesInBoth: number;
  readonly task: { readonly before: OwnScores; readonly after: OwnScores };
  /** Null where the model was never taught those questions. */
  readonly others: { readonly before: readonly ForgottenRow[]; readonly after: readonly ForgottenRow[] } | null;
  readonly moved: readonly Moved[];
}

/**
 * Goes on training from finished weights on one's own lines, and says what that changed: on the task, on what the model could
 * do before, and in each part of it. Stopped and run again it goes on where it was.
 * @throws OwnDataError for bad lines, before anything starts; TrainingError where another run works in the folder, or where
 * its checkpoint is of other data, weights or options
 */
export async function tune(options: TuneOptions): Promise<TuneReport> {
  const { weights, out, report, signal } = options;
  const device = new SimdDevice();
  const model = await readWeights(weightsSource(weights), device);
  if (!model.config.model.vision)
    throw new TrainingError(`${weights} has no vision encoder, so no picture can be read`);
  const seed = options.recipe.seed ?? TUNE_RECIPE.seed;
  const lines = await readLines(options, { tokenizer: model.tokenizer, limits: model.config.limits }, seed);
  const recipe: TuneRecipe = {
    ...TUNE_RECIPE,
    ...options.recipe,
    data: hashOfLines(lines),
    from: hashOf([await readFile(join(weights, WEIGHTS_FILES.model))]),
  };
  await makeFolder(out);
  const lock = await lockRun(out);
  try {
    const knowledge = await readKnowledge(weights);
    const measure = async (of: LoadedModel) => ({
      task: await evaluateOwn(
        of,
        lines.pictures,
        lines.evaluated,
        answersByQuestion([...lines.train, ...lines.evaluated]),
        signal,
      ),
      others: await askShipped(of, knowledge, signal),
      values: await valuesOf(of),
    });
    const [asked, learnt] = [lines.evaluated.length, lines.train.length];
    report.say({
      en: `measuring ${asked} lines before training on ${learnt}`,
      ko: `${learnt}줄로 학습하기 전에 ${asked}줄로 재요`,
    });
    const before = await measure(model);
    const state = await trainOn(model, lines, recipe, options);
    await write(model, state, options, recipe);
    model.flamingo.dispose();
    const tuned = await readWeights(weightsSource(join(out, 'weights')), device);
    report.say({ en: 'measuring what was written', ko: '쓴 가중치를 재요' });
    const after = await measure(tuned);
    tuned.flamingo.dispose();
    const { tokens, languageModel } = model.config.model;
    const rows = [tokens.image, tokens.endOfChunk];
    const found: TuneReport = {
      recipe,
      lines: { trained: lines.train.length, evaluated: lines.evaluated.length, dropped: lines.dropped },
      heldBack: lines.heldBack,
      picturesInBoth: inBoth(lines),
      task: { before: before.task, after: after.task },
      others: before.others && after.others && { before: before.others, after: after.others },
      moved: movedParts(before.values, after.values, rows, languageModel.width),
    };
    await writeWhole(join(out, TUNE_REPORT), `${JSON.stringify(found, null, 1)}\n`);
    return found;
  } finally {
    await lock.release();
  }
}

async function valuesOf({ flamingo }: LoadedModel): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [path, parameter] of flamingo.parameters())
    values.set(path, Float32Array.from((await parameter.data()) as Float32Array));
  return values;
}

/** The stage itself. @returns the parameters that were tuned, by path */
async function trainOn(model: LoadedModel, lines: Lines, recipe: TuneRecipe, options: TuneOptions): Promise<State> {
  const { out, report, signal, threads = defaultThreads() } = options;
  const weights = shareState(Array.from(model.flamingo.parameters(), ([path, { shape }]) => [`model.${path}`, shape]));
  await fill(weights, model);
  const views = await drawViews(
    { encoder: model.flamingo.vision as VisionEncoder, preprocessing: model.config.preprocessing },
    lines.pictures,
    recipe,
    report,
    signal,
  );
  const crew = await Crew.start(threads, null, signal);
  try {
    const { pad } = model.tokenizer.special;
    const stage = await crew.stage({
      stage: 'tune',
      config: model.config,
      recipe,
      weights,
      texts: lines.train,
      views,
      pad,
    });
    await runStage(stage, {
      directory: out,
      report,
      title: { en: 'tune', ko: '학습' },
      every: 20,
      ...(signal && { signal }),
    });
    return modelOf(stage.state);
  } finally {
    await crew.close();
  }
}

async function fill(into: SharedState, { flamingo }: LoadedModel): Promise<void> {
  const places = sharedViews(into);
  for (const [path, parameter] of flamingo.parameters())
    places.get(`model.${path}`)?.set((await parameter.data()) as Float32Array);
}

/** Puts the tuned parameters into the model and writes a whole folder of weights. */
async function write(
  { flamingo, config }: LoadedModel,
  state: State,
  { weights, out }: TuneOptions,
  { vision }: TuneRecipe,
): Promise<void> {
  const parameters = flamingo.parameters();
  for (const [path, { data, shape }] of state) parameters.get(path)?.assign(tensor(flamingo.device, data, shape));
  const folder = join(out, 'weights');
  await writeWhole(join(folder, WEIGHTS_FILES.model), await writeWeights(flamingo));
  await writeWhole(join(folder, WEIGHTS_FILES.config), formatConfig(config));
  // A text tower fits the encoder that it was trained with only.
  const beside = [WEIGHTS_FILES.tokenizer, KNOWLEDGE_FILE, SPLIT_FILE, ...(vision ? [] : [TEXT_TOWER_FILE])];
  for (const name of beside) await copyFile(join(weights, name), join(folder, name)).catch(unlessMissing);
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
