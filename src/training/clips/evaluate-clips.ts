import type { Flamingo } from '../../flamingo/flamingo.ts';
import { generate } from '../../flamingo/generate.ts';
import { tokenise } from '../../model/prompt.ts';
import { Random, scope, tensor } from '../../tensor/index.ts';
import { namingTap } from '../damaged.ts';
import { HELD_STYLE, TRAINING_STYLES, type TrainingData } from '../data/index.ts';
import { withGatesClosed } from '../evaluate.ts';
import { wilson } from '../evaluation-rows.ts';
import { encodePixels } from '../features.ts';
import type { Report } from '../report.ts';
import { type Clip, drawClip, FRAMES, framesOf } from './clip.ts';
import { CLIP_FORMS, COLOUR_NAMES, COUNTS, type Language, MOTION_NAMES, MOTIONS, type Motion } from './motions.ts';
import { ask, type Names, type SceneTask } from './questions.ts';
import { drawScene, type Pool, renderScene, type Scene } from './scene.ts';

/** A question that is evaluated. `left` and `leftKind` stand for both sides, half each. */
export interface ClipSpec {
  readonly about: 'clip' | 'scene';
  readonly task: SceneTask;
  readonly language: Language;
  readonly concepts: 'seen' | 'novel';
  readonly style: 'seen' | 'held';
}

/** What is changed, to see what an answer needs. In a second turn, how many things there are was asked and answered before. */
export type ClipControl =
  | 'reversed frames'
  | 'shuffled frames'
  | 'one frame'
  | '12 frames'
  | '16 frames'
  | 'mirrored'
  | 'second turn'
  | 'another picture'
  | 'text alone'
  | 'gates 0';

const CLIP_CONTROLS: readonly ClipControl[] = [
  ...(['reversed frames', 'shuffled frames', 'one frame', '12 frames', '16 frames'] as const),
  ...(['another picture', 'text alone', 'gates 0'] as const),
];
const SCENE_CONTROLS: readonly ClipControl[] = ['another picture', 'text alone', 'gates 0'];

/** Things that training saw in its styles, and things and a style that it never saw. */
const SHOWN = [
  { concepts: 'seen', style: 'seen' },
  { concepts: 'novel', style: 'held' },
] as const;
const NAMED = [
  { concepts: 'seen', style: 'seen' },
  { concepts: 'seen', style: 'held' },
] as const;
const LANGUAGES = ['en', 'ko'] as const;

/** Every question about clips and scenes, in both languages; names only of things that training named. */
export const CLIP_SPECS: readonly ClipSpec[] = [
  ...rows('clip', ['motion'], SHOWN),
  ...rows('clip', ['name'], NAMED),
  ...rows('scene', ['count', 'colour', 'there', 'leftKind'], SHOWN),
  ...rows('scene', ['left'], NAMED),
];

function rows(
  about: ClipSpec['about'],
  tasks: readonly SceneTask[],
  shown: readonly Pick<ClipSpec, 'concepts' | 'style'>[],
): ClipSpec[] {
  return tasks.flatMap((task) =>
    LANGUAGES.flatMap((language) => shown.map((one): ClipSpec => ({ about, task, language, ...one }))),
  );
}

/** A question, as it is or under a control. */
export interface ClipRow extends ClipSpec {
  readonly control: ClipControl | null;
  /** Of clips that show this motion alone; null: of all. */
  readonly motion: Motion | null;
  /** Share of answers that are right about the picture as it is, letter for letter, with its 95 % interval (Wilson). */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Share that is right about what is shown in its place under a control; null where nothing else is. */
  readonly other: number | null;
  readonly chance: number;
  readonly n: number;
}

export interface ClipOptions {
  readonly seed: number;
  readonly n: number;
  readonly report: Report;
  readonly specs: readonly ClipSpec[];
}

const BATCH = 30;
/** Tokens that an answer may take. */
const MOST_TOKENS = 12;

/** One clip or scene with its question. */
interface Item {
  readonly about: Clip | Scene;
  readonly question: string;
  readonly answer: string;
  /** What would be right about its frames in reverse, or its mirror image; null where it has neither. */
  readonly flipped: string | null;
}

/** Asks every question of pictures that are drawn for it, then again under each control. */
export async function evaluateClips(
  model: Flamingo,
  data: TrainingData,
  { seed, n, report, specs }: ClipOptions,
): Promise<ClipRow[]> {
  const random = new Random(seed).fork('clips');
  const found: ClipRow[] = [];
  report.begin({ en: 'clips and scenes', ko: '움직이는 그림과 장면' }, specs.length, 0);
  const began = performance.now();
  for (const [done, spec] of specs.entries()) {
    const own = random.fork(JSON.stringify(spec));
    const items = Array.from({ length: n }, (_, i) => drawItem(data, spec, own.fork(i), i));
    const speaker = new Speaker(model, data, items, own.fork('controls'));
    for (const control of [null, ...controlsOf(spec)]) {
      const answers = await speaker.answers(control);
      found.push(...rowsOf(spec, control, items, answers, data));
    }
    report.step(done + 1, {}, ((performance.now() - began) / 1000 / (done + 1)) * (specs.length - done - 1));
  }
  report.end();
  return found;
}

/** Motion goes through every control, what names things through those of pictures. */
function controlsOf({ about, task, language, concepts, style }: ClipSpec): readonly ClipControl[] {
  if (task === 'motion') return CLIP_CONTROLS;
  if (language === 'ko' || (concepts === 'seen' && style === 'seen')) return [];
  if (about === 'clip') return SCENE_CONTROLS;
  const turns = task === 'count' ? [] : (['second turn'] as const);
  const sides = task === 'left' || task === 'leftKind' ? (['mirrored'] as const) : [];
  return [...turns, ...sides, ...SCENE_CONTROLS];
}

/** Things that were seen in training or kept from it, with the styles in which they are drawn. */
export function poolOf(
  { bank, pictures }: TrainingData,
  { concepts, style }: Pick<ClipSpec, 'concepts' | 'style'>,
): Pool {
  const wanted = style === 'held' ? [HELD_STYLE] : TRAINING_STYLES;
  return bank[concepts]
    .map(({ name }) => ({ name, styles: wanted.filter((each) => pictures.has(name, each)) }))
    .filter(({ styles }) => styles.length > 0);
}

function drawItem(data: TrainingData, spec: ClipSpec, random: Random, index: number): Item {
  const { about, language } = spec;
  const pool = poolOf(data, spec);
  const names: Names = new Map(data.bank[spec.concepts].map((concept) => [concept.name, concept]));
  const words = { names, random, form: 'first' } as const;
  if (about === 'clip') {
    const clip = drawClip(pool, random, MOTION_NAMES[index % MOTION_NAMES.length]);
    const flipped = spec.task === 'motion' ? MOTIONS[MOTIONS[clip.motion].reversed][language] : null;
    return { about: clip, ...ask(clip, spec.task, language, words), flipped };
  }
  const sided = spec.task === 'left' || spec.task === 'leftKind';
  const count = sided ? 2 : 1 + (index % COUNTS.length);
  const scene = drawScene(pool, random, { count, ...(spec.task === 'colour' && { tinted: true }) });
  const task = sided && index % 2 === 1 ? OTHER_SIDE[spec.task as 'left' | 'leftKind'] : spec.task;
  const mirrored = sided ? ask(mirror(scene), task, language, words).answer : null;
  return { about: scene, ...ask(scene, task, language, words), flipped: mirrored };
}

const OTHER_SIDE = { left: 'right', leftKind: 'rightKind' } as const;

/** Left and right exchanged; the drawings themselves are not. */
function mirror({ background, things }: Scene): Scene {
  return { background, things: things.map((thing) => ({ ...thing, x: -thing.x })).reverse() };
}

/** Answers the questions of some items, each looked at once. */
class Speaker {
  private readonly model: Flamingo;
  private readonly data: TrainingData;
  private readonly items: readonly Item[];
  private readonly random: Random;
  private readonly seen = new Map<string, Float32Array[][]>();

  constructor(model: Flamingo, data: TrainingData, items: readonly Item[], random: Random) {
    this.model = model;
    this.data = data;
    this.items = items;
    this.random = random;
  }

  async answers(control: ClipControl | null): Promise<string[]> {
    const shown = await this.shown(control);
    const own = this.items.map(({ question }) => question);
    const first = CLIP_FORMS.count.en[0];
    const asked =
      control === 'second turn'
        ? (
            await this.ask(
              own.map(() => first),
              shown,
              control,
            )
          ).map((said, i) => `${first} ${said}<EOC> ${own[i]}`)
        : own;
    return this.ask(asked, shown, control);
  }

  private async ask(
    texts: readonly string[],
    shown: readonly (readonly Float32Array[])[],
    control: ClipControl | null,
  ): Promise<string[]> {
    const said: string[] = [];
    const speak = async (): Promise<void> => {
      for (let from = 0; from < texts.length; from += BATCH) {
        const to = from + BATCH;
        said.push(...(await this.say(texts.slice(from, to), shown.slice(from, to), control === 'text alone')));
      }
    };
    await (control === 'gates 0' ? withGatesClosed(this.model, speak) : speak());
    return said;
  }

  /** Visual tokens of the frames that each item shows under a control. */
  private async shown(control: ClipControl | null): Promise<readonly (readonly Float32Array[])[]> {
    if (control === '12 frames' || control === '16 frames') return this.look(Number.parseInt(control, 10), false);
    if (control === 'mirrored') return this.look(1, true);
    const all = await this.look(FRAMES, false);
    switch (control) {
      case 'reversed frames':
        return all.map((frames) => frames.toReversed());
      case 'shuffled frames':
        return all.map((frames, i) => this.random.fork(i).shuffle(frames));
      case 'one frame':
        return all.map((frames) => frames.slice(FRAMES / 2, FRAMES / 2 + 1));
      case 'another picture':
        return all.map((_, i) => all[another(this.items, i)] as Float32Array[]);
      default:
        return all;
    }
  }

  private async look(frames: number, mirrored: boolean): Promise<Float32Array[][]> {
    const key = `${frames} ${mirrored}`;
    const known = this.seen.get(key);
    if (known) return known;
    const { vision, device } = this.model;
    if (!vision) throw new RangeError('clips need a model with a vision encoder');
    const size = vision.config.imageSize as number;
    const looked: Float32Array[][] = [];
    for (const { about } of this.items) {
      const scenes = 'motion' in about ? framesOf(about, frames) : [mirrored ? mirror(about) : about];
      const pixels = scenes.map((scene) => renderScene(this.data.pictures, scene, size));
      looked.push(await encodePixels(device, vision, pixels, size));
    }
    this.seen.set(key, looked);
    return looked;
  }

  private async say(
    texts: readonly string[],
    shown: readonly (readonly Float32Array[])[],
    blind: boolean,
  ): Promise<string[]> {
    const { model, data } = this;
    const { eoc } = data.tokenizer.special;
    const width = model.config.resampler.width;
    const [first = []] = shown;
    const each = first[0]?.length as number;
    const values = new Float32Array(shown.length * first.length * each);
    if (!blind)
      shown.forEach((frames, row) => {
        frames.forEach((tokens, i) => {
          values.set(tokens, (row * first.length + i) * each);
        });
      });
    const shape = [shown.length, 1, first.length, each / width, width];
    const latents = scope(model.device, () => model.resample(tensor(model.device, values, shape)), { noGrad: true });
    const ids = texts.map((text) => tokenise({ sequence: [{ image: null }, { text }] }, data.tokenizer).ids);
    const asked = { stop: eoc, maxTokens: MOST_TOKENS };
    const answers = await namingTap(model, () => generate(model, { ids, latents }, asked));
    latents.dispose();
    return answers.map((answer) => data.tokenizer.decode(answer.ids.filter((id) => id !== eoc)).trim());
  }
}

/** The next item that is asked the same, where there is one, and of which something else is true. */
function another(items: readonly Item[], i: number): number {
  const own = items[i] as Item;
  const fits = (other: Item, asked: boolean): boolean =>
    other.answer !== own.answer && (!asked || other.question === own.question);
  const order = items.map((_, step) => (i + step) % items.length);
  const found = [true, false].map((asked) => order.find((place) => fits(items[place] as Item, asked)));
  return found.find((place) => place !== undefined) ?? i;
}

function rowsOf(
  spec: ClipSpec,
  control: ClipControl | null,
  items: readonly Item[],
  answers: readonly string[],
  data: TrainingData,
): ClipRow[] {
  const others = items.map(({ flipped }, i): string | null => {
    if (control === 'reversed frames' || control === 'mirrored') return flipped;
    // Whether there is one of a kind was asked about the first scene's kinds.
    return control === 'another picture' && spec.task !== 'there' ? (items[another(items, i)] as Item).answer : null;
  });
  const row = (motion: Motion | null): ClipRow => {
    const places = [...items.entries()].flatMap(([i, { about }]) =>
      motion === null || ('motion' in about && about.motion === motion) ? [i] : [],
    );
    const right = places.filter((i) => answers[i] === items[i]?.answer).length;
    const rightOfOther = places.filter((i) => answers[i] === others[i]).length;
    return {
      ...{ ...spec, control, motion, value: right / places.length, ...wilson(right, places.length) },
      other: others[0] === null ? null : rightOfOther / places.length,
      ...{ chance: chanceOf(spec, data), n: places.length },
    };
  };
  const apart = spec.task === 'motion' && (control === null || control === 'reversed frames');
  return [row(null), ...(apart ? MOTION_NAMES.map(row) : [])];
}

function chanceOf({ task }: ClipSpec, { bank }: TrainingData): number {
  switch (task) {
    case 'motion':
      return 1 / MOTION_NAMES.length;
    case 'count':
      return 1 / COUNTS.length;
    case 'colour':
      return 1 / COLOUR_NAMES.length;
    case 'there':
      return 1 / 2;
    case 'name':
    case 'left':
    case 'right':
      return 1 / bank.seen.length;
    default:
      return 1 / bank.seenByCategory.size;
  }
}
