import type { IndexRange, Inputs, TensorType } from '../devices/device.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { linesAlong, requireResolved, requireShape, sameButFor, sameShape, sizeOf } from '../shape.ts';
import { float32, type Op, requireFit, requireFloat } from './op.ts';
import type { AxisAttributes } from './reduction.ts';

export function requireIndex(operation: string, index: TensorType): TensorType {
  if (index.dtype !== 'int32') throw new ArgumentError(operation, `indices are ${index.dtype}, expected int32`);
  return index;
}

/** Input 1 holds positions along an axis of input 0. */
const alongAxis = ([x]: Inputs<TensorType>, { axis }: AxisAttributes): IndexRange => ({
  input: 1,
  limit: x.shape[axis] as number,
});

export const gather: Op<AxisAttributes> = {
  name: 'gather',
  definition: 'y[.., j, ..] = x[.., index[.., j, ..], ..] along axis',
  infer: ([x, index], { axis }) => {
    requireIndex('gather', index);
    requireResolved('gather', [axis], x.shape.length);
    const fits = sameButFor(axis, x.shape, index.shape);
    requireFit('gather', fits, `x and index may differ along axis ${axis} only`, [x, index]);
    return { shape: index.shape, dtype: x.dtype };
  },
  indices: alongAxis,
  gpu: ([x, index], output, { axis }) => {
    const { inner, length } = linesAlong(x.shape, axis);
    return {
      output: [sizeOf(output.shape)],
      constants: { inner, length, count: index.shape[axis] as number },
      source: `function (xs, index) {
  const outer = Math.floor((this.thread.x + 0.5) / (this.constants.count * this.constants.inner));
  const line = Math.floor((this.thread.x + 0.5) / this.constants.inner);
  const inner = this.thread.x - line * this.constants.inner;
  return xs[(outer * this.constants.length + index[this.thread.x]) * this.constants.inner + inner];
}`,
    };
  },
  simd: (machine, [x, index], y, { axis }) => {
    const { inner, length } = linesAlong(x.shape, axis);
    const count = index.shape[axis] as number;
    const { ints } = machine;
    for (let i = 0; i < y.size; i++) {
      const outer = Math.floor(i / (count * inner));
      const from = (outer * length + (ints[index.pointer / 4 + i] as number)) * inner + (i % inner);
      ints[y.pointer / 4 + i] = ints[x.pointer / 4 + from] as number; // bits are moved, whatever the dtype
    }
  },
  gradient: ({ inputs: [x, index], cotangent, attributes }) => [
    x.zerosLike().apply(scatterAdd, [index, cotangent], attributes),
    null,
  ],
};

export const scatterAdd: Op<AxisAttributes> = {
  name: 'scatterAdd',
  definition: 'x with source[.., j, ..] added at index[.., j, ..] along axis',
  infer: ([x, index, source], { axis }) => {
    requireIndex('scatterAdd', index);
    requireFloat('scatterAdd', [x, source]);
    requireResolved('scatterAdd', [axis], x.shape.length);
    const fits = sameShape(index.shape, source.shape) && sameButFor(axis, x.shape, index.shape);
    const expected = 'index and source must have one shape, that of x but for the axis';
    requireFit('scatterAdd', fits, expected, [x, index, source]);
    return float32(x.shape);
  },
  indices: alongAxis,
  gpu: ([x, index], output, { axis }) => {
    const { inner, length } = linesAlong(x.shape, axis);
    return {
      output: [sizeOf(output.shape)],
      constants: { inner, length, count: index.shape[axis] as number },
      source: `function (xs, index, source) {
  const line = Math.floor((this.thread.x + 0.5) / this.constants.inner);
  const inner = this.thread.x - line * this.constants.inner;
  const outer = Math.floor((line + 0.5) / this.constants.length);
  const position = line - outer * this.constants.length;
  let y = xs[this.thread.x];
  for (let j = 0; j < this.constants.count; j++) {
    const at = (outer * this.constants.count + j) * this.constants.inner + inner;
    if (index[at] == position) y += source[at];
  }
  return y;
}`,
    };
  },
  simd: (machine, [x, index, source], y, { axis }) => {
    const { inner, length } = linesAlong(x.shape, axis);
    const count = index.shape[axis] as number;
    const { ints, floats } = machine;
    floats.copyWithin(y.pointer / 4, x.pointer / 4, x.pointer / 4 + x.size);
    for (let i = 0; i < index.size; i++) {
      const outer = Math.floor(i / (count * inner));
      const to = y.pointer / 4 + (outer * length + (ints[index.pointer / 4 + i] as number)) * inner + (i % inner);
      floats[to] = (floats[to] as number) + (floats[source.pointer / 4 + i] as number);
    }
  },
  gradient: ({ inputs: [, index], cotangent, attributes: { axis } }) => [
    cotangent,
    null,
    cotangent.gather(index, axis),
  ],
};

export const embedding: Op = {
  name: 'embedding',
  definition: 'y[.., :] = table[ids[..], :]',
  infer: ([table, ids]) => {
    requireIndex('embedding', ids);
    if (table.shape.length !== 2) throw new ShapeError('embedding', 'the table needs two axes', table.shape);
    return { shape: [...ids.shape, table.shape[1] as number], dtype: table.dtype };
  },
  indices: ([table]) => ({ input: 1, limit: table.shape[0] as number }),
  gpu: ([table, ids]) => ({
    output: [table.shape[1] as number, sizeOf(ids.shape)],
    constants: { width: table.shape[1] as number },
    source: `function (table, ids) {
  return table[ids[this.thread.y] * this.constants.width + this.thread.x];
}`,
  }),
  simd: (machine, [table, ids], y) => {
    const width = table.shape[1] as number;
    const { ints } = machine;
    for (let i = 0; i < ids.size; i++) {
      const from = (ints[ids.pointer / 4 + i] as number) * width;
      if (table.host) machine.widen(table.host, from, from + width, y.pointer + i * width * 4);
      else ints.copyWithin(y.pointer / 4 + i * width, table.pointer / 4 + from, table.pointer / 4 + from + width);
    }
  },
  readsHost: () => [0],
  gradient: ({ inputs: [table, ids], cotangent }) => [
    cotangent.apply(embeddingGradient, [ids], { rows: table.shape[0] as number }),
    null,
  ],
};

/** Adds up the rows of dy that came from one table row. */
export const embeddingGradient: Op<{ readonly rows: number }> = {
  name: 'embeddingGradient',
  definition: 'dtable[r, :] = sum of dy[i, :] where ids[i] = r',
  infer: ([dy, ids], { rows }) => {
    requireIndex('embeddingGradient', ids);
    const width = dy.shape.at(-1) as number;
    const fits = sameShape(dy.shape, [...ids.shape, width]);
    requireFit('embeddingGradient', fits, 'expected dy [.., width] and ids [..]', [dy, ids]);
    return float32(requireShape('embeddingGradient', [rows, width]));
  },
  indices: (_, { rows }) => ({ input: 1, limit: rows }),
  gpu: ([dy, ids], _, { rows }) => ({
    output: [dy.shape.at(-1) as number, rows],
    constants: { width: dy.shape.at(-1) as number, count: sizeOf(ids.shape) },
    source: `function (dy, ids) {
  let sum = 0;
  for (let i = 0; i < this.constants.count; i++)
    if (ids[i] == this.thread.y) sum += dy[i * this.constants.width + this.thread.x];
  return sum;
}`,
  }),
  simd: (machine, [dy, ids], y) => {
    const width = dy.shape.at(-1) as number;
    const { ints, floats, kernels } = machine;
    floats.fill(0, y.pointer / 4, y.pointer / 4 + y.size);
    for (let i = 0; i < ids.size; i++) {
      const row = y.pointer + (ints[ids.pointer / 4 + i] as number) * width * 4;
      kernels.add(row, dy.pointer + i * width * 4, row, width, 1, 1);
    }
  },
  gradient: ({ inputs: [, ids], cotangent }) => [cotangent.apply(embedding, [ids], {}), null],
};

/** 1 where an id equals the column: what turns ids into masks and one-hot rows. */
export const oneHot: Op<{ readonly classes: number }> = {
  name: 'oneHot',
  definition: 'y[.., c] = 1 where ids[..] = c, else 0: a row of zeros for an id that is not a class',
  infer: ([ids], { classes }) => float32(requireShape('oneHot', [...requireIndex('oneHot', ids).shape, classes])),
  gpu: ([ids], _, { classes }) => ({
    output: [classes, sizeOf(ids.shape)],
    source: 'function (ids) {\n  return ids[this.thread.y] == this.thread.x ? 1 : 0;\n}',
  }),
  simd: (machine, [ids], y, { classes }) => {
    const { ints, floats } = machine;
    floats.fill(0, y.pointer / 4, y.pointer / 4 + y.size);
    for (let i = 0; i < ids.size; i++) {
      const id = ints[ids.pointer / 4 + i] as number;
      if (id >= 0 && id < classes) floats[y.pointer / 4 + i * classes + id] = 1;
    }
  },
  gradient: 'none',
};
