// The inner loops of the matrix product: one tile of C stays in registers while k runs over a packed panel of B.
//
// The compiler schedules all loads of an iteration before the arithmetic, so everything that is loaded, plus the
// accumulators, must fit 15 registers: 8 + 2 + 4 for 4 x 8, 9 + 3 + 3 for 3 x 12. Every row of A has a pointer of its
// own, moved by itself: one shared offset costs a third of the speed. Where the rows are packed, one pointer serves all,
// which is a tenth faster again. Unrolling is left to the engine.

import { mad, splat } from './lanes';

// @ts-ignore: decorator
@inline
function put(c: usize, v: v128, accumulate: bool): void {
  v128.store(c, accumulate ? f32x4.add(v128.load(c), v) : v);
}

// @ts-ignore: decorator
@inline
function body4x8(
  k: i32, a0: usize, a1: usize, a2: usize, a3: usize, aStep: usize, b: usize, c: usize, cBytes: usize, accumulate: bool,
  packed: bool,
): void {
  let s00 = splat(0.0), s01 = splat(0.0), s10 = splat(0.0), s11 = splat(0.0);
  let s20 = splat(0.0), s21 = splat(0.0), s30 = splat(0.0), s31 = splat(0.0);
  const end = b + (<usize>k << 5);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let a = v128.load32_splat(a0);
    s00 = mad(a, b0, s00);
    s01 = mad(a, b1, s01);
    a = packed ? v128.load32_splat(a0, 4) : v128.load32_splat(a1);
    s10 = mad(a, b0, s10);
    s11 = mad(a, b1, s11);
    a = packed ? v128.load32_splat(a0, 8) : v128.load32_splat(a2);
    s20 = mad(a, b0, s20);
    s21 = mad(a, b1, s21);
    a = packed ? v128.load32_splat(a0, 12) : v128.load32_splat(a3);
    s30 = mad(a, b0, s30);
    s31 = mad(a, b1, s31);
    a0 += aStep;
    if (!packed) {
      a1 += aStep;
      a2 += aStep;
      a3 += aStep;
    }
    b += 32;
  }
  put(c, s00, accumulate);
  put(c + 16, s01, accumulate);
  c += cBytes;
  put(c, s10, accumulate);
  put(c + 16, s11, accumulate);
  c += cBytes;
  put(c, s20, accumulate);
  put(c + 16, s21, accumulate);
  c += cBytes;
  put(c, s30, accumulate);
  put(c + 16, s31, accumulate);
}

/** C[4, 8] (+)= A[4, k] B[k, 8] */
export function tile4x8(
  k: i32, a0: usize, a1: usize, a2: usize, a3: usize, aStep: usize, b: usize, c: usize, cBytes: usize, accumulate: bool,
): void {
  body4x8(k, a0, a1, a2, a3, aStep, b, c, cBytes, accumulate, false);
}

/** The same with the four numbers of each k side by side. */
export function packedTile4x8(k: i32, a: usize, b: usize, c: usize, cBytes: usize, accumulate: bool): void {
  body4x8(k, a, a, a, a, 16, b, c, cBytes, accumulate, true);
}

// @ts-ignore: decorator
@inline
function body3x12(
  k: i32, a0: usize, a1: usize, a2: usize, aStep: usize, b: usize, c: usize, cBytes: usize, accumulate: bool, packed: bool,
): void {
  let s00 = splat(0.0), s01 = splat(0.0), s02 = splat(0.0);
  let s10 = splat(0.0), s11 = splat(0.0), s12 = splat(0.0);
  let s20 = splat(0.0), s21 = splat(0.0), s22 = splat(0.0);
  const end = b + <usize>(k * 48);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    let a = v128.load32_splat(a0);
    s00 = mad(a, b0, s00);
    s01 = mad(a, b1, s01);
    s02 = mad(a, b2, s02);
    a = packed ? v128.load32_splat(a0, 4) : v128.load32_splat(a1);
    s10 = mad(a, b0, s10);
    s11 = mad(a, b1, s11);
    s12 = mad(a, b2, s12);
    a = packed ? v128.load32_splat(a0, 8) : v128.load32_splat(a2);
    s20 = mad(a, b0, s20);
    s21 = mad(a, b1, s21);
    s22 = mad(a, b2, s22);
    a0 += aStep;
    if (!packed) {
      a1 += aStep;
      a2 += aStep;
    }
    b += 48;
  }
  put(c, s00, accumulate);
  put(c + 16, s01, accumulate);
  put(c + 32, s02, accumulate);
  c += cBytes;
  put(c, s10, accumulate);
  put(c + 16, s11, accumulate);
  put(c + 32, s12, accumulate);
  c += cBytes;
  put(c, s20, accumulate);
  put(c + 16, s21, accumulate);
  put(c + 32, s22, accumulate);
}

/** C[3, 12] (+)= A[3, k] B[k, 12]: a tenth faster, but only with fused multiply-add, which needs no register between. */
export function tile3x12(
  k: i32, a0: usize, a1: usize, a2: usize, aStep: usize, b: usize, c: usize, cBytes: usize, accumulate: bool,
): void {
  body3x12(k, a0, a1, a2, aStep, b, c, cBytes, accumulate, false);
}

/** The same with the three numbers of each k side by side. */
export function packedTile3x12(k: i32, a: usize, b: usize, c: usize, cBytes: usize, accumulate: bool): void {
  body3x12(k, a, a, a, 12, b, c, cBytes, accumulate, true);
}
