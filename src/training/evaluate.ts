import type { Flamingo } from '../flamingo/flamingo.ts';
import { generate } from '../flamingo/generate.ts';
import { type DecodingPrompt, reading } from '../flamingo/generation/decoding.ts';
import { logLikelihoods } from '../flamingo/generation/rank.ts';
import { padTexts, type TextClassifier } from '../model/text-tower.ts';
import { Random, scope, tensor } from '../tensor/index.ts';
import { addConfidence, type Confidence, noConfidence, observe, summarise } from './confidence.ts';
import { namingTap } from './damaged.ts';
import {
  type EvaluationEpisode,
  EvaluationEpisodes,
  type EvaluationSpec,
  mostSimilarShots,
  type TrainingData,
} from './data/index.ts';
import {
  CARD_ROWS,
  type Control,
  type Measure,
  type Row,
  type RowSpec,
  TEMPERATURE_ROWS,
  wilson,
} from './evaluation-rows.ts';
import { type Looked, look, mediaOf, type Seen } from './look.ts';
import type { Report } from './report.ts';

/** Some episodes of one evaluation seed, scored in every way that some row asks for; plain data, for any thread. */
export interface EvaluationUnit {
  /** Place of its group of rows. */
  readonly group: number;
  readonly spec: EvaluationSpec;
  readonly control: Control | null;
  readonly measures: readonly Measure[];
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

/** Counts of right answers, which add up over units. */
export interface Tally {
  readonly right: Record<Measure, number>;
  pixels: number;
  features: number;
  n: number;
  chance: number;
  readonly confidence: Confidence | null;
}

/** Scores units, in whatever order; tallies come in theirs. */
export type Scorer = (units: readonly EvaluationUnit[], onDone: (done: number) => void) => Promise<Tally[]>;

interface EvaluationOptions {
  /** Evaluation seeds are seed, seed + 1 and seed + 2. */
  readonly seed: number;
  /** Episodes of a row, over all seeds. */
  readonly n: number;
  readonly report: Report;
  readonly rows?: readonly RowSpec[];
  /** At which confidence is measured, beside 1. */
  readonly temperature?: number;
}

const SEEDS = 3;
/** A form of a question, of which there are many, is asked a third as often. */
const FORM_SHARE = 3;
const BATCH = 30;

/** One set of episodes, scored in every way that some row asks for. */
interface Group {
  readonly spec: EvaluationSpec;
  readonly control: Control | null;
  readonly rows: RowSpec[];
}

/** Recomputes every row from pictures to answers. Rows on the same episodes share the work. */
export async function evaluate(score: Scorer, options: EvaluationOptions): Promise<Row[]> {
  const { rows = CARD_ROWS, temperature = 1 } = options;
  const tallies = await tally(score, rows, options);
  return rows.map((row) => rowOf(row, tallies.get(row) as Tally, temperature));
}

/** The temperature at which the right first words are likeliest, over rows that are not reported. */
export async function fitTemperature(score: Scorer, options: Omit<EvaluationOptions, 'rows'>): Promise<number> {
  const tallies = await tally(score, TEMPERATURE_ROWS, options);
  const all = Array.from(tallies.values(), ({ confidence }) => confidence ?? noConfidence());
  return summarise(all.reduce(addConfidence), 1).fits;
}

async function tally(
  score: Scorer,
  rows: readonly RowSpec[],
  options: EvaluationOptions,
): Promise<Map<RowSpec, Tally>> {
  const { report } = options;
  const groups = groupRows(rows);
  const units = unitsOf(groups, options);
  report.begin({ en: 'evaluation', ko: '평가' }, units.length, 0);
  const began = performance.now();
  const tallies = await score(units, (done) =>
    report.step(done, {}, ((performance.now() - began) / 1000 / done) * (units.length - done)),
  );
  report.end();
  const found = new Map<RowSpec, Tally>();
  groups.forEach((group, i) => {
    const sum = tallies.filter((_, unit) => units[unit]?.group === i).reduce(addTallies);
    for (const row of group.rows) found.set(row, sum);
  });
  return found;
}

/** Scores on this thread. @param looked pictures that this vision encoder has seen, kept for the next model that has it too */
export function scorer(
  model: Flamingo,
  data: TrainingData,
  textTower: TextClassifier | null = null,
  looked: Looked | null = null,
): Scorer {
  return async (units, onDone) => {
    const tallies: Tally[] = [];
    for (const unit of units) {
      tallies.push(await scoreUnit(model, data, unit, textTower, looked));
      onDone(tallies.length);
    }
    return tallies;
  };
}

function unitsOf(groups: readonly Group[], { n, seed }: Pick<EvaluationOptions, 'n' | 'seed'>): EvaluationUnit[] {
  return groups.flatMap(({ spec, control, rows }, group) => {
    const perSeed = Math.ceil(n / SEEDS / (spec.form === undefined ? 1 : FORM_SHARE));
    return Array.from({ length: SEEDS }, (_, s) => s).flatMap((s) =>
      Array.from({ length: Math.ceil(perSeed / BATCH) }, (_, i) => ({
        ...{ group, spec, control, measures: [...new Set(rows.map(({ measure }) => measure))], seed: seed + s },
        from: i * BATCH,
        count: Math.min(BATCH, perSeed - i * BATCH),
      })),
    );
  });
}

function groupRows(rows: readonly RowSpec[]): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const { measure, control, ...rest } = row;
    const dataControl = control === 'shuffled labels' || control === 'wrong query picture' ? control : null;
    const key = JSON.stringify([rest, control]);
    const group = groups.get(key) ?? { spec: { ...rest, control: dataControl }, control, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function addTallies(a: Tally, b: Tally): Tally {
  return {
    right: {
      rank: a.right.rank + b.right.rank,
      greedy: a.right.greedy + b.right.greedy,
      'text tower': a.right['text tower'] + b.right['text tower'],
    },
    pixels: a.pixels + b.pixels,
    features: a.features + b.features,
    n: a.n + b.n,
    chance: a.chance,
    confidence: a.confidence && b.confidence && addConfidence(a.confidence, b.confidence),
  };
}

function rowOf(row: RowSpec, tally: Tally, temperature: number): Row {
  const right = tally.right[row.measure];
  const share = (count: number): number => count / tally.n;
  const neighbours = row.task.startsWith('binding') && row.control === null && row.shots > 0;
  return {
    ...row,
    value: share(right),
    ...wilson(right, tally.n),
    n: tally.n,
    chance: tally.chance,
    baselines: neighbours
      ? { pixels: share(tally.pixels), features: share(tally.features) }
      : { pixels: null, features: null },
    ...(tally.confidence && row.measure === 'greedy' && { confidence: summarise(tally.confidence, temperature) }),
  };
}

/** Draws, encodes and scores the episodes of a unit. */
export async function scoreUnit(
  model: Flamingo,
  data: TrainingData,
  unit: EvaluationUnit,
  textTower: TextClassifier | null = null,
  looked: Looked | null = null,
): Promise<Tally> {
  const source = new EvaluationEpisodes(data.bank, data.pictures);
  const random = new Random(unit.seed).fork('evaluation');
  const drawn = Array.from({ length: unit.count }, (_, i) => source.episode(unit.spec, random, unit.from + i));
  const asked = unit.control === null && (unit.spec.task === 'naming' || unit.spec.task === 'kind');
  const tally: Tally = {
    right: { rank: 0, greedy: 0, 'text tower': 0 },
    ...{ pixels: 0, features: 0, n: 0, chance: 0 },
    confidence: asked && unit.measures.includes('greedy') ? noConfidence() : null,
  };
  const seen = withSimilarShots(
    await look(model, data, drawn, looked ?? new Map()),
    unit.spec,
    data,
    model.config.resampler.width,
  );
  const episodes = seen.map(({ episode }) => episode);
  const latents = scope(model.device, () => model.resample(mediaOf(model, seen, unit.control === 'zero features')));
  const prompts = { ids: episodes.map(({ ids }) => ids), latents };
  const score = (): Promise<void> =>
    reading(model, prompts, undefined, async (read) => {
      const asRead = { ...prompts, read };
      if (unit.measures.includes('rank')) tally.right.rank += await ranked(model, data, episodes, asRead);
      if (unit.measures.includes('greedy'))
        tally.right.greedy += await generated(model, data, episodes, asRead, tally.confidence);
    });
  await namingTap(model, () => (unit.control === 'gates 0' ? withGatesClosed(model, score) : score()));
  latents.dispose();
  if (unit.measures.includes('text tower')) tally.right['text tower'] += await classified(model, data, textTower, seen);
  for (const { episode, pixels, features } of seen) {
    tally.n++;
    tally.chance = 1 / episode.candidates.length;
    if (episode.shotClasses.length === 0) continue;
    if (nearest(pixels, episode, negativeDistance)) tally.pixels++;
    const width = model.config.resampler.width;
    const means = features.map((tokens) => meanToken(tokens, width));
    if (nearest(means, episode, cosine)) tally.features++;
  }
  return tally;
}

/** With RICES only the shots that look like the query; else as they are. */
function withSimilarShots(
  seen: readonly Seen[],
  { support, shots }: EvaluationSpec,
  { tokenizer }: TrainingData,
  width: number,
): readonly Seen[] {
  if (support === undefined) return seen;
  return seen.map(({ episode, pixels, features }) => {
    const means = features.map((tokens) => meanToken(tokens, width));
    const { kept, ...chosen } = mostSimilarShots(episode, means, shots, (text) => tokenizer.encode(text));
    const of = (all: readonly Float32Array[]): Float32Array[] => kept.map((place) => all[place] as Float32Array);
    return { ...chosen, pixels: of(pixels), features: of(features) };
  });
}

/** How often the right candidate, with its `<EOC>`, is the likeliest. */
async function ranked(
  model: Flamingo,
  data: TrainingData,
  episodes: readonly EvaluationEpisode[],
  prompts: DecodingPrompt,
): Promise<number> {
  const { eoc } = data.tokenizer.special;
  const candidates = episodes.map((episode) => episode.candidates.map((text) => [...data.bank.ids(text), eoc]));
  const scores = await logLikelihoods(model, prompts, candidates);
  return episodes.filter((episode, i) => {
    const sums = (scores[i] as number[][]).map((tokens) => tokens.reduce((sum, value) => sum + value, 0));
    return sums.indexOf(Math.max(...sums)) === episode.answer;
  }).length;
}

/** How often the right candidate is the one whose text is nearest to the query in the joint space. */
async function classified(
  { device, vision }: Flamingo,
  { bank, tokenizer }: TrainingData,
  textTower: TextClassifier | null,
  seen: readonly Seen[],
): Promise<number> {
  if (!textTower || !vision) throw new RangeError('zero-shot classification needs a text tower and a vision encoder');
  const { pad } = tokenizer.special;
  const { candidates } = (seen[0] as Seen).episode; // every episode of a row has the same
  const { ids, length } = padTexts(
    candidates.map((text) => bank.ids(text)),
    pad,
  );
  const queries = seen.map(({ pixels }) => pixels.at(-1) as Float32Array);
  const size = vision.config.imageSize as number;
  const joined = new Float32Array(queries.length * 3 * size * size);
  queries.forEach((pixels, i) => {
    joined.set(pixels, i * pixels.length);
  });
  const best = scope(device, () => {
    const { features, pooled } = vision.forward(tensor(device, joined, [queries.length, 3, size, size]));
    return textTower.forward(features ?? pooled, tensor(device, ids, [candidates.length, length]), pad).argmax(1);
  });
  const found = await best.data();
  best.dispose();
  return seen.filter(({ episode }, i) => found[i] === episode.answer).length;
}

/** How often greedy generation writes the right answer, letter for letter. */
async function generated(
  model: Flamingo,
  data: TrainingData,
  episodes: readonly EvaluationEpisode[],
  prompts: DecodingPrompt,
  confidence: Confidence | null,
): Promise<number> {
  const { eoc } = data.tokenizer.special;
  const answers = await generate(model, prompts, { stop: eoc, maxTokens: 12 });
  if (confidence) {
    episodes.forEach((episode, i) => {
      const [right] = data.bank.ids(episode.candidates[episode.answer] as string);
      observe(confidence, answers[i]?.firstLogits as Float32Array, right as number);
    });
  }
  return episodes.filter((episode, i) => {
    const text = data.tokenizer.decode((answers[i]?.ids ?? []).filter((id) => id !== eoc)).trim();
    return text === episode.candidates[episode.answer];
  }).length;
}

/** Runs with every gate at 0, then puts the gates back. */
export async function withGatesClosed(model: Flamingo, run: () => Promise<void>): Promise<void> {
  const gates = model.crossAttention.flatMap((block) => (block ? [block.attentionGate, block.denseGate] : []));
  const before = await Promise.all(gates.map((gate) => gate.data()));
  const set = (values: (i: number) => ArrayLike<number>): void => {
    gates.forEach((gate, i) => {
      gate.assign(tensor(model.device, Float32Array.from(values(i)), gate.shape));
    });
  };
  set((i) => new Float32Array(before[i]?.length ?? 0));
  try {
    await run();
  } finally {
    set((i) => before[i] ?? []);
  }
}

/** Tells whether the shot most like the query (the last picture) is of the right class. */
function nearest(
  vectors: readonly Float32Array[],
  episode: EvaluationEpisode,
  similarity: (a: Float32Array, b: Float32Array) => number,
): boolean {
  const query = vectors.at(-1) as Float32Array;
  const scores = episode.shotClasses.map((_, i) => similarity(vectors[i] as Float32Array, query));
  return episode.shotClasses[scores.indexOf(Math.max(...scores))] === episode.answer;
}

function negativeDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum -= ((a[i] as number) - (b[i] as number)) ** 2;
  return sum;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] as number) * (b[i] as number);
    aa += (a[i] as number) ** 2;
    bb += (b[i] as number) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Mean of the tokens [tokens, width] of a picture. */
export function meanToken(tokens: Float32Array, width: number): Float32Array {
  const mean = new Float32Array(width);
  for (let i = 0; i < tokens.length; i++)
    mean[i % width] = (mean[i % width] as number) + ((tokens[i] as number) * width) / tokens.length;
  return mean;
}
