// Loads the WebAssembly kernels into a given memory. Everything is synchronous: the modules are small.

import { DeviceError } from '../../errors.ts';
import { fmaModule, simdModule } from './module.ts';

export type Unary = (x: number, y: number, n: number) => void;
export type Gradient = (x: number, dy: number, dx: number, n: number) => void;
export type Binary = (a: number, b: number, y: number, n: number, aStep: number, bStep: number) => void;
type RowBroadcast = (x: number, row: number, y: number, rows: number, columns: number) => void;
type Widening = (x: number, y: number, n: number) => void;
type Reduction = (x: number, y: number, rows: number, columns: number) => void;
type Sizes = [m: number, n: number, k: number];
type Matrix = [pointer: number, rowStride: number, columnStride: number];
type Matrices = [pointer: number, batchStride: number, rowStride: number, columnStride: number];
type Product = [pointer: number, rowStride: number, accumulate: number, workspace: number];
type Products = [pointer: number, batchStride: number, rowStride: number, accumulate: number, workspace: number];
type CrossEntropySources = [logits: number, maxima: number, logSums: number, targets: number, weights: number];
type Heads = [heads: number, n: number, m: number, d: number, e: number, q: number, k: number, v: number, y: number];
type Spaced = readonly [pointer: number, ofHeads: number];
type Scaling = readonly [scale: number, zeroEmpty: number, scores: number, workspace: number];
type Four = readonly [number, number, number, number];

/**
 * The exports of the WebAssembly module. Operands are byte offsets into its memory (multiples of 4), sizes and strides
 * count elements, and numbers are float32 unless said otherwise. Matrices are row-major. An output may be the same
 * buffer as an input of the same shape in all kernels but gemm, gemmBatched, copyStrided and the reductions.
 */
export interface Kernels {
  /** Bytes of scratch memory that gemm and gemmBatched need. */
  gemmWorkspace(): number;
  /** C[m, n] (+)= A[m, k] B[k, n]: any strides for A and B; `accumulate` 0 or 1. With k = 0 the product is 0. */
  gemm(...operands: [...Sizes, ...a: Matrix, ...b: Matrix, ...c: Product]): void;
  /** gemm for `batch` operands a fixed number of elements apart; a batch stride of 0 reuses one operand. */
  gemmBatched(...operands: [batch: number, ...Sizes, ...a: Matrices, ...b: Matrices, ...c: Products]): void;

  /** e^x, within 1 ULP. */
  exp: Unary;
  /** The natural logarithm: -Infinity at 0, NaN below. */
  log: Unary;
  tanh: Unary;
  /** 1 / (1 + e^-x) */
  sigmoid: Unary;
  /** x * sigmoid(x) */
  silu: Unary;
  /** x * Phi(x), Phi the normal distribution function; precise in the negative tail too. */
  geluErf: Unary;
  /** x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) */
  geluTanh: Unary;
  /** x * sigmoid(1.702 x), as in CLIP. */
  quickGelu: Unary;
  /** The error function. */
  erf: Unary;
  /** max(x, 0); NaN stays. */
  relu: Unary;
  /** max(x, 0)^2; NaN stays. */
  squaredRelu: Unary;
  sqrt: Unary;
  /** 1 / sqrt(x) */
  rsqrt: Unary;
  neg: Unary;
  abs: Unary;

  geluErfGradient: Gradient;
  geluTanhGradient: Gradient;
  quickGeluGradient: Gradient;
  siluGradient: Gradient;

  /** y = a + b; a step of 0 means that the operand is one number for the whole run, 1 that it is n numbers. */
  add: Binary;
  sub: Binary;
  mul: Binary;
  div: Binary;
  /** NaN in either operand gives NaN. */
  maximum: Binary;
  /** NaN in either operand gives NaN. */
  minimum: Binary;

  /** y[r, c] = x[r, c] + row[c] */
  addRow: RowBroadcast;
  /** y[r, c] = x[r, c] * row[c] */
  mulRow: RowBroadcast;

  /** y[r] = sum of x[r, :], in blocks: rows = 1 sums everything precisely. */
  sumRows: Reduction;
  /** y[c] = sum of x[:, c] */
  sumColumns: Reduction;
  /** y[r] = max of x[r, :]; NaN if the row has one. */
  maxRows: Reduction;
  /** maxima[r] = max of x[r, :], y[r] = log(sum of e^(x[r, :] - maxima[r])) */
  logSumExpRows(x: number, maxima: number, y: number, rows: number, columns: number): void;

  /**
   * Softmax of each row. `mask` (0: none) has the shape of x; where it is 0 the entry counts as the most negative
   * float32, so a fully hidden row is uniform, or all 0 with zeroEmpty = 1.
   */
  softmax(x: number, mask: number, y: number, rows: number, columns: number, zeroEmpty: number): void;
  /**
   * y = softmax(scale q k^T + bias, masked as in softmax) v of heads that lie side by side: q [n, heads d], k [m, heads d],
   * v [m, heads e], y [n, heads e]. `mask` and `bias` (0: none) are [n, m], those of heads so many elements apart; `scores`
   * has room for n m numbers, `workspace` is gemm's.
   */
  attention(...operands: [...Heads, ...mask: Spaced, ...bias: Spaced, ...Scaling]): void;
  /** dx = y * (dy - sum(dy * y)) for y = softmax(x). */
  softmaxGradient(y: number, dy: number, dx: number, rows: number, columns: number): void;
  /**
   * dx = (e^(logits - maxima - logSums) - onehot(targets)) * weights[row]. The first two are those of logSumExpRows,
   * weights are per row, targets are int32; a row of weight 0 gives zeros.
   */
  crossEntropyGradient(...operands: [...sources: CrossEntropySources, dx: number, rows: number, columns: number]): void;

  /** y = (x - mean) / sqrt(variance + eps) * weight + bias along rows; weight or bias 0: none. */
  layerNorm(x: number, weight: number, bias: number, y: number, rows: number, width: number, eps: number): void;
  /** The gradient of layerNorm by x. */
  layerNormGradient(x: number, weight: number, dy: number, dx: number, rows: number, width: number, eps: number): void;
  /** y = x / sqrt(mean(x^2) + eps) * weight along rows; weight 0: none. */
  rmsNorm(x: number, weight: number, y: number, rows: number, width: number, eps: number): void;
  /** The gradient of rmsNorm by x. */
  rmsNormGradient(x: number, weight: number, dy: number, dx: number, rows: number, width: number, eps: number): void;

  /** y, contiguous [d0, d1, d2, d3], from x with element strides s0..s3 (0 repeats, negative runs backwards). */
  copyStrided(x: number, y: number, ...sizesAndStrides: [...Four, ...Four]): void;

  /** y = x for x in IEEE binary16, 2 bytes each, which may be the last 2 n bytes of y. */
  widenFloat16: Widening;
  /** y = x for x in bfloat16, 2 bytes each, which may be the last 2 n bytes of y. */
  widenBfloat16: Widening;
}

/** Names of the kernels of one signature. */
export type KernelsOf<F> = {
  [K in keyof Kernels]: [Kernels[K], F] extends [F, Kernels[K]] ? K : never;
}[keyof Kernels];

/** An operation: the kernel of its name, or, where that would not pay, its formula for single numbers. */
export type Named<F, Formula> = KernelsOf<F> | { readonly name: string; readonly simd: Formula };

type Bytes = Uint8Array<ArrayBuffer>;

export const NO_SIMD =
  'simd: this engine has no WebAssembly SIMD; expected Chrome or Edge from 91, Firefox from 89, Safari from 16.4, or Node';

function decode(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Node 20 has relaxed SIMD behind a flag that may be set at run time; elsewhere there is no such module to ask. */
function enableRelaxedSimd(): void {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') return;
  process.getBuiltinModule('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/**
 * Compiles the kernels and binds them to `memory`. The twin with fused multiply-add is taken where the engine has
 * relaxed SIMD, unless `options.fma` is false.
 * @throws DeviceError if the engine has no SIMD at all
 */
export function loadKernels(
  memory: WebAssembly.Memory,
  options: { fma?: boolean } = {},
): { kernels: Kernels; fma: boolean } {
  const fused = options.fma === false ? undefined : decode(fmaModule);
  if (fused && !WebAssembly.validate(fused)) enableRelaxedSimd();
  const fma = fused !== undefined && WebAssembly.validate(fused);
  const bytes = fma ? fused : decode(simdModule);
  if (!WebAssembly.validate(bytes)) throw new DeviceError(NO_SIMD);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return { kernels: instance.exports as unknown as Kernels, fma };
}
