/** Pictures as a caller has them, in Node and in a page. */

import { withoutSecrets } from '../../files/location.ts';
import { AS_STORED, drawnPixels, storedPixels } from '../../files/picture/drawn.ts';
import { PictureError } from '../../files/picture/error.ts';
import { MAX_MEGAPIXELS } from '../../files/picture/header.ts';
import { type Picture, readPicture } from '../../files/picture/read.ts';
import { ResourceError, readResource } from '../../files/resource.ts';
import { requireOptions } from '../../tensor/index.ts';
import { readFrames } from './frames.ts';

/** What a global of a page makes; never where types know no page. */
type Made<Name extends string> = typeof globalThis extends Record<Name, { readonly prototype: infer T }> ? T : never;

/** `ImageData`, or what has its fields: pixels in rows, straight alpha. */
export interface PixelRows {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Red, green, blue and alpha of each pixel, row by row: 4 width height numbers. */
  readonly data: Uint8ClampedArray | Uint8Array;
  /** Only `srgb` is read; default `srgb`. */
  readonly colorSpace?: string;
}

/**
 * A picture as the caller has it: a path or a URL (`https:`, `file:`, `data:`, `blob:`), the bytes of a file, a `Blob` or
 * `File`, pixels (`ImageData`, or `{ width, height, rgba }`), or what a page shows: an `ImageBitmap`, a canvas, an image
 * element.
 */
export type PictureSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | PixelRows
  | Omit<Picture, 'notes'>
  | Made<'ImageBitmap'>
  | Made<'OffscreenCanvas'>
  | Made<'HTMLCanvasElement'>
  | Made<'HTMLImageElement'>;

const EXPECTED =
  'a path, a URL, the bytes of a file, a Blob or File, ImageData, {width, height, rgba}, an ImageBitmap, a canvas or an image element';

/**
 * A picture's pixels, upright, whatever it is given as. Files are read as `readPicture` reads them.
 *
 * @example
 * ```ts
 * const picture = await loadPicture('examples/pictures/panda.png');
 * const { width, height, rgba } = picture;
 * ```
 *
 * @param options `name`: how the picture is called in errors, unless it has an address or a file name
 * @throws PictureError that names what was given and what is expected, and what the signal was aborted with
 */
export async function loadPicture(
  source: PictureSource,
  options: { readonly name?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<Picture> {
  requireOptions('loadPicture', options, 'name signal');
  const { name = 'a picture', signal } = options;
  const file = await fileOf(source, name, signal);
  if (file) return readPicture(file.bytes, file.name);
  const kind = kindOf(source);
  if (kind === 'HTMLImageElement') return fromElement(source as HTMLImageElement, name, signal);
  if (kind === 'ImageBitmap' || kind === 'OffscreenCanvas' || kind === 'HTMLCanvasElement')
    return fromDrawn(source as ImageBitmap, kind, name);
  return fromPixels(source as Partial<PixelRows & Picture>, name);
}

/**
 * The frames of a clip: every one of a GIF, each of a list of pictures, or the one of a single picture.
 * @param source the GIF or picture, or a list with one picture a frame
 * @param options `name` and `signal` as `loadPicture` takes them
 * @throws what `loadPicture` and `readFrames` throw
 * @example
 * ```ts
 * const frames = await loadFrames('cat.gif');
 * ```
 */
export async function loadFrames(
  source: PictureSource | readonly PictureSource[],
  options: { readonly name?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<Picture[]> {
  requireOptions('loadFrames', options, 'name signal');
  const { name = 'a clip', signal } = options;
  if (Array.isArray(source) && source.length === 0) throw new PictureError(name, 'has no frames', 'at least one');
  if (Array.isArray(source))
    return Promise.all(source.map((one, i) => loadPicture(one, { name: `frame ${i + 1} of ${name}`, signal })));
  const file = await fileOf(source as PictureSource, name, signal);
  return file ? readFrames(file.bytes, file.name) : [await loadPicture(source as PictureSource, options)];
}

/** The bytes of a file with its name, null for what is pixels already. */
async function fileOf(source: PictureSource, name: string, signal: AbortSignal | undefined): Promise<Named | null> {
  const kind = kindOf(source);
  if (typeof source === 'string') return fromAddress(source, signal);
  if (kind === 'URL') return fromAddress(source instanceof URL ? source : String(source), signal);
  if (kind === 'Uint8Array') return { bytes: asBytes(source as Uint8Array), name };
  if (kind === 'ArrayBuffer') return { bytes: bytesOf(source as ArrayBuffer), name };
  return kind === 'Blob' || kind === 'File' ? fromBlob(source as Blob, name) : null;
}

/** As this window's own class, whose methods tell others apart. */
const asBytes = (bytes: Uint8Array | Uint8ClampedArray): Uint8Array =>
  bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

/** One that was posted away has no bytes, and no array can be made of it. */
const bytesOf = (buffer: ArrayBuffer): Uint8Array =>
  buffer.byteLength > 0 ? new Uint8Array(buffer) : new Uint8Array(0);

type Named = { readonly bytes: Uint8Array; readonly name: string };

async function fromAddress(source: string | URL, signal: AbortSignal | undefined): Promise<Named> {
  const name = shortened(String(source));
  if (name === '') throw new PictureError('a picture', 'is an empty text', EXPECTED);
  try {
    return { bytes: await readResource(source, { signal }), name };
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
    throw new PictureError(name, error.reason, 'a picture file');
  }
}

async function fromBlob(blob: Blob, given: string): Promise<Named> {
  const name = ('name' in blob && String(blob.name)) || given;
  const bytes = await blob.arrayBuffer().catch((error: Error) => {
    throw new PictureError(name, `cannot be read (${error.message})`, 'a picture file');
  });
  return { bytes: new Uint8Array(bytes), name };
}

async function fromElement(
  element: HTMLImageElement,
  given: string,
  signal: AbortSignal | undefined,
): Promise<Picture> {
  const name = shortened(element.currentSrc || element.src) || given;
  const image = beingLoaded(element);
  const shown = image.decode().catch(() => {
    throw new PictureError(name, 'is an image element that shows nothing', 'an image that can be loaded');
  });
  await (signal ? unlessAborted(shown, signal) : shown);
  const { naturalWidth: width, naturalHeight: height } = image;
  requireSmall({ width, height }, 'HTMLImageElement', name);
  return pixelsOf(name, async () => {
    const bitmap = await createImageBitmap(image, AS_STORED).catch((error: Error) => {
      if (error.name !== 'InvalidStateError') throw error;
      throw new PictureError(name, 'is an image element of a drawing without a size', 'one with a width and a height');
    });
    try {
      return storedPixels(bitmap);
    } finally {
      bitmap.close();
    }
  });
}

/** The element, or one that loads the same: a lazy one is not loaded while nobody sees it, and would be awaited for ever. */
function beingLoaded(element: HTMLImageElement): HTMLImageElement {
  if (element.loading !== 'lazy' || element.complete) return element;
  const image = element.cloneNode() as HTMLImageElement;
  image.loading = 'eager';
  return image;
}

/** What work gives, or what the signal is aborted with, if that is first. */
function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** The limit of files: pixels of more would not fit the memory of many a page. */
function requireSmall({ width, height }: { width: number; height: number }, kind: string, name: string): void {
  const megapixels = (width * height) / 1e6;
  if (megapixels <= MAX_MEGAPIXELS) return;
  const what = `is an ${kind} of ${width} x ${height} pixels (${Math.round(megapixels)} megapixels)`;
  throw new PictureError(name, what, `at most ${MAX_MEGAPIXELS} megapixels; make it smaller first`);
}

function fromDrawn(source: ImageBitmap, kind: string, name: string): Promise<Picture> {
  if (source.width === 0 || source.height === 0)
    throw new PictureError(
      name,
      `is an ${kind} of ${source.width} x ${source.height} pixels`,
      'one that is not closed or empty',
    );
  requireSmall(source, kind, name);
  return pixelsOf(name, async () => drawnPixels(source));
}

/** @throws PictureError where the page may not read what it shows */
async function pixelsOf(name: string, read: () => Promise<Omit<PixelRows, 'colorSpace'>>): Promise<Picture> {
  try {
    return fromPixels(await read(), name);
  } catch (error) {
    if (error instanceof PictureError) throw error;
    const { name: kind, message } = error as Error;
    if (kind !== 'SecurityError') throw new PictureError(name, `cannot be read (${message})`, 'a picture with pixels');
    const expected = 'crossorigin="anonymous" on the image, and a server that allows it';
    throw new PictureError(name, 'comes from another origin, and a page may not read its pixels', expected);
  }
}

function fromPixels(source: Partial<PixelRows & Picture>, name: string): Picture {
  const { width, height, data, rgba = data, colorSpace = 'srgb', notes = [] } = source ?? {};
  if (width === undefined || height === undefined || rgba === undefined)
    throw new PictureError(name, `is ${described(source)}`, EXPECTED);
  if (!/^Uint8(Clamped)?Array$/.test(kindOf(rgba)))
    throw new PictureError(name, `has its pixels in ${described(rgba)}`, 'a Uint8Array or Uint8ClampedArray');
  const bytes = asBytes(rgba);
  const whole = [width, height].every((side) => Number.isSafeInteger(side) && side > 0);
  if (!whole || bytes.length !== 4 * width * height) {
    const what = `has ${bytes.length} numbers for ${width} x ${height} pixels`;
    throw new PictureError(name, what, 'four numbers a pixel, row by row');
  }
  if (colorSpace !== 'srgb') throw new PictureError(name, `has the colours of ${colorSpace}`, 'those of srgb');
  return { width, height, rgba: bytes, notes };
}

/** The class, in whatever window or worker the object was made. */
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** What was given, for a sentence. */
function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const kind = Array.isArray(value) ? 'Array' : kindOf(value);
  if (kind === 'Promise') return 'a Promise that was not awaited';
  if (kind !== 'Object') return `a ${kind}`.replace(/^a (?=[AEIO]|HTML)/, 'an ');
  return `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'nothing in it'}`;
}

/** A `data:` address holds a whole file. */
const shortened = (address: string): string =>
  withoutSecrets(address.length > 120 ? `${address.slice(0, 60)}…` : address);
