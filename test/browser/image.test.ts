import { expect, test } from 'vitest';
import { readPicture } from '../../src/flamingo/image.ts';

async function painted(type: string): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(4, 2);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no 2d context');
  context.fillStyle = 'rgb(200, 30, 60)';
  context.fillRect(0, 0, 4, 2);
  const blob = await canvas.convertToBlob({ type, quality: 1 });
  return new Uint8Array(await blob.arrayBuffer());
}

test.each(['image/png', 'image/jpeg'])('a page decodes %s', async (type) => {
  const picture = await readPicture(await painted(type), 'painted');
  expect([picture.width, picture.height]).toEqual([4, 2]);
  const [red = 0, green = 0, blue = 0, alpha = 0] = picture.rgba.subarray(4, 8);
  const off = Math.max(Math.abs(red - 200), Math.abs(green - 30), Math.abs(blue - 60), Math.abs(alpha - 255));
  expect(off).toBeLessThanOrEqual(type === 'image/png' ? 0 : 4);
});
