/** A page's own decoders, without colour management and not turned: the pixels that Node gives. */

import type { Bitmap, Decode, Decoders } from './decoders.ts';

const decoderOf =
  (type: string): Decode =>
  async (bytes) => {
    const options = { colorSpaceConversion: 'none', premultiplyAlpha: 'none', imageOrientation: 'from-image' } as const;
    const bitmap = await createImageBitmap(new Blob([bytes], { type }), options);
    try {
      return pixelsOf(bitmap);
    } finally {
      bitmap.close();
    }
  };

/** Orientation is applied where a file has one. */
export const decodersTurn = true;

export const decoders: Decoders = {
  PNG: decoderOf('image/png'),
  JPEG: decoderOf('image/jpeg'),
  CMYK: decoderOf('image/jpeg'),
  WebP: decoderOf('image/webp'),
  AVIF: decoderOf('image/avif'),
};

/** Through WebGL: a canvas multiplies by alpha and loses the colours of what is nearly transparent. */
function pixelsOf(bitmap: ImageBitmap): Bitmap {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return throughCanvas(bitmap);
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

function throughCanvas(bitmap: ImageBitmap): Bitmap {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('this page has no canvas');
  context.drawImage(bitmap, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
