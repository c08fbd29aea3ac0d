import type { TensorType } from '../devices/device.ts';
import { ArgumentError, requireWhole, ShapeError } from '../errors.ts';
import {
  broadcastStrides,
  collapse,
  inferShape,
  offsetAt,
  repeatsTo,
  requireResolved,
  requireShape,
  type Shape,
  sameButFor,
  sameShape,
  sizeOf,
  stridesOf,
} from '../shape.ts';
import { offsetCode, sumCode } from './index-code.ts';
import { float32, int32, type Op, requireFit, requireFloat } from './op.ts';

const like = (input: TensorType, shape: Shape): TensorType => ({ shape, dtype: input.dtype });

export const reshape: Op<{ readonly shape: Shape }> = {
  name: 'reshape',
  definition: 'the same values in the same order, in another shape',
  view: true,
  infer: ([x], { shape }) => like(x, inferShape('reshape', x.shape, shape)),
  gpu: (_, output) => ({ output: [sizeOf(output.shape)], source: 'function (xs) { return xs[this.thread.x]; }' }),
  simd: (machine, [x], y) => machine.floats.copyWithin(y.pointer / 4, x.pointer / 4, x.pointer / 4 + y.size),
  gradient: ({ inputs: [x], cotangent }) => [cotangent.reshape(x.shape)],
};

/** A kernel that only moves values: output element at multi-index i is input element start + i . strides. */
function strided<A>(
  name: string,
  definition: string,
  view: (shape: Shape, attributes: A) => { shape: Shape; strides: readonly number[]; start?: number },
): Omit<Op<A>, 'gradient'> {
  return {
    name,
    definition,
    infer: ([x], attributes) => like(x, view(x.shape, attributes).shape),
    gpu: ([x], output, attributes) => {
      const { shape, strides, start = 0 } = view(x.shape, attributes);
      const at = sumCode(`${start}`, offsetCode('this.thread.x', shape, strides));
      return { output: [sizeOf(output.shape)], source: `function (xs) {\n  return xs[${at}];\n}` };
    },
    simd: (machine, [x], y, attributes) => {
      if (y.size === 0) return;
      const { shape, strides, start = 0 } = view(x.shape, attributes);
      machine.copyStrided(x.pointer + start * 4, y.pointer, shape, strides);
    },
  };
}

export interface PermuteAttributes {
  readonly axes: readonly number[];
}

export const permute: Op<PermuteAttributes> = {
  ...strided<PermuteAttributes>('permute', 'axis j of the output is axis axes[j] of the input', (shape, { axes }) => {
    if (axes.length !== shape.length || !shape.every((_, axis) => axes.includes(axis)))
      throw new ShapeError('permute', `[${axes.join(', ')}] is not a permutation of the axes`, shape);
    const strides = stridesOf(shape);
    return { shape: axes.map((axis) => shape[axis] as number), strides: axes.map((axis) => strides[axis] as number) };
  }),
  gradient: ({ cotangent, attributes: { axes } }) => [cotangent.permute(axes.map((_, axis) => axes.indexOf(axis)))],
};

export const expand: Op<{ readonly shape: Shape }> = {
  ...strided<{ readonly shape: Shape }>(
    'expand',
    'x repeated along axes of size 1, to the given shape',
    (from, { shape }) => {
      requireShape('expand', shape);
      if (!repeatsTo(from, shape))
        throw new ShapeError('expand', 'cannot repeat the first shape to the second', from, shape);
      return { shape, strides: broadcastStrides(from, shape) };
    },
  ),
  gradient: ({ cotangent }) => [cotangent], // autograd sums repeated axes
};

export interface SliceAttributes {
  /** Resolved: start, count and step per axis; a negative step walks backwards. */
  readonly ranges: readonly { readonly start: number; readonly count: number; readonly step: number }[];
}

export const slice: Op<SliceAttributes> = {
  ...strided<SliceAttributes>('slice', 'y[i] = x[start + i * step] along each axis', (shape, { ranges }) => {
    requireRanges('slice', ranges, shape);
    return { shape: ranges.map(({ count }) => count), ...placesOf(ranges, shape) };
  }),
  gradient: ({ inputs: [x], cotangent, attributes }) => [
    cotangent.apply(unslice, [], { ...attributes, shape: x.shape }),
  ],
};

/** Where the first element of the ranges is in a tensor of `shape`, and how far it is to the next along each axis. */
function placesOf(ranges: SliceAttributes['ranges'], shape: Shape): { strides: number[]; start: number } {
  const strides = stridesOf(shape);
  return {
    strides: ranges.map(({ step }, axis) => step * (strides[axis] as number)),
    start: ranges.reduce((offset, { start }, axis) => offset + start * (strides[axis] as number), 0),
  };
}

/** @throws ArgumentError when ranges leave a tensor of `shape` */
function requireRanges(operation: string, ranges: SliceAttributes['ranges'], shape: Shape): void {
  if (ranges.length !== shape.length) throw new ShapeError(operation, 'expected a range for each axis', shape);
  ranges.forEach(({ start, count, step }, axis) => {
    const extent = shape[axis] as number;
    requireWhole(operation, `the count of axis ${axis}`, count);
    requireWhole(operation, `the step of axis ${axis}`, step, Number.MIN_SAFE_INTEGER);
    if (count === 0) return;
    requireWhole(operation, `the start of axis ${axis}`, start, 0, extent - 1);
    requireWhole(operation, `the last position of axis ${axis}`, start + (count - 1) * step, 0, extent - 1);
  });
}

export interface UnsliceAttributes extends SliceAttributes {
  readonly shape: Shape;
  /** Default 0. */
  readonly fill?: number;
}

/** The transpose of slice: puts the values back where they came from, the fill value elsewhere. Also what pads. */
export const unslice: Op<UnsliceAttributes> = {
  name: 'unslice',
  definition: 'y[start + i * step] = x[i] along each axis, the fill value elsewhere',
  infer: ([x], { shape, ranges }) => {
    requireRanges('unslice', ranges, requireShape('unslice', shape));
    const counts = ranges.map(({ count }) => count);
    if (!sameShape(x.shape, counts))
      throw new ShapeError('unslice', 'the ranges do not fit the shape', x.shape, counts);
    return like(x, shape);
  },
  gpu: ([x], output, { ranges, shape, fill = 0 }) => {
    const inner = stridesOf(x.shape);
    const outer = stridesOf(shape);
    const lines = ranges.map(({ start, count, step }, axis) => {
      const extent = shape[axis] as number;
      const quotient = `Math.floor((this.thread.x + 0.5) / ${outer[axis]})`;
      const position = axis === 0 ? quotient : `${quotient} - Math.floor((${quotient} + 0.5) / ${extent}) * ${extent}`;
      return `  const p${axis} = (${position} - ${start}) / ${step};
  const i${axis} = Math.floor(p${axis} + 0.5);
  if (Math.abs(p${axis} - i${axis}) > 0.01 || i${axis} < 0 || i${axis} >= ${count}) inside = 0;
  at += i${axis} * ${inner[axis]};`;
    });
    return {
      output: [sizeOf(output.shape)],
      source: `function (xs) {\n  let inside = 1;\n  let at = 0;\n${lines.join('\n')}\n  if (inside == 0) return ${fill};\n  return xs[at];\n}`,
    };
  },
  simd: (machine, [x], y, { ranges, shape, fill = 0 }) => {
    const { floats } = machine;
    floats.fill(fill, y.pointer / 4, y.pointer / 4 + y.size);
    const { strides, start } = placesOf(ranges, shape);
    const flat = collapse(x.shape, [strides]);
    const [to, inner] = [flat.strides[0] as number[], flat.shape.at(-1) as number];
    const innerStep = to.at(-1) as number;
    for (let run = 0; run < x.size / inner; run++) {
      const at = start + offsetAt(run, flat.shape.slice(0, -1), to);
      const from = x.pointer / 4 + run * inner;
      if (innerStep === 1) floats.copyWithin(y.pointer / 4 + at, from, from + inner);
      else for (let i = 0; i < inner; i++) floats[y.pointer / 4 + at + i * innerStep] = floats[from + i] as number;
    }
  },
  gradient: ({ cotangent, attributes: { ranges } }) => [cotangent.apply(slice, [], { ranges })],
};

export interface ConcatAttributes {
  readonly axis: number;
}

export const concat: Op<ConcatAttributes> = {
  name: 'concat',
  definition: 'inputs one after another along axis',
  infer: (inputs, { axis }) => {
    const [first] = inputs;
    requireResolved('concat', [axis], first.shape.length);
    for (const input of inputs) {
      const fits = sameButFor(axis, input.shape, first.shape);
      requireFit('concat', fits, `shapes may differ along axis ${axis} only`, [first, input]);
      if (input.dtype !== first.dtype)
        throw new ArgumentError('concat', `cannot join ${first.dtype} with ${input.dtype}`);
    }
    const total = inputs.reduce((sum, input) => sum + (input.shape[axis] as number), 0);
    const shape = first.shape.map((extent, i) => (i === axis ? total : extent));
    return like(first, shape);
  },
  gpu: (inputs, output, { axis }) => {
    const stride = sizeOf(output.shape.slice(axis + 1));
    const names = inputs.map((_, i) => `x${i}`);
    let start = 0;
    const cases = inputs.map((input, i) => {
      const count = input.shape[axis] as number;
      const begin = start;
      start += count;
      return `  if (position < ${start}) return x${i}[(block * ${count} + position - ${begin}) * ${stride} + inner];`;
    });
    const last = inputs.length - 1;
    cases[last] = cases[last]?.replace(/if \(.*?\) return/, 'return') as string;
    return {
      output: [sizeOf(output.shape)],
      source: `function (${names.join(', ')}) {
  const line = Math.floor((this.thread.x + 0.5) / ${stride});
  const inner = this.thread.x - line * ${stride};
  const block = Math.floor((line + 0.5) / ${output.shape[axis]});
  const position = line - block * ${output.shape[axis]};
${cases.join('\n')}
}`,
    };
  },
  simd: (machine, inputs, y, { axis }) => {
    const { ints } = machine; // as integers, so that no bit of either dtype is touched
    const blocks = sizeOf(y.shape.slice(0, axis));
    const width = y.size / blocks;
    let start = 0;
    for (const x of inputs) {
      const run = x.size / blocks;
      for (let block = 0; block < blocks; block++) {
        const from = x.pointer / 4 + block * run;
        ints.copyWithin(y.pointer / 4 + block * width + start, from, from + run);
      }
      start += run;
    }
  },
  gradient: ({ inputs, cotangent, attributes: { axis }, needs }) => {
    let start = 0;
    return inputs.map((input, i) => {
      const from = start;
      start += input.shape[axis] as number;
      const ranges = input.shape.map((_, j) => (j === axis ? ([from, start] as const) : ([null] as const)));
      return needs[i] ? cotangent.slice(ranges) : null;
    });
  },
};

export const toFloat: Op = {
  name: 'toFloat',
  definition: 'integers as float32',
  infer: ([x]) => float32(x.shape),
  gpu: (_, output) => ({ output: [sizeOf(output.shape)], source: 'function (xs) {\n  return xs[this.thread.x];\n}' }),
  simd: (machine, [x], y) => {
    const from = x.dtype === 'int32' ? machine.ints : machine.floats;
    machine.floats.set(from.subarray(x.pointer / 4, x.pointer / 4 + x.size), y.pointer / 4);
  },
  gradient: ({ cotangent }) => [cotangent],
};

export const toInt: Op = {
  name: 'toInt',
  definition: 'the whole part of x as int32; the nearest float32 within int32 beyond it, 0 for NaN',
  infer: (inputs) => int32(requireFloat('toInt', inputs)[0].shape),
  gpu: (_, output) => ({
    output: [sizeOf(output.shape)],
    source:
      'function (xs) {\n  const x = xs[this.thread.x];\n  if (x >= 2147483520) return 2147483520;\n  if (x <= -2147483648) return -2147483648;\n  return x < 0 ? Math.ceil(x) : (x >= 0 ? Math.floor(x) : 0);\n}',
  }),
  simd: (machine, [x], y) => {
    const { floats, ints } = machine;
    for (let i = 0; i < y.size; i++)
      ints[y.pointer / 4 + i] = Math.min(Math.max(floats[x.pointer / 4 + i] as number, -2147483648), 2147483520);
  },
  gradient: 'none',
};
