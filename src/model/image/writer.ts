import { requireKinds } from '../../files/kinds.ts';
import { type Picture, PictureError } from '../image.ts';

/**
 * The bytes of a PNG that holds a picture.
 * @example
 * ```ts
 * const png = await writePicture({ width: 1, height: 1, rgba: Uint8Array.of(255, 0, 0, 255) });
 * ```
 */
export async function writePicture(picture: Omit<Picture, 'notes'>): Promise<Uint8Array> {
  requireKinds('writePicture', { picture }, '{width,height,rgba}');
  const { width, height, rgba } = picture;
  requireKinds('writePicture', { width, height, rgba }, 'count count bytes');
  if (rgba.length !== 4 * width * height)
    throw new PictureError(
      'the picture',
      `has ${rgba.length} numbers for ${width} x ${height} pixels`,
      'four numbers a pixel',
    );
  const { Jimp } = await import('#jimp'); // loaded late: it takes 0.1 s
  // Jimp works on Buffers, and copies other arrays into one.
  const png = await Jimp.fromBitmap({ width, height, data: rgba as Buffer }).getBuffer('image/png');
  return new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
}
