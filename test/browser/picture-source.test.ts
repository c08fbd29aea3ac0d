import { loadPicture, PictureError, type PictureSource, readPicture } from 'glass-flamingo/flamingo';
import { beforeAll, describe, expect, it } from 'vitest';

const at = (path: string): string => new URL(`/${path}`, location.href).href;
const address = at('examples/pictures/panda.png');
let blob: Blob;
let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  blob = await (await fetch(address)).blob();
  bytes = new Uint8Array(await blob.arrayBuffer());
});

function element(src: string): HTMLImageElement {
  const image = new Image();
  image.src = src;
  return image;
}

async function canvas(): Promise<HTMLCanvasElement> {
  const bitmap = await createImageBitmap(blob);
  const canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  return canvas;
}

async function offscreen(): Promise<OffscreenCanvas> {
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  return canvas;
}

async function imageData(): Promise<ImageData> {
  const { width, height, rgba } = await readPicture(bytes, 'panda');
  return new ImageData(new Uint8ClampedArray(rgba), width, height);
}

/** Values of 255 that they may differ by; what a page drew had its colours multiplied by alpha, and rounded. */
const forms: [string, number, () => PictureSource | Promise<PictureSource>][] = [
  ['a path', 0, () => '/examples/pictures/panda.png'],
  ['an address', 0, () => new URL(address)],
  ['a data: URL', 0, () => `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`],
  ['a blob: URL', 0, () => URL.createObjectURL(blob)],
  ['bytes', 0, () => bytes],
  ['an ArrayBuffer', 0, () => bytes.slice().buffer],
  ['a Blob', 0, () => blob],
  ['a File', 0, () => new File([blob], 'panda.png')],
  ['ImageData', 0, imageData],
  ['an image element', 0, () => element(address)],
  ['an image element that nobody sees yet', 0, () => Object.assign(new Image(), { loading: 'lazy', src: address })],
  ['an ImageBitmap', 1, () => createImageBitmap(blob)],
  ['an ImageBitmap as stored', 1, () => createImageBitmap(blob, { premultiplyAlpha: 'none' })],
  ['a canvas', 1, canvas],
  ['an OffscreenCanvas', 1, offscreen],
];

describe('a picture in a page', () => {
  it.each(forms)('given as %s has the pixels of its file within %i', async (_, tolerance, form) => {
    const expected = await readPicture(bytes, 'panda');
    const found = await loadPicture(await form());
    expect([found.width, found.height]).toEqual([expected.width, expected.height]);
    expect(largestDifference(found.rgba, expected.rgba)).toBeLessThanOrEqual(tolerance);
  });
});

/** Of colours times alpha, and of alpha: what shows. */
function largestDifference(a: Uint8Array, b: Uint8Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const alpha = i - (i % 4) + 3;
    const shown = (x: Uint8Array): number => (i === alpha ? 255 : (x[alpha] as number)) / 255;
    largest = Math.max(largest, Math.abs((a[i] as number) * shown(a) - (b[i] as number) * shown(b)));
  }
  return Math.round(largest);
}

async function closed(): Promise<ImageBitmap> {
  const bitmap = await createImageBitmap(blob);
  bitmap.close();
  return bitmap;
}

const wrong: [string, () => unknown, RegExp][] = [
  ['a closed bitmap', closed, /is an ImageBitmap of 0 x 0 pixels; expected one that is not closed or empty/],
  [
    'an empty canvas',
    () => Object.assign(document.createElement('canvas'), { width: 0 }),
    /is an HTMLCanvasElement of 0 x/,
  ],
  ['an image element without a picture', () => new Image(), /is an image element that shows nothing/],
  ['an image element of words', () => element(at('README.md')), /README\.md is an image element that shows nothing/],
  [
    'an element that shows no image',
    () => document.createElement('p'),
    /is an HTMLParagraphElement; expected .* an image element/,
  ],
  [
    'an image element of a drawing without a size',
    () => element(`data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg"/>')}`),
    /is an image element of a drawing without a size; expected one with a width and a height/,
  ],
  [
    'a canvas that is larger than the memory of many a page',
    () => Object.assign(document.createElement('canvas'), { width: 20_000, height: 20_000 }),
    /is an HTMLCanvasElement of 20000 x 20000 pixels \(400 megapixels\); expected at most 64 megapixels/,
  ],
  ['a list of files', () => new DataTransfer().files, /is a FileList; expected/],
  ['a file: address', () => 'file:///a.png', /lies on a disk, which a page may not read/],
  ['a page in place of a picture', () => new Blob(['<!doctype html><title>404']), /is a web page, not a picture/],
];

describe('what a page cannot read', () => {
  it.each(wrong)('%s is named as what it is', async (_, form, message) => {
    const call = loadPicture((await form()) as PictureSource);
    await expect(call).rejects.toThrow(PictureError);
    await expect(call).rejects.toThrow(message);
  });
});

it('an image element that does not come is awaited no longer than its signal says', async () => {
  const image = new Image();
  const never = new Promise<void>(() => {});
  Object.defineProperty(image, 'decode', { value: () => never });
  const call = loadPicture(image, { signal: AbortSignal.timeout(20) });
  await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(loadPicture(image, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
});
