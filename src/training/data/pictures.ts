import type { Random } from '../../tensor/random.ts';
import { BLACK, type Monochrome, painted, randomPaint, toMonochrome } from './monochrome.ts';
import { type Augmentation, PLAIN, randomAugmentation, renderPicture } from './render.ts';
import type { PictureFacts } from './split.ts';
import { pictureKey, STYLES, type Style, TRAINING_STYLES } from './styles.ts';

/** Side of a stored picture, pixels. */
export const PICTURE_SIZE = 64;
const PIXELS: number = PICTURE_SIZE * PICTURE_SIZE;
const PICTURE_BYTES: number = PIXELS * 4;

/** Pictures as they are handed to another thread or to a file: keys in order, those in colour first. */
export interface SharedPictures {
  readonly colour: readonly string[];
  readonly monochrome: readonly string[];
  /** RGBA of the coloured ones, then one byte a pixel of the others. */
  readonly memory: SharedArrayBuffer;
  /** Styles that are not to be seen. */
  readonly hidden?: readonly string[];
}

/**
 * Every picture there is: a concept's by style, 64 x 64. Coloured ones are premultiplied RGBA (the colour hidden under
 * transparent pixels is noise), drawings of one ink a byte a pixel, coloured when they are rendered.
 */
export class Pictures implements PictureFacts {
  private readonly places = new Map<string, { readonly offset: number; readonly colour: boolean }>();
  private readonly drawingsOf = new Map<string, string[]>();
  private readonly shared: SharedPictures;
  private readonly bytes: Uint8Array;
  private readonly luminances = new Map<string, Float32Array | null>();

  private constructor(shared: SharedPictures) {
    this.shared = shared;
    this.bytes = new Uint8Array(shared.memory);
    let offset = 0;
    const place = (key: string, colour: boolean): void => {
      const at = offset;
      offset += colour ? PICTURE_BYTES : PIXELS;
      const slash = key.indexOf('/');
      const [style, concept] = [key.slice(0, slash), key.slice(slash + 1)];
      if (shared.hidden?.includes(style)) return;
      this.places.set(key, { offset: at, colour });
      if (!STYLES.includes(style as Style))
        this.drawingsOf.set(concept, [...(this.drawingsOf.get(concept) ?? []), style]);
    };
    for (const key of shared.colour) place(key, true);
    for (const key of shared.monochrome) place(key, false);
    if (offset !== this.bytes.length)
      throw new RangeError(`${this.bytes.length} bytes of pictures, expected ${offset}`);
  }

  /**
   * @param colour premultiplied RGBA, 64 x 64, by `pictureKey(concept, style)`
   * @param monochrome a byte a pixel (`toMonochrome`), by key as well
   */
  static from(
    colour: ReadonlyMap<string, Uint8Array>,
    monochrome: ReadonlyMap<string, Monochrome> = new Map(),
  ): Pictures {
    const memory = new SharedArrayBuffer(colour.size * PICTURE_BYTES + monochrome.size * PIXELS);
    const bytes = new Uint8Array(memory);
    let offset = 0;
    const put = (key: string, picture: Uint8Array, length: number): void => {
      if (picture.length !== length)
        throw new RangeError(`picture ${key}: ${picture.length} bytes, expected ${length}`);
      bytes.set(picture, offset);
      offset += length;
    };
    for (const [key, picture] of colour) put(key, picture, PICTURE_BYTES);
    for (const [key, picture] of monochrome) put(key, picture, PIXELS);
    return new Pictures({ colour: [...colour.keys()], monochrome: [...monochrome.keys()], memory });
  }

  /** The pictures in memory that other threads can be given. */
  share(): SharedPictures {
    return this.shared;
  }

  /** The same pictures but for some styles. */
  without(hidden: readonly string[]): Pictures {
    return new Pictures({ ...this.shared, hidden });
  }

  static openShared(shared: SharedPictures): Pictures {
    return new Pictures(shared);
  }

  /** Number of pictures. */
  get size(): number {
    return this.places.size;
  }

  has(concept: string, style: string): boolean {
    return this.places.has(pictureKey(concept, style));
  }

  styles(concept: string): Style[] {
    return STYLES.filter((style) => this.has(concept, style));
  }

  /** Other drawings of a concept: icons, fonts, older emoji. */
  drawings(concept: string): readonly string[] {
    return this.drawingsOf.get(concept) ?? [];
  }

  /**
   * Premultiplied RGBA [64, 64, 4]; a drawing of one ink is painted in random colours, in black without `random`.
   * @throws RangeError if there is no such picture
   */
  pixels(concept: string, style: string, random?: Random): Uint8Array {
    const place = this.places.get(pictureKey(concept, style));
    if (place === undefined) throw new RangeError(`no picture of "${concept}" in style ${style}`);
    const { offset, colour } = place;
    if (colour) return this.bytes.subarray(offset, offset + PICTURE_BYTES);
    return painted(this.bytes.subarray(offset, offset + PIXELS), random ? randomPaint(random) : BLACK);
  }

  /** One randomly augmented view, [3, size, size], normalised to [-1, 1]; written into `out` if given. */
  render(concept: string, style: string, random: Random, size = 32, out?: Float32Array): Float32Array {
    return this.renderAs(concept, style, randomAugmentation(random), size, out, random);
  }

  /** The picture on white, not augmented, [3, size, size]. */
  renderPlain(concept: string, style: string, size = 32): Float32Array {
    return this.renderAs(concept, style, PLAIN, size);
  }

  /** A view with a given augmentation, [3, size, size]; written into `out` if given. `random` colours one ink. */
  renderAs(
    concept: string,
    style: string,
    augmentation: Augmentation,
    size = 32,
    out?: Float32Array,
    random?: Random,
  ): Float32Array {
    return renderPicture(this.pixels(concept, style, random), PICTURE_SIZE, augmentation, size, out);
  }

  resemblance(a: string, b: string): number {
    const correlations = TRAINING_STYLES.map((style) => this.correlation(a, b, style)).sort((x, y) => y - x);
    return correlations[1] ?? -1;
  }

  private correlation(a: string, b: string, style: Style): number {
    return correlation(this.luminance(a, style), this.luminance(b, style));
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

/** The correlation of two standardised pictures; -1 where one is missing. */
function correlation(x: Float32Array | null, y: Float32Array | null): number {
  return x === null || y === null ? -1 : x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
}

/** Tells whether two pictures (premultiplied RGBA, 64 x 64) look alike: luminance correlation on white at 32 px of at least .93. */
export function sameDrawing(a: Uint8Array, b: Uint8Array): boolean {
  const look = (pixels: Uint8Array): Float32Array =>
    standardise(luminanceOf(renderPicture(pixels, PICTURE_SIZE, PLAIN, 32)));
  return correlation(look(a), look(b)) >= 0.93;
}

/** Decoded RGBA [64, 64, 4] as it is kept: premultiplied, 6 bits a channel, which the eye does not tell from 8. */
export function keepColour(rgba: Uint8Array): Uint8Array {
  return premultiply(rgba).map((value) => (value & 0xfc) | (value >> 6));
}

/** Decoded RGBA [64, 64, 4] of one ink as it is kept; its alpha is the ink. */
export function keepMonochrome(rgba: Uint8Array): Monochrome {
  return toMonochrome(
    Uint8Array.from({ length: PIXELS }, (_, i) => rgba[4 * i + 3] as number),
    PICTURE_SIZE,
  );
}

/** Multiplies colour by alpha in place, rounding to nearest. */
export function premultiply(rgba: Uint8Array): Uint8Array {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3] as number;
    for (let c = i; c < i + 3; c++) rgba[c] = Math.round(((rgba[c] as number) * alpha) / 255);
  }
  return rgba;
}
