/** The pixels of what a page has drawn or decoded. */

import type { Bitmap } from './decoders.ts';

/** Neither multiplied by alpha nor moved to another colour space, and upright: the pixels of the file. */
export const AS_STORED: ImageBitmapOptions = {
  colorSpaceConversion: 'none',
  premultiplyAlpha: 'none',
  imageOrientation: 'from-image',
};

/**
 * The pixels of a bitmap that was made `AS_STORED`, through WebGL: a canvas multiplies by alpha and loses the colours of
 * what is nearly transparent.
 */
export function storedPixels(bitmap: ImageBitmap): Bitmap {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return drawnPixels(bitmap);
  const data = new Uint8Array(width * height * 4);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(
    gl.FRAMEBUFFER,
    gl.COLOR_ATTACHMENT0,
    gl.TEXTURE_2D,
    gl.getParameter(gl.TEXTURE_BINDING_2D),
    0,
  );
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return { width, height, data };
}

/** The pixels of what can be drawn, whether its alpha is multiplied in or not. */
export function drawnPixels(source: ImageBitmap | HTMLCanvasElement | OffscreenCanvas): Bitmap {
  const { width, height } = source;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('this page has no canvas');
  context.drawImage(source, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
