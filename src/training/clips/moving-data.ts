import type { VisionEncoder } from '../../flamingo/vision-encoder.ts';
import { Random } from '../../tensor/random.ts';
import type { Episode, EpisodeImage, EpisodeMix, TrainingData } from '../data/index.ts';
import { Builder, EPISODE_LIMITS } from '../data/index.ts';
import { encodePixels, keyOf, type SharedFeatures } from '../features.ts';
import { type Clip, drawClip, FRAMES, framesOf } from './clip.ts';
import { ask, clipTasks, type Names, type SceneTask, sceneTasks } from './questions.ts';
import { drawScene, renderScene, type Scene, trainingPools } from './scene.ts';

/** Clips and scenes of a training: how many, and from what. Plain data; each is drawn from the seed and its number. */
export interface MovingRecipe {
  readonly seed: number;
  readonly clips: number;
  readonly scenes: number;
  /** As of the stage: which things without names there are. */
  readonly others: number;
  readonly mix: EpisodeMix;
}

/** Share of clips and scenes whose things have names. */
const NAMED = 0.6;
/** How often a picture is asked one more question, another one. */
const AGAIN = 0.35;
/** How often a clip is asked first what it does, and not what is in it. */
const MOTION = 0.75;

/** Every clip and scene of a training, drawn but not rendered. */
export class MovingData {
  readonly clips: readonly Clip[];
  readonly scenes: readonly Scene[];
  private readonly names: Names;
  private readonly data: TrainingData;

  constructor(data: TrainingData, recipe: MovingRecipe) {
    const pools = trainingPools(data, recipe);
    const root = new Random(recipe.seed).fork('moving');
    const draw = <T>(what: string, count: number, one: (pool: typeof pools.named, random: Random) => T): T[] =>
      Array.from({ length: count }, (_, i) => {
        const random = root.fork(what).fork(i);
        const named = random.chance(NAMED) || pools.others.length === 0;
        return one(named ? pools.named : pools.others, random);
      });
    this.data = data;
    this.names = new Map(data.bank.seen.map((concept) => [concept.name, concept]));
    this.clips = draw('clips', recipe.clips, (pool, random) => drawClip(pool, random));
    this.scenes = draw('scenes', recipe.scenes, (pool, random) => drawScene(pool, random));
  }

  /** Questions about some clips, answered. */
  clipEpisode(random: Random): Episode {
    return this.episode(random, () => {
      const place = random.integer(this.clips.length);
      const clip = this.clips[place] as Clip;
      const [motion, ...others] = clipTasks(clip, this.names) as [SceneTask, ...SceneTask[]];
      const rest = random.shuffle(others);
      const tasks = random.chance(MOTION) ? [motion, ...rest] : [...rest, motion];
      return { image: clipImage(place), about: clip, tasks };
    });
  }

  /** Questions about some scenes, answered. */
  sceneEpisode(random: Random): Episode {
    return this.episode(random, () => {
      const place = random.integer(this.scenes.length);
      const scene = this.scenes[place] as Scene;
      return { image: sceneImage(place), about: scene, tasks: random.shuffle(sceneTasks(scene, this.names)) };
    });
  }

  private episode(
    random: Random,
    next: () => { image: EpisodeImage; about: Clip | Scene; tasks: readonly SceneTask[] },
  ): Episode {
    const { bank } = this.data;
    const builder = new Builder(bank, EPISODE_LIMITS);
    for (;;) {
      const { image, about, tasks } = next();
      for (const [i, task] of tasks.entries()) {
        if (i > 0 && !random.chance(AGAIN)) break;
        const language = random.chance(0.5) ? 'en' : 'ko';
        const { question, answer } = ask(about, task, language, { names: this.names, random });
        const shown = i === 0 ? image : null;
        if (!builder.add(shown, bank.ids(question), bank.ids(answer), { label: 1, eoc: 1 })) return builder;
      }
    }
  }
}

const clipImage = (place: number): EpisodeImage => ({
  concept: `clip ${place}`,
  style: 'clip',
  view: 0,
  frames: FRAMES,
});
const sceneImage = (place: number): EpisodeImage => ({ concept: `scene ${place}`, style: 'scene', view: 0 });

/** Some clips or scenes to draw and encode, and where the first one's features go. */
export interface MovingWork {
  readonly recipe: MovingRecipe;
  readonly what: 'clips' | 'scenes';
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly size: number;
  readonly features: Pick<SharedFeatures, 'shape' | 'memory'>;
}

const CLIPS_AT_ONCE = 16;

/** Room for the frames of all clips, then for all scenes, behind what is there already; and the work to fill it. */
export function planMoving(
  { shape, keys, memory }: SharedFeatures,
  recipe: MovingRecipe,
  size: number,
): { features: SharedFeatures; works: MovingWork[] } {
  const each = shape[0] * shape[1] * 4;
  const frames = recipe.clips * FRAMES;
  const both = new SharedArrayBuffer(memory.byteLength + (frames + recipe.scenes) * each);
  new Uint8Array(both).set(new Uint8Array(memory));
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const clipKeys = numbers(recipe.clips).flatMap((place) =>
    numbers(FRAMES).map((view) => keyOf({ ...clipImage(place), view })),
  );
  const features = {
    shape,
    keys: [...keys, ...clipKeys, ...numbers(recipe.scenes).map((place) => keyOf(sceneImage(place)))],
    memory: both,
  };
  const works = (what: MovingWork['what'], count: number, frames: number, start: number): MovingWork[] => {
    const some = Math.ceil((CLIPS_AT_ONCE * FRAMES) / frames);
    return numbers(Math.ceil(count / some)).map((i) => ({
      ...{ recipe, what, size, features: { shape, memory: both } },
      from: i * some,
      to: Math.min(count, (i + 1) * some),
      at: start + i * some * frames,
    }));
  };
  return {
    features,
    works: [
      ...works('clips', recipe.clips, FRAMES, keys.length),
      ...works('scenes', recipe.scenes, 1, keys.length + frames),
    ],
  };
}

/** Draws and encodes some clips or scenes. */
export async function encodeMoving(
  vision: VisionEncoder,
  { pictures }: TrainingData,
  { clips, scenes }: Pick<MovingData, 'clips' | 'scenes'>,
  { what, from, to, at, size, features }: MovingWork,
): Promise<void> {
  const drawn = what === 'clips' ? clips.slice(from, to).flatMap((clip) => framesOf(clip)) : scenes.slice(from, to);
  const pixels = drawn.map((scene) => renderScene(pictures, scene, size));
  const encoded = await encodePixels(vision.patchEmbedding.device, vision, pixels, size);
  const all = new Float32Array(features.memory);
  const each = features.shape[0] * features.shape[1];
  encoded.forEach((values, i) => {
    all.set(values, (at + i) * each);
  });
}
