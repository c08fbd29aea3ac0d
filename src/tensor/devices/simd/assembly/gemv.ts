// One row or a few times a matrix, which is what generating a token and reading a short text consist of: every number of B
// is used a few times only, so B is read where it lies, without packing. What takes the time is its way into the cache:
// while some columns of B are multiplied the next ones are touched.

import { loadPart, mad, splat, storePart, sumLanes, touch } from './lanes';

const MEMORY_BOUND_ROWS = 4; // with more, multiplying takes longer than reading B

/** y[j] (+)= sum over k of x[k] B[k, j], rows of B contiguous: four rows at a time are added to y. */
function addRows(n: i32, k: i32, x: usize, xStep: usize, b: usize, bRow: usize, y: usize, accumulate: bool): void {
  if (!accumulate) memory.fill(y, 0, <usize>n << 2);
  let i = 0;
  for (; i + 4 <= k; i += 4) {
    const x0 = v128.load32_splat(x);
    const x1 = v128.load32_splat(x + xStep);
    const x2 = v128.load32_splat(x + 2 * xStep);
    const x3 = v128.load32_splat(x + 3 * xStep);
    let b0 = b;
    let b1 = b + bRow;
    let b2 = b1 + bRow;
    let b3 = b2 + bRow;
    let to = y;
    for (const end = y + (<usize>(n & ~3) << 2); to < end; to += 16, b0 += 16, b1 += 16, b2 += 16, b3 += 16) {
      const s01 = mad(x1, v128.load(b1), mad(x0, v128.load(b0), v128.load(to)));
      v128.store(to, mad(x3, v128.load(b3), mad(x2, v128.load(b2), s01)));
    }
    const rest = n & 3;
    if (rest) {
      const s01 = mad(x1, loadPart(b1, rest), mad(x0, loadPart(b0, rest), loadPart(to, rest)));
      storePart(to, mad(x3, loadPart(b3, rest), mad(x2, loadPart(b2, rest), s01)), rest);
    }
    x += 4 * xStep;
    b += 4 * bRow;
  }
  for (; i < k; i++, x += xStep, b += bRow) {
    const x0 = v128.load32_splat(x);
    let to = y;
    let b0 = b;
    for (const end = y + (<usize>(n & ~3) << 2); to < end; to += 16, b0 += 16) {
      v128.store(to, mad(x0, v128.load(b0), v128.load(to)));
    }
    const rest = n & 3;
    if (rest) storePart(to, mad(x0, loadPart(b0, rest), loadPart(to, rest)), rest);
  }
}

/** y[0..3] (+)= the sums of the lanes of four vectors. */
// @ts-ignore: decorator
@inline
function putSums(y: usize, s0: v128, s1: v128, s2: v128, s3: v128, accumulate: bool): void {
  const low = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 4, 1, 5), v128.shuffle<f32>(s0, s1, 2, 6, 3, 7)); // 0 1 0 1
  const high = f32x4.add(v128.shuffle<f32>(s2, s3, 0, 4, 1, 5), v128.shuffle<f32>(s2, s3, 2, 6, 3, 7)); // 2 3 2 3
  const sums = f32x4.add(v128.shuffle<f32>(low, high, 0, 1, 4, 5), v128.shuffle<f32>(low, high, 2, 3, 6, 7));
  v128.store(y, accumulate ? f32x4.add(v128.load(y), sums) : sums);
}

/** Tells whether four columns follow these four, which do not overlap: they may be touched. */
// @ts-ignore: decorator
@inline
function fourMore(columns: i32, k: i32, bColumn: usize): bool {
  return columns >= 8 && bColumn >= <usize>k << 2;
}

/** y[j] (+)= x . B[:, j] with x and the columns of B contiguous: four columns at a time, two chains each. */
function dotColumns(n: i32, k: i32, x: usize, b: usize, bColumn: usize, y: usize, accumulate: bool): void {
  const whole = k & ~7;
  const rest = k & 3;
  let j = 0;
  for (; j + 4 <= n; j += 4, b += 4 * bColumn, y += 16) {
    let s0 = splat(0.0), s1 = splat(0.0), s2 = splat(0.0), s3 = splat(0.0);
    let t0 = splat(0.0), t1 = splat(0.0), t2 = splat(0.0), t3 = splat(0.0);
    let from = x;
    let b0 = b;
    let b1 = b + bColumn;
    let b2 = b1 + bColumn;
    let b3 = b2 + bColumn;
    const line: usize = fourMore(n - j, k, bColumn) ? 64 : 0;
    let next = line ? b + 4 * bColumn : b;
    for (const end = x + (<usize>whole << 2); from < end; from += 32, b0 += 32, b1 += 32, b2 += 32, b3 += 32) {
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      touch(next);
      touch(next + line);
      next += 2 * line;
      s0 = mad(x0, v128.load(b0), s0);
      s1 = mad(x0, v128.load(b1), s1);
      s2 = mad(x0, v128.load(b2), s2);
      s3 = mad(x0, v128.load(b3), s3);
      t0 = mad(x1, v128.load(b0, 16), t0);
      t1 = mad(x1, v128.load(b1, 16), t1);
      t2 = mad(x1, v128.load(b2, 16), t2);
      t3 = mad(x1, v128.load(b3, 16), t3);
    }
    if (k & 4) {
      const x0 = v128.load(from);
      s0 = mad(x0, v128.load(b0), s0);
      s1 = mad(x0, v128.load(b1), s1);
      s2 = mad(x0, v128.load(b2), s2);
      s3 = mad(x0, v128.load(b3), s3);
      from += 16;
      b0 += 16;
      b1 += 16;
      b2 += 16;
      b3 += 16;
    }
    if (rest) {
      const x0 = loadPart(from, rest);
      t0 = mad(x0, loadPart(b0, rest), t0);
      t1 = mad(x0, loadPart(b1, rest), t1);
      t2 = mad(x0, loadPart(b2, rest), t2);
      t3 = mad(x0, loadPart(b3, rest), t3);
    }
    s0 = f32x4.add(s0, t0);
    s1 = f32x4.add(s1, t1);
    s2 = f32x4.add(s2, t2);
    s3 = f32x4.add(s3, t3);
    putSums(y, s0, s1, s2, s3, accumulate);
  }
  for (; j < n; j++, b += bColumn, y += 4) {
    let s = splat(0.0);
    let from = x;
    let b0 = b;
    for (const end = x + (<usize>(k & ~3) << 2); from < end; from += 16, b0 += 16) {
      s = mad(v128.load(from), v128.load(b0), s);
    }
    if (rest) s = mad(loadPart(from, rest), loadPart(b0, rest), s);
    const sum = sumLanes(s);
    store<f32>(y, accumulate ? load<f32>(y) + sum : sum);
  }
}

/**
 * Two rows of A by four columns of B, all contiguous; `second` is false where there is only one row. With `ahead`, the four
 * columns at `next` are touched.
 */
// @ts-ignore: decorator
@inline
function dotTile(
  k: i32, x0: usize, x1: usize, b0: usize, bColumn: usize, y0: usize, y1: usize, accumulate: bool, second: bool,
  ahead: bool, next: usize,
): void {
  let s00 = splat(0.0), s01 = splat(0.0), s02 = splat(0.0), s03 = splat(0.0);
  let s10 = splat(0.0), s11 = splat(0.0), s12 = splat(0.0), s13 = splat(0.0);
  let b1 = b0 + bColumn;
  let b2 = b1 + bColumn;
  let b3 = b2 + bColumn;
  for (const end = x0 + (<usize>(k & ~3) << 2); x0 < end; x0 += 16, x1 += 16, b0 += 16, b1 += 16, b2 += 16, b3 += 16) {
    const u = v128.load(x0);
    const v = v128.load(x1);
    if (ahead) {
      touch(next);
      next += 64;
    }
    let b = v128.load(b0);
    s00 = mad(u, b, s00);
    s10 = mad(v, b, s10);
    b = v128.load(b1);
    s01 = mad(u, b, s01);
    s11 = mad(v, b, s11);
    b = v128.load(b2);
    s02 = mad(u, b, s02);
    s12 = mad(v, b, s12);
    b = v128.load(b3);
    s03 = mad(u, b, s03);
    s13 = mad(v, b, s13);
  }
  const rest = k & 3;
  if (rest) {
    const u = loadPart(x0, rest);
    const v = loadPart(x1, rest);
    let b = loadPart(b0, rest);
    s00 = mad(u, b, s00);
    s10 = mad(v, b, s10);
    b = loadPart(b1, rest);
    s01 = mad(u, b, s01);
    s11 = mad(v, b, s11);
    b = loadPart(b2, rest);
    s02 = mad(u, b, s02);
    s12 = mad(v, b, s12);
    b = loadPart(b3, rest);
    s03 = mad(u, b, s03);
    s13 = mad(v, b, s13);
  }
  putSums(y0, s00, s01, s02, s03, accumulate);
  if (second) putSums(y1, s10, s11, s12, s13, accumulate);
}

/** C[m, n] (+)= A[m, k] B[k, n] with rows of A and columns of B contiguous: four columns stay in the cache for all rows. */
export function dotRows(
  m: i32, n: i32, k: i32, a: usize, aRow: usize, b: usize, bColumn: usize, c: usize, cRow: usize, accumulate: bool,
): void {
  let j = 0;
  for (; j + 4 <= n; j += 4, b += 4 * bColumn, c += 16) {
    let x = a;
    let y = c;
    const ahead = m <= MEMORY_BOUND_ROWS && fourMore(n - j, k, bColumn);
    const next = b + 4 * bColumn;
    for (let i = 0; i < m; i += 2, x += 2 * aRow, y += 2 * cRow) {
      const second = i + 1 < m;
      const x1 = second ? x + aRow : x;
      if (i == 0 && ahead) dotTile(k, x, x1, b, bColumn, y, y + cRow, accumulate, second, true, next);
      else dotTile(k, x, x1, b, bColumn, y, y + cRow, accumulate, second, false, 0);
    }
  }
  if (j < n) for (let i = 0; i < m; i++, a += aRow, c += cRow) dotColumns(n - j, k, a, b, bColumn, c, accumulate);
}

/** y[n] (+)= x[k] B[k, n], strides in bytes. Returns false if neither the rows nor the columns of B are contiguous. */
export function multiplyRow(
  n: i32, k: i32, x: usize, xStep: usize, b: usize, bRow: usize, bColumn: usize, y: usize, accumulate: bool,
): bool {
  if (bColumn == 4 || n == 1) {
    if (n == 1 && bRow == 4 && xStep == 4) {
      dotColumns(1, k, x, b, 0, y, accumulate);
      return true;
    }
    addRows(n, k, x, xStep, b, bRow, y, accumulate);
    return true;
  }
  if (bRow == 4 && xStep == 4) {
    dotColumns(n, k, x, b, bColumn, y, accumulate);
    return true;
  }
  return false;
}
