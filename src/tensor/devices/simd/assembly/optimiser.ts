// AdamW (Loshchilov & Hutter, "Decoupled weight decay regularization", algorithm 2).

import { load4, splat, store4 } from './lanes';

// @ts-ignore: decorator
@inline
function step4(
  p: usize, g: usize, m: usize, v: usize, pOut: usize, mOut: usize, vOut: usize, count: i32,
  b1: v128, a1: v128, b2: v128, a2: v128, rate: v128, inverseRoot: v128, eps: v128, decay: v128,
): void {
  const gradient = load4(g, count);
  const parameter = load4(p, count);
  const first = f32x4.add(f32x4.mul(load4(m, count), b1), f32x4.mul(gradient, a1));
  const second = f32x4.add(f32x4.mul(load4(v, count), b2), f32x4.mul(f32x4.mul(gradient, gradient), a2));
  const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(second), inverseRoot), eps);
  const shrunk = f32x4.sub(parameter, f32x4.mul(parameter, decay));
  store4(mOut, first, count);
  store4(vOut, second, count);
  store4(pOut, f32x4.sub(shrunk, f32x4.mul(rate, f32x4.div(first, denominator))), count);
}

/**
 * p = p * decayFactor - learningRate / correction1 * m / (sqrt(v) / sqrt(correction2) + eps), with
 * m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2 and correctionX = 1 - betaX^t.
 */
export function adamW(
  p: usize, g: usize, m: usize, v: usize, pOut: usize, mOut: usize, vOut: usize, n: i32,
  learningRate: f64, beta1: f64, beta2: f64, eps: f64, decayFactor: f64, correction1: f64, correction2: f64,
): void {
  const b1 = splat(<f32>beta1);
  const a1 = splat(<f32>(1.0 - beta1));
  const b2 = splat(<f32>beta2);
  const a2 = splat(<f32>(1.0 - beta2));
  const rate = splat(<f32>(learningRate / correction1));
  const inverseRoot = splat(<f32>(1.0 / Math.sqrt(correction2)));
  const floor = splat(<f32>eps);
  const decay = splat(<f32>(1.0 - decayFactor)); // p - p * decay keeps the small factor's digits, p * 0.9999 would not
  const end = p + (<usize>(n & ~3) << 2);
  while (p < end) {
    step4(p, g, m, v, pOut, mOut, vOut, 4, b1, a1, b2, a2, rate, inverseRoot, floor, decay);
    p += 16;
    g += 16;
    m += 16;
    v += 16;
    pOut += 16;
    mOut += 16;
    vOut += 16;
  }
  if (n & 3) step4(p, g, m, v, pOut, mOut, vOut, n & 3, b1, a1, b2, a2, rate, inverseRoot, floor, decay);
}
