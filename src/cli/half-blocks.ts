/** Pictures in a terminal: two pixels a cell, the upper in the colour of the letter, the lower in that behind it. */

import { type Picture, PREPROCESSING_STYLES, preprocess } from '../model/image.ts';
import { type Colour, halfBlock } from './terminal.ts';

/** A picture fitted into a white square: `size` cells wide, half as many lines. */
export function pictureLines(picture: Picture, size: number, bits: number): string[] {
  const whole = { ...PREPROCESSING_STYLES.glass, filter: 'area', mean: [0, 0, 0], std: [1, 1, 1], size } as const;
  const pixels = preprocess(picture, whole); // [3, size, size], 0 to 1
  const at = (x: number, y: number): Colour => {
    const channel = (c: number): number =>
      Math.round(255 * Math.min(1, Math.max(0, pixels[(c * size + y) * size + x] as number)));
    return [channel(0), channel(1), channel(2)];
  };
  return Array.from({ length: size / 2 }, (_, row) =>
    Array.from({ length: size }, (_, x) => halfBlock(at(x, 2 * row), at(x, 2 * row + 1), bits)).join(''),
  );
}
