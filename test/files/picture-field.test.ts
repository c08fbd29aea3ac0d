/** Pictures that other programs read wrong once: read as Pillow reads them, or refused by what the header says. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readPicture } from '../../src/files/picture/read.ts';
import { differenceOf } from '../support/picture-difference.ts';

const FOLDER = new URL('../fixtures/pictures/field/', import.meta.url);
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, FOLDER)));
const index = JSON.parse(readFileSync(new URL('index.json', FOLDER), 'utf8')) as Record<string, { expected: string }>;
const REFUSED: Readonly<Record<string, RegExp>> = { 'lzma.tif': /is a TIFF compressed with LZMA, which is not read/ };
/** Inks and lossy codecs, of 255 on average. */
const TOLERANCE: Readonly<Record<string, number>> = {
  'jrgb.jpg': 2,
  'cmyk.tif': 3,
  'rgba_assoc.tif': 2,
  'v4bgra.bmp': 2,
};

it.each(Object.entries(index))('%s', async (name, { expected }) => {
  const refused = REFUSED[name];
  if (refused) return expect(readPicture(bytesOf(name), name)).rejects.toThrow(refused);
  const [mine, right] = [await readPicture(bytesOf(name), name), await readPicture(bytesOf(expected), expected)];
  expect([mine.width, mine.height]).toEqual([right.width, right.height]);
  const [largest, mean] = differenceOf(mine.rgba, right.rgba);
  if (name in TOLERANCE) expect(mean).toBeLessThanOrEqual(TOLERANCE[name] as number);
  else expect(largest).toBe(0);
});
