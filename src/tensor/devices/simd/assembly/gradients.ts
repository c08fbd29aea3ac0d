// dx = f'(x) * dy for the activations whose derivative is more than one step.
// Inputs are bounded where the derivative has reached 0 or 1, so that no Infinity meets a 0 on the way.

import { exp4, expOfMinusSquare, normalFromTail, normalTail, sigmoid4 } from './math';
import { loadPart, mad, splat, storePart } from './lanes';

// @ts-ignore: decorator
@inline
function bounded(x: v128, limit: f32): v128 {
  return f32x4.pmax(f32x4.pmin(x, splat(limit)), splat(-limit));
}

/** The derivative of x * sigmoid(u): s + x s (1 - s) u', s = sigmoid(u). */
// @ts-ignore: decorator
@inline
function gatedSlope(x: v128, u: v128, uSlope: v128): v128 {
  const s = sigmoid4(u);
  return mad(f32x4.mul(f32x4.mul(x, s), f32x4.sub(splat(1.0), s)), uSlope, s);
}

@unmanaged class SiluSlope {
  @inline of(x: v128): v128 {
    const b = bounded(x, 100.0);
    return gatedSlope(b, b, splat(1.0));
  }
}
@unmanaged class QuickGeluSlope {
  @inline of(x: v128): v128 {
    const b = bounded(x, 60.0);
    return gatedSlope(b, f32x4.mul(b, splat(1.702)), splat(1.702));
  }
}
@unmanaged class GeluTanhSlope {
  // u = 2 sqrt(2 / pi) (x + 0.044715 x^3)
  @inline of(x: v128): v128 {
    const b = bounded(x, 10.0);
    const square = f32x4.mul(b, b);
    const u = f32x4.mul(mad(square, splat(0.0713548162726), splat(1.5957691216057308)), b);
    return gatedSlope(b, u, mad(square, splat(0.2140644488178), splat(1.5957691216057308)));
  }
}
@unmanaged class GeluErfSlope {
  // Phi(x) + x phi(x): the normal distribution function and its density
  @inline of(x: v128): v128 {
    const b = bounded(x, 15.0);
    const magnitude = f32x4.abs(b);
    const e = expOfMinusSquare(magnitude, 0.5);
    return mad(f32x4.mul(b, splat(0.3989422804014327)), e, normalFromTail(b, normalTail(magnitude, e)));
  }
}

// @ts-ignore: decorator
@inline
function chain<F>(x: usize, dy: usize, dx: usize, n: i32): void {
  const f = changetype<F>(0);
  const end = x + (<usize>(n & ~3) << 2);
  while (x < end) {
    v128.store(dx, f32x4.mul(f.of(v128.load(x)), v128.load(dy)));
    x += 16;
    dy += 16;
    dx += 16;
  }
  const rest = n & 3;
  if (rest) storePart(dx, f32x4.mul(f.of(loadPart(x, rest)), loadPart(dy, rest)), rest);
}

export function siluGradient(x: usize, dy: usize, dx: usize, n: i32): void { chain<SiluSlope>(x, dy, dx, n); }
export function quickGeluGradient(x: usize, dy: usize, dx: usize, n: i32): void { chain<QuickGeluSlope>(x, dy, dx, n); }
export function geluTanhGradient(x: usize, dy: usize, dx: usize, n: i32): void { chain<GeluTanhSlope>(x, dy, dx, n); }
export function geluErfGradient(x: usize, dy: usize, dx: usize, n: i32): void { chain<GeluErfSlope>(x, dy, dx, n); }

/**
 * dx = (exp(logits - logSumExp) - onehot(target)) * weight, row by row; a weight of 0 gives zeros whatever the logits,
 * and a target outside 0..columns-1 subtracts nothing.
 */
export function crossEntropyGradient(
  logits: usize, maxima: usize, logSums: usize, targets: usize, weights: usize, dx: usize, rows: i32, columns: i32,
): void {
  const bytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, logits += bytes, dx += bytes) {
    const weight = load<f32>(weights + (<usize>r << 2));
    if (weight == 0.0) {
      memory.fill(dx, 0, bytes);
      continue;
    }
    const largest = v128.load32_splat(maxima + (<usize>r << 2));
    const logSum = v128.load32_splat(logSums + (<usize>r << 2));
    const scale = splat(weight);
    const end = columns & ~3;
    for (let c = 0; c < end; c += 4) {
      const at = <usize>c << 2;
      v128.store(dx + at, f32x4.mul(exp4(f32x4.sub(f32x4.sub(v128.load(logits + at), largest), logSum)), scale));
    }
    const rest = columns & 3;
    const at = <usize>end << 2;
    if (rest) storePart(dx + at, f32x4.mul(exp4(f32x4.sub(f32x4.sub(loadPart(logits + at, rest), largest), logSum)), scale), rest);
    const target = load<i32>(targets + (<usize>r << 2));
    if (<u32>target < <u32>columns) {
      const spot = dx + (<usize>target << 2);
      store<f32>(spot, load<f32>(spot) - weight);
    }
  }
}
