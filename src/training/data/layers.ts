import { addSample, SUBSAMPLES } from './render.ts';

/** In [0, 1] units. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A drawing laid over others. Lengths are shares of the view's side, from its middle; the angle is clockwise, radians. */
export interface Layer {
  /** Premultiplied RGBA [side, side, 4]. */
  readonly pixels: Uint8Array;
  readonly side: number;
  readonly scale: number;
  readonly x: number;
  readonly y: number;
  readonly rotation: number;
  readonly flip: boolean;
  /** Takes the place of the drawing's hues; null leaves them. */
  readonly tint: Colour | null;
}

/** What is left of a tint where a drawing is black. */
const DARKEST = 0.45;

/** Draws layers over a background, each pixel the mean of 2 x 2 bilinear samples: [3, size, size] in [-1, 1]. */
export function renderLayers(layers: readonly Layer[], background: Colour, size: number): Float32Array {
  const plane = size * size;
  const out = new Float32Array(3 * plane);
  background.forEach((value, c) => {
    out.fill(value, c * plane, (c + 1) * plane);
  });
  for (const layer of layers) addLayer(out, layer, size);
  return out.map((value) => 2 * Math.min(1, Math.max(0, value)) - 1);
}

function addLayer(out: Float32Array, { pixels, side, scale, x, y, rotation, flip, tint }: Layer, size: number): void {
  const plane = size * size;
  const step = side / (size * scale); // drawing pixels per view pixel
  const cos = Math.cos(rotation) * step;
  const sin = Math.sin(rotation) * step;
  const mirror = flip ? -1 : 1;
  const share = 1 / (255 * SUBSAMPLES * SUBSAMPLES);
  const sum = new Float64Array(4);
  const reach = 0.75 * scale * size + 1; // half of the drawing's diagonal
  for (let at = 0; at < plane; at++) {
    if (Math.abs((at % size) + 0.5 - size * (0.5 + x)) > reach) continue;
    if (Math.abs(Math.floor(at / size) + 0.5 - size * (0.5 + y)) > reach) continue;
    sum.fill(0);
    for (let k = 0; k < SUBSAMPLES * SUBSAMPLES; k++) {
      const v = Math.floor(at / size) + ((k >> 1) + 0.5) / SUBSAMPLES - size / 2 - y * size;
      const u = (at % size) + ((k & 1) + 0.5) / SUBSAMPLES - size / 2 - x * size;
      addSample(pixels, side, mirror * (u * cos + v * sin) + side / 2 - 0.5, v * cos - u * sin + side / 2 - 0.5, sum);
    }
    const alpha = (sum[3] as number) * share;
    if (alpha === 0) continue;
    const [r, g, b] = [0, 1, 2].map((c) => (sum[c] as number) * share) as [number, number, number];
    const light = DARKEST * alpha + (1 - DARKEST) * (0.299 * r + 0.587 * g + 0.114 * b);
    const front = tint ? tint.map((value) => value * light) : [r, g, b];
    for (let c = 0; c < 3; c++)
      out[c * plane + at] = (front[c] as number) + (1 - alpha) * (out[c * plane + at] as number);
  }
}
