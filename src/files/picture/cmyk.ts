/**
 * JPEGs of four inks whose components have fewer samples than pixels. The decoder at hand repeats such samples, where
 * libjpeg draws lines between them: what that shifts is far more than a rounding, as inks hold edges too.
 */

import { concatBytes } from '../bytes.ts';
import type { Bitmap, Decode } from './decoders.ts';
import { readJpegHeader } from './jpeg-header.ts';

interface Component {
  /** Where its entry stands in the frame's header. */
  readonly at: number;
  readonly across: number;
  readonly down: number;
}

/** Pixels in rows, one number each. */
interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** So many samples for so many pixels, along one side. */
type Ratio = readonly [samples: number, pixels: number];

const INKS = 4;
/** A table's number beyond those of JPEG, 0 to 3: none that the file defines takes its place. */
const NO_TABLE = 15;
/** What the decoder makes of a component without coefficients, counted from white. */
const NO_INK = 127;

/**
 * Decodes with `decode`, which takes inks as Adobe writes them: once where every component has a sample for each pixel,
 * otherwise once a component, whose samples are then spread over the pixels by lines between them.
 * @throws RangeError for a component without samples, and what `decode` throws
 */
export async function decodeInks(bytes: Uint8Array<ArrayBuffer>, decode: Decode): Promise<Bitmap> {
  const { width, height, frame, adobe } = readJpegHeader(bytes);
  const components = componentsOf(bytes, frame);
  if (components.some(({ across, down }) => across === 0 || down === 0)) throw new RangeError('no size');
  const most = [Math.max(...components.map((c) => c.across)), Math.max(...components.map((c) => c.down))] as const;
  const whole = components.every(({ across, down }) => across === most[0] && down === most[1]);
  if (whole || adobe < 0) return decode(bytes);
  const planes: Plane[] = [];
  for (const [i, { across, down }] of components.entries()) {
    const { data } = await decode(alone(bytes, { components, i, adobe }));
    const ratios = [[across, most[0]] as const, [down, most[1]] as const] as const;
    planes.push(spread(samplesOf({ width, height, data }, Math.min(i, 2), ratios), ratios, { width, height }));
  }
  const transformed = (bytes[adobe + 15] ?? 0) !== 0;
  return { width, height, data: mixed(planes, transformed) };
}

function componentsOf(bytes: Uint8Array, frame: number): Component[] {
  return Array.from({ length: INKS }, (_, i) => {
    const at = frame + 10 + 3 * i;
    const factors = bytes[at + 1] ?? 0x11;
    return { at, across: factors >> 4, down: factors & 15 };
  });
}

/** A copy in which all other components are quantised by a table of zeros, and none is turned into another colour. */
function alone(
  bytes: Uint8Array,
  { components, i, adobe }: { components: readonly Component[]; i: number; adobe: number },
): Uint8Array<ArrayBuffer> {
  const table = [0xff, 0xdb, 0, 67, NO_TABLE, ...new Array<number>(64).fill(0)];
  const changed = bytes.slice();
  for (const [other, { at }] of components.entries()) if (other !== i) changed[at + 2] = NO_TABLE;
  changed[adobe + 15] = 0;
  return concatBytes([changed.subarray(0, 2), Uint8Array.from(table), changed.subarray(2)]);
}

/** The samples of one component, each from the first pixel that shows it. */
function samplesOf({ width, height, data }: Bitmap, channel: number, [across, down]: readonly [Ratio, Ratio]): Plane {
  const [columns, rows] = [countOf(across, width), countOf(down, height)];
  const samples = new Uint8ClampedArray(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const pixel = firstOf(down, y, height) * width + firstOf(across, x, width);
      const mixture = (data[pixel * 4 + channel] as number) + 0.5; // with no ink elsewhere, cut to a whole number
      samples[y * columns + x] = Math.min(255, Math.max(0, 255 - ((255 - NO_INK - mixture) * 255) / (255 - NO_INK)));
    }
  }
  return { width: columns, height: rows, data: samples };
}

const countOf = ([samples, pixels]: Ratio, side: number): number => Math.ceil((side * samples) / pixels);

/** The last pixel stands for a sample that none shows. */
const firstOf = ([samples, pixels]: Ratio, sample: number, side: number): number =>
  Math.min(side - 1, Math.ceil((sample * pixels) / samples));

/** Lines between the middles of samples, where there are half as many of them; otherwise each is repeated. */
function spread(samples: Plane, ratios: readonly [Ratio, Ratio], { width, height }: Omit<Plane, 'data'>): Plane {
  const { width: columns, height: rows, data } = samples;
  const [across, down] = [neighbours(ratios[0], columns, width), neighbours(ratios[1], rows, height)];
  const out = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y++) {
    const [near, far] = down[y] as Neighbours;
    for (let x = 0; x < width; x++) {
      const [left, right] = across[x] as Neighbours;
      const within = (row: number): number =>
        0.75 * (data[row * columns + left] as number) + 0.25 * (data[row * columns + right] as number);
      out[y * width + x] = 0.75 * within(near) + 0.25 * within(far);
    }
  }
  return { width, height, data: out };
}

/** The sample that a pixel lies in, and the next one on the side where it lies; twice the same where none is drawn to. */
type Neighbours = readonly [near: number, far: number];

function neighbours([samples, pixels]: Ratio, count: number, side: number): Neighbours[] {
  const halved = pixels === 2 * samples;
  return Array.from({ length: side }, (_, i) => {
    const near = Math.floor((i * samples) / pixels);
    if (!halved) return [near, near];
    return [near, Math.min(count - 1, Math.max(0, i % 2 === 0 ? near - 1 : near + 1))];
  });
}

/** As Adobe stores inks: 255 is none. Three of them may be stored as brightness and two colours. */
function mixed(planes: readonly Plane[], transformed: boolean): Uint8Array {
  const [first, second, third, black] = planes.map(({ data }) => data) as [
    Uint8ClampedArray,
    Uint8ClampedArray,
    Uint8ClampedArray,
    Uint8ClampedArray,
  ];
  const rgba = new Uint8Array(first.length * 4);
  const clamp = (value: number) => Math.min(255, Math.max(0, value));
  for (let i = 0; i < first.length; i++) {
    let [cyan, magenta, yellow] = [first[i] as number, second[i] as number, third[i] as number];
    if (transformed) {
      const [y, cb, cr] = [cyan, magenta - 128, yellow - 128];
      cyan = 255 - clamp(y + 1.402 * cr);
      magenta = 255 - clamp(y - 0.3441363 * cb - 0.71413636 * cr);
      yellow = 255 - clamp(y + 1.772 * cb);
    }
    const light = (black[i] as number) / 255;
    rgba[i * 4] = Math.round(cyan * light);
    rgba[i * 4 + 1] = Math.round(magenta * light);
    rgba[i * 4 + 2] = Math.round(yellow * light);
    rgba[i * 4 + 3] = 255;
  }
  return rgba;
}
