/** Maps laid over pictures. */

import { requireKinds } from '../../files/kinds.ts';
import { writePicture } from '../../model/image/writer.ts';
import { type Picture, type Preprocessing, preprocess } from '../../model/image.ts';
import { ViewError } from '../recorded.ts';
import { largestOf } from './heat.ts';

/** Values of equal parts of a square picture, row-major; below 0 they are drawn in another colour. */
export interface GridValues {
  /** How many parts from top to bottom. */
  readonly rows: number;
  /** How many parts from left to right. */
  readonly columns: number;
  /** One for each part, row-major. */
  readonly values: readonly number[];
}

/** How far a cell at full strength covers the picture. */
export const COVER = 0.75;

const [ABOVE, BELOW] = [
  [0, 114, 178],
  [213, 94, 0],
] as const;

/**
 * The square that the model sees of a picture, cut or padded as its preprocessing does, so many pixels large.
 * @param size side of the square in pixels; default that of the preprocessing
 * @example
 * ```ts
 * const picture = await loadPicture('cat.png');
 * const square = seenSquare(picture, model.config.preprocessing);
 * ```
 */
export function seenSquare(
  picture: Picture,
  preprocessing: Preprocessing,
  size: number = preprocessing?.size,
): Picture {
  requireKinds('seenSquare', { preprocessing }, '{}');
  const { mean, std } = preprocessing;
  const pixels = preprocess(picture, { ...preprocessing, size }); // [3, size, size]
  const plane = size * size;
  const rgba = new Uint8Array(4 * plane).fill(255);
  for (let i = 0; i < plane; i++)
    for (let c = 0; c < 3; c++)
      rgba[4 * i + c] = Math.round(
        ((pixels[c * plane + i] as number) * (std[c] as number) + (mean[c] as number)) * 255,
      );
  return { width: size, height: size, rgba, notes: [] };
}

/**
 * The same in grey, as a ground for colours.
 * @param size side of the square in pixels; default 224
 * @example
 * ```ts
 * const picture = await loadPicture('cat.png');
 * const square = greySquare(picture, model.config.preprocessing);
 * ```
 */
export function greySquare(picture: Picture, preprocessing: Preprocessing, size = 224): Picture {
  const square = seenSquare(picture, preprocessing, size);
  for (let i = 0; i < square.rgba.length; i += 4) {
    const [red, green, blue] = square.rgba.subarray(i, i + 3) as unknown as [number, number, number];
    square.rgba.fill(Math.round(0.299 * red + 0.587 * green + 0.114 * blue), i, i + 3); // luma of ITU-R BT.601
  }
  return square;
}

/**
 * A PNG of a picture under a map: blue above 0, orange below, as strong as |value| / largest.
 * @param largest of several maps that shall be comparable; default that of these values
 * @throws ViewError when there are not rows x columns values
 * @example
 * ```ts
 * const ground = greySquare(await loadPicture('cat.png'), model.config.preprocessing);
 * const png = await overlayPng(ground, { rows: 2, columns: 2, values: [0, 0.5, -0.5, 1] });
 * ```
 */
export function overlayPng(picture: Picture, grid: GridValues, largest?: number): Promise<Uint8Array> {
  requireKinds('overlayPng', { picture, grid, largest }, '{width,height,rgba} {rows,columns,values} amount?');
  const { rows, columns, values } = grid;
  requireKinds('overlayPng', { rows, columns, values }, 'count count numbers');
  if (values.length !== rows * columns)
    throw new ViewError(`${values.length} values for a grid of ${rows} x ${columns}; expected ${rows * columns}`);
  const { width, height } = picture;
  const most = largest ?? largestOf(values);
  const rgba = Uint8Array.from(picture.rgba);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
      const value = values[cell] as number;
      const share = most === 0 || !Number.isFinite(value) ? 0 : Math.min(1, Math.abs(value) / most) * COVER;
      const hue = value < 0 ? BELOW : ABOVE;
      for (let c = 0; c < 3; c++) {
        const i = 4 * (y * width + x) + c;
        rgba[i] = Math.round((rgba[i] as number) * (1 - share) + (hue[c] as number) * share);
      }
    }
  }
  return writePicture({ width, height, rgba });
}

/** The picture as an address that an SVG or a page can hold. */
export async function dataAddress(picture: Picture): Promise<string> {
  const bytes = await writePicture(picture);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}
