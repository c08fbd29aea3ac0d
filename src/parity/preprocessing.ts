/**
 * Pictures: a case for each picture of index.json and for each filter. Decoders must give Pillow's pixels, except for
 * JPEG; preprocessing starts from the pixels of the goldens, so that no decoder matters there.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { turnUpright } from '../files/picture/orientation.ts';
import { openSafetensors, type SafetensorsFile, type TensorValues } from '../files/safetensors.ts';
import { readFrames } from '../model/image/frames.ts';
import { type Filter, resize } from '../model/image/resample.ts';
import { compose, type Picture, PREPROCESSING_STYLES, type PreprocessingStyle, preprocess } from '../model/image.ts';
import type { Indexed } from './compare.ts';
import { type Comparison, compare, equal } from './compare.ts';
import type { Values } from './runner.ts';

interface PictureEntry {
  readonly kind: string;
  readonly orientation?: number;
  readonly tensors: Readonly<Record<string, string>>;
}

interface PreprocessingIndex {
  readonly implementation: string;
  readonly size: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly pictures: Readonly<Record<string, PictureEntry>>;
  readonly resizes: readonly string[];
}

const NORMALISED = 2e-6;
/** Mean difference of JPEG pixels in levels: chroma is not smoothed here. A turn the wrong way gives about 60. */
const JPEG_MEAN = 12;

export function preprocessingCases(json: object, folder: string): Indexed | undefined {
  const { pictures, resizes } = json as Partial<PreprocessingIndex>;
  if (typeof pictures !== 'object' || !Array.isArray(resizes)) return undefined;
  const index = json as PreprocessingIndex;
  let opened: Promise<SafetensorsFile> | undefined;
  const open = () => {
    opened ??= readFile(join(folder, 'expected.safetensors')).then(openSafetensors);
    return opened;
  };
  const filters = [...new Set(index.resizes.map((key) => key.split('/')[2] as string))];
  return {
    implementation: index.implementation,
    cases: [
      ...Object.keys(index.pictures).map((name) => ({
        name,
        run: async () => {
          const bytes = await readFile(join(folder, 'sources', name));
          return new PictureCase(name, bytes, index, await open()).run();
        },
      })),
      ...filters.map((filter) => ({
        name: `resize ${filter}`,
        run: async () =>
          runResizes(
            index.resizes.filter((key) => key.split('/')[2] === filter),
            await open(),
          ),
      })),
    ],
  };
}

async function runResizes(keys: readonly string[], expected: SafetensorsFile): Promise<Comparison[]> {
  return Promise.all(
    keys.map(async (key) => {
      const [, picture, filter, extents] = key.split('/') as [string, string, Filter, string];
      const [width, height] = extents.split('x').map(Number) as [number, number];
      const { data, shape } = await expected.read(`${picture}/rgb`);
      const source = {
        width: shape[1] as number,
        height: shape[0] as number,
        channels: 3,
        data: Uint8Array.from(data),
      };
      const { data: found } = resize(source, width, height, filter);
      return compare(key, await expected.read(key), { shape: [height, width, 3], data: found }, equal);
    }),
  );
}

class PictureCase {
  private readonly name: string;
  private readonly bytes: Uint8Array;
  private readonly index: PreprocessingIndex;
  private readonly expected: SafetensorsFile;

  constructor(name: string, bytes: Uint8Array, index: PreprocessingIndex, expected: SafetensorsFile) {
    this.name = name;
    this.bytes = bytes;
    this.index = index;
    this.expected = expected;
  }

  async run(): Promise<Comparison[]> {
    const { tensors, openclip } = this.entry as PictureEntry & { openclip?: string };
    const compared: Comparison[] = [];
    for (const tensor of Object.keys(tensors)) compared.push(await this.compare(tensor, tensor));
    if (openclip === 'same as clip') compared.push(await this.compare('openclip', 'clip'));
    return compared;
  }

  private get entry(): PictureEntry {
    return this.index.pictures[this.name] as PictureEntry;
  }

  private read(tensor: string): Promise<TensorValues> {
    return this.expected.read(`${this.name}/${tensor}`);
  }

  private has(tensor: string): boolean {
    return this.expected.has(`${this.name}/${tensor}`);
  }

  private async compare(tensor: string, truth: string): Promise<Comparison> {
    const [style = '', variant] = tensor.split('.');
    const expected = await this.read(truth);
    if (Object.hasOwn(PREPROCESSING_STYLES, style)) {
      const source = variant === 'huggingface' ? await this.clipped16() : await this.source(style, variant);
      const found = this.preprocess(source, PREPROCESSING_STYLES[style as keyof typeof PREPROCESSING_STYLES]);
      return compare(tensor, expected, found, () => NORMALISED);
    }
    const decoded = await this.decode(tensor);
    if (decoded === undefined) return compare(tensor, expected, undefined, equal);
    if (this.entry.kind === 'jpeg') return compareJpeg(tensor, expected, decoded);
    return compare(tensor, tensor === 'gray16' ? to8Bits(expected) : expected, decoded, equal);
  }

  /** What the decoder gives for a tensor of whole pixels. */
  private async decode(tensor: string): Promise<Values | undefined> {
    const [kind, variant] = tensor.split('.');
    const frames = await readFrames(this.bytes, this.name);
    const picture = frames[kind === 'frame' ? Number(variant) : 0];
    if (picture === undefined) return undefined;
    if (tensor === 'rgba') return pixels(picture, 4, picture.rgba);
    if (tensor === 'white') return pixels(picture, 3, compose(picture, [255, 255, 255]).data);
    if (tensor === 'gray16')
      return pixels(
        picture,
        undefined,
        picture.rgba.filter((_, i) => i % 4 === 0),
      );
    if (!['rgb', 'rgb.oriented'].includes(tensor) && kind !== 'frame') return undefined;
    const seen = tensor === 'rgb' ? turnUpright(picture, INVERSE[this.entry.orientation ?? 1] as number) : picture;
    return pixels(seen, 3, compose(seen, 'drop').data);
  }

  /** The golden pixels that a style starts from: the paper's, and all that say so, after the EXIF rotation. */
  private async source(style: string, variant: string | undefined): Promise<Picture> {
    const oriented = (variant === 'oriented' || style === 'paper') && this.has('rgb.oriented');
    return toPicture(await this.read(oriented ? 'rgb.oriented' : this.has('rgba') ? 'rgba' : 'rgb'));
  }

  /** Pillow's `convert("RGB")` of 16-bit grey cuts at 255: what transformers sees, nearly white. */
  private async clipped16(): Promise<Picture> {
    const { shape, data } = await this.read('gray16');
    return toPicture({
      shape: [...shape, 3],
      data: Array.from(data, (v) => Math.min(v, 255)).flatMap((v) => [v, v, v]),
    });
  }

  private preprocess(picture: Picture, style: PreprocessingStyle): Values {
    const { size, mean, std } = this.index;
    return { shape: [3, size, size], data: preprocess(picture, { size, mean, std, ...style }) };
  }
}

/** The orientation that undoes each. */
const INVERSE = [1, 1, 2, 3, 4, 5, 8, 7, 6];

function pixels({ width, height }: Picture, channels: number | undefined, data: Uint8Array): Values {
  return { shape: channels === undefined ? [height, width] : [height, width, channels], data };
}

function toPicture({ shape: [height = 0, width = 0, channels = 3], data }: Values): Picture {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < data.length; i++) rgba[Math.floor(i / channels) * 4 + (i % channels)] = data[i] as number;
  return { width, height, rgba, notes: [] };
}

/** How 16 bits become 8: (v * 255 + 32895) >> 16, exact for v up to 65535. */
function to8Bits({ shape, data }: Values): Values {
  return { shape, data: Array.from(data, (v) => Math.floor((v * 255 + 32895) / 65536)) };
}

/** Decoders of JPEG differ in the last bits and in chroma: size and orientation are what is checked. */
function compareJpeg(tensor: string, expected: Values, found: Values): Comparison {
  const shape = compare(tensor, expected, found, () => 255);
  if (shape.verdict !== 'pass') return shape;
  const picture = toPicture(found);
  const distances = [1, 2, 3, 4, 5, 6, 7, 8].map((turn) => {
    const turned = turnUpright(picture, turn);
    const sameSize = turned.width === picture.width && turned.height === picture.height;
    return sameSize ? meanDifference(compose(turned, 'drop').data, expected.data) : Number.POSITIVE_INFINITY;
  });
  const [distance = 0] = distances;
  if (distance > Math.min(...distances)) return { tensor, verdict: 'fail', reason: 'turned or mirrored the wrong way' };
  const verdict = distance <= JPEG_MEAN ? 'pass' : 'fail';
  return { tensor, verdict, maxAbsolute: distance, maxRelative: distance / 255, allowed: JPEG_MEAN };
}

function meanDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / Math.max(1, a.length);
}
