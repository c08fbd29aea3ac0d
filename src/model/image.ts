/** Pictures: from the bytes of a file to the numbers that the vision encoder reads. */

import { requireKinds } from '../files/kinds.ts';
import type { Picture } from '../files/picture/read.ts';
import { requireOptions } from '../tensor/options.ts';
import { type Filter, type Raster, resize } from './image/resample.ts';

export { MAX_MEGAPIXELS, PictureError } from '../files/picture/header.ts';
export { type Picture, readPicture } from '../files/picture/read.ts';
export type { Filter } from './image/resample.ts';

/** How a picture becomes a square of numbers. */
export interface Preprocessing {
  /** Side of the square in pixels. */
  readonly size: number;
  /** Per channel, on the scale of 0 to 1. */
  readonly mean: readonly number[];
  /** By colour: what is divided by after the mean was subtracted. */
  readonly std: readonly number[];
  /** What shows through transparent pixels, 0 to 255; 'drop' keeps the colour hidden under them. */
  readonly background: readonly [red: number, green: number, blue: number] | 'drop';
  /**
   * `squash` to the square; `pad` to keep the aspect and fill the rest; `crop` the middle after the shorter side fits.
   */
  readonly mode: 'squash' | 'pad' | 'crop';
  readonly filter: Filter;
  /** With `pad`: the background colour, or the mean, which is 0 after normalisation. */
  readonly padding?: 'background' | 'mean';
  /** With `crop`: how half a pixel of margin is rounded. */
  readonly margin?: 'floor' | 'even';
}

export type PreprocessingStyle = Omit<Preprocessing, 'size' | 'mean' | 'std'>;

const WHITE = [255, 255, 255] as const;

/** Ways of preprocessing that models were trained with. */
export const PREPROCESSING_STYLES: Record<'glass' | 'clip' | 'openclip' | 'idefics' | 'paper', PreprocessingStyle> = {
  /** The shipped model: nothing is cut off or distorted, and the margin looks like a sheet of white paper. */
  glass: { background: WHITE, mode: 'pad', filter: 'bicubic', padding: 'background' },
  /** Hugging Face CLIPImageProcessor. */
  clip: { background: 'drop', mode: 'crop', filter: 'bicubic', margin: 'floor' },
  /** open_clip with torchvision, so OpenFlamingo. */
  openclip: { background: 'drop', mode: 'crop', filter: 'bicubic', margin: 'even' },
  /** Hugging Face IdeficsImageProcessor. */
  idefics: { background: WHITE, mode: 'squash', filter: 'bicubic' },
  /** "320 x 320, padded with the mean" is the paper's; white and bilinear are our choice. */
  paper: { background: WHITE, mode: 'pad', filter: 'bilinear', padding: 'mean' },
};

/** OpenAI CLIP's normalisation, also that of OpenFlamingo and IDEFICS. */
export const CLIP_NORMALISATION: { readonly mean: readonly number[]; readonly std: readonly number[] } = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

const PREPROCESSING_OPTIONS =
  'size mean std background mode:squash|pad|crop filter:bicubic|bilinear|area padding:background|mean margin:floor|even';

/**
 * Composites on the background, resizes as Pillow does, and normalises: (value / 255 - mean) / std.
 *
 * @returns [3, size, size], channel by channel
 * @example
 * ```ts
 * const picture = await loadPicture('examples/pictures/panda.png');
 * const pixels = preprocess(picture, model.config.preprocessing); // [3, size, size]
 * ```
 */
export function preprocess(picture: Picture, options: Preprocessing): Float32Array {
  requireOptions('preprocess', options, PREPROCESSING_OPTIONS);
  requireKinds('preprocess', { picture }, '{width,height,rgba}');
  const { size, mean, std, mode, filter, padding = 'background' } = options;
  requireKinds('preprocess', { size, mean, std }, 'count numbers numbers');
  const rgb = compose(picture, options.background);
  const { width, height, left, top } = placement(rgb, options);
  const window = { x: visible(width, left, size), y: visible(height, top, size) };
  const resized = resize(rgb, width, height, filter, window);
  const pixels = new Float32Array(3 * size * size); // 0 is the mean
  if (mode === 'pad' && padding === 'background') {
    const colour = options.background === 'drop' ? WHITE : options.background;
    for (let c = 0; c < 3; c++)
      pixels.fill(normalise(colour[c] as number, c, options), c * size * size, (c + 1) * size * size);
  }
  for (let y = 0; y < resized.height; y++) {
    for (let x = 0; x < resized.width; x++) {
      const to = (y + Math.max(0, top)) * size + x + Math.max(0, left);
      const from = (y * resized.width + x) * 3;
      for (let c = 0; c < 3; c++)
        pixels[c * size * size + to] = normalise(resized.data[from + c] as number, c, options);
    }
  }
  return pixels;
}

function normalise(value: number, channel: number, { mean, std }: Preprocessing): number {
  return (value / 255 - (mean[channel] as number)) / (std[channel] as number);
}

/** Size after resizing, and where its corner lies in the square: negative when it is cut off. */
function placement(picture: Raster, { size, mode, margin = 'floor' }: Preprocessing) {
  if (mode === 'squash') return { width: size, height: size, left: 0, top: 0 };
  const { width, height } = mode === 'crop' ? covering(picture, size) : fitting(picture, size);
  const half = margin === 'even' && mode === 'crop' ? halfToEven : (extent: number) => Math.floor(extent / 2);
  if (mode === 'crop') return { width, height, left: -half(width - size), top: -half(height - size) };
  return { width, height, left: half(size - width), top: half(size - height) };
}

function covering({ width, height }: Raster, size: number): { width: number; height: number } {
  const long = Math.floor((size * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? { width: size, height: long } : { width: long, height: size };
}

function fitting({ width, height }: Raster, size: number): { width: number; height: number } {
  const scale = Math.min(size / width, size / height);
  const scaled = (side: number) => Math.max(1, Math.floor(side * scale + 0.5));
  return { width: scaled(width), height: scaled(height) };
}

/** extent / 2, half a pixel going to the even neighbour as in Python's round(). */
function halfToEven(extent: number): number {
  const floor = Math.floor(extent / 2);
  return extent % 2 === 0 || floor % 2 === 0 ? floor : floor + 1;
}

function visible(extent: number, offset: number, size: number): { start: number; length: number } {
  return { start: Math.max(0, -offset), length: Math.min(size, extent) };
}

/** RGB without alpha: composited on a colour, or with the colour that transparency hid. */
export function compose({ width, height, rgba }: Picture, background: Preprocessing['background']): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = background === 'drop' ? 255 : (rgba[pixel * 4 + 3] as number);
    for (let c = 0; c < 3; c++) {
      const behind = background === 'drop' ? 0 : (background[c] as number);
      data[pixel * 3 + c] = blend(rgba[pixel * 4 + c] as number, behind, alpha);
    }
  }
  return { width, height, channels: 3, data };
}

/** (front * alpha + back * (255 - alpha)) / 255, rounded in fixed point as Pillow's alpha_composite does. */
function blend(front: number, back: number, alpha: number): number {
  if (alpha === 255) return front;
  const sum = (front * alpha + back * (255 - alpha) + 128) * 128;
  return ((sum >> 8) + sum) >> 15;
}
