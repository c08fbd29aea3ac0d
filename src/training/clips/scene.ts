import { Random } from '../../tensor/random.ts';
import type { Pictures, Shown, TrainingData } from '../data/index.ts';
import { seenConcepts } from '../data/index.ts';
import { type Colour, type Layer, renderLayers } from '../data/layers.ts';
import { PICTURE_SIZE } from '../data/pictures.ts';
import { otherConcepts } from '../other-concepts.ts';
import { COLOUR_NAMES, COLOURS, type ColourName } from './motions.ts';

/** A drawing in a scene. Lengths are shares of the view's side, from its middle; angles clockwise, radians. */
export interface Thing {
  readonly concept: string;
  readonly style: string;
  /** Colours a drawing of one ink. */
  readonly seed: number;
  readonly tint: ColourName | null;
  readonly scale: number;
  readonly x: number;
  readonly y: number;
  readonly rotation: number;
  readonly flip: boolean;
}

/** Things on a background. */
export interface Scene {
  readonly background: Colour;
  readonly things: readonly Thing[];
}

/** What may stand in clips and scenes. */
export type Pool = readonly Pick<Shown, 'name' | 'styles'>[];

/** Things of training: those that have names and kinds, and others. */
export function trainingPools(
  data: TrainingData,
  recipe: Parameters<typeof otherConcepts>[1],
): { readonly named: Pool; readonly others: Pool } {
  return { named: seenConcepts(data.bank, data.pictures, 1), others: otherConcepts(data, recipe) };
}

export function drawBackground(random: Random): Colour {
  if (random.chance(0.5)) return [1, 1, 1];
  return [random.uniform(), random.uniform(), random.uniform()];
}

type Where = Pick<Thing, 'x' | 'y' | 'scale'>;

/** A thing of the pool, in one of its styles. */
export function drawThing(pool: Pool, random: Random, where: Where, tint: ColourName | null = null): Thing {
  const { name, styles } = random.pick(pool);
  return {
    ...{ concept: name, style: random.pick(styles), seed: random.bits(), tint, ...where },
    rotation: random.uniform(-0.12, 0.12),
    flip: random.chance(0.3),
  };
}

/** Share of scenes whose things are tinted, all in one colour. */
const TINTED = 0.5;
/** Share of scenes of several things that are all the same drawing. */
const SAME = 0.35;

/**
 * One to four things that do not overlap: one anywhere, two side by side (the left one first), more in quarters of the view.
 * @param count default drawn
 */
export function drawScene(
  pool: Pool,
  random: Random,
  { count = 1 + random.integer(4), tinted = random.chance(TINTED) }: { count?: number; tinted?: boolean } = {},
): Scene {
  const tint = tinted ? random.pick(COLOUR_NAMES) : null;
  const places = placesOf(count, random);
  const first = drawThing(pool, random, places[0] as Where, tint);
  const same = count > 2 && random.chance(SAME);
  const different = pool.filter(({ name }) => name !== first.concept);
  const rest = places
    .slice(1)
    .map((where) => (same ? { ...first, ...where } : drawThing(different, random, where, tint)));
  return { background: drawBackground(random), things: [first, ...rest] };
}

function placesOf(count: number, random: Random): Where[] {
  const near = (centre: number): number => centre + random.uniform(-0.04, 0.04);
  if (count === 1)
    return [{ x: random.uniform(-0.2, 0.2), y: random.uniform(-0.2, 0.2), scale: random.uniform(0.4, 0.75) }];
  const scale = random.uniform(0.4, 0.48);
  if (count === 2) return [-0.25, 0.25].map((x) => ({ x: near(x), y: random.uniform(-0.22, 0.22), scale }));
  const quarters = [-0.25, 0.25].flatMap((x) => [-0.25, 0.25].map((y) => ({ x: near(x), y: near(y), scale })));
  return random.sample(quarters, count);
}

/** A scene as the vision encoder sees it, [3, size, size] in [-1, 1]. */
export function renderScene(pictures: Pictures, { background, things }: Scene, size: number): Float32Array {
  const layers = things.map(
    ({ concept, style, seed, tint, ...how }): Layer => ({
      ...how,
      pixels: pictures.pixels(concept, style, new Random(seed)),
      side: PICTURE_SIZE,
      tint: tint === null ? null : COLOURS[tint].rgb,
    }),
  );
  return renderLayers(layers, background, size);
}
