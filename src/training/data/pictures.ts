import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileWhole } from '../../files/write-file.ts';
import type { Random } from '../../tensor/random.ts';
import type { Concept } from './concepts.ts';
import { DATA_PACKAGES } from './packages.ts';
import { decodePictures } from './picture-files.ts';
import { type Augmentation, PLAIN, randomAugmentation, renderPicture } from './render.ts';
import type { PictureFacts } from './split.ts';
import { pictureKey, STYLES, type Style, TRAINING_STYLES } from './styles.ts';

/** Side of a stored picture, pixels. */
export const PICTURE_SIZE = 64;
const PICTURE_BYTES: number = PICTURE_SIZE * PICTURE_SIZE * 4;
const FORMAT = 1;

/** Pictures as they are handed to another thread. */
export interface SharedPictures {
  readonly keys: readonly string[];
  readonly memory: SharedArrayBuffer;
}

/**
 * Every concept's picture in every style: 64 x 64 RGBA, premultiplied (the colour hidden under transparent pixels is
 * noise). Decoded once, then read from one binary file in the data folder, whose name holds a hash of its inputs.
 */
export class Pictures implements PictureFacts {
  private readonly index: ReadonlyMap<string, number>;
  private readonly bytes: Uint8Array;
  private readonly luminances = new Map<string, Float32Array | null>();

  private constructor(keys: readonly string[], bytes: Uint8Array) {
    this.index = new Map(keys.map((key, i) => [key, i]));
    this.bytes = bytes;
  }

  /** @param pictures premultiplied RGBA, 64 x 64, by `pictureKey(concept, style)`. */
  static from(pictures: ReadonlyMap<string, Uint8Array>): Pictures {
    const bytes = new Uint8Array(pictures.size * PICTURE_BYTES);
    let offset = 0;
    for (const [key, picture] of pictures) {
      if (picture.length !== PICTURE_BYTES)
        throw new RangeError(`picture ${key}: ${picture.length} bytes, expected ${PICTURE_BYTES}`);
      bytes.set(picture, offset);
      offset += PICTURE_BYTES;
    }
    return new Pictures([...pictures.keys()], bytes);
  }

  /** Reads the cache in `folder`, or decodes the packages' files (half a minute) and writes it. */
  static async load(
    folder: string,
    concepts: readonly Concept[],
    say: (line: string) => void = () => undefined,
  ): Promise<Pictures> {
    const inputs = [
      FORMAT,
      PICTURE_SIZE,
      STYLES,
      DATA_PACKAGES.map(({ name, version }) => `${name}@${version}`),
      concepts.map(({ name, code }) => [name, code]),
    ];
    const hash = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
    const path = join(folder, `pictures-${hash}.bin`);
    const cached = await readFile(path).catch(() => null);
    if (cached) return Pictures.parse(cached);
    say(`decoding the pictures of ${concepts.length} concepts, once`);
    const pictures = Pictures.from(await decodePictures(folder, concepts, PICTURE_SIZE));
    await writeFileWhole(path, pictures.serialise());
    return pictures;
  }

  /** Layout: u32 length of the JSON list of keys, the list, the pictures one after the other. */
  private static parse(file: Uint8Array): Pictures {
    const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
    const keys = JSON.parse(new TextDecoder().decode(file.subarray(4, 4 + length))) as string[];
    return new Pictures(keys, file.subarray(4 + length));
  }

  private serialise(): Uint8Array {
    const header = new TextEncoder().encode(JSON.stringify([...this.index.keys()]));
    const file = new Uint8Array(4 + header.length + this.bytes.length);
    new DataView(file.buffer).setUint32(0, header.length, true);
    file.set(header, 4);
    file.set(this.bytes, 4 + header.length);
    return file;
  }

  /** The same pictures in memory that other threads can be given. */
  share(): SharedPictures {
    const memory = new SharedArrayBuffer(this.bytes.length);
    new Uint8Array(memory).set(this.bytes);
    return { keys: [...this.index.keys()], memory };
  }

  static openShared({ keys, memory }: SharedPictures): Pictures {
    return new Pictures(keys, new Uint8Array(memory));
  }

  /** Number of pictures. */
  get size(): number {
    return this.index.size;
  }

  has(concept: string, style: Style): boolean {
    return this.index.has(pictureKey(concept, style));
  }

  styles(concept: string): Style[] {
    return STYLES.filter((style) => this.has(concept, style));
  }

  /** Other drawings of a concept: icons, fonts, older emoji. */
  drawings(_concept: string): readonly string[] {
    return [];
  }

  /** Premultiplied RGBA [64, 64, 4]. @throws RangeError if there is no such picture. */
  pixels(concept: string, style: Style): Uint8Array {
    const index = this.index.get(pictureKey(concept, style));
    if (index === undefined) throw new RangeError(`no picture of "${concept}" in style ${style}`);
    return this.bytes.subarray(index * PICTURE_BYTES, (index + 1) * PICTURE_BYTES);
  }

  /** One randomly augmented view, [3, size, size], normalised to [-1, 1]; written into `out` if given. */
  render(concept: string, style: Style, random: Random, size = 32, out?: Float32Array): Float32Array {
    return this.renderAs(concept, style, randomAugmentation(random), size, out);
  }

  /** The picture on white, not augmented, [3, size, size]. */
  renderPlain(concept: string, style: Style, size = 32): Float32Array {
    return this.renderAs(concept, style, PLAIN, size);
  }

  /**
   * A view with a given augmentation, [3, size, size]; written into `out` if given. Drawings without colours get random
   * ones.
   */
  renderAs(
    concept: string,
    style: string,
    augmentation: Augmentation,
    size = 32,
    out?: Float32Array,
    _random?: Random,
  ): Float32Array {
    return renderPicture(this.pixels(concept, style as Style), PICTURE_SIZE, augmentation, size, out);
  }

  resemblance(a: string, b: string): number {
    const correlations = TRAINING_STYLES.map((style) => this.correlation(a, b, style)).sort((x, y) => y - x);
    return correlations[1] ?? -1;
  }

  private correlation(a: string, b: string, style: Style): number {
    const [x, y] = [this.luminance(a, style), this.luminance(b, style)];
    if (x === null || y === null) return -1;
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
    return sum;
  }

  /** Luminance of the plain picture at 32 px, mean 0 and norm 1. */
  private luminance(concept: string, style: Style): Float32Array | null {
    const key = pictureKey(concept, style);
    const known = this.luminances.get(key);
    if (known !== undefined) return known;
    const result = this.has(concept, style) ? standardise(luminanceOf(this.renderPlain(concept, style))) : null;
    this.luminances.set(key, result);
    return result;
  }
}

/** Rec. 601 luminance of [3, n] planes. */
function luminanceOf(planes: Float32Array): Float32Array {
  const n = planes.length / 3;
  return Float32Array.from(
    { length: n },
    (_, i) => 0.299 * (planes[i] as number) + 0.587 * (planes[n + i] as number) + 0.114 * (planes[2 * n + i] as number),
  );
}

function standardise(values: Float32Array): Float32Array {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const norm = Math.hypot(...centred) || 1;
  return centred.map((value) => value / norm);
}
