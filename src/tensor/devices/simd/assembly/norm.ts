// Layer norm and RMS norm along rows, with their gradients by x. A weight or bias pointer of 0 means none.

import { dotRow, sumRow } from './reduce';
import { laneMask, loadPart, splat, storePart, sumLanes } from './lanes';

const BLOCK = 1024; // elements added in float32 before float64 takes over

// What measure() and project() found out about one row: WebAssembly's stand-in for several return values.
let mean: f32 = 0.0;
let meanRest: f32 = 0.0; // the part of the mean below float32's precision
let inverseDeviation: f32 = 0.0;
let gradientMean: f32 = 0.0;
let gradientProjection: f32 = 0.0;

/** Four numbers, of which those from `count` on are 0. */
// @ts-ignore: decorator
@inline
function take(x: usize, count: i32): v128 {
  return count >= 4 ? v128.load(x) : loadPart(x, count);
}

// @ts-ignore: decorator
@inline
function put(y: usize, v: v128, count: i32): void {
  if (count >= 4) v128.store(y, v);
  else storePart(y, v, count);
}

// @ts-ignore: decorator
@inline
function centred(x: usize, count: i32): v128 {
  return f32x4.sub(f32x4.sub(take(x, count), splat(mean)), splat(meanRest));
}

// @ts-ignore: decorator
@inline
function weighted(v: v128, weight: usize, at: usize, count: i32): v128 {
  return weight ? f32x4.mul(v, take(weight + at, count)) : v;
}

/**
 * Mean and 1 / sqrt(variance + eps) of a row. The differences from the rounded mean correct that mean, so that a mean
 * far larger than the spread costs no precision.
 */
function measure(x: usize, width: i32, eps: f32): void {
  mean = <f32>(sumRow(x, width) / <f64>width);
  const m = splat(mean);
  let first: f64 = 0.0;
  let second: f64 = 0.0;
  for (let start = 0; start < width; start += BLOCK) {
    let sum = splat(0.0);
    let squares = splat(0.0);
    const last = min(start + BLOCK, width);
    const end = last & ~3;
    for (let c = start; c < end; c += 4) {
      const d = f32x4.sub(v128.load(x + (<usize>c << 2)), m);
      sum = f32x4.add(sum, d);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    const rest = last & 3;
    if (rest) {
      const d = v128.and(f32x4.sub(loadPart(x + (<usize>end << 2), rest), m), laneMask(rest));
      sum = f32x4.add(sum, d);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    first += <f64>sumLanes(sum);
    second += <f64>sumLanes(squares);
  }
  const correction = first / <f64>width;
  const variance = second / <f64>width - correction * correction;
  meanRest = <f32>correction;
  inverseDeviation = <f32>(1.0 / sqrt(max(variance, 0.0) + <f64>eps));
}

/** y = (x - mean) / sqrt(variance + eps) * weight + bias */
export function layerNorm(x: usize, weight: usize, bias: usize, y: usize, rows: i32, width: i32, eps: f32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    measure(x, width, eps);
    for (let c = 0; c < width; c += 4) {
      const at = <usize>c << 2;
      const count = width - c;
      let v = weighted(f32x4.mul(centred(x + at, count), splat(inverseDeviation)), weight, at, count);
      if (bias) v = f32x4.add(v, take(bias + at, count));
      put(y + at, v, count);
    }
  }
}

/** The mean of g and of g * xhat over a row, g = dy * weight, xhat = the normalised x. */
function project(x: usize, weight: usize, dy: usize, width: i32): void {
  let first: f64 = 0.0;
  let second: f64 = 0.0;
  for (let start = 0; start < width; start += BLOCK) {
    let sum = splat(0.0);
    let products = splat(0.0);
    const last = min(start + BLOCK, width);
    for (let c = start; c < last; c += 4) {
      const at = <usize>c << 2;
      const count = width - c;
      const g = weighted(take(dy + at, count), weight, at, count); // 0 beyond the row, whatever centred() gives there
      sum = f32x4.add(sum, g);
      products = f32x4.add(products, f32x4.mul(g, centred(x + at, count)));
    }
    first += <f64>sumLanes(sum);
    second += <f64>sumLanes(products);
  }
  gradientMean = <f32>(first / <f64>width);
  gradientProjection = <f32>(second / <f64>width * <f64>inverseDeviation);
}

/** dx = (g - mean(g) - xhat * mean(g * xhat)) / sqrt(variance + eps), g = dy * weight */
export function layerNormGradient(
  x: usize, weight: usize, dy: usize, dx: usize, rows: i32, width: i32, eps: f32,
): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += bytes, dy += bytes, dx += bytes) {
    measure(x, width, eps);
    project(x, weight, dy, width);
    const scale = splat(inverseDeviation);
    const slope = splat(gradientProjection * inverseDeviation);
    for (let c = 0; c < width; c += 4) {
      const at = <usize>c << 2;
      const count = width - c;
      const g = f32x4.sub(weighted(take(dy + at, count), weight, at, count), splat(gradientMean));
      put(dx + at, f32x4.mul(f32x4.sub(g, f32x4.mul(centred(x + at, count), slope)), scale), count);
    }
  }
}

// @ts-ignore: decorator
@inline
function inverseRms(x: usize, width: i32, eps: f32): f32 {
  return <f32>(1.0 / sqrt(dotRow(x, x, width) / <f64>width + <f64>eps));
}

/** y = x / sqrt(mean(x^2) + eps) * weight */
export function rmsNorm(x: usize, weight: usize, y: usize, rows: i32, width: i32, eps: f32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    const scale = splat(inverseRms(x, width, eps));
    for (let c = 0; c < width; c += 4) {
      const at = <usize>c << 2;
      const count = width - c;
      put(y + at, weighted(f32x4.mul(take(x + at, count), scale), weight, at, count), count);
    }
  }
}

/** dx = (g - x * mean(g * x) / (mean(x^2) + eps)) / sqrt(mean(x^2) + eps), g = dy * weight */
export function rmsNormGradient(x: usize, weight: usize, dy: usize, dx: usize, rows: i32, width: i32, eps: f32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += bytes, dy += bytes, dx += bytes) {
    const inverse = inverseRms(x, width, eps);
    const scale = splat(inverse);
    mean = 0.0;
    meanRest = 0.0;
    inverseDeviation = inverse;
    project(x, weight, dy, width);
    const slope = splat(gradientProjection * inverse);
    for (let c = 0; c < width; c += 4) {
      const at = <usize>c << 2;
      const count = width - c;
      const g = weighted(take(dy + at, count), weight, at, count);
      put(dx + at, f32x4.mul(f32x4.sub(g, f32x4.mul(take(x + at, count), slope)), scale), count);
    }
  }
}
