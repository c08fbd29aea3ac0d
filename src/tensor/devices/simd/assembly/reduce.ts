// Sums and maxima along rows and columns. Sums run in short float32 blocks whose results are added in float64,
// so that a million numbers lose no more than a few do.

import { exp4, logScalar } from './math';
import { loadPart, laneMask, maxLanes, splat, storePart, sumLanes } from './lanes';

const BLOCK = 1024; // elements
const ROW_BLOCK = 64;

/** The sum of one block, in four independent chains. */
function sumBlock(x: usize, n: i32): f32 {
  let s0 = splat(0.0);
  let s1 = splat(0.0);
  let s2 = splat(0.0);
  let s3 = splat(0.0);
  const end16 = x + (<usize>(n & ~15) << 2);
  for (; x < end16; x += 64) {
    s0 = f32x4.add(s0, v128.load(x));
    s1 = f32x4.add(s1, v128.load(x, 16));
    s2 = f32x4.add(s2, v128.load(x, 32));
    s3 = f32x4.add(s3, v128.load(x, 48));
  }
  const end4 = x + (<usize>(n & 12) << 2);
  for (; x < end4; x += 16) s0 = f32x4.add(s0, v128.load(x));
  const rest = n & 3;
  if (rest) s1 = f32x4.add(s1, loadPart(x, rest));
  return sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

export function sumRow(x: usize, n: i32): f64 {
  let total: f64 = 0.0;
  const all = n;
  for (let at = x; n > 0; n -= BLOCK, at += BLOCK << 2) total += <f64>sumBlock(at, min(n, BLOCK));
  return total - total == 0.0 ? total : wideSum(x, all);
}

/** Where a block's sum overflows float32, though that of all may not: 3e38 + 3e38 - 3e38. */
function wideSum(x: usize, n: i32): f64 {
  let total: f64 = 0.0;
  for (let i = 0; i < n; i++) total += <f64>load<f32>(x + (<usize>i << 2));
  return total;
}

/** y[r] = sum of x[r, :] */
export function sumRows(x: usize, y: usize, rows: i32, columns: i32): void {
  const bytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += 4) store<f32>(y, <f32>sumRow(x, columns));
}

function dotBlock(a: usize, b: usize, n: i32): f32 {
  let s0 = splat(0.0);
  let s1 = splat(0.0);
  const end8 = a + (<usize>(n & ~7) << 2);
  for (; a < end8; a += 32, b += 32) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
  }
  if (n & 4) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  const rest = n & 3;
  if (rest) s1 = f32x4.add(s1, f32x4.mul(loadPart(a, rest), loadPart(b, rest)));
  return sumLanes(f32x4.add(s0, s1));
}

export function dotRow(a: usize, b: usize, n: i32): f64 {
  let total: f64 = 0.0;
  while (n > 0) {
    total += <f64>dotBlock(a, b, min(n, BLOCK));
    a += BLOCK << 2;
    b += BLOCK << 2;
    n -= BLOCK;
  }
  return total;
}

/** y[c] = sum of x[:, c], sixteen columns at a time. */
export function sumColumns(x: usize, y: usize, rows: i32, columns: i32): void {
  memory.fill(y, 0, <usize>columns << 2);
  const bytes = <usize>columns << 2;
  for (let start = 0; start < rows; start += ROW_BLOCK) {
    const last = min(start + ROW_BLOCK, rows);
    const block = x + <usize>start * bytes;
    const blockEnd = x + <usize>last * bytes;
    let c = 0;
    for (; c + 16 <= columns; c += 16) {
      const to = y + (<usize>c << 2);
      let s0 = splat(0.0);
      let s1 = splat(0.0);
      let s2 = splat(0.0);
      let s3 = splat(0.0);
      for (let at = block + (<usize>c << 2); at < blockEnd; at += bytes) {
        s0 = f32x4.add(s0, v128.load(at));
        s1 = f32x4.add(s1, v128.load(at, 16));
        s2 = f32x4.add(s2, v128.load(at, 32));
        s3 = f32x4.add(s3, v128.load(at, 48));
      }
      v128.store(to, f32x4.add(v128.load(to), s0));
      v128.store(to, f32x4.add(v128.load(to, 16), s1), 16);
      v128.store(to, f32x4.add(v128.load(to, 32), s2), 32);
      v128.store(to, f32x4.add(v128.load(to, 48), s3), 48);
    }
    for (; c + 4 <= columns; c += 4) {
      const to = y + (<usize>c << 2);
      let s = splat(0.0);
      for (let at = block + (<usize>c << 2); at < blockEnd; at += bytes) s = f32x4.add(s, v128.load(at));
      v128.store(to, f32x4.add(v128.load(to), s));
    }
    for (; c < columns; c++) {
      const to = y + (<usize>c << 2);
      let s: f32 = 0.0;
      for (let at = block + (<usize>c << 2); at < blockEnd; at += bytes) s += load<f32>(at);
      store<f32>(to, load<f32>(to) + s);
    }
  }
}

/** The largest number of a row; NaN if it has one, -Infinity if it is empty. */
export function maxRow(x: usize, n: i32): f32 {
  const lowest = splat(f32.NEGATIVE_INFINITY);
  let m0 = lowest;
  let m1 = lowest;
  let unordered = splat(0.0); // pmax is one instruction but skips NaN, so NaN is looked for beside it
  const end = x + (<usize>(n & ~7) << 2);
  for (; x < end; x += 32) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    m0 = f32x4.pmax(m0, x0);
    m1 = f32x4.pmax(m1, x1);
    unordered = v128.or(unordered, v128.or(f32x4.ne(x0, x0), f32x4.ne(x1, x1)));
  }
  for (let count = n & 7; count > 0; count -= 4, x += 16) {
    const v = count >= 4 ? v128.load(x) : v128.bitselect(loadPart(x, count), lowest, laneMask(count));
    m0 = f32x4.pmax(m0, v);
    unordered = v128.or(unordered, f32x4.ne(v, v));
  }
  return v128.any_true(unordered) ? f32.NaN : maxLanes(f32x4.pmax(m0, m1));
}

/** y[r] = max of x[r, :] */
export function maxRows(x: usize, y: usize, rows: i32, columns: i32): void {
  const bytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += 4) store<f32>(y, maxRow(x, columns));
}

// @ts-ignore: decorator
@inline
function expBlock(x: usize, y: usize, n: i32, shift: f32, keep: bool): f32 {
  const s = splat(shift);
  let sum = splat(0.0);
  const end = x + (<usize>(n & ~3) << 2);
  while (x < end) {
    const e = exp4(f32x4.sub(v128.load(x), s));
    if (keep) v128.store(y, e);
    sum = f32x4.add(sum, e);
    x += 16;
    y += 16;
  }
  const rest = n & 3;
  if (rest) {
    const e = v128.and(exp4(f32x4.sub(loadPart(x, rest), s)), laneMask(rest));
    if (keep) storePart(y, e, rest);
    sum = f32x4.add(sum, e);
  }
  return sumLanes(sum);
}

/** y = exp(x - shift); returns the sum of y. */
export function expRow(x: usize, y: usize, n: i32, shift: f32): f64 {
  let total: f64 = 0.0;
  while (n > 0) {
    total += <f64>expBlock(x, y, min(n, BLOCK), shift, true);
    x += BLOCK << 2;
    y += BLOCK << 2;
    n -= BLOCK;
  }
  return total;
}

function sumExpRow(x: usize, n: i32, shift: f32): f64 {
  let total: f64 = 0.0;
  while (n > 0) {
    total += <f64>expBlock(x, 0, min(n, BLOCK), shift, false);
    x += BLOCK << 2;
    n -= BLOCK;
  }
  return total;
}

/** y[r] = log of the sum of exp(x[r, :] - maxima[r]), maxima[r] = max of x[r, :]: their sum would lose digits of large x. */
export function logSumExpRows(x: usize, maxima: usize, y: usize, rows: i32, columns: i32): void {
  const bytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += bytes, maxima += 4, y += 4) {
    const largest = maxRow(x, columns);
    store<f32>(maxima, largest);
    store<f32>(y, <f32>logScalar(sumExpRow(x, columns, largest)));
  }
}
