// C (+)= A B for any strides. B is packed into panels of 8 columns and at most KC rows (8 KB, which stays in the
// first-level cache); tiles of 4 x 8 (6 x 8 with fused multiply-add) of C are kept in registers while k runs.

import { mad, splat } from './lanes';
import { multiplyRow } from './gemv';

const KC = 256;
const COLUMNS = 8;
// @ts-ignore: decorator
@inline
const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4; // as many accumulators as 16 registers allow
const PANEL_BYTES = KC * COLUMNS * 4;
const EDGE_BYTES = 6 * COLUMNS * 4;

/** Bytes of scratch memory that gemm needs: one panel of B and one tile of C. */
export function gemmWorkspace(): i32 {
  return PANEL_BYTES + EDGE_BYTES;
}

/** Packs B[k, columns] into rows of 8, the missing columns as 0. */
function packPanel(b: usize, rowBytes: usize, columnBytes: usize, k: i32, columns: i32, to: usize): void {
  if (columns == COLUMNS && columnBytes == 4) {
    for (let i = 0; i < k; i++, b += rowBytes, to += 32) {
      v128.store(to, v128.load(b));
      v128.store(to, v128.load(b, 16), 16);
    }
    return;
  }
  let start = 0;
  if (columns == COLUMNS && rowBytes == 4) {
    for (; start + 4 <= k; start += 4, b += 16, to += 128) {
      packTransposed(b, columnBytes, to);
      packTransposed(b + 4 * columnBytes, columnBytes, to + 16);
    }
  }
  for (let i = start; i < k; i++, b += rowBytes, to += 32) {
    let from = b;
    let j = 0;
    for (; j < columns; j++, from += columnBytes) store<f32>(to + (<usize>j << 2), load<f32>(from));
    for (; j < COLUMNS; j++) store<f32>(to + (<usize>j << 2), 0.0);
  }
}

/** Four rows of four packed columns from B^T, whose columns are contiguous. */
// @ts-ignore: decorator
@inline
function packTransposed(b: usize, columnBytes: usize, to: usize): void {
  const c0 = v128.load(b);
  const c1 = v128.load(b + columnBytes);
  const c2 = v128.load(b + 2 * columnBytes);
  const c3 = v128.load(b + 3 * columnBytes);
  const low01 = v128.shuffle<f32>(c0, c1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(c2, c3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(c0, c1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(c2, c3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 96);
}

// @ts-ignore: decorator
@inline
function putRow(c: usize, low: v128, high: v128, accumulate: bool): void {
  v128.store(c, accumulate ? f32x4.add(v128.load(c), low) : low);
  v128.store(c, accumulate ? f32x4.add(v128.load(c, 16), high) : high, 16);
}

/** One tile of 4 x 8. Every row of A has a pointer of its own, moved by itself: a shared offset costs a third of the speed. */
function tile4(
  k: i32, a0: usize, a1: usize, a2: usize, a3: usize, aStep: usize, b: usize, c: usize, cBytes: usize, accumulate: bool,
): void {
  let s00 = splat(0.0), s01 = splat(0.0), s10 = splat(0.0), s11 = splat(0.0);
  let s20 = splat(0.0), s21 = splat(0.0), s30 = splat(0.0), s31 = splat(0.0);
  const end = b + (<usize>k << 5);
  while (b < end) {
    const low = v128.load(b);
    const high = v128.load(b, 16);
    let a = v128.load32_splat(a0);
    s00 = mad(a, low, s00);
    s01 = mad(a, high, s01);
    a = v128.load32_splat(a1);
    s10 = mad(a, low, s10);
    s11 = mad(a, high, s11);
    a = v128.load32_splat(a2);
    s20 = mad(a, low, s20);
    s21 = mad(a, high, s21);
    a = v128.load32_splat(a3);
    s30 = mad(a, low, s30);
    s31 = mad(a, high, s31);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    b += 32;
  }
  putRow(c, s00, s01, accumulate);
  putRow(c + cBytes, s10, s11, accumulate);
  putRow(c + 2 * cBytes, s20, s21, accumulate);
  putRow(c + 3 * cBytes, s30, s31, accumulate);
}

/** One tile of 6 x 8. */
function tile6(
  k: i32, a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize, aStep: usize,
  b: usize, c: usize, cBytes: usize, accumulate: bool,
): void {
  let s00 = splat(0.0), s01 = splat(0.0), s10 = splat(0.0), s11 = splat(0.0);
  let s20 = splat(0.0), s21 = splat(0.0), s30 = splat(0.0), s31 = splat(0.0);
  let s40 = splat(0.0), s41 = splat(0.0), s50 = splat(0.0), s51 = splat(0.0);
  const end = b + (<usize>k << 5);
  while (b < end) {
    const low = v128.load(b);
    const high = v128.load(b, 16);
    let a = v128.load32_splat(a0);
    s00 = mad(a, low, s00);
    s01 = mad(a, high, s01);
    a = v128.load32_splat(a1);
    s10 = mad(a, low, s10);
    s11 = mad(a, high, s11);
    a = v128.load32_splat(a2);
    s20 = mad(a, low, s20);
    s21 = mad(a, high, s21);
    a = v128.load32_splat(a3);
    s30 = mad(a, low, s30);
    s31 = mad(a, high, s31);
    a = v128.load32_splat(a4);
    s40 = mad(a, low, s40);
    s41 = mad(a, high, s41);
    a = v128.load32_splat(a5);
    s50 = mad(a, low, s50);
    s51 = mad(a, high, s51);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    a4 += aStep;
    a5 += aStep;
    b += 32;
  }
  putRow(c, s00, s01, accumulate);
  putRow(c + cBytes, s10, s11, accumulate);
  putRow(c + 2 * cBytes, s20, s21, accumulate);
  putRow(c + 3 * cBytes, s30, s31, accumulate);
  putRow(c + 4 * cBytes, s40, s41, accumulate);
  putRow(c + 5 * cBytes, s50, s51, accumulate);
}

/** `rows` rows of A (row pointers beyond the last are clamped to it) times one packed panel. */
// @ts-ignore: decorator
@inline
function tile(
  rows: i32, k: i32, a: usize, aRow: usize, aStep: usize, b: usize, c: usize, cBytes: usize, accumulate: bool,
): void {
  const a1 = rows > 1 ? a + aRow : a;
  const a2 = rows > 2 ? a1 + aRow : a1;
  const a3 = rows > 3 ? a2 + aRow : a2;
  if (TILE_ROWS == 6) {
    const a4 = rows > 4 ? a3 + aRow : a3;
    tile6(k, a, a1, a2, a3, a4, rows > 5 ? a4 + aRow : a4, aStep, b, c, cBytes, accumulate);
  } else {
    tile4(k, a, a1, a2, a3, aStep, b, c, cBytes, accumulate);
  }
}

/** Copies (or adds) the valid part of a tile that reaches over the edge of C. */
function copyEdge(edge: usize, c: usize, cBytes: usize, rows: i32, columns: i32, accumulate: bool): void {
  for (let i = 0; i < rows; i++, edge += 32, c += cBytes) {
    for (let j = 0; j < columns; j++) {
      const at = <usize>j << 2;
      const value = load<f32>(edge + at);
      store<f32>(c + at, accumulate ? load<f32>(c + at) + value : value);
    }
  }
}

/** C[m, n] (+)= A[m, k] B[k, n]. Strides in elements; C's columns are contiguous. */
export function gemm(
  m: i32, n: i32, k: i32, a: usize, aRowStride: i32, aColumnStride: i32, b: usize, bRowStride: i32, bColumnStride: i32,
  c: usize, cRowStride: i32, accumulate: i32, workspace: usize,
): void {
  const aRow = <usize>aRowStride << 2;
  const aStep = <usize>aColumnStride << 2;
  const bRow = <usize>bRowStride << 2;
  const bColumn = <usize>bColumnStride << 2;
  const cRow = <usize>cRowStride << 2;
  if (m <= 0 || n <= 0) return;
  if (k <= 0) {
    if (!accumulate) for (let i = 0; i < m; i++, c += cRow) memory.fill(c, 0, <usize>n << 2);
    return;
  }
  if (m == 1) {
    if (multiplyRow(n, k, a, aStep, b, bRow, bColumn, c, accumulate != 0)) return;
  } else if (n == 1 && cRowStride == 1) {
    if (multiplyRow(m, k, b, bRow, a, aStep, aRow, c, accumulate != 0)) return; // C^T = B^T A^T
  }
  const edge = workspace + PANEL_BYTES;
  for (let start = 0; start < k; start += KC) {
    const depth = min(KC, k - start);
    const add = accumulate != 0 || start > 0;
    const aBlock = a + <usize>start * aStep;
    for (let j = 0; j < n; j += COLUMNS) {
      const columns = min(COLUMNS, n - j);
      packPanel(b + <usize>start * bRow + <usize>j * bColumn, bRow, bColumn, depth, columns, workspace);
      for (let i = 0; i < m; i += TILE_ROWS) {
        const rows = min(TILE_ROWS, m - i);
        const from = aBlock + <usize>i * aRow;
        const to = c + <usize>i * cRow + (<usize>j << 2);
        if (rows == TILE_ROWS && columns == COLUMNS) {
          tile(TILE_ROWS, depth, from, aRow, aStep, workspace, to, cRow, add);
        } else {
          tile(rows, depth, from, aRow, aStep, workspace, edge, 32, false);
          copyEdge(edge, to, cRow, rows, columns, add);
        }
      }
    }
  }
}

/** `batch` products whose operands lie a fixed number of elements apart (0: the same one each time). */
export function gemmBatched(
  batch: i32, m: i32, n: i32, k: i32,
  a: usize, aBatchStride: i32, aRowStride: i32, aColumnStride: i32,
  b: usize, bBatchStride: i32, bRowStride: i32, bColumnStride: i32,
  c: usize, cBatchStride: i32, cRowStride: i32, accumulate: i32, workspace: usize,
): void {
  for (let i = 0; i < batch; i++) {
    gemm(
      m, n, k,
      a + (<usize>(i * aBatchStride) << 2), aRowStride, aColumnStride,
      b + (<usize>(i * bBatchStride) << 2), bRowStride, bColumnStride,
      c + (<usize>(i * cBatchStride) << 2), cRowStride, accumulate, workspace,
    );
  }
}
