// Attention of heads that lie side by side in the rows of q, k, v and the result: one call for all of them, because a
// generated token has one row, for which calls would take longer than the arithmetic.

import { add } from './elementwise';
import { gemm } from './gemm';
import { scaleRow, softmax } from './softmax';

/** See `Kernels`. */
export function attention(
  heads: i32, n: i32, m: i32, d: i32, e: i32, q: usize, k: usize, v: usize, y: usize,
  mask: usize, maskOfHeads: i32, bias: usize, biasOfHeads: i32, scale: f32, zeroEmpty: i32, scores: usize, workspace: usize,
): void {
  const width = heads * d;
  const valueWidth = heads * e;
  for (let head = 0; head < heads; head++) {
    gemm(n, m, d, q, width, 1, k, 1, width, scores, m, 0, workspace);
    scaleRow(scores, n * m, scale);
    if (bias) add(scores, bias, scores, n * m, 1, 1);
    softmax(scores, mask, scores, n, m, zeroEmpty);
    gemm(n, e, m, scores, m, 1, v, valueWidth, 1, y, valueWidth, 0, workspace);
    q += <usize>d << 2;
    k += <usize>d << 2;
    v += <usize>e << 2;
    y += <usize>e << 2;
    if (mask) mask += <usize>maskOfHeads << 2;
    if (bias) bias += <usize>biasOfHeads << 2;
  }
}
