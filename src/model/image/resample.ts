/** Bit-exact Pillow (up to 12.3) resampling of 8-bit pictures; the weights have 22 fractional bits. */

const FRACTION_BITS = 22;
const ONE = 2 ** FRACTION_BITS;

export type Filter = 'bicubic' | 'bilinear' | 'area';

/** Pixels in rows: `data[(y * width + x) * channels + c]`. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** Half width of each filter in input pixels, and its weight at distance `x`. */
const FILTERS: Record<Filter, { support: number; weight: (x: number) => number }> = {
  bicubic: { support: 2, weight: (x) => cubic(Math.abs(x), -0.5) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  area: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
};

/** Keys' cubic convolution; a = -.5 is the Catmull-Rom spline. */
function cubic(t: number, a: number): number {
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
  return 0;
}

/** A stretch of output pixels along one axis: those from `start` up to `start + length`. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

/**
 * Resizes to `width` x `height` along the width first, then along the height, rounding to 8 bits in between.
 * An axis that keeps its size is left alone.
 *
 * @param window computes only this part of the result, so that cropping a very long picture costs no more than its crop
 */
export function resize(
  picture: Raster,
  width: number,
  height: number,
  filter: Filter,
  window: { x: Span; y: Span } = { x: { start: 0, length: width }, y: { start: 0, length: height } },
): Raster {
  return resizeRows(resizeColumns(picture, width, filter, window.x), height, filter, window.y);
}

function resizeColumns(picture: Raster, size: number, filter: Filter, span: Span): Raster {
  const { width, height, channels } = picture;
  const data = new Uint8Array(span.length * height * channels);
  for (let column = 0; column < span.length; column++) {
    const { first, weights } = taps(width, size, filter, span.start + column);
    for (let y = 0; y < height; y++) {
      const from = (y * width + first) * channels;
      const to = (y * span.length + column) * channels;
      for (let c = 0; c < channels; c++) data[to + c] = weigh(picture.data, from + c, channels, weights);
    }
  }
  return { width: span.length, height, channels, data };
}

function resizeRows(picture: Raster, size: number, filter: Filter, span: Span): Raster {
  const stride = picture.width * picture.channels;
  const data = new Uint8Array(span.length * stride);
  for (let row = 0; row < span.length; row++) {
    const { first, weights } = taps(picture.height, size, filter, span.start + row);
    for (let i = 0; i < stride; i++) data[row * stride + i] = weigh(picture.data, first * stride + i, stride, weights);
  }
  return { ...picture, height: span.length, data };
}

/** clamp((sum(k[x] * in[x]) + 2^21) >> 22, 0, 255) */
function weigh(data: Uint8Array, from: number, stride: number, weights: Int32Array): number {
  let sum = ONE / 2;
  for (let tap = 0, at = from; tap < weights.length; tap++, at += stride) {
    sum += (weights[tap] as number) * (data[at] as number);
  }
  return Math.min(255, Math.max(0, Math.floor(sum / ONE)));
}

/** First input pixel of output pixel `index`, and the fixed-point weights from there on. */
function taps(
  inputSize: number,
  outputSize: number,
  filter: Filter,
  index: number,
): { first: number; weights: Int32Array } {
  if (inputSize === outputSize) return { first: index, weights: Int32Array.of(ONE) };
  const { support, weight } = FILTERS[filter];
  const scale = inputSize / outputSize;
  const stretch = Math.max(1, scale); // a shrinking filter grows, to see every input pixel
  const centre = (index + 0.5) * scale;
  const first = Math.max(0, Math.trunc(centre - support * stretch + 0.5));
  const last = Math.min(inputSize, Math.trunc(centre + support * stretch + 0.5));
  const exact = Array.from({ length: last - first }, (_, x) => weight((first + x - centre + 0.5) * (1 / stretch)));
  const total = exact.reduce((sum, w) => sum + w, 0);
  const fixed = exact.map((w) => Math.trunc((total === 0 ? w : w / total) * ONE + (w < 0 ? -0.5 : 0.5)));
  return { first, weights: Int32Array.from(fixed) };
}
