import { expect, test } from 'vitest';
import { PictureError, readPicture } from '../../src/model/image.ts';

const FILES = ['rgb.png', 'picture.bmp', 'picture.tiff', 'animated.gif', 'exif6.jpg'];

test.each(FILES)('a page decodes %s', async (name) => {
  const response = await fetch(new URL(`../fixtures/pictures/${name}`, import.meta.url));
  const { width, height, rgba } = await readPicture(new Uint8Array(await response.arrayBuffer()), name);
  expect(rgba.length).toBe(width * height * 4);
  expect(new Set(rgba).size).toBeGreaterThan(50);
  expect([width, height]).toEqual(
    { 'rgb.png': [97, 61], 'picture.bmp': [49, 33], 'picture.tiff': [77, 37], 'animated.gif': [51, 43] }[name] ?? [
      57, 91,
    ],
  );
});

test('a page refuses what is not a picture', async () => {
  await expect(readPicture(new TextEncoder().encode('words'), 'a.txt')).rejects.toThrow(PictureError);
});
