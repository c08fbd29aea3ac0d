// AdamW (Loshchilov & Hutter, "Decoupled weight decay regularization", algorithm 2).

import { loadPart, splat, storePart } from './lanes';

/**
 * p = p * decayFactor - learningRate / correction1 * m / (sqrt(v) / sqrt(correction2) + eps), with
 * m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2 and correctionX = 1 - betaX^t.
 */
export function adamW(
  p: usize, g: usize, m: usize, v: usize, pOut: usize, mOut: usize, vOut: usize, n: i32,
  learningRate: f64, beta1: f64, beta2: f64, eps: f64, decayFactor: f64, correction1: f64, correction2: f64,
): void {
  const b1 = splat(<f32>beta1);
  const b2 = splat(<f32>beta2);
  const a1 = splat(<f32>(1.0 - beta1));
  const a2 = splat(<f32>(1.0 - beta2));
  const step = splat(<f32>(learningRate / correction1));
  const inverseRoot = splat(<f32>(1.0 / Math.sqrt(correction2)));
  const floor = splat(<f32>eps);
  const shrink = splat(<f32>(1.0 - decayFactor)); // p - p * shrink keeps the small factor's digits, p * 0.9999 would not
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i << 2;
    const rest = n - i;
    const whole = rest >= 4;
    const gradient = whole ? v128.load(g + at) : loadPart(g + at, rest);
    const parameter = whole ? v128.load(p + at) : loadPart(p + at, rest);
    const first = whole ? v128.load(m + at) : loadPart(m + at, rest);
    const second = whole ? v128.load(v + at) : loadPart(v + at, rest);
    const newFirst = f32x4.add(f32x4.mul(first, b1), f32x4.mul(gradient, a1));
    const newSecond = f32x4.add(f32x4.mul(second, b2), f32x4.mul(f32x4.mul(gradient, gradient), a2));
    const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(newSecond), inverseRoot), floor);
    const shrunk = f32x4.sub(parameter, f32x4.mul(parameter, shrink));
    const moved = f32x4.sub(shrunk, f32x4.mul(step, f32x4.div(newFirst, denominator)));
    if (whole) {
      v128.store(mOut + at, newFirst);
      v128.store(vOut + at, newSecond);
      v128.store(pOut + at, moved);
    } else {
      storePart(mOut + at, newFirst, rest);
      storePart(vOut + at, newSecond, rest);
      storePart(pOut + at, moved, rest);
    }
  }
}
