// Functions of four float32 lanes. The polynomials are minimax fits of the relative error, made for these ranges.
// pmin(x, limit) and pmax(x, limit) keep a NaN in x and cost one instruction; min and max cost several.

import { mad, splat } from './lanes';

/** exp(x + low) = 2^n * exp(r), |r| <= ln(2) / 2, for a low part that is small beside 1. */
// @ts-ignore: decorator
@inline
function expOf(x: v128, hasLow: bool, low: v128): v128 {
  const roundingShift = splat(12582912.0); // 1.5 * 2^23: adding it leaves the rounded integer in the low bits
  const bounded = f32x4.pmax(f32x4.pmin(x, splat(89.0)), splat(-104.0));
  const shifted = mad(bounded, splat(1.44269504), roundingShift);
  const n = f32x4.sub(shifted, roundingShift);
  const coarse = mad(n, splat(-0.693359375), bounded); // exact: ln(2) to 9 bits, n has at most 8
  let r = mad(n, splat(2.12194440e-4), coarse);
  if (hasLow) r = f32x4.add(r, low);
  let p = mad(r, splat(0.0013814320554956794), splat(0.008368851616978645));
  p = mad(p, r, splat(0.041668400168418884));
  p = mad(p, r, splat(0.1666651964187622));
  p = mad(p, r, splat(0.4999999403953552));
  p = f32x4.add(mad(f32x4.mul(r, r), p, r), splat(1.0));
  // 2^n in two factors, because 2^128 and 2^-149 are not normal numbers. The shift's bits fall off at the top.
  const half = i32x4.shr_s(i32x4.sub(shifted, roundingShift), 1);
  const first = i32x4.add(i32x4.shl(half, 23), splat(1.0));
  const second = i32x4.add(i32x4.shl(i32x4.sub(shifted, half), 23), splat(1.0));
  return f32x4.mul(f32x4.mul(p, first), second);
}

/** Within 1 ULP from -104 (0) to 88.72 (beyond: Infinity). */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  return expOf(x, false, x);
}

/** 1 / (1 + exp(-x)) */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(splat(1.0), f32x4.add(splat(1.0), exp4(f32x4.neg(x))));
}

/** An odd polynomial below 0.625, 1 - 2 / (exp(2|x|) + 1) with the sign of x above. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = mad(z, splat(-0.005515121854841709), splat(0.020469380542635918));
  p = mad(p, z, splat(-0.053688012063503265));
  p = mad(p, z, splat(0.1333083063364029));
  p = mad(p, z, splat(-0.3333325982093811));
  const small = mad(f32x4.mul(p, z), x, x);
  const grown = f32x4.add(exp4(f32x4.add(magnitude, magnitude)), splat(1.0));
  const large = f32x4.sub(splat(1.0), f32x4.div(splat(2.0), grown));
  const signed = v128.bitselect(x, large, splat(-0.0));
  return v128.bitselect(signed, small, f32x4.ge(magnitude, splat(0.625)));
}

/** exp(-factor z^2) for z >= 0 and a factor of 1 or 1/2: z^2 is split so that its rounding error is not magnified. */
// @ts-ignore: decorator
@inline
export function expOfMinusSquare(z: v128, factor: f32): v128 {
  const bounded = f32x4.pmin(z, splat(15.0));
  const high = v128.and(bounded, i32x4.splat(0xfffff000)); // 12 bits: its square is exact
  const low = f32x4.mul(f32x4.sub(high, bounded), f32x4.add(high, bounded));
  return expOf(f32x4.mul(f32x4.mul(high, high), splat(-factor)), true, f32x4.mul(low, splat(factor)));
}

/** exp(z^2) * erfc(z) for 0 <= z <= 14: a polynomial in 1 / (1 + 0.4 z). */
// @ts-ignore: decorator
@inline
export function scaledErfc(z: v128): v128 {
  const t = f32x4.div(splat(1.0), mad(f32x4.pmin(z, splat(14.0)), splat(0.4), splat(1.0)));
  let p = mad(t, splat(-0.023101288825273514), splat(0.16340507566928864));
  p = mad(p, t, splat(-0.4191470146179199));
  p = mad(p, t, splat(0.443745881319046));
  p = mad(p, t, splat(-0.20048636198043823));
  p = mad(p, t, splat(0.2284463495016098));
  p = mad(p, t, splat(0.1442236751317978));
  p = mad(p, t, splat(0.2119278609752655));
  p = mad(p, t, splat(0.22529570758342743));
  p = mad(p, t, splat(0.22569012641906738));
  return f32x4.mul(p, t);
}

/** An odd polynomial below 1, 1 - erfc(|x|) with the sign of x above. */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = mad(z, splat(7.853811257518828e-5), splat(-0.0008010179153643548));
  p = mad(p, z, splat(0.005188325885683298));
  p = mad(p, z, splat(-0.026853810995817184));
  p = mad(p, z, splat(0.1128358542919159));
  p = mad(p, z, splat(-0.3761262595653534));
  p = mad(p, z, splat(1.1283791065216064));
  const small = f32x4.mul(p, x);
  const tail = f32x4.mul(expOfMinusSquare(magnitude, 1.0), scaledErfc(magnitude));
  const signed = v128.bitselect(x, f32x4.sub(splat(1.0), tail), splat(-0.0));
  return v128.bitselect(signed, small, f32x4.ge(magnitude, splat(1.0)));
}

/** The mass of the standard normal distribution beyond |x|, erfc(|x| / sqrt(2)) / 2, given e = exp(-x^2 / 2). */
// @ts-ignore: decorator
@inline
export function normalTail(magnitude: v128, e: v128): v128 {
  return f32x4.mul(f32x4.mul(e, splat(0.5)), scaledErfc(f32x4.mul(magnitude, splat(0.7071067811865476))));
}

/** The standard normal distribution function of x, from the mass beyond |x|: small values keep their precision. */
// @ts-ignore: decorator
@inline
export function normalFromTail(x: v128, tail: v128): v128 {
  return v128.bitselect(tail, f32x4.sub(splat(1.0), tail), f32x4.lt(x, splat(0.0)));
}

/** log(2^e * (1 + f)) = e ln(2) + f - f^2 / 2 + f^3 P(f), 1 + f in [sqrt(1/2), sqrt(2)]. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  const subnormal = f32x4.lt(x, splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, splat(8388608.0)), x, subnormal);
  const shifted = i32x4.sub(scaled, i32x4.splat(0x3f3504f3)); // sqrt(1/2)
  const power = i32x4.sub(i32x4.shr_s(shifted, 23), v128.and(subnormal, i32x4.splat(23)));
  const e = f32x4.convert_i32x4_s(power);
  const mantissa = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(mantissa, splat(1.0));
  let p = mad(f, splat(-0.07646153122186661), splat(0.12779192626476288));
  p = mad(p, f, splat(-0.13164204359054565));
  p = mad(p, f, splat(0.1419968605041504));
  p = mad(p, f, splat(-0.16622762382030487));
  p = mad(p, f, splat(0.2000129371881485));
  p = mad(p, f, splat(-0.25000837445259094));
  p = mad(p, f, splat(0.3333333134651184));
  const square = f32x4.mul(f, f);
  const low = mad(f32x4.mul(square, f), p, f32x4.mul(e, splat(-2.12194440e-4)));
  const body = f32x4.add(f32x4.add(f32x4.sub(low, f32x4.mul(square, splat(0.5))), f), f32x4.mul(e, splat(0.693359375)));
  // Infinity and NaN pass; 0 gives -Infinity; a negative number gives NaN.
  const finite = v128.bitselect(body, x, f32x4.lt(x, splat(f32.POSITIVE_INFINITY)));
  const positive = v128.bitselect(splat(f32.NEGATIVE_INFINITY), finite, f32x4.eq(x, splat(0.0)));
  return v128.bitselect(splat(f32.NaN), positive, f32x4.lt(x, splat(0.0)));
}

/** The natural logarithm of one float64, without the standard library's table (which would need a data segment). */
export function logScalar(x: f64): f64 {
  if (!(x > 0.0) || x == f64.POSITIVE_INFINITY) return x == 0.0 ? f64.NEGATIVE_INFINITY : x < 0.0 ? f64.NaN : x;
  let bits = reinterpret<i64>(x);
  let e = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e += 1;
  }
  const s = (m - 1.0) / (m + 1.0); // log(m) = 2 (s + s^3 / 3 + s^5 / 5 + ...), |s| < 0.172
  const z = s * s;
  let series = 1.0 / 15.0;
  for (let odd = 13; odd >= 1; odd -= 2) series = series * z + 1.0 / <f64>odd;
  return <f64>e * 0.6931471805599453 + 2.0 * s * series;
}
