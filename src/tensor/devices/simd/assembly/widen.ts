// Half-precision numbers to float32, exactly. x may be the last 2 n bytes of y itself: every number is read before the
// write that reaches it.

// The bits of a half, moved to the place where float32 has them, make an exponent 112 too small.
const REBIAS: i32 = 112 << 23;
const SMALLEST_NORMAL: i32 = 1 << 23; // exponent 1
const INFINITE: i32 = 31 << 23;

/** Four float16, sign-extended, that are neither subnormal nor infinite nor NaN. */
// @ts-ignore: decorator
@inline
function fromNormal(halves: v128): v128 {
  return i32x4.add(v128.and(i32x4.shl(halves, 13), i32x4.splat(0x8fffe000)), i32x4.splat(REBIAS));
}

/** Any four float16, sign-extended. A subnormal is put beside 2^-14 and 2^-14 taken off: subnormal float32 are slow. */
// @ts-ignore: decorator
@inline
function fromAny(halves: v128): v128 {
  const magnitude = v128.and(i32x4.shl(halves, 13), i32x4.splat(0x0fffe000));
  const sign = v128.and(halves, i32x4.splat(0x80000000));
  const normal = i32x4.add(magnitude, i32x4.splat(REBIAS));
  const infinite = v128.and(i32x4.ge_s(magnitude, i32x4.splat(INFINITE)), i32x4.splat(0x7f800000));
  const one = i32x4.splat(SMALLEST_NORMAL);
  const subnormal = f32x4.sub(i32x4.add(normal, one), i32x4.splat(REBIAS + SMALLEST_NORMAL));
  const finite = v128.bitselect(subnormal, normal, i32x4.lt_s(magnitude, one));
  return v128.or(v128.or(finite, infinite), sign);
}

/** Not 0 where a float16 is subnormal or 0, infinite or NaN: doubled, which drops the sign, and moved up, below 0x1000. */
// @ts-ignore: decorator
@inline
function special(halves: v128): v128 {
  return i16x8.sub_sat_u(i16x8.splat(0x1000), i16x8.add(i16x8.shl(halves, 1), i16x8.splat(0x0800)));
}

// @ts-ignore: decorator
@inline
function widenEight(halves: v128, y: usize, any: bool): void {
  const low = i32x4.extend_low_i16x8_s(halves);
  const high = i32x4.extend_high_i16x8_s(halves);
  v128.store(y, any ? fromAny(low) : fromNormal(low));
  v128.store(y, any ? fromAny(high) : fromNormal(high), 16);
}

/** y[i] = x[i], x in IEEE binary16. */
export function widenFloat16(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>(n & ~15) << 1); x < end; x += 32, y += 64) {
    const first = v128.load(x);
    const second = v128.load(x, 16);
    // Exponents 1 to 30, as nearly all weights have, take half the work.
    if (v128.any_true(v128.or(special(first), special(second)))) {
      widenEight(first, y, true);
      widenEight(second, y + 32, true);
    } else {
      widenEight(first, y, false);
      widenEight(second, y + 32, false);
    }
  }
  for (const end = x + (<usize>(n & 15) << 1); x < end; x += 2, y += 4) {
    v128.store_lane<f32>(y, fromAny(i32x4.splat(<i32>load<i16>(x))), 0);
  }
}

/** y[i] = x[i], x the upper halves of float32. */
export function widenBfloat16(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>(n & ~7) << 1); x < end; x += 16, y += 32) {
    const halves = v128.load(x);
    v128.store(y, i32x4.shl(i32x4.extend_low_i16x8_u(halves), 16));
    v128.store(y, i32x4.shl(i32x4.extend_high_i16x8_u(halves), 16), 16);
  }
  for (const end = x + (<usize>(n & 7) << 1); x < end; x += 2, y += 4) store<u32>(y, <u32>load<u16>(x) << 16);
}
