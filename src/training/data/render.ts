import type { Random } from '../../tensor/random.ts';

/** Side of a picture over the side of its view, drawn evenly between these. */
export type ScaleRange = readonly [low: number, high: number];

type Colour = readonly [number, number, number];

/** How a picture is placed, lit and set on a background. Colours and brightness in [0, 1] units. */
export interface Augmentation {
  readonly background: Colour;
  /** Side of the picture over the side of the view. */
  readonly scale: number;
  /** Shift right and down, as a share of the view's side. */
  readonly shift: readonly [number, number];
  /** Clockwise, radians. */
  readonly rotation: number;
  readonly flip: boolean;
  /** Factor of each channel, then `brightness` is added. */
  readonly gain: Colour;
  readonly brightness: number;
  readonly grey: boolean;
  /** Width of a white frame around the view, as a share of its side; 0 for none. */
  readonly frame: number;
}

/** On white, upright, full size. */
export const PLAIN: Augmentation = {
  background: [1, 1, 1],
  scale: 1,
  shift: [0, 0],
  rotation: 0,
  flip: false,
  gain: [1, 1, 1],
  brightness: 0,
  grey: false,
  frame: 0,
};

/**
 * Evaluation's augmentation (training-recipe, Stage 1), the same since the first weights, so that their figures can be
 * compared; the frame's width, up to an eighth, is ours. The picture is .9 to 1.3 of the view.
 * Pixel nearest neighbour under it, novel concepts in the held style: 2-way .60, 5-way .34 (recipe .59, .34).
 */
export function randomAugmentation(random: Random): Augmentation {
  const around = (centre: number, spread: number): number => random.uniform(centre - spread, centre + spread);
  const colour = (draw: () => number): Colour => [draw(), draw(), draw()];
  return {
    background: random.chance(0.4) ? [1, 1, 1] : colour(() => random.uniform()),
    scale: random.uniform(0.9, 1.3),
    shift: [around(0, 0.13), around(0, 0.13)],
    rotation: around(0, 0.12),
    flip: random.chance(0.3),
    gain: colour(() => around(1, 0.1)),
    brightness: around(0, 0.1),
    grey: random.chance(0.08),
    frame: random.chance(0.1) ? random.uniform(0.03, 0.125) : 0,
  };
}

/** Training's augmentation: the same but for its scale, which the recipe of the stage says. */
export function trainingAugmentation(random: Random, scale: ScaleRange): Augmentation {
  return { ...randomAugmentation(random), scale: random.uniform(...scale) };
}

/** Samples a pixel is averaged over, each way: halving 64 to 32 px needs two. */
export const SUBSAMPLES = 2;

/**
 * Adds the bilinear sample at (x, y) of premultiplied RGBA [side, side, 4] to `sum`; outside is transparent.
 */
export function addSample(pixels: Uint8Array, side: number, x: number, y: number, sum: Float64Array): void {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  if (x0 < -1 || y0 < -1 || x0 >= side || y0 >= side) return;
  const [fx, fy] = [x - x0, y - y0];
  for (let dy = 0; dy < 2; dy++) {
    const row = y0 + dy;
    if (row < 0 || row >= side) continue;
    const wy = dy === 0 ? 1 - fy : fy;
    for (let dx = 0; dx < 2; dx++) {
      const column = x0 + dx;
      if (column < 0 || column >= side) continue;
      const weight = wy * (dx === 0 ? 1 - fx : fx);
      const at = (row * side + column) * 4;
      sum[0] = (sum[0] as number) + weight * (pixels[at] as number);
      sum[1] = (sum[1] as number) + weight * (pixels[at + 1] as number);
      sum[2] = (sum[2] as number) + weight * (pixels[at + 2] as number);
      sum[3] = (sum[3] as number) + weight * (pixels[at + 3] as number);
    }
  }
}

/** Light, grey and (x - .5) / .5 of one composited pixel, written to the three planes of `out`. */
function writePixel(
  out: Float32Array,
  at: number,
  plane: number,
  red: number,
  green: number,
  blue: number,
  how: Augmentation,
): void {
  let r = red * how.gain[0] + how.brightness;
  let g = green * how.gain[1] + how.brightness;
  let b = blue * how.gain[2] + how.brightness;
  if (how.grey) r = g = b = 0.299 * r + 0.587 * g + 0.114 * b;
  out[at] = 2 * Math.min(1, Math.max(0, r)) - 1;
  out[plane + at] = 2 * Math.min(1, Math.max(0, g)) - 1;
  out[2 * plane + at] = 2 * Math.min(1, Math.max(0, b)) - 1;
}

/**
 * Draws premultiplied RGBA [side, side, 4] as a view [3, size, size] in [-1, 1].
 * Each view pixel is the mean of 2 x 2 bilinear samples, composited as picture + (1 - alpha) background.
 */
export function renderPicture(
  pixels: Uint8Array,
  side: number,
  how: Augmentation,
  size: number,
  out: Float32Array = new Float32Array(3 * size * size),
): Float32Array {
  const plane = size * size;
  const step = side / (size * how.scale); // picture pixels per view pixel
  const cos = Math.cos(how.rotation) * step;
  const sin = Math.sin(how.rotation) * step;
  const mirror = how.flip ? -1 : 1;
  const frame = Math.round(how.frame * size);
  const sum = new Float64Array(4);
  const share = 1 / (255 * SUBSAMPLES * SUBSAMPLES);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const at = row * size + column;
      if (Math.min(row, column, size - 1 - row, size - 1 - column) < frame) {
        out[at] = out[plane + at] = out[2 * plane + at] = 1;
        continue;
      }
      sum.fill(0);
      for (let k = 0; k < SUBSAMPLES * SUBSAMPLES; k++) {
        const v = row + ((k >> 1) + 0.5) / SUBSAMPLES - size / 2 - how.shift[1] * size;
        const u = column + ((k & 1) + 0.5) / SUBSAMPLES - size / 2 - how.shift[0] * size;
        const x = mirror * (u * cos + v * sin) + side / 2 - 0.5;
        const y = v * cos - u * sin + side / 2 - 0.5;
        addSample(pixels, side, x, y, sum);
      }
      const rest = 1 - (sum[3] as number) * share;
      const [r, g, b] = how.background;
      writePixel(
        out,
        at,
        plane,
        (sum[0] as number) * share + rest * r,
        (sum[1] as number) * share + rest * g,
        (sum[2] as number) * share + rest * b,
        how,
      );
    }
  }
  return out;
}
