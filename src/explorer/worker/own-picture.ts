/** One's own pictures as the model sees them: size x size RGB bytes, in text that a link can carry. */

import { PictureError } from '../../files/picture/header.ts';
import { type Picture, type Preprocessing, preprocess } from '../../model/image.ts';

/** @throws PictureError when the text is not valid */
export function pictureOf(own: string, size: number): Picture {
  const rgb = fromBase64(own);
  if (rgb.length !== 3 * size * size)
    throw new PictureError('a picture of the link', `has ${rgb.length} bytes`, `${3 * size * size} bytes`);
  const rgba = new Uint8Array(4 * size * size);
  for (let i = 0; i < size * size; i++) rgba.set([...rgb.subarray(3 * i, 3 * i + 3), 255], 4 * i);
  return { width: size, height: size, rgba, notes: [] };
}

/** What is left of a picture at the model's size. */
export function ownOf(picture: Picture, options: Preprocessing): string {
  const { size, mean, std } = options;
  const pixels = preprocess(picture, options); // [3, size, size]
  const rgb = Uint8Array.from({ length: 3 * size * size }, (_, i) => {
    const [pixel, c] = [Math.floor(i / 3), i % 3];
    const value = (pixels[c * size * size + pixel] as number) * (std[c] as number) + (mean[c] as number);
    return Math.round(255 * value);
  });
  return toBase64(rgb);
}

function toBase64(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
}
