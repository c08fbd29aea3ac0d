// Layer norm and RMS norm along rows, with their gradients by x. A weight or bias pointer of 0 means none.
//
// Loop bodies are free of branches (presence of a weight and the length of the last vector are compile-time values of
// inlined functions), because the engine would otherwise compute the row's 1 / sqrt again for every vector.

import { dotRow, sumRow } from './reduce';
import { laneMask, load4, loadPart, splat, store4, sumLanes } from './lanes';

const BLOCK = 1024; // elements added in float32 before float64 takes over

// What measure() and project() found out about one row: WebAssembly's stand-in for several return values.
let mean: f32 = 0.0;
let meanRest: f32 = 0.0; // the part of the mean below float32's precision
let inverseStd: f32 = 0.0;
let gradientMean: f32 = 0.0;
let gradientProjection: f32 = 0.0;

// Of a row in which float32 overflows, as the squares do from 2e19 on and the differences from 1.7e38 on.
let overflows: bool = false;
let wideMean: f64 = 0.0;
let wideScale: f64 = 0.0;

// @ts-ignore: decorator
@inline
function wideAt(x: usize, c: i32): f64 {
  return <f64>load<f32>(x + (<usize>c << 2));
}

/** Where float32 overflows: mean and 1 / sqrt(variance + eps) in float64, which holds both. */
function measureWide(x: usize, width: i32, eps: f32): void {
  wideMean = sumRow(x, width) / <f64>width;
  let squares: f64 = 0.0;
  for (let c = 0; c < width; c++) {
    const d = wideAt(x, c) - wideMean;
    squares += d * d;
  }
  wideScale = 1.0 / sqrt(squares / <f64>width + <f64>eps);
}

function normaliseWideRow(x: usize, weight: usize, bias: usize, y: usize, width: i32): void {
  for (let c = 0; c < width; c++) {
    const factor = weight ? wideAt(weight, c) : 1.0;
    const added = bias ? wideAt(bias, c) : 0.0;
    store<f32>(y + (<usize>c << 2), <f32>((wideAt(x, c) - wideMean) * wideScale * factor + added));
  }
}

function gradientWideRow(x: usize, weight: usize, dy: usize, dx: usize, width: i32): void {
  let first: f64 = 0.0;
  let second: f64 = 0.0;
  for (let c = 0; c < width; c++) {
    const g = wideAt(dy, c) * (weight ? wideAt(weight, c) : 1.0);
    first += g;
    second += g * (wideAt(x, c) - wideMean) * wideScale;
  }
  for (let c = 0; c < width; c++) {
    const g = wideAt(dy, c) * (weight ? wideAt(weight, c) : 1.0);
    const along = (wideAt(x, c) - wideMean) * wideScale * second / <f64>width;
    store<f32>(dx + (<usize>c << 2), <f32>((g - first / <f64>width - along) * wideScale));
  }
}

/**
 * Mean and 1 / sqrt(variance + eps) of a row. The differences from the rounded mean correct that mean, so that a mean
 * far larger than the spread costs no precision.
 */
function measure(x: usize, width: i32, eps: f32): void {
  mean = <f32>(sumRow(x, width) / <f64>width);
  const middle = splat(mean);
  let first: f64 = 0.0;
  let second: f64 = 0.0;
  for (let start = 0; start < width; start += BLOCK) {
    const last = min(start + BLOCK, width);
    const end = x + (<usize>(last & ~7) << 2);
    let from = x + (<usize>start << 2);
    let sum = splat(0.0), squares = splat(0.0), sum2 = splat(0.0), squares2 = splat(0.0);
    for (; from < end; from += 32) {
      const d = f32x4.sub(v128.load(from), middle);
      const d2 = f32x4.sub(v128.load(from, 16), middle);
      sum = f32x4.add(sum, d);
      sum2 = f32x4.add(sum2, d2);
      squares = f32x4.add(squares, f32x4.mul(d, d));
      squares2 = f32x4.add(squares2, f32x4.mul(d2, d2));
    }
    for (let count = last & 7; count > 0; count -= 4, from += 16) {
      const d = v128.and(f32x4.sub(load4(from, count), middle), laneMask(count));
      sum = f32x4.add(sum, d);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    first += <f64>sumLanes(f32x4.add(sum, sum2));
    second += <f64>sumLanes(f32x4.add(squares, squares2));
  }
  overflows = second == Infinity;
  if (overflows) return measureWide(x, width, eps);
  const correction = first / <f64>width;
  const variance = second / <f64>width - correction * correction;
  meanRest = <f32>correction;
  inverseStd = <f32>(1.0 / sqrt(max(variance, 0.0) + <f64>eps));
}

/** The same of a row that is taken as it is: 1 / sqrt(mean(x^2) + eps). */
function measureUncentred(x: usize, width: i32, eps: f32): void {
  mean = 0.0;
  meanRest = 0.0;
  inverseStd = <f32>(1.0 / sqrt(dotRow(x, x, width) / <f64>width + <f64>eps));
}

/** (x - mean) * scale, and the weight and bias where they are given. */
// @ts-ignore: decorator
@inline
function normalise(
  x: usize, weight: usize, bias: usize, y: usize, count: i32,
  middle: v128, rest: v128, scale: v128, hasWeight: bool, hasBias: bool,
): void {
  let v = f32x4.mul(f32x4.sub(f32x4.sub(load4(x, count), middle), rest), scale);
  if (hasWeight) v = f32x4.mul(v, load4(weight, count));
  if (hasBias) v = f32x4.add(v, load4(bias, count));
  store4(y, v, count);
}

// @ts-ignore: decorator
@inline
function normaliseRow(x: usize, weight: usize, bias: usize, y: usize, width: i32, hasWeight: bool, hasBias: bool): void {
  const middle = splat(mean);
  const rest = splat(meanRest);
  const scale = splat(inverseStd);
  const end = x + (<usize>(width & ~3) << 2);
  while (x < end) {
    normalise(x, weight, bias, y, 4, middle, rest, scale, hasWeight, hasBias);
    x += 16;
    y += 16;
    if (hasWeight) weight += 16;
    if (hasBias) bias += 16;
  }
  if (width & 3) normalise(x, weight, bias, y, width & 3, middle, rest, scale, hasWeight, hasBias);
}

/** y = (x - mean) / sqrt(variance + eps) * weight + bias */
export function layerNorm(x: usize, weight: usize, bias: usize, y: usize, rows: i32, width: i32, eps: f32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    measure(x, width, eps);
    if (overflows) normaliseWideRow(x, weight, bias, y, width);
    else if (weight && bias) normaliseRow(x, weight, bias, y, width, true, true);
    else if (weight) normaliseRow(x, weight, 0, y, width, true, false);
    else if (bias) normaliseRow(x, 0, bias, y, width, false, true);
    else normaliseRow(x, 0, 0, y, width, false, false);
  }
}

/** y = x / sqrt(mean(x^2) + eps) * weight */
export function rmsNorm(x: usize, weight: usize, y: usize, rows: i32, width: i32, eps: f32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    measureUncentred(x, width, eps);
    if (weight) normaliseRow(x, weight, 0, y, width, true, false);
    else normaliseRow(x, 0, 0, y, width, false, false);
  }
}

// @ts-ignore: decorator
@inline
function upstream(dy: usize, weight: usize, at: usize, count: i32, hasWeight: bool): v128 {
  const v = load4(dy + at, count);
  return hasWeight ? f32x4.mul(v, load4(weight + at, count)) : v;
}

/** The mean of g and of g * xhat over a row, g = dy * weight, xhat = the normalised x. */
// @ts-ignore: decorator
@inline
function project(x: usize, weight: usize, dy: usize, width: i32, hasWeight: bool): void {
  const middle = splat(mean);
  const rest = splat(meanRest);
  let first: f64 = 0.0;
  let second: f64 = 0.0;
  for (let start = 0; start < width; start += BLOCK) {
    const last = min(start + BLOCK, width);
    const end = last & ~3;
    let sum = splat(0.0);
    let products = splat(0.0);
    for (let c = start; c < end; c += 4) {
      const at = <usize>c << 2;
      const g = upstream(dy, weight, at, 4, hasWeight);
      sum = f32x4.add(sum, g);
      products = f32x4.add(products, f32x4.mul(g, f32x4.sub(f32x4.sub(v128.load(x + at), middle), rest)));
    }
    const count = last & 3;
    if (count) {
      const at = <usize>end << 2;
      const g = upstream(dy, weight, at, count, hasWeight); // 0 beyond the row
      sum = f32x4.add(sum, g);
      products = f32x4.add(products, f32x4.mul(g, f32x4.sub(f32x4.sub(loadPart(x + at, count), middle), rest)));
    }
    first += <f64>sumLanes(sum);
    second += <f64>sumLanes(products);
  }
  gradientMean = <f32>(first / <f64>width);
  gradientProjection = <f32>(second / <f64>width * <f64>inverseStd * <f64>inverseStd);
}

/** dx = (g - mean(g) - xhat * mean(g * xhat)) * scale; RMS norm has no mean(g). */
// @ts-ignore: decorator
@inline
function gradientRow(x: usize, weight: usize, dy: usize, dx: usize, width: i32, hasWeight: bool, centred: bool): void {
  project(x, weight, dy, width, hasWeight);
  const middle = splat(mean);
  const rest = splat(meanRest);
  const scale = splat(inverseStd);
  const slope = splat(gradientProjection);
  const average = splat(centred ? gradientMean : 0.0);
  const end = width & ~3;
  for (let c = 0; c < end; c += 4) {
    const at = <usize>c << 2;
    const own = f32x4.sub(upstream(dy, weight, at, 4, hasWeight), average);
    const along = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x + at), middle), rest), slope);
    v128.store(dx + at, f32x4.mul(f32x4.sub(own, along), scale));
  }
  const count = width & 3;
  if (count) {
    const at = <usize>end << 2;
    const own = f32x4.sub(upstream(dy, weight, at, count, hasWeight), average);
    const along = f32x4.mul(f32x4.sub(f32x4.sub(loadPart(x + at, count), middle), rest), slope);
    store4(dx + at, f32x4.mul(f32x4.sub(own, along), scale), count);
  }
}

/** The gradient of layerNorm by x. */
export function layerNormGradient(
  x: usize, weight: usize, dy: usize, dx: usize, rows: i32, width: i32, eps: f32,
): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += bytes, dy += bytes, dx += bytes) {
    measure(x, width, eps);
    if (overflows) gradientWideRow(x, weight, dy, dx, width);
    else if (weight) gradientRow(x, weight, dy, dx, width, true, true);
    else gradientRow(x, 0, dy, dx, width, false, true);
  }
}

/** The gradient of rmsNorm by x. */
export function rmsNormGradient(x: usize, weight: usize, dy: usize, dx: usize, rows: i32, width: i32, eps: f32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += bytes, dy += bytes, dx += bytes) {
    measureUncentred(x, width, eps);
    if (weight) gradientRow(x, weight, dy, dx, width, true, false);
    else gradientRow(x, 0, dy, dx, width, false, false);
  }
}
