import type { GpuKernel, Inputs, SimdBuffer, TensorType } from '../devices/device.ts';
import type { SimdMachine } from '../devices/simd/machine.ts';
import { ArgumentError, requireWhole } from '../errors.ts';
import { collapse, linesAlong, reducedShape, requireResolved, type Shape, sizeOf, stridesOf } from '../shape.ts';
import { offsetCode, sumCode } from './index-code.ts';
import { float32, int32, type Op, requireFloat } from './op.ts';
import { perElement, perRow } from './row-kernels.ts';

export interface ReductionAttributes {
  /** Resolved and sorted. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Splits a shape into what stays and what is summed over, each with the input's strides. */
function parts(shape: Shape, axes: readonly number[]) {
  const strides = stridesOf(shape);
  const pick = (keep: boolean) => {
    const chosen = shape.map((_, axis) => axis).filter((axis) => axes.includes(axis) !== keep);
    const [sizes, steps] = [shape, strides].map((list) => chosen.map((axis) => list[axis] as number));
    return collapse(sizes as number[], [steps as number[]]);
  };
  return { kept: pick(true), reduced: pick(false) };
}

/** Longer runs are reduced in parts: more threads, shorter loops, and sums of sums lose fewer digits. */
const LONG = 1024;

interface Reducer {
  /** What a reduction starts from, given the source text of the first element. */
  readonly start: (first: string) => string;
  /** Takes `x` into `y`. */
  readonly step: string;
}

/** Kernels that reduce `axes`; the parts of a long run are reduced by the first, put together by the second. */
function reductionKernels(shape: Shape, axes: readonly number[], { start, step }: Reducer): GpuKernel | GpuKernel[] {
  const { kept, reduced } = parts(shape, axes);
  const at = (thread: string): string => offsetCode(thread, kept.shape, kept.strides[0] as number[]);
  const element = (i: string): string =>
    `xs[${sumCode('first', offsetCode(i, reduced.shape, reduced.strides[0] as number[]))}]`;
  const rows = sizeOf(kept.shape);
  const count = sizeOf(reduced.shape);
  if (count <= LONG) {
    const source = `function (xs) {
  const first = ${at('this.thread.x')};
  let y = ${start('xs[first]')};
  for (let i = 0; i < this.constants.count; i++) {
    const x = ${element('i')};
    ${step}
  }
  return y;
}`;
    return { output: [rows], constants: { count }, source };
  }
  const length = Math.ceil(Math.sqrt(count));
  const columns = Math.ceil(count / length);
  const part = `function (xs) {
  const first = ${at('this.thread.y')};
  const begin = this.thread.x * this.constants.length;
  let y = ${start(element('begin'))};
  for (let j = 0; j < this.constants.length; j++) {
    const i = begin + j;
    if (i < this.constants.count) {
      const x = ${element('i')};
      ${step}
    }
  }
  return y;
}`;
  const whole = `  let y = ${start('xs[first]')};
  for (let i = 0; i < this.constants.columns; i++) {
    const x = xs[first + i];
    ${step}
  }
  return y;`;
  return [
    { output: [columns, rows], constants: { count, length }, source: part },
    perRow({ rows, columns }, 'xs', [1], whole),
  ];
}

/** [rows, columns] when the reduced axes are the last ones, [columns, rows] when the first ones, else null. */
function matrixForm(shape: Shape, axes: readonly number[]): { rows: number; columns: number; last: boolean } | null {
  const { kept, reduced } = parts(shape, axes);
  const [keptSize, reducedSize] = [sizeOf(kept.shape), sizeOf(reduced.shape)];
  if (reduced.shape.length === 1 && (reduced.strides[0]?.[0] ?? 0) <= 1)
    return { rows: keptSize, columns: reducedSize, last: true };
  if (kept.shape.length === 1 && (kept.strides[0]?.[0] ?? 0) <= 1)
    return { rows: reducedSize, columns: keptSize, last: false };
  return null;
}

/** A pointer to the input with the reduced axes moved to the end: copied only when they are elsewhere. */
function rowsLast(machine: SimdMachine, x: SimdBuffer, axes: readonly number[]): number {
  if (matrixForm(x.shape, axes)?.last) return x.pointer;
  const strides = stridesOf(x.shape);
  const order = [...x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis)), ...axes];
  const pointer = machine.workspace(x.size * 4);
  const [sizes, steps] = [x.shape, strides].map((list) => order.map((axis) => list[axis] as number));
  machine.copyStrided(x.pointer, pointer, sizes as number[], steps as number[]);
  return pointer;
}

const inferReduction =
  (name: string) =>
  (inputs: Inputs<TensorType>, { axes, keepDims }: ReductionAttributes): TensorType => {
    const [{ shape }] = requireFloat(name, inputs);
    requireResolved(name, axes, shape.length);
    return float32(reducedShape(shape, axes, keepDims));
  };

const countOf = (shape: Shape, axes: readonly number[]): number =>
  axes.reduce((product, axis) => product * (shape[axis] as number), 1);

export const sum: Op<ReductionAttributes> = {
  name: 'sum',
  definition: 'sum of x over axes',
  infer: inferReduction('sum'),
  gpu: ([x], _, { axes }) => reductionKernels(x.shape, axes, { start: () => '0', step: 'y += x;' }),
  simd: (machine, [x], y, { axes }) => {
    const form = matrixForm(x.shape, axes);
    if (form && !form.last) machine.kernels.sumColumns(x.pointer, y.pointer, form.rows, form.columns);
    else machine.kernels.sumRows(rowsLast(machine, x, axes), y.pointer, y.size, countOf(x.shape, axes));
  },
  gradient: ({ inputs: [x], cotangent, attributes: { axes } }) => [
    cotangent.reshape(reducedShape(x.shape, axes, true)).expand(x.shape),
  ],
};

export const max: Op<ReductionAttributes> = {
  name: 'max',
  definition: 'largest x over axes, NaN if any is; the gradient is shared evenly among ties',
  infer: (inputs, attributes) => {
    const type = inferReduction('max')(inputs, attributes);
    if (countOf(inputs[0].shape, attributes.axes) === 0)
      throw new ArgumentError('max', 'an empty axis has no largest element');
    return type;
  },
  gpu: ([x], _, { axes }) =>
    reductionKernels(x.shape, axes, {
      start: (first) => first,
      step: 'y = x > y ? x : (y >= x ? y : x + y);', // the sum is NaN: what is left when no comparison holds
    }),
  simd: (machine, [x], y, { axes }) => {
    machine.kernels.maxRows(rowsLast(machine, x, axes), y.pointer, y.size, countOf(x.shape, axes));
  },
  gradient: ({ inputs: [x], output, cotangent, attributes: { axes } }) => {
    const kept = reducedShape(x.shape, axes, true);
    const ties = x.equal(output.reshape(kept));
    return [ties.mul(cotangent.reshape(kept).div(ties.sum(axes, true)))];
  },
};

export interface AxisAttributes {
  readonly axis: number;
}

/** Walks one axis of a row-major array: `visit(first offset, stride)` for each line along it. */
function eachLine(
  shape: Shape,
  axis: number,
  visit: (line: number, first: number, stride: number, length: number) => void,
): void {
  const { inner: stride, length, outer } = linesAlong(shape, axis);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < stride; i++) visit(o * stride + i, o * stride * length + i, stride, length);
}

const LINE = `  const line = this.thread.x;
  const block = Math.floor((line + 0.5) / this.constants.stride);
  const first = block * this.constants.stride * this.constants.count + line - block * this.constants.stride;`;

function lineConstants(shape: Shape, axis: number): Record<string, number> {
  const { inner: stride, length: count } = linesAlong(shape, axis);
  return { stride, count };
}

export const argmax: Op<AxisAttributes> = {
  name: 'argmax',
  definition: 'index of the largest x along axis, the first on a tie; NaN counts as the largest',
  infer: (inputs, { axis }) => {
    const [{ shape }] = requireFloat('argmax', inputs);
    requireResolved('argmax', [axis], shape.length);
    if (shape[axis] === 0) throw new ArgumentError('argmax', 'an empty axis has no largest element');
    return int32(reducedShape(shape, [axis], false));
  },
  gpu: ([x], output, { axis }) => ({
    output: [sizeOf(output.shape)],
    constants: lineConstants(x.shape, axis),
    source: `function (xs) {
${LINE}
  let best = 0;
  let largest = xs[first];
  for (let i = 1; i < this.constants.count; i++) {
    const x = xs[first + i * this.constants.stride];
    if (x > largest || (x != x && largest == largest)) {
      largest = x;
      best = i;
    }
  }
  return best;
}`,
  }),
  simd: (machine, [x], y, { axis }) => {
    const { floats, ints } = machine;
    eachLine(x.shape, axis, (line, first, stride, length) => {
      let best = 0;
      let largest = floats[x.pointer / 4 + first] as number;
      for (let i = 1; i < length; i++) {
        const value = floats[x.pointer / 4 + first + i * stride] as number;
        if (value > largest || (Number.isNaN(value) && !Number.isNaN(largest))) {
          largest = value;
          best = i;
        }
      }
      ints[y.pointer / 4 + line] = best;
    });
  },
  gradient: 'none',
};

export const cumsum: Op<AxisAttributes & { readonly reverse: boolean }> = {
  name: 'cumsum',
  definition: 'y[i] = x[0] + .. + x[i] along axis (reverse: x[i] + .. + x[n-1])',
  infer: (inputs, { axis }) => {
    const [{ shape }] = requireFloat('cumsum', inputs);
    requireResolved('cumsum', [axis], shape.length);
    return float32(shape);
  },
  gpu: ([x], output, { axis, reverse }) => ({
    output: [sizeOf(output.shape)],
    constants: lineConstants(x.shape, axis),
    source: `function (xs) {
  const outer = Math.floor((this.thread.x + 0.5) / (this.constants.stride * this.constants.count));
  const inOuter = this.thread.x - outer * this.constants.stride * this.constants.count;
  const position = Math.floor((inOuter + 0.5) / this.constants.stride);
  const first = this.thread.x - position * this.constants.stride;
  let y = 0;
  for (let i = 0; i < this.constants.count; i++) {
    if (i ${reverse ? '>=' : '<='} position) y += xs[first + i * this.constants.stride];
  }
  return y;
}`,
  }),
  simd: (machine, [x], y, { axis, reverse }) => {
    const floats = machine.floats;
    eachLine(x.shape, axis, (_, first, stride, length) => {
      let total = 0;
      for (let step = 0; step < length; step++) {
        const at = first + (reverse ? length - 1 - step : step) * stride;
        total += floats[x.pointer / 4 + at] as number;
        floats[y.pointer / 4 + at] = total;
      }
    });
  },
  gradient: ({ cotangent, attributes: { axis, reverse } }) => [
    cotangent.apply(cumsum, [], { axis, reverse: !reverse }),
  ],
};

/** Less than 0 when a comes before b: larger numbers first, NaN before them. */
const descending = (a: number, b: number): number =>
  a > b || (Number.isNaN(a) && !Number.isNaN(b)) ? -1 : a < b || Number.isNaN(b) !== Number.isNaN(a) ? 1 : 0;

/**
 * The k-th largest entry's index along the last axis for k = 0 .. count-1, largest first, ties in order.
 * Without sorting: each entry's place is the number of entries that come before it.
 */
export const topKIndices: Op<{ readonly k: number }> = {
  name: 'topKIndices',
  definition: 'indices of the k largest x along the last axis, largest first, NaN before all numbers',
  infer: (inputs, { k }) => {
    const [{ shape }] = requireFloat('topK', inputs);
    const width = shape.at(-1) ?? 0;
    requireWhole('topK', 'k', k, 1, width);
    return int32([...shape.slice(0, -1), k]);
  },
  gpu: ([x], output, { k }) => {
    const columns = x.shape.at(-1) as number;
    const rows = sizeOf(output.shape) / k;
    const place = `  const first = row * this.constants.columns;
  const own = xs[at];
  let before = 0;
  for (let i = 0; i < this.constants.columns; i++) {
    const other = xs[first + i];
    const larger = other > own || (other != other && own == own);
    const ties = other == own || (other != other && own != own);
    if (larger || (ties && i < column)) before += 1;
  }
  return before;`;
    const source = `function (places) {
  const first = this.thread.y * this.constants.columns;
  let found = 0;
  for (let i = 0; i < this.constants.columns; i++) {
    if (places[first + i] == this.thread.x) found = i;
  }
  return found;
}`;
    return [
      perElement({ rows, columns }, 'xs', [0], place),
      { output: [k, rows], constants: { columns }, reads: [1], source },
    ];
  },
  simd: (machine, [x], y, { k }) => {
    const width = x.shape.at(-1) as number;
    const { floats, ints } = machine;
    for (let row = 0; row < y.size / k; row++) {
      const line = floats.subarray(x.pointer / 4 + row * width, x.pointer / 4 + (row + 1) * width);
      const order = Array.from(line.keys()).sort((i, j) => descending(line[i] as number, line[j] as number) || i - j);
      ints.set(order.slice(0, k), y.pointer / 4 + row * k);
    }
  },
  gradient: 'none',
};
