// Copies that change the layout: permuted, expanded, sliced and flipped views become contiguous.

import { transposeTile } from './lanes';

/** y[r, c] = x[c, r] for x with rows of unit stride, xBytes apart, in 16 x 16 blocks that stay in the cache. */
function copyTransposed(x: usize, xBytes: usize, y: usize, rows: i32, columns: i32): void {
  const yBytes = <usize>columns << 2;
  for (let r0 = 0; r0 < rows; r0 += 16) {
    const rEnd = min(r0 + 16, rows);
    for (let c0 = 0; c0 < columns; c0 += 16) {
      const cEnd = min(c0 + 16, columns);
      for (let r = r0; r < rEnd; r += 4) {
        for (let c = c0; c < cEnd; c += 4) {
          const from = x + <usize>c * xBytes + (<usize>r << 2);
          const to = y + <usize>r * yBytes + (<usize>c << 2);
          if (r + 4 <= rEnd && c + 4 <= cEnd) {
            transposeTile(from, xBytes, to, yBytes);
            continue;
          }
          for (let i = 0; i < min(4, rEnd - r); i++) {
            for (let j = 0; j < min(4, cEnd - c); j++) {
              store<u32>(to + <usize>i * yBytes + (<usize>j << 2), load<u32>(from + <usize>j * xBytes + (<usize>i << 2)));
            }
          }
        }
      }
    }
  }
}

/** One run of n numbers, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function copyRun(x: usize, y: usize, n: i32, step: usize): void {
  if (step == 4) {
    if (n >= 64) {
      memory.copy(y, x, <usize>n << 2);
      return;
    }
    const end4 = y + (<usize>(n & ~3) << 2);
    for (; y < end4; y += 16, x += 16) v128.store(y, v128.load(x));
    n &= 3;
  }
  const end = y + (<usize>n << 2);
  for (; y < end; y += 4, x += step) store<u32>(y, load<u32>(x));
}

/** y, contiguous [d0, d1, d2, d3], from x with any element strides: 0 repeats, a negative one runs backwards. */
export function copyStrided(
  x: usize, y: usize, d0: i32, d1: i32, d2: i32, d3: i32, s0: i32, s1: i32, s2: i32, s3: i32,
): void {
  if (d0 <= 0 || d1 <= 0 || d2 <= 0 || d3 <= 0) return;
  // Merge inner dimensions that lie one after the other, so that runs are long.
  for (let i = 0; i < 3 && (d2 == 1 || s2 == s3 * d3); i++) {
    d3 *= d2;
    d2 = d1;
    s2 = s1;
    d1 = d0;
    s1 = s0;
    d0 = 1;
    s0 = 0;
  }
  const transposed = s2 == 1 && s3 != 1 && d2 >= 4 && d3 >= 4;
  const planeBytes = (<usize>d2 * <usize>d3) << 2;
  const runBytes = <usize>d3 << 2;
  for (let i = 0; i < d0; i++) {
    for (let j = 0; j < d1; j++, y += planeBytes) {
      const plane = x + (<usize>(i * s0 + j * s1) << 2);
      if (transposed) {
        copyTransposed(plane, <usize>s3 << 2, y, d2, d3);
        continue;
      }
      for (let k = 0; k < d2; k++) copyRun(plane + (<usize>(k * s2) << 2), y + <usize>k * runBytes, d3, <usize>s3 << 2);
    }
  }
}
