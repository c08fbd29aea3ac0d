import type { GpuKernel, SimdBuffer, TensorType } from '../devices/device.ts';
import type { HostValues } from '../devices/host-values.ts';
import type { SimdMachine } from '../devices/simd/machine.ts';
import { ShapeError } from '../errors.ts';
import { broadcastShapes, broadcastStrides, type Shape, sameShape, sizeOf } from '../shape.ts';
import { eachRun } from './elementwise.ts';
import { offsetCode, sumCode } from './index-code.ts';
import { float32, type Gradient, type Op, requireFit, requireFloat } from './op.ts';

export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** How one operand is walked: strides of its rows and columns after the transpose, and its batch axes. */
function layout(shape: Shape, transpose: boolean) {
  const [width, last] = [shape.at(-2) as number, shape.at(-1) as number];
  const batch = shape.slice(0, -2);
  return transpose
    ? { rows: last, columns: width, rowStride: 1, columnStride: last, batch }
    : { rows: width, columns: last, rowStride: last, columnStride: 1, batch };
}

function plan(a: TensorType, b: TensorType, { transposeA, transposeB }: MatmulAttributes) {
  requireFit('matmul', a.shape.length > 1 && b.shape.length > 1, 'both operands need at least two axes', [a, b]);
  const left = layout(a.shape, transposeA);
  const right = layout(b.shape, transposeB);
  if (left.columns !== right.rows)
    throw new ShapeError('matmul', `inner dimensions differ (${left.columns} != ${right.rows})`, a.shape, b.shape);
  const batch = broadcastShapes('matmul', left.batch, right.batch);
  return { left, right, batch, m: left.rows, n: right.columns, k: left.columns };
}

/** Batch strides in elements: whole matrices, 0 where the operand repeats. */
const batchStrides = (own: Shape, to: Shape, matrix: number): number[] =>
  broadcastStrides(own, to).map((s) => s * matrix);

/** Numbers of a matrix on the host that are in WASM memory at a time: few enough to stay in the cache until used. */
const BLOCK = 65536;

/**
 * Rows of A times a matrix on the host, block by block. The rows of the matrix are steps of the sums, or, when it is
 * transposed, columns of the product. Blocks hold whole tiles of the kernel (12 columns, 256 steps), so that every sum
 * is added up in the order in which it would be if the matrix lay in memory.
 */
function multiplyFromHost(
  machine: SimdMachine,
  a: { readonly rows: number; readonly pointer: number; readonly strides: readonly [number, number] },
  b: SimdBuffer,
  y: SimdBuffer,
  transposeB: boolean,
): void {
  const { kernels } = machine;
  const [rows, width] = b.shape.slice(-2) as [number, number];
  const [n, k] = transposeB ? [rows, width] : [width, rows];
  const unit = transposeB ? 12 : 256;
  const most = Math.min(rows, Math.max(1, Math.floor(BLOCK / width / unit)) * unit);
  const workspace = machine.workspace(kernels.gemmWorkspace() + most * width * 4);
  const block = workspace + kernels.gemmWorkspace();
  for (let row = 0; row < rows; row += most) {
    const count = Math.min(most, rows - row);
    machine.widen(b.host as HostValues, row * width, (row + count) * width, block);
    if (transposeB)
      kernels.gemm(a.rows, count, k, a.pointer, ...a.strides, block, 1, width, y.pointer + row * 4, n, 0, workspace);
    else {
      const from = a.pointer + row * a.strides[1] * 4;
      kernels.gemm(a.rows, n, count, from, ...a.strides, block, width, 1, y.pointer, n, row > 0 ? 1 : 0, workspace);
    }
  }
}

/** The gpu.js kernel of a product; a third input is a bias, added to every row. */
function productKernel(
  [a, b, bias]: readonly [TensorType, TensorType, TensorType?],
  attributes: MatmulAttributes,
): GpuKernel {
  const { left, right, batch, m, n, k } = plan(a, b, attributes);
  const start = (own: Shape, matrix: number, within: string): string =>
    sumCode(offsetCode('this.thread.z', batch, batchStrides(own, batch, matrix)), within);
  return {
    output: [n, m, sizeOf(batch)],
    constants: {
      ...{ inner: k, aRow: left.rowStride, aColumn: left.columnStride },
      ...{ bRow: right.rowStride, bColumn: right.columnStride },
    },
    // fround: gpu.js's mode cpu would sum in double precision, where products beyond float32 do not overflow.
    source: `function (a, b${bias ? ', bias' : ''}) {
  let aAt = ${start(left.batch, m * k, 'this.thread.y * this.constants.aRow')};
  let bAt = ${start(right.batch, k * n, 'this.thread.x * this.constants.bColumn')};
  let sum = 0;
  for (let k = 0; k < this.constants.inner; k++) {
    sum += Math.fround(a[aAt] * b[bAt]);
    aAt += this.constants.aColumn;
    bAt += this.constants.bRow;
  }
  return sum${bias ? ' + bias[this.thread.x]' : ''};
}`,
  };
}

export const matmul: Op<MatmulAttributes> = {
  name: 'matmul',
  definition: 'y[.., i, j] = sum over k of a[.., i, k] b[.., k, j]',
  infer: (inputs, attributes) => {
    const [a, b] = requireFloat('matmul', inputs);
    const { batch, m, n } = plan(a, b, attributes);
    return float32([...batch, m, n]);
  },
  gpu: ([a, b], _, attributes) => productKernel([a, b], attributes),
  simd: (machine, [a, b], y, attributes) => {
    const { left, right, batch, m, n, k } = plan(a, b, attributes);
    const { kernels } = machine;
    const aStrides = [left.rowStride, left.columnStride] as const;
    const [bRow, bColumn] = [right.rowStride, right.columnStride];
    const [rows, aPointer, bPointer] = [sizeOf(batch) * m, a.pointer, b.pointer];
    if (b.host) {
      multiplyFromHost(machine, { rows, pointer: aPointer, strides: aStrides }, b, y, attributes.transposeB);
      return;
    }
    const workspace = machine.workspace(kernels.gemmWorkspace());
    // Rows of a batch that share one right operand are one tall matrix: fewer, larger products.
    if (sizeOf(right.batch) === 1 && !attributes.transposeA) {
      kernels.gemm(rows, n, k, aPointer, k, 1, bPointer, bRow, bColumn, y.pointer, n, 0, workspace);
      return;
    }
    const matrices = { left: float32(left.batch), right: float32(right.batch), all: float32(batch) };
    eachRun(matrices.all, [matrices.left, matrices.right], (at, [aAt, bAt], count, [aStep, bStep]) => {
      const left = [aPointer + (aAt as number) * m * k * 4, (aStep as number) * m * k, ...aStrides] as const;
      const right = [bPointer + (bAt as number) * k * n * 4, (bStep as number) * k * n, bRow, bColumn] as const;
      kernels.gemmBatched(count, m, n, k, ...left, ...right, y.pointer + at * m * n * 4, m * n, n, 0, workspace);
    });
  },
  readsHost: ([, { shape }], { transposeA }) =>
    !transposeA && sizeOf(shape) > 0 && sizeOf(shape.slice(0, -2)) === 1 ? [1] : [],
  gradient: ({ inputs: [a, b], cotangent, attributes: { transposeA, transposeB }, needs }) => {
    // Y = A B: dA = dY B^T, dB = A^T dY; a transposed operand gets the transposed product.
    const dA = () =>
      transposeA
        ? b.matmul(cotangent, { transposeA: transposeB, transposeB: true })
        : cotangent.matmul(b, { transposeB: !transposeB });
    const dB = () => {
      if (a.shape.length > 2 && b.shape.length === 2 && !transposeA) {
        // A shared weight: fold the batch into the rows, so that the sum over it happens inside one product.
        const count = sizeOf(a.shape.slice(0, -1));
        const rows = a.reshape([count, a.shape.at(-1) as number]); // [batch m, k]
        const dRows = cotangent.reshape([count, cotangent.shape.at(-1) as number]); // [batch m, n]
        return transposeB ? dRows.matmul(rows, { transposeA: true }) : rows.matmul(dRows, { transposeA: true });
      }
      return transposeB
        ? cotangent.matmul(a, { transposeA: true, transposeB: transposeA })
        : a.matmul(cotangent, { transposeA: !transposeA });
    };
    return [needs[0] ? dA() : null, needs[1] ? dB() : null];
  },
};

const WEIGHT: MatmulAttributes = { transposeA: false, transposeB: true };

export const linear: Op = {
  name: 'linear',
  definition: 'y[.., j] = sum over k of x[.., k] weight[j, k], plus bias[j]',
  infer: (inputs) => {
    const [x, weight, bias] = requireFloat('linear', inputs);
    const [out, width] = weight.shape as [number, number];
    const fits = weight.shape.length === 2 && x.shape.length > 1 && x.shape.at(-1) === width;
    const expected = 'expected x [.., in], weight [out, in], bias [out]';
    requireFit('linear', fits && sameShape(bias.shape, [out]), expected, [x, weight, bias]);
    return float32([...x.shape.slice(0, -1), out]);
  },
  gpu: ([x, weight, bias]) => productKernel([x, weight, bias], WEIGHT),
  simd: (machine, inputs, y) => {
    const [, , bias] = inputs;
    matmul.simd(machine, inputs, y, WEIGHT);
    machine.kernels.addRow(y.pointer, bias.pointer, y.pointer, y.size / (bias.size || 1), bias.size);
  },
  readsHost: (inputs) => matmul.readsHost?.(inputs, WEIGHT) ?? [],
  gradient: (context) => {
    const products = (matmul.gradient as Gradient<MatmulAttributes>)({ ...context, attributes: WEIGHT });
    return [...products, context.cotangent];
  },
};
