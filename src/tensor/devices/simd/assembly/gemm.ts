// C (+)= A B for any strides. B is packed into panels of a few columns and at most KC rows, which stay in the
// first-level cache while a block of A passes by. Where many columns share that block it is packed too: rows whose length
// is a power of two would all want the same places of a cache.

import { dotRows, multiplyRow } from './gemv';
import { loadPart, storePart, transposeRows, transposeTile } from './lanes';
import { packedTile3x12, packedTile4x8, tile3x12, tile4x8 } from './tile';

const KC = 256;
const MC = 192; // rows of A whose block of k stays in the second-level cache
const NARROW = 8;
const WIDE = 12;
const TILE_WIDTH = ASC_FEATURE_RELAXED_SIMD ? WIDE : NARROW; // for which rows are packed
const GROUP = ASC_FEATURE_RELAXED_SIMD ? 3 : 4; // packed rows that lie side by side: those of a tile
const PACKED_ROWS = 24; // from so many rows and columns on packing A pays
const PACKED_COLUMNS = 96;
const PANEL_BYTES = KC * WIDE * 4;
const EDGE_BYTES = 4 * WIDE * 4;
const BLOCK_BYTES = MC * KC * 4;
const SPARE_BYTES = 16; // behind the block, where a vector may reach to
const DOT_ROWS = 8; // up to so many rows of A, columns of B are multiplied as they lie
const STREAMED_ROWS = 32; // rows of B that a few rows of A share before the next rows of B are read

/** Bytes of scratch memory that gemm needs: one panel of B, one tile of C and one block of A. */
export function gemmWorkspace(): i32 {
  return PANEL_BYTES + EDGE_BYTES + BLOCK_BYTES + SPARE_BYTES;
}

/** Packs B[k, columns] into rows of `width` numbers, the missing columns as 0. */
function packPanel(b: usize, rowBytes: usize, columnBytes: usize, k: i32, columns: i32, width: i32, to: usize): void {
  const toBytes = <usize>width << 2;
  let start = 0;
  if (columns == width) {
    if (columnBytes == 4) {
      for (let i = 0; i < k; i++, b += rowBytes, to += toBytes) {
        v128.store(to, v128.load(b));
        v128.store(to, v128.load(b, 16), 16);
        if (width == WIDE) v128.store(to, v128.load(b, 32), 32);
      }
      return;
    }
    if (rowBytes == 4) {
      for (; start + 4 <= k; start += 4, b += 16, to += 4 * toBytes) {
        transposeTile(b, columnBytes, to, toBytes);
        transposeTile(b + 4 * columnBytes, columnBytes, to + 16, toBytes);
        if (width == WIDE) transposeTile(b + 8 * columnBytes, columnBytes, to + 32, toBytes);
      }
    }
  }
  for (let i = start; i < k; i++, b += rowBytes, to += toBytes) {
    let from = b;
    let j = 0;
    for (; j < columns; j++, from += columnBytes) store<f32>(to + (<usize>j << 2), load<f32>(from));
    for (; j < width; j++) store<f32>(to + (<usize>j << 2), 0.0);
  }
}

/** Packs A[m, k] in groups of rows, each k's numbers of a group side by side; what is missing repeats the last row. */
function packRows(a: usize, rowBytes: usize, columnBytes: usize, m: i32, k: i32, to: usize): void {
  const step = <usize>GROUP << 2;
  for (let first = 0; first < m; first += GROUP, a += <usize>GROUP * rowBytes) {
    const rows = min(GROUP, m - first);
    let at = a;
    let i = 0;
    if (rows == GROUP && columnBytes == 4) {
      const a2 = 2 * rowBytes;
      const a3 = GROUP == 4 ? 3 * rowBytes : a2; // of three rows the fourth is cut by what comes next
      for (; i + 4 <= k; i += 4, at += 16, to += 4 * step) transposeRows(at, at + rowBytes, at + a2, at + a3, to, step);
    }
    for (; i < k; i++, at += columnBytes, to += step) {
      if (rows == GROUP && rowBytes == 4) {
        if (GROUP == 4) v128.store(to, v128.load(at));
        else storePart(to, loadPart(at, GROUP), GROUP);
        continue;
      }
      let from = at;
      for (let r = 0; r < GROUP; r++) {
        store<f32>(to + (<usize>r << 2), load<f32>(from));
        if (r + 1 < rows) from += rowBytes;
      }
    }
  }
}

/** Rows of A times one packed panel. The pointers of missing rows repeat the last row, whose tile row is then unused. */
// @ts-ignore: decorator
@inline
function tile(
  rows: i32, width: i32, k: i32, a: usize, aRow: usize, aStep: usize, packed: bool, b: usize, c: usize, cBytes: usize,
  accumulate: bool,
): void {
  const a1 = rows > 1 ? a + aRow : a;
  const a2 = rows > 2 ? a1 + aRow : a1;
  if (ASC_FEATURE_RELAXED_SIMD && width == WIDE) {
    if (packed) packedTile3x12(k, a, b, c, cBytes, accumulate);
    else tile3x12(k, a, a1, a2, aStep, b, c, cBytes, accumulate);
  } else if (!ASC_FEATURE_RELAXED_SIMD && packed) packedTile4x8(k, a, b, c, cBytes, accumulate);
  else tile4x8(k, a, a1, a2, rows > 3 ? a2 + aRow : a2, aStep, b, c, cBytes, accumulate);
}

/** Copies (or adds) the valid part of a tile that reaches over the edge of C. */
function copyEdge(edge: usize, edgeBytes: usize, c: usize, cBytes: usize, rows: i32, columns: i32, accumulate: bool): void {
  for (let i = 0; i < rows; i++, edge += edgeBytes, c += cBytes) {
    for (let j = 0; j < columns; j++) {
      const at = <usize>j << 2;
      const value = load<f32>(edge + at);
      store<f32>(c + at, accumulate ? load<f32>(c + at) + value : value);
    }
  }
}

/** All rows of A times one packed panel of `width` columns, of which the first `columns` exist. */
function multiplyPanel(
  m: i32, columns: i32, width: i32, k: i32, a: usize, aRow: usize, aStep: usize, packed: bool,
  panel: usize, edge: usize, c: usize, cRow: usize, accumulate: bool,
): void {
  const tileRows = width == WIDE ? 3 : 4;
  const edgeBytes = <usize>width << 2;
  for (let i = 0; i < m; i += tileRows) {
    const rows = min(tileRows, m - i);
    const to = c + <usize>i * cRow;
    const whole = rows == tileRows && columns == width;
    tile(
      rows, width, k, a + <usize>i * aRow, aRow, aStep, packed,
      panel, whole ? to : edge, whole ? cRow : edgeBytes, whole && accumulate,
    );
    if (!whole) copyEdge(edge, edgeBytes, to, cRow, rows, columns, accumulate);
  }
}

/** A few rows of A, one by one: B is read as it lies. Returns false if the strides do not allow that. */
function multiplyFewRows(
  m: i32, n: i32, k: i32, a: usize, aRow: usize, aStep: usize, b: usize, bRow: usize, bColumn: usize,
  c: usize, cRow: usize, accumulate: bool,
): bool {
  if (bColumn != 4 || m == 1) {
    for (let i = 0; i < m; i++, a += aRow, c += cRow) {
      if (!multiplyRow(n, k, a, aStep, b, bRow, bColumn, c, accumulate)) return false;
    }
    return true;
  }
  for (let start = 0; start < k; start += STREAMED_ROWS) {
    const depth = min(STREAMED_ROWS, k - start);
    const from = a + <usize>start * aStep;
    for (let i = 0; i < m; i++) {
      multiplyRow(n, depth, from + <usize>i * aRow, aStep, b, bRow, 4, c + <usize>i * cRow, accumulate || start > 0);
    }
    b += <usize>depth * bRow;
  }
  return true;
}

/** A block of rows of A times all of B, panel by panel. */
function multiplyBlocks(
  m: i32, n: i32, k: i32, a: usize, aRow: usize, aStep: usize, b: usize, bRow: usize, bColumn: usize,
  c: usize, cRow: usize, accumulate: bool, workspace: usize,
): void {
  const edge = workspace + PANEL_BYTES;
  const block = edge + EDGE_BYTES;
  const packed = m >= PACKED_ROWS && n >= PACKED_COLUMNS;
  for (let start = 0; start < k; start += KC) {
    const depth = min(KC, k - start);
    const add = accumulate || start > 0;
    const from = a + <usize>start * aStep;
    if (packed) packRows(from, aRow, aStep, m, depth, block);
    let j = 0;
    while (j < n) {
      const width = ASC_FEATURE_RELAXED_SIMD && n - j > NARROW ? WIDE : NARROW;
      const columns = min(width, n - j);
      const to = c + (<usize>j << 2);
      packPanel(b + <usize>start * bRow + <usize>j * bColumn, bRow, bColumn, depth, columns, width, workspace);
      const inBlock = packed && width == TILE_WIDTH;
      const rows = inBlock ? block : from;
      const rowBytes = inBlock ? <usize>depth << 2 : aRow; // a group of rows is as long as they are apart
      multiplyPanel(m, columns, width, depth, rows, rowBytes, aStep, inBlock, workspace, edge, to, cRow, add);
      j += width;
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
  // Packing B costs as much as it saves when few rows of A share it.
  if (m > 1 && m <= DOT_ROWS && aStep == 4 && bRow == 4 && bColumn != 4) {
    dotRows(m, n, k, a, aRow, b, bColumn, c, cRow, accumulate != 0);
    return;
  }
  if (m <= (bColumn == 4 ? 8 : 3)) {
    if (multiplyFewRows(m, n, k, a, aRow, aStep, b, bRow, bColumn, c, cRow, accumulate != 0)) return;
  } else if (n == 1 && cRowStride == 1) {
    if (multiplyRow(m, k, b, bRow, a, aStep, aRow, c, accumulate != 0)) return; // C^T = B^T A^T
  }
  for (let i = 0; i < m; i += MC) {
    const rows = min(MC, m - i);
    const from = a + <usize>i * aRow;
    multiplyBlocks(rows, n, k, from, aRow, aStep, b, bRow, bColumn, c + <usize>i * cRow, cRow, accumulate != 0, workspace);
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
