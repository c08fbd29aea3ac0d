/**
 * Operations in float64 on numbers that carry a slope (dual numbers), so that one run gives the values of a graph and its
 * derivative along one direction. Plain loops that share nothing with the library.
 */

import {
  type Attributes,
  type Dual,
  dual,
  exactly,
  FUNCTIONS,
  logSumExp,
  minus,
  normalised,
  PAIRS,
  plus,
  REDUCTIONS,
  ROWS,
  type Round,
  scaled,
  softmax,
  times,
  total,
  truth,
} from './duals.ts';

export interface Values {
  readonly shape: readonly number[];
  readonly items: readonly Dual[];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function coordinates(index: number, shape: readonly number[]): number[] {
  const found: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number;
    found.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return found;
}

/** The number at coordinates, of which leading ones may be too many, and axes of size 1 repeat. */
function read({ shape, items }: Values, at: readonly number[]): Dual {
  const skip = at.length - shape.length;
  const flat = shape.reduce((sum, extent, axis) => sum * extent + (extent === 1 ? 0 : (at[skip + axis] as number)), 0);
  return items[flat] as Dual;
}

const build = (shape: readonly number[], f: (at: number[]) => Dual): Values => ({
  shape,
  items: Array.from({ length: sizeOf(shape) }, (_, i) => f(coordinates(i, shape))),
});

export function broadcast(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return extents.find((extent) => extent !== 1) ?? 1;
  });
}

/** f of every line along an axis, which gives `length` numbers. */
function alongAxis(
  x: Values,
  axis: number,
  f: (row: readonly Dual[], at: number[]) => readonly Dual[],
  length: number = x.shape[axis] as number,
): Values {
  const at = (c: readonly number[], i: number): number[] => c.map((position, j) => (j === axis ? i : position));
  const rowAt = (c: number[]): readonly Dual[] =>
    f(
      Array.from({ length: x.shape[axis] as number }, (_, i) => read(x, at(c, i))),
      c,
    );
  const outer = x.shape.map((extent, j) => (j === axis ? 1 : extent));
  const rows = new Map(build(outer, () => dual(0)).items.map((_, i) => [i, rowAt(coordinates(i, outer))]));
  const lines = { shape: outer, items: [...rows.keys()].map((i) => dual(i)) };
  return build(
    x.shape.map((extent, j) => (j === axis ? length : extent)),
    (c) => (rows.get(read(lines, at(c, 0)).v) as readonly Dual[])[c[axis] as number] as Dual,
  );
}

function reduce(x: Values, axes: readonly number[], keepDims: boolean, f: (list: readonly Dual[]) => Dual): Values {
  const inner = axes.map((axis) => x.shape[axis] as number);
  const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const { items } = build(kept, (c) =>
    f(
      Array.from({ length: sizeOf(inner) }, (_, i) => {
        const position = coordinates(i, inner);
        return read(
          x,
          c.map((at, axis) => (axes.includes(axis) ? (position[axes.indexOf(axis)] as number) : at)),
        );
      }),
    ),
  );
  return { shape: keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis)), items };
}

function matmul(a: Values, b: Values, transposeA = false, transposeB = false): Values {
  const [m, k] = [a.shape.at(transposeA ? -1 : -2) as number, a.shape.at(transposeA ? -2 : -1) as number];
  const n = b.shape.at(transposeB ? -2 : -1) as number;
  return build([...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n], (c) => {
    const [batch, i, j] = [c.slice(0, -2), c.at(-2) as number, c.at(-1) as number];
    const terms = Array.from({ length: k }, (_, l) =>
      times(
        read(a, [...batch, ...(transposeA ? [l, i] : [i, l])]),
        read(b, [...batch, ...(transposeB ? [j, l] : [l, j])]),
      ),
    );
    return total(terms);
  });
}

function masked(x: Values, mask: Values | undefined, round: Round): Values {
  return alongAxis(x, x.shape.length - 1, (row, at) =>
    softmax(
      row,
      round,
      row.map((_, i) => !mask || read(mask, [...at.slice(0, -1), i]).v !== 0),
    ),
  );
}

const LIST: Readonly<Record<string, (inputs: readonly Values[], attributes: Attributes, round: Round) => Values>> = {
  where: ([c, a, b]) =>
    build(broadcast(shapeOf(c), shapeOf(a), shapeOf(b)), (at) =>
      read(c as Values, at).v !== 0 ? read(a as Values, at) : read(b as Values, at),
    ),
  clamp: ([x], { low = 0, value = 0 }) =>
    build(shapeOf(x), (at) => {
      const item = read(x as Values, at);
      return item.v < low ? dual(low) : item.v > value ? dual(value) : item;
    }),
  argmax: ([x], { axis = 0 }) =>
    reduce(x as Values, [axis], false, (list) => {
      const values = list.map((item) => item.v);
      return dual(values.indexOf(Math.max(...values)));
    }),
  matmul: ([a, b], { transposeA, transposeB }) => matmul(a as Values, b as Values, transposeA, transposeB),
  reshape: ([x], { shape = [] }) => ({ shape, items: (x as Values).items }),
  permute: ([x], { axes = [] }) =>
    build(
      axes.map((axis) => shapeOf(x)[axis] as number),
      (at) =>
        read(
          x as Values,
          axes.map((_, i) => at[axes.indexOf(i)] as number),
        ),
    ),
  expand: ([x], { shape = [] }) => build(shape, (at) => read(x as Values, at)),
  slice: ([x], { ranges = [] }) =>
    build(
      ranges.map(([start, end, step]) => Math.max(0, Math.ceil((end - start) / step))),
      (at) =>
        read(
          x as Values,
          ranges.map(([start, , step], axis) => start + step * (at[axis] as number)),
        ),
    ),
  flip: ([x], { axes = [] }) =>
    build(shapeOf(x), (at) =>
      read(
        x as Values,
        at.map((i, axis) => (axes.includes(axis) ? (shapeOf(x)[axis] as number) - 1 - i : i)),
      ),
    ),
  pad: ([x], { pads = [], value = 0 }) =>
    build(
      pads.map(([before, after], axis) => before + (shapeOf(x)[axis] as number) + after),
      (at) => {
        const from = at.map((i, axis) => i - (pads[axis]?.[0] as number));
        const inside = from.every((i, axis) => i >= 0 && i < (shapeOf(x)[axis] as number));
        return inside ? read(x as Values, from) : dual(value);
      },
    ),
  gather: ([x, index], { axis = 0 }) =>
    build(shapeOf(index), (at) =>
      read(
        x as Values,
        at.map((i, j) => (j === axis ? read(index as Values, at).v : i)),
      ),
    ),
  scatterAdd: ([x, index, source], { axis = 0 }) => {
    const sums = [...(x as Values).items];
    const shape = shapeOf(x);
    (source as Values).items.forEach((item, i) => {
      const at = coordinates(i, shapeOf(source));
      const to = at.map((position, j) => (j === axis ? (index as Values).items[i]?.v : position) as number);
      const flat = to.reduce((sum, position, j) => sum * (shape[j] as number) + position, 0);
      sums[flat] = plus(sums[flat] as Dual, item);
    });
    return { shape, items: sums };
  },
  embedding: ([table, ids]) =>
    build([...shapeOf(ids), shapeOf(table)[1] as number], (at) =>
      read(table as Values, [read(ids as Values, at.slice(0, -1)).v, at.at(-1) as number]),
    ),
  oneHot: ([ids], { count = 0 }) =>
    build([...shapeOf(ids), count], (at) => truth(read(ids as Values, at.slice(0, -1)).v === at.at(-1))),
  concat: (inputs, { axis = 0 }) => {
    const lengths = inputs.map((x) => x.shape[axis] as number);
    const shape = shapeOf(inputs[0]).map((extent, j) => (j === axis ? lengths.reduce((a, b) => a + b, 0) : extent));
    return build(shape, (at) => {
      let [part, position] = [0, at[axis] as number];
      while (position >= (lengths[part] as number)) position -= lengths[part++] as number;
      return read(
        inputs[part] as Values,
        at.map((i, j) => (j === axis ? position : i)),
      );
    });
  },
  stack: (inputs, { axis = 0 }) =>
    build([...shapeOf(inputs[0]).slice(0, axis), inputs.length, ...shapeOf(inputs[0]).slice(axis)], (at) =>
      read(inputs[at[axis] as number] as Values, at.toSpliced(axis, 1)),
    ),
  tile: ([x], { axes = [] }) =>
    build(
      shapeOf(x).map((extent, axis) => extent * (axes[axis] as number)),
      (at) =>
        read(
          x as Values,
          at.map((i, axis) => i % (shapeOf(x)[axis] as number)),
        ),
    ),
  repeatInterleave: ([x], { axis = 0, count = 1 }) =>
    build(
      shapeOf(x).map((extent, j) => (j === axis ? extent * count : extent)),
      (at) =>
        read(
          x as Values,
          at.map((i, j) => (j === axis ? Math.floor(i / count) : i)),
        ),
    ),
  indexSelect: ([x, index], { axis = 0 }) =>
    build(
      shapeOf(x).map((extent, j) => (j === axis ? (shapeOf(index)[0] as number) : extent)),
      (at) =>
        read(
          x as Values,
          at.map((i, j) => (j === axis ? ((index as Values).items[i] as Dual).v : i)),
        ),
    ),
  tril: ([x], { count = 0 }) =>
    build(shapeOf(x), (at) =>
      (at.at(-1) as number) - (at.at(-2) as number) <= count ? read(x as Values, at) : dual(0),
    ),
  maskedSoftmax: ([x, mask], _, round) => masked(x as Values, mask, round),
  attention: ([q, k, v, ...rest], { masked: hasMask, biased, value: scale = 1 }, round) => {
    const scores = matmul(q as Values, k as Values, false, true);
    const bias = biased ? rest[hasMask ? 1 : 0] : undefined;
    const biasedScores = build(scores.shape, (at) =>
      plus(scaled(read(scores, at), scale), bias ? read(bias, at) : dual(0)),
    );
    return matmul(masked(biasedScores, hasMask ? rest[0] : undefined, round), v as Values);
  },
  crossEntropy: ([logits, targets]) =>
    build(shapeOf(targets), ([row]) => {
      const list = Array.from({ length: shapeOf(logits)[1] as number }, (_, c) =>
        read(logits as Values, [row as number, c]),
      );
      const target = read(targets as Values, [row as number]).v;
      return target < 0 ? dual(0) : minus(logSumExp(list), list[target] as Dual);
    }),
  affineNorm: ([x, weight, bias], _, round) => {
    const rows = alongAxis(x as Values, shapeOf(x).length - 1, (row) => normalised(row, 1e-5, round));
    return build(rows.shape, (at) => plus(times(read(rows, at), read(weight as Values, at)), read(bias as Values, at)));
  },
};

const shapeOf = (x: Values | undefined): readonly number[] => x?.shape ?? [];

/** One operation of a graph. */
export function interpret(
  name: string,
  inputs: readonly Values[],
  attributes: Attributes,
  round: Round = exactly,
): Values {
  const [x, y] = inputs as [Values, Values];
  const unary = FUNCTIONS[name];
  if (unary) {
    const items = x.items.map((item) => {
      const [v, slope] = unary(item.v);
      return dual(v, slope === 0 ? 0 : slope * item.d);
    });
    return { shape: x.shape, items };
  }
  const pair = PAIRS[name];
  if (pair) return build(broadcast(x.shape, y.shape), (at) => pair(read(x, at), read(y, at)));
  const reduction = REDUCTIONS[name];
  if (reduction) return reduce(x, attributes.axes ?? [], attributes.keepDims ?? false, reduction);
  const row = ROWS[name];
  if (row)
    return alongAxis(x, attributes.axis ?? x.shape.length - 1, (items) => row(items, attributes, round), attributes.k);
  return (LIST[name] as (typeof LIST)[string])(inputs, attributes, round);
}

/** The operations that take their inputs in the same way. */
export const NAMES: Readonly<Record<'functions' | 'pairs' | 'reductions', readonly string[]>> = {
  functions: Object.keys(FUNCTIONS),
  pairs: Object.keys(PAIRS),
  reductions: Object.keys(REDUCTIONS),
};
