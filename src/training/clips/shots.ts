import type { Flamingo } from '../../flamingo/flamingo.ts';
import { generate } from '../../flamingo/generate.ts';
import { logLikelihoods } from '../../flamingo/generation/rank.ts';
import { selectShots } from '../../flamingo/rices.ts';
import { tokenise } from '../../model/prompt.ts';
import { Random, scope, tensor } from '../../tensor/index.ts';
import type { TrainingData } from '../data/index.ts';
import { meanToken } from '../evaluate.ts';
import { CURVE_SHOTS, RICES_SUPPORT, wilson } from '../evaluation-rows.ts';
import { encodePixels } from '../features.ts';
import type { Report } from '../report.ts';
import { type Clip, drawClip, framesOf } from './clip.ts';
import { poolOf } from './evaluate-clips.ts';
import { CLIP_FORMS, COLOUR_NAMES, COLOURS, COUNTS, MOTION_NAMES, MOTIONS } from './motions.ts';
import { drawScene, renderScene, type Scene } from './scene.ts';

/** What a point of a few-shot curve asks (paper, Figure 2): how clips move, or in which colour scenes are. */
export interface ShotSpec {
  readonly about: 'clip' | 'scene';
  /** False: no question is written, so that only the shots tell what is asked. */
  readonly written: boolean;
  readonly shots: number;
  /** Chosen by RICES among `RICES_SUPPORT` (appendix A.2); false: at random. */
  readonly rices: boolean;
  readonly control: 'shuffled labels' | 'text alone' | null;
  /** The likeliest of all motions or colours, or greedy generation, right where it is so letter for letter. */
  readonly measure: 'rank' | 'greedy';
}

/** A point with its 95 % interval (Wilson). */
export interface ShotRow extends ShotSpec {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly chance: number;
  readonly n: number;
}

/** Eight clips with their questions and answers would take more than the shipped model's 96 positions. */
const MOST_WRITTEN = { clip: 4, scene: 8 } as const;

/** Every point. Controls are ranked; labels can be shuffled from two shots on. */
export const SHOT_SPECS: readonly ShotSpec[] = (['clip', 'scene'] as const).flatMap((about) =>
  [true, false].flatMap((written) =>
    CURVE_SHOTS.filter((shots) => (written ? shots <= MOST_WRITTEN[about] : shots > 0)).flatMap((shots): ShotSpec[] => {
      const asked = { about, written, shots };
      const plain = (['rank', 'greedy'] as const).flatMap((measure) =>
        [false, true]
          .filter((rices) => !rices || shots > 0)
          .map((rices): ShotSpec => ({ ...asked, rices, control: null, measure })),
      );
      const controls = (['shuffled labels', 'text alone'] as const).filter(
        (each) => shots > 1 || each === 'text alone',
      );
      return [...plain, ...controls.map((control): ShotSpec => ({ ...asked, rices: false, control, measure: 'rank' }))];
    }),
  ),
);

export interface ShotOptions {
  readonly seed: number;
  readonly n: number;
  readonly report: Report;
  readonly specs?: readonly ShotSpec[];
}

const BATCH = 30;
const MOST_TOKENS = 12;
const UNSEEN = { concepts: 'novel', style: 'held' } as const;
const QUESTIONS = { clip: CLIP_FORMS.motion.en[0], scene: CLIP_FORMS.colour.en[0] } as const;
const ANSWERS = {
  clip: MOTION_NAMES.map((name): string => MOTIONS[name].en),
  scene: COLOUR_NAMES.map((name): string => COLOURS[name].en),
} as const;

/** Something that is shown, with what is right about it. */
interface Shown {
  readonly tokens: readonly Float32Array[]; // of each frame
  readonly mean: Float32Array;
  readonly answer: string;
}

/** The things that a prompt shows, the query last; `told` are the answers of its shots. */
interface Episode {
  readonly shown: readonly Shown[];
  readonly told: readonly string[];
}

/** Asks about things and a style that no training saw, after shots of the same kind. */
export async function evaluateMovingShots(
  model: Flamingo,
  data: TrainingData,
  { seed, n, report, specs = SHOT_SPECS }: ShotOptions,
): Promise<ShotRow[]> {
  const right = specs.map(() => 0);
  const parts = (['clip', 'scene'] as const).flatMap((about) =>
    Array.from({ length: Math.ceil(n / BATCH) }, (_, i) => ({ about, from: i * BATCH })),
  );
  report.begin({ en: 'shots of clips and scenes', ko: '움직이는 그림과 장면의 예시' }, parts.length, 0);
  const began = performance.now();
  for (const [done, { about, from }] of parts.entries()) {
    const own = new Random(seed).fork(`shots of a ${about}`);
    const count = Math.min(BATCH, n - from);
    const drawn: Shown[][] = [];
    for (let i = 0; i < count; i++) drawn.push(await drawShown(model, data, about, own.fork(from + i), from + i));
    for (const [place, spec] of specs.entries()) {
      if (spec.about !== about) continue;
      const episodes = drawn.map((shown, i) => episodeOf(shown, spec, own.fork(from + i).fork('labels')));
      right[place] = (right[place] as number) + (await score(model, data, spec, episodes));
    }
    report.step(done + 1, {}, ((performance.now() - began) / 1000 / (done + 1)) * (parts.length - done - 1));
  }
  report.end();
  return specs.map((spec, i) => {
    const found = right[i] as number;
    return { ...spec, value: found / n, ...wilson(found, n), chance: 1 / ANSWERS[spec.about].length, n };
  });
}

/** What can be chosen from for shots, then the query, each looked at once. Motions and counts take turns in queries. */
async function drawShown(
  { device, vision, config }: Flamingo,
  data: TrainingData,
  about: ShotSpec['about'],
  random: Random,
  index: number,
): Promise<Shown[]> {
  if (!vision) throw new RangeError('clips need a model with a vision encoder');
  const size = vision.config.imageSize as number;
  const pool = poolOf(data, UNSEEN);
  const shown: Shown[] = [];
  for (let i = 0; i <= RICES_SUPPORT; i++) {
    const own = random.fork(i);
    const turn = i === RICES_SUPPORT ? index : own.integer(MOTION_NAMES.length * COUNTS.length);
    const drawn: Clip | Scene =
      about === 'clip'
        ? drawClip(pool, own, MOTION_NAMES[turn % MOTION_NAMES.length])
        : drawScene(pool, own, { count: 1 + (turn % COUNTS.length), tinted: true });
    const frames = 'motion' in drawn ? framesOf(drawn) : [drawn];
    const pixels = frames.map((frame) => renderScene(data.pictures, frame, size));
    const tokens = await encodePixels(device, vision, pixels, size);
    shown.push({ tokens, mean: meanOf(tokens, config.resampler.width), answer: answerTo(drawn) });
  }
  return shown;
}

function answerTo(drawn: Clip | Scene): string {
  if ('motion' in drawn) return MOTIONS[drawn.motion].en;
  return COLOURS[drawn.things[0]?.tint as keyof typeof COLOURS].en;
}

/** Mean patch token over all frames: a clip and its reverse look the same. */
function meanOf(tokens: readonly Float32Array[], width: number): Float32Array {
  const sum = new Float32Array(width);
  for (const mean of tokens.map((frame) => meanToken(frame, width)))
    mean.forEach((value, i) => {
      sum[i] = (sum[i] as number) + value / tokens.length;
    });
  return sum;
}

function episodeOf(all: readonly Shown[], { shots, rices, control }: ShotSpec, random: Random): Episode {
  const [query] = all.slice(-1) as [Shown];
  const support = all.slice(0, -1);
  const places = rices
    ? selectShots(
        query.mean,
        support.map(({ mean }) => mean),
        shots,
      )
    : support.slice(0, shots).map((_, i) => i);
  const chosen = places.map((place) => support[place] as Shown);
  const answers = chosen.map(({ answer }) => answer);
  return { shown: [...chosen, query], told: control === 'shuffled labels' ? random.shuffle(answers) : answers };
}

/** How many of the episodes are answered rightly. */
async function score(
  model: Flamingo,
  { tokenizer, bank }: TrainingData,
  { about, written, control, measure }: ShotSpec,
  episodes: readonly Episode[],
): Promise<number> {
  const question = written ? QUESTIONS[about] : '';
  const { eoc } = tokenizer.special;
  const latents = resampled(model, episodes, control === 'text alone');
  const ids = episodes.map(({ told }) => {
    const shots = told.flatMap((answer) => [{ image: null }, { text: `${question} ${answer}<EOC>`.trimStart() }]);
    const asked = [{ image: null }, ...(written ? [{ text: question }] : [])];
    return tokenise({ sequence: [...shots, ...asked] }, tokenizer).ids;
  });
  try {
    const candidates: readonly string[] = ANSWERS[about];
    const said =
      measure === 'rank'
        ? (
            await logLikelihoods(
              model,
              { ids, latents },
              episodes.map(() => candidates.map((text) => [...bank.ids(text), eoc])),
            )
          ).map((scores) => candidates[likeliest(scores)])
        : (await generate(model, { ids, latents }, { stop: eoc, maxTokens: MOST_TOKENS })).map((answer) =>
            tokenizer.decode(answer.ids.filter((id) => id !== eoc)).trim(),
          );
    return episodes.filter(({ shown }, i) => said[i] === shown.at(-1)?.answer).length;
  } finally {
    latents.dispose();
  }
}

function likeliest(scores: readonly (readonly number[])[]): number {
  const sums = scores.map((tokens) => tokens.reduce((sum, value) => sum + value, 0));
  return sums.indexOf(Math.max(...sums));
}

/** [episodes, shots + 1, latents, width] from the frames' tokens, or from zeros. */
function resampled(model: Flamingo, episodes: readonly Episode[], blind: boolean): ReturnType<Flamingo['resample']> {
  const [{ shown: first }] = episodes as [Episode];
  const tokens = episodes.flatMap(({ shown }) => shown.flatMap((each) => each.tokens));
  const each = tokens[0]?.length as number;
  const values = new Float32Array(tokens.length * each);
  if (!blind)
    tokens.forEach((frame, i) => {
      values.set(frame, i * each);
    });
  const { width } = model.config.resampler;
  const shape = [episodes.length, first.length, first[0]?.tokens.length as number, each / width, width];
  return scope(model.device, () => model.resample(tensor(model.device, values, shape)), { noGrad: true });
}
