import { join } from 'node:path';
import { asResourceError } from '../../files/location.ts';
import { makeFolder } from '../../files/write-file.ts';
import type { Flamingo } from '../../flamingo/flamingo.ts';
import { VisionEncoder } from '../../flamingo/vision-encoder.ts';
import type { ModelConfig } from '../../model/config.ts';
import { inLanguage } from '../../runs/worded.ts';
import { Random, SimdDevice, scope, tensor } from '../../tensor/index.ts';
import { Crew } from '../crew.ts';
import { Documents, prepareTrainingData, shareData, type TrainingData } from '../data/index.ts';
import { evaluate } from '../evaluate.ts';
import type { Row, RowSpec } from '../evaluation-rows.ts';
import type { SharedFeatures } from '../features.ts';
import { linesOf, readRunFile, TrainingError, writeWhole } from '../files.ts';
import { FLAMINGO_RECIPE, type FlamingoRecipe } from '../flamingo-stage.ts';
import { type Finished, readFinished } from '../from-weights.ts';
import { languageLoss } from '../language-stage.ts';
import { encodeAll } from '../pipeline.ts';
import type { Report } from '../report.ts';
import { lockRun } from '../run-lock.ts';
import { type SharedState, shareState, viewsOf } from '../shared-state.ts';
import { runStage } from '../stage.ts';
import type { AblationRecipe } from './ablation-stage.ts';
import { openVariant, type VariantInput } from './open-variant.ts';
import { ABLATION_ROWS, type AblationRow } from './rows.ts';

/** What every row is measured with, four pictures before the query as in the paper's table. */
const binding = { task: 'binding', language: null, ways: 2, shots: 2, measure: 'rank', control: null } as const;
const asked = { concepts: 'seen', style: 'seen', ways: 0, shots: 4, measure: 'greedy', control: null } as const;
export const MEASURED: Readonly<Record<string, RowSpec>> = {
  naming: { ...asked, task: 'naming', language: 'en' },
  kind: { ...asked, task: 'kind', language: 'en' },
  induction: { ...asked, task: 'induction', language: null },
  'binding, seen': { ...binding, concepts: 'seen', style: 'seen' },
  'binding, new': { ...binding, concepts: 'novel', style: 'held' },
};

/** One row trained from one seed, and what it reached. */
export interface AblationResult {
  readonly row: string;
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly n: number;
  readonly from: string;
  /** Right answers by task: share and 95 % interval. */
  readonly scores: Readonly<Record<string, Pick<Row, 'value' | 'low' | 'high' | 'chance'>>>;
  /** Their mean. */
  readonly overall: number;
  /** Nats a token of text by the language model alone, before and after; they differ where it learnt. */
  readonly text: { readonly before: number; readonly after: number };
  /** tanh(alpha) of every gate that learns, of some twenty steps. */
  readonly gates: readonly Readonly<Record<string, number>>[];
  readonly minutes: number;
  readonly machine: string;
}

export interface AblateOptions {
  readonly rows: readonly string[];
  readonly seeds: readonly number[];
  readonly data: string;
  readonly weights: string;
  /** Checkpoints, and `ablations.json` with all results so far. */
  readonly out: string;
  readonly recipe: Partial<Pick<AblationRecipe, 'steps' | 'batch'>>;
  /** Episodes of each task. */
  readonly n: number;
  readonly threads: number;
  readonly machine: string;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

export const RESULTS_FILE = 'ablations.json';

/** Small, so that a row takes minutes: a tenth of the shipped model's steps, a third of its batch, fewer pictures. */
export const ABLATION_RECIPE: FlamingoRecipe = {
  ...FLAMINGO_RECIPE,
  steps: 200,
  batch: 16,
  warmup: 20,
  views: 4,
  others: 200,
} as const;

/**
 * Trains rows from every seed and measures them, at equal steps and on equal data. What `out` holds already is not done
 * again, and a row that was cut goes on from its checkpoint.
 * @returns all results in the folder
 */
export async function ablate(options: AblateOptions): Promise<AblationResult[]> {
  const { out, rows, seeds, report } = options;
  const unknown = rows.find((name) => !(name in ABLATION_ROWS));
  if (unknown !== undefined)
    throw new TrainingError(`there is no row '${unknown}'; expected ${Object.keys(ABLATION_ROWS).join(', ')}`);
  await makeFolder(out);
  const lock = await lockRun(out);
  try {
    const finished = await readFinished(options.weights, out);
    const data = await prepareTrainingData(options.data, out, report.say, { signal: options.signal });
    const crew = await Crew.start(options.threads, shareData(data), options.signal);
    try {
      const results = await readResults(out);
      const kept = new Map<string, SharedFeatures>();
      for (const seed of seeds) {
        kept.clear();
        for (const row of rows) {
          const recipe: AblationRecipe = { ...ABLATION_RECIPE, ...options.recipe, seed, row, from: finished.sha256 };
          const { steps, batch, from } = recipe;
          const same = (result: AblationResult): boolean =>
            String([result.row, result.seed, result.steps, result.batch, result.from, result.n]) ===
            String([row, seed, steps, batch, from, options.n]);
          if (results.some(same)) {
            report.say({ en: `${row}, seed ${seed}: measured already`, ko: `${row}, 시드 ${seed}: 이미 쟀어요` });
            continue;
          }
          results.push(await one({ recipe, crew, data, finished, kept }, options));
          await writeWhole(join(out, RESULTS_FILE), `${JSON.stringify(results, null, 1)}\n`);
        }
      }
      return results;
    } finally {
      await crew.close();
    }
  } finally {
    await lock.release();
  }
}

interface One {
  readonly recipe: AblationRecipe;
  readonly crew: Crew;
  readonly data: TrainingData;
  readonly finished: Finished;
  /** Of training, for one seed, by vision encoder. */
  readonly kept: Map<string, SharedFeatures>;
}

async function one(work: One, options: AblateOptions): Promise<AblationResult> {
  const { recipe, crew, data, finished, kept } = work;
  const { config, shared } = finished;
  const row = ABLATION_ROWS[recipe.row] as AblationRow;
  const began = performance.now();
  options.report.say({
    en: `${recipe.row}, seed ${recipe.seed}: ${row.does.en}`,
    ko: `${recipe.row}, 시드 ${recipe.seed}: ${inLanguage(row.does, 'ko')}`,
  });
  const vision = row.vision === 'random' ? randomVision(config, recipe.seed) : shared.vision;
  const key = row.vision ?? 'trained';
  const features = kept.get(key) ?? (await encodeAll(crew, { config, data, options }, recipe, vision));
  kept.set(key, features);
  const stage = await crew.stage({ stage: 'ablation', config, recipe, language: shared.language, features });
  const directory = join(options.out, `${recipe.row}-${recipe.seed}`);
  await runStage(stage, {
    directory,
    report: options.report,
    every: 20,
    ...(options.signal && { signal: options.signal }),
  });
  const measured = await measure(work, vision, stage.shared, options);
  const log = await readRunFile(join(directory, 'ablation.log.jsonl'));
  const lines = linesOf(log.toString()).map((line) => JSON.parse(line) as Record<string, number>);
  return {
    ...{
      row: recipe.row,
      seed: recipe.seed,
      steps: recipe.steps,
      batch: recipe.batch,
      n: options.n,
      from: recipe.from,
    },
    ...measured,
    gates: gatesThrough(lines),
    minutes: Number(((performance.now() - began) / 60_000).toFixed(1)),
    machine: options.machine,
  };
}

/** Lines of the log whose gates a result keeps. */
const GATES_KEPT = 20;

/** Gates through training: of some twenty steps, the last one among them. */
export function gatesThrough(lines: readonly Record<string, number>[]): Record<string, number>[] {
  const every = Math.ceil(lines.length / GATES_KEPT);
  return lines.filter((_, i) => (lines.length - 1 - i) % every === 0).map(gatesOf);
}

/** Of a line of the log: its step and its gates, to four digits. */
function gatesOf(line: Record<string, number>): Record<string, number> {
  const wanted = Object.entries(line).filter(([name]) => name === 'step' || name.startsWith('gate.'));
  return Object.fromEntries(wanted.map(([name, value]) => [name, Number(value.toFixed(4))]));
}

/** What the row's model answers, asked by the crew. */
async function measure(
  { recipe, crew, data, finished: { config, shared } }: One,
  vision: SharedState,
  state: SharedState,
  { n, report }: AblateOptions,
): Promise<Pick<AblationResult, 'scores' | 'overall' | 'text'>> {
  const variant: VariantInput = { config, recipe, vision, language: shared.language, state };
  const device = new SimdDevice();
  const texts = [null, variant.state].map((learnt) => {
    const model = openVariant(device, { ...variant, state: learnt });
    const loss = textLoss(model, data);
    model.dispose();
    return loss;
  });
  const [before, after] = texts as [number, number];
  await crew.pool.everywhere('variant', () => variant);
  const specs = Object.entries(MEASURED);
  const rows = await evaluate((units, onDone) => crew.pool.map('score', units, onDone), {
    seed: 1,
    n,
    report,
    rows: specs.map(([, spec]) => spec),
  });
  const scores = Object.fromEntries(
    specs.map(([name], i) => {
      const { value, low, high, chance } = rows[i] as Row;
      return [name, { value, low, high, chance }];
    }),
  );
  const overall = rows.reduce((sum, { value }) => sum + value, 0) / rows.length;
  return { scores, overall, text: { before, after } };
}

function randomVision({ model: { vision } }: ModelConfig, seed: number): SharedState {
  if (!vision) throw new TrainingError('these weights have no vision encoder');
  const encoder = new VisionEncoder({ device: new SimdDevice(), random: new Random(seed).fork('vision/init') }, vision);
  const parameters = [...encoder.parameters()];
  const shared = shareState(parameters.map(([name, { shape }]) => [`model.vision.${name}`, shape]));
  const views = viewsOf(shared);
  for (const [name, parameter] of parameters)
    views.get(`model.vision.${name}`)?.set(parameter.dataSync() as Float32Array);
  encoder.dispose();
  return shared;
}

/** Documents of 96 tokens; the same for all rows and seeds. */
const TEXTS = 32;

/** Nats a token of the language stage's documents, by the language model without pictures and blocks. */
function textLoss({ languageModel, device }: Flamingo, data: TrainingData): number {
  const random = new Random(1).fork('ablation/text');
  const documents = new Documents(data.bank);
  const length = languageModel.config.maxPositions;
  const ids = documents.batch(random, TEXTS, length);
  const sum = scope(device, () => languageLoss(languageModel, tensor(device, ids, [TEXTS, length])), { noGrad: true });
  const value = (sum.dataSync()[0] as number) / (TEXTS * (length - 1));
  sum.dispose();
  return value;
}

/** What was measured into a folder; nothing where it holds no results yet. @throws TrainingError for damaged ones */
export async function readResults(out: string): Promise<AblationResult[]> {
  const path = join(out, RESULTS_FILE);
  const text = await readRunFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]';
    throw asResourceError(path, error);
  });
  try {
    const results: unknown = JSON.parse(text.toString());
    if (Array.isArray(results) && results.every(isResult)) return results;
  } catch {}
  throw new TrainingError(`${path} is damaged; remove it, and the rows are measured again from their checkpoints`);
}

function isResult(value: unknown): value is AblationResult {
  if (typeof value !== 'object' || value === null) return false;
  const { row, seed, scores, overall, text, gates } = value as Partial<AblationResult>;
  const isObject = (field: unknown): boolean => typeof field === 'object' && field !== null;
  return (
    typeof row === 'string' &&
    [seed, overall].every(Number.isFinite) &&
    isObject(scores) &&
    isObject(text) &&
    Array.isArray(gates) &&
    gates.every(isObject)
  );
}
