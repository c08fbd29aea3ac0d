/** A page's own decoders, without colour management: the pixels that Node gives. */

import type { Decode, Decoders } from './decoders.ts';
import { AS_STORED, storedPixels } from './drawn.ts';

const decoderOf =
  (type: string): Decode =>
  async (bytes) => {
    const bitmap = await createImageBitmap(new Blob([bytes], { type }), AS_STORED);
    try {
      return storedPixels(bitmap);
    } finally {
      bitmap.close();
    }
  };

/** Orientation is applied where a file has one. */
export const decodersTurn = true;

export const decoders: Decoders = {
  JPEG: decoderOf('image/jpeg'),
  CMYK: decoderOf('image/jpeg'),
  WebP: decoderOf('image/webp'),
  AVIF: decoderOf('image/avif'),
};

/** For a page's own plain pictures, which need no reader of all formats. */
export const decodePng: Decode = decoderOf('image/png');
