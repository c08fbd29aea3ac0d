import type { Random } from '../../tensor/random.ts';
import { MOTION_NAMES, type Motion } from './motions.ts';
import { drawBackground, drawThing, type Pool, type Scene, type Thing } from './scene.ts';

/** Frames of a clip in training: as many as there are temporal embeddings (appendix B.1.2). */
export const FRAMES = 8;

type Pose = Pick<Thing, 'x' | 'y' | 'scale' | 'rotation'>;

/** A thing that moves on a background; any number of frames can be taken of it. */
export interface Clip {
  readonly motion: Motion;
  readonly thing: Thing;
  readonly background: Scene['background'];
  /** Where it begins and ends; it goes from one to the other at an even pace. */
  readonly from: Pose;
  readonly to: Pose;
  /** Times in (0, 1) at which it vanishes or appears again. */
  readonly turns: readonly number[];
  /** True if it is there at first. */
  readonly shown: boolean;
}

/** @param motion default drawn */
export function drawClip(pool: Pool, random: Random, motion: Motion = random.pick(MOTION_NAMES)): Clip {
  const where = { x: random.uniform(-0.12, 0.12), y: random.uniform(-0.12, 0.12), scale: random.uniform(0.45, 0.75) };
  const thing = drawThing(pool, random, where);
  const background = drawBackground(random);
  return { motion, thing, background, ...coursesOf(motion, thing, random), ...sightOf(motion, random) };
}

/** The ends of a course lie evenly to both sides of where the thing is put: no single frame tells where it goes. */
function coursesOf(motion: Motion, { x, y, scale, rotation }: Thing, random: Random): Pick<Clip, 'from' | 'to'> {
  const still = { x, y, scale, rotation };
  const between = (low: Partial<Pose>, high: Partial<Pose>, forwards: boolean): Pick<Clip, 'from' | 'to'> => {
    const [from, to] = forwards ? [low, high] : [high, low];
    return { from: { ...still, ...from }, to: { ...still, ...to } };
  };
  switch (motion) {
    case 'left':
    case 'right': {
      const half = random.uniform(0.12, 0.28);
      return between({ x: x - half }, { x: x + half }, motion === 'right');
    }
    case 'up':
    case 'down': {
      const half = random.uniform(0.12, 0.28);
      return between({ y: y - half }, { y: y + half }, motion === 'down');
    }
    case 'grows':
    case 'shrinks': {
      const ratio = random.uniform(1.3, 1.7);
      return between({ scale: scale / ratio }, { scale: scale * ratio }, motion === 'grows');
    }
    case 'turns right':
    case 'turns left': {
      const half = random.uniform(0.6, 1.4);
      const middle = random.uniform(-Math.PI, Math.PI);
      return between({ rotation: middle - half }, { rotation: middle + half }, motion === 'turns right');
    }
    default:
      return between({}, {}, true);
  }
}

function sightOf(motion: Motion, random: Random): Pick<Clip, 'turns' | 'shown'> {
  if (motion === 'appears' || motion === 'vanishes')
    return { turns: [random.uniform(0.2, 0.8)], shown: motion === 'vanishes' };
  if (motion !== 'blinks') return { turns: [], shown: true };
  const spans = 3 + random.integer(4); // of which each holds one of eight frames at least
  return { turns: Array.from({ length: spans - 1 }, (_, i) => (i + 1) / spans), shown: random.chance(0.5) };
}

/** The scenes of a clip's frames, evenly from its beginning to its end. */
export function framesOf({ thing, background, from, to, turns, shown }: Clip, frames: number = FRAMES): Scene[] {
  return Array.from({ length: frames }, (_, i) => {
    const t = i / (frames - 1);
    const changes = turns.filter((turn) => turn <= t).length;
    if ((changes % 2 === 0) !== shown) return { background, things: [] };
    const at = (key: keyof Pose): number => from[key] + t * (to[key] - from[key]);
    return {
      background,
      things: [{ ...thing, x: at('x'), y: at('y'), scale: at('scale'), rotation: at('rotation') }],
    };
  });
}
