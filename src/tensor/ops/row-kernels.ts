import type { GpuKernel, TensorType } from '../devices/device.ts';
import { sizeOf } from '../shape.ts';

/** Rows of a [rows, columns] array, flat. */
export interface Rows {
  readonly rows: number;
  readonly columns: number;
}

/** The rows along the last axis. */
export function rowsOf({ shape }: TensorType): Rows {
  const columns = shape.at(-1) as number;
  return { rows: sizeOf(shape) / (columns || 1), columns };
}

/**
 * One number for each row, by a thread for each row. What all elements of a row share is computed once by such a
 * kernel, and read by the kernel that makes the elements: one kernel for both would compute it for every element.
 * `body` finds `row` and the offset `first` of its first element.
 */
export function perRow({ rows, columns }: Rows, names: string, reads: readonly number[], body: string): GpuKernel {
  return {
    output: [rows],
    constants: { columns },
    reads,
    source: `function (${names}) {
  const row = this.thread.x;
  const first = row * this.constants.columns;
${body}
}`,
  };
}

/** An element of each row by a thread; `body` finds `column`, `row` and its own flat index `at`. */
export function perElement({ rows, columns }: Rows, names: string, reads: readonly number[], body: string): GpuKernel {
  return {
    output: [columns, rows],
    constants: { columns },
    reads,
    source: `function (${names}) {
  const column = this.thread.x;
  const row = this.thread.y;
  const at = row * this.constants.columns + column;
${body}
}`,
  };
}

export const withConstants = (kernel: GpuKernel, constants: Readonly<Record<string, number>>): GpuKernel => ({
  ...kernel,
  constants: { ...kernel.constants, ...constants },
});

const MAXIMUM = `  let m = xs[first];
  for (let i = 1; i < this.constants.columns; i++) {
    const x = xs[first + i];
    if (x > m) m = x;
  }
  return m;`;

const EXP_TOTAL = `  let total = 0;
  for (let i = 0; i < this.constants.columns; i++) total += Math.exp(xs[first + i] - maxima[row]);
  return total;`;

export const rowMaxima = (shape: Rows, x: number): GpuKernel => perRow(shape, 'xs', [x], MAXIMUM);
export const rowExpTotals = (shape: Rows, x: number, maxima: number): GpuKernel =>
  perRow(shape, 'xs, maxima', [x, maxima], EXP_TOTAL);

/** Softmax of the rows of array `x`, in three kernels; the first result gets number `next`. */
export function softmaxKernels(shape: Rows, x: number, next: number, hiddenRowsAreZero: boolean): GpuKernel[] {
  const zero = hiddenRowsAreZero ? '  if (maxima[row] < this.constants.hidden) return 0;\n' : '';
  const body = `${zero}  return Math.exp(xs[at] - maxima[row]) / totals[row];`;
  const quotient = perElement(shape, 'xs, maxima, totals', [x, next, next + 1], body);
  const last = hiddenRowsAreZero ? withConstants(quotient, { hidden: -3.4e38 }) : quotient;
  return [rowMaxima(shape, x), rowExpTotals(shape, x, next), last];
}
