// Softmax along rows, stabilised by the row's maximum, with an optional mask of 0 and 1.

import { dotRow, expRow, maxRow } from './reduce';
import { laneMask, loadPart, splat, storePart } from './lanes';

const HIDDEN: f32 = -3.4028234663852886e38; // what a hidden entry counts as: the most negative finite number

/** y = x where the mask is not 0, HIDDEN elsewhere; returns whether any entry is visible. */
function hide(x: usize, mask: usize, y: usize, n: i32): bool {
  const zero = splat(0.0);
  const hidden = splat(HIDDEN);
  let any = zero;
  const end = x + (<usize>(n & ~3) << 2);
  for (; x < end; x += 16, mask += 16, y += 16) {
    const visible = f32x4.ne(v128.load(mask), zero);
    any = v128.or(any, visible);
    v128.store(y, v128.bitselect(v128.load(x), hidden, visible));
  }
  const rest = n & 3;
  if (rest) {
    const visible = v128.and(f32x4.ne(loadPart(mask, rest), zero), laneMask(rest));
    any = v128.or(any, visible);
    storePart(y, v128.bitselect(loadPart(x, rest), hidden, visible), rest);
  }
  return v128.any_true(any);
}

// @ts-ignore: decorator
@inline
export function scaleRow(y: usize, n: i32, factor: f32): void {
  const s = splat(factor);
  const end = y + (<usize>(n & ~3) << 2);
  for (; y < end; y += 16) v128.store(y, f32x4.mul(v128.load(y), s));
  const rest = n & 3;
  if (rest) storePart(y, f32x4.mul(loadPart(y, rest), s), rest);
}

/** mask 0: none. A fully hidden row is uniform, or all 0 with zeroEmpty. */
export function softmax(x: usize, mask: usize, y: usize, rows: i32, columns: i32, zeroEmpty: i32): void {
  const bytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    let source = x;
    if (mask) {
      const visible = hide(x, mask, y, columns);
      mask += bytes;
      source = y;
      if (zeroEmpty && !visible) {
        memory.fill(y, 0, bytes);
        continue;
      }
    }
    const sum = expRow(source, y, columns, maxRow(source, columns));
    scaleRow(y, columns, <f32>(1.0 / sum));
  }
}

/** dx = y * (dy - sum(dy * y)) */
export function softmaxGradient(y: usize, dy: usize, dx: usize, rows: i32, columns: i32): void {
  const bytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, y += bytes, dy += bytes, dx += bytes) {
    const shift = splat(<f32>dotRow(y, dy, columns));
    const end = columns & ~3;
    for (let c = 0; c < end; c += 4) {
      const at = <usize>c << 2;
      v128.store(dx + at, f32x4.mul(v128.load(y + at), f32x4.sub(v128.load(dy + at), shift)));
    }
    const rest = columns & 3;
    const at = <usize>end << 2;
    if (rest) storePart(dx + at, f32x4.mul(loadPart(y + at, rest), f32x4.sub(loadPart(dy + at, rest), shift)), rest);
  }
}
