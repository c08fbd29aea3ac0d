/** Operations in float64, one output element at a time: slow, plain, and independent of the library. */

/** Reads an array by coordinates; too short arrays and extents of 1 repeat, as in broadcasting. */
export interface Reader {
  (coordinates: readonly number[]): number;
  readonly shape: readonly number[];
}

/** One output element of an operation. */
export type Oracle = (at: readonly number[], ...inputs: Reader[]) => number;

export function coordinatesOf(flat: number, shape: readonly number[]): number[] {
  const coordinates: number[] = [];
  let rest = flat;
  for (const extent of [...shape].reverse()) {
    coordinates.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return coordinates;
}

export function reader(values: ArrayLike<number>, shape: readonly number[]): Reader {
  const read = (coordinates: readonly number[]): number => {
    const own = coordinates.slice(coordinates.length - shape.length);
    const flat = shape.reduce((at, extent, axis) => at * extent + (extent === 1 ? 0 : (own[axis] as number)), 0);
    return values[flat] as number;
  };
  return Object.assign(read, { shape });
}

export function evaluate(oracle: Oracle, shape: readonly number[], inputs: readonly Reader[]): number[] {
  const size = shape.reduce((a, b) => a * b, 1);
  return Array.from({ length: size }, (_, i) => oracle(coordinatesOf(i, shape), ...inputs));
}

export const total = (count: number, f: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += f(i);
  return sum;
};

const withAxis = (at: readonly number[], axis: number, i: number): number[] =>
  at.map((position, j) => (j === axis ? i : position));
export const last = (at: readonly number[], i: number): number[] => [...at.slice(0, -1), i];

export const unaryOracle =
  (f: (x: number) => number): Oracle =>
  (at, x) =>
    f((x as Reader)(at));
export const binaryOracle =
  (f: (a: number, b: number) => number): Oracle =>
  (at, a, b) =>
    f((a as Reader)(at), (b as Reader)(at));

/** 2 / sqrt(pi) * integral of e^(-t^2) from 0 to x, by Simpson's rule. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const end = Math.min(Math.abs(x), 7);
  const steps = 400;
  const f = (i: number): number => Math.exp(-(((i * end) / steps) ** 2));
  const inner = total(steps - 1, (i) => f(i + 1) * (i % 2 === 0 ? 4 : 2));
  return (Math.sign(x) * 2 * (f(0) + inner + f(steps)) * end) / steps / 3 / Math.sqrt(Math.PI);
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
export const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
/** The standard normal distribution function; by a continued fraction in the tails, so that nothing cancels. */
export function normal(x: number): number {
  if (Math.abs(x) < 2.5) return (1 + erf(x / Math.SQRT2)) / 2;
  const a = Math.abs(x);
  let fraction = 0;
  for (let k = 200; k > 0; k--) fraction = k / (a + fraction);
  const tail = density(a) / (a + fraction);
  return x < 0 ? tail : 1 - tail;
}
export const gelu = (x: number): number => x * normal(x);
export const geluTanh = (x: number): number => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));

/** dy * f'(x), by central differences. */
export const slopeOracle =
  (f: (x: number) => number): Oracle =>
  (at, x, dy) => {
    const [here, h] = [(x as Reader)(at), 1e-4];
    const slope = (8 * (f(here + h) - f(here - h)) - (f(here + 2 * h) - f(here - 2 * h))) / (12 * h);
    return (dy as Reader)(at) * slope;
  };

/** Sum over the last axis of dy * d f / d x[at], by central differences: the gradient of an operation on rows. */
export const rowGradientOracle =
  (f: Oracle): Oracle =>
  (at, x, dy, ...others) => {
    const nudged = (h: number): Reader =>
      Object.assign((c: readonly number[]) => (x as Reader)(c) + (c.join() === at.join() ? h : 0), {
        shape: x?.shape ?? [],
      });
    const width = x?.shape.at(-1) as number;
    const h = 1e-5;
    return total(width, (j) => {
      const there = last(at, j);
      return ((dy as Reader)(there) * (f(there, nudged(h), ...others) - f(there, nudged(-h), ...others))) / (2 * h);
    });
  };

export const sumOracle =
  (
    axes: readonly number[],
    keepDims: boolean,
    combine: (values: number[]) => number = (values) => values.reduce((a, b) => a + b, 0),
  ): Oracle =>
  (at, x) => {
    const shape = x?.shape ?? [];
    const reduced = axes.map((axis) => shape[axis] as number);
    const count = reduced.reduce((a, b) => a * b, 1);
    const values = Array.from({ length: count }, (_, i) => {
      const inner = coordinatesOf(i, reduced);
      let next = 0;
      const where = shape.map((_, axis) => {
        const k = axes.indexOf(axis);
        if (k >= 0) return inner[k] as number;
        return at[keepDims ? axis : next++] as number;
      });
      return (x as Reader)(where);
    });
    return combine(values);
  };

export const softmaxOracle =
  (emptyRows: 'uniform' | 'zero'): Oracle =>
  (at, x, mask) => {
    const width = x?.shape.at(-1) as number;
    const row = Array.from({ length: width }, (_, j) => (x as Reader)(last(at, j)));
    const seen = row.map((_, j) => (mask ? mask(last(at, j)) !== 0 : true));
    if (!seen.includes(true)) return emptyRows === 'zero' ? 0 : 1 / width;
    const m = Math.max(...row.filter((_, j) => seen[j]));
    const weights = row.map((v, j) => (seen[j] ? Math.exp(v - m) : 0));
    return (weights[at.at(-1) as number] as number) / weights.reduce((a, b) => a + b, 0);
  };

export const attentionOracle =
  (scale: number, mask: boolean, bias: boolean, emptyRows: 'uniform' | 'zero'): Oracle =>
  (at, q, k, v, ...rest) => {
    const [queries, keys, values] = [q as Reader, k as Reader, v as Reader];
    const [m, d] = keys.shape.slice(-2) as [number, number];
    const [batch, row] = [at.slice(0, -2), at.at(-2) as number];
    const biases = bias ? rest[mask ? 1 : 0] : undefined;
    const scores = Array.from({ length: m }, (_, j) => {
      const dot = total(d, (i) => queries([...batch, row, i]) * keys([...batch, j, i]));
      return dot * scale + (biases?.([...batch, row, j]) ?? 0);
    });
    const shape = [...batch.map((b) => b + 1), row + 1, m];
    const table = Object.assign((c: readonly number[]) => scores[c.at(-1) as number] as number, { shape });
    const weight = softmaxOracle(emptyRows);
    return total(m, (j) => {
      const there = [...batch, row, j];
      return (
        (mask ? weight(there, table, rest[0] as Reader) : weight(there, table)) *
        values([...batch, j, at.at(-1) as number])
      );
    });
  };

/** `oracle` for heads that lie side by side in the last axis of q, k, v and the result. */
export const inHeads =
  (heads: number, oracle: Oracle): Oracle =>
  (at, q, k, v, ...rest) => {
    const apart = (x: Reader): Reader => {
      const width = (x.shape.at(-1) as number) / heads;
      const read = (c: readonly number[]): number => {
        const [head, row, j] = c.slice(-3) as [number, number, number];
        return x([...c.slice(0, -3), row, head * width + j]);
      };
      return Object.assign(read, { shape: [...x.shape.slice(0, -2), heads, x.shape.at(-2) as number, width] });
    };
    const [queries, keys, values] = [q, k, v].map((x) => apart(x as Reader)) as [Reader, Reader, Reader];
    const width = values.shape.at(-1) as number;
    const j = at.at(-1) as number;
    const split = [...at.slice(0, -2), Math.floor(j / width), at.at(-2) as number, j % width];
    return oracle(split, queries, keys, values, ...rest);
  };

export const layerNormOracle =
  (eps: number): Oracle =>
  (at, x, weight, bias) => {
    const width = x?.shape.at(-1) as number;
    const value = (j: number): number => (x as Reader)(last(at, j));
    const mean = total(width, value) / width;
    const variance = total(width, (j) => (value(j) - mean) ** 2) / width;
    const j = at.at(-1) as number;
    return ((value(j) - mean) / Math.sqrt(variance + eps)) * (weight?.([j]) ?? 1) + (bias?.([j]) ?? 0);
  };

export const rmsNormOracle =
  (eps: number): Oracle =>
  (at, x, weight) => {
    const width = x?.shape.at(-1) as number;
    const square = total(width, (j) => (x as Reader)(last(at, j)) ** 2) / width;
    return ((x as Reader)(at) / Math.sqrt(square + eps)) * (weight?.([at.at(-1) as number]) ?? 1);
  };

export const matmulOracle =
  (transposeA: boolean, transposeB: boolean): Oracle =>
  (at, a, b) => {
    const [left, right] = [a as Reader, b as Reader];
    const [batch, i, j] = [at.slice(0, -2), at.at(-2) as number, at.at(-1) as number];
    const inner = left.shape.at(transposeA ? -2 : -1) as number;
    return total(
      inner,
      (k) => left([...batch, ...(transposeA ? [k, i] : [i, k])]) * right([...batch, ...(transposeB ? [j, k] : [k, j])]),
    );
  };

export const crossEntropyOracle =
  (ignoreIndex: number): Oracle =>
  ([row], logits, targets) => {
    const target = (targets as Reader)([row as number]);
    if (target === ignoreIndex) return 0;
    const classes = logits?.shape[1] as number;
    const value = (c: number): number => (logits as Reader)([row as number, c]);
    return Math.log(total(classes, (c) => Math.exp(value(c)))) - value(target);
  };

export const cumsumOracle =
  (axis: number, reverse: boolean): Oracle =>
  (at, x) => {
    const length = x?.shape[axis] as number;
    const position = at[axis] as number;
    return total(length, (i) => ((reverse ? i >= position : i <= position) ? (x as Reader)(withAxis(at, axis, i)) : 0));
  };

export const argmaxOracle =
  (axis: number): Oracle =>
  (at, x) => {
    const values = Array.from({ length: x?.shape[axis] as number }, (_, i) =>
      (x as Reader)([...at.slice(0, axis), i, ...at.slice(axis)]),
    );
    return values.indexOf(Math.max(...values));
  };

export const topKOracle: Oracle = (at, x) => {
  const row = Array.from({ length: x?.shape.at(-1) as number }, (_, j) => (x as Reader)(last(at, j)));
  const order = row.map((_, j) => j).sort((i, j) => (row[j] as number) - (row[i] as number) || i - j);
  return order[at.at(-1) as number] as number;
};

export const gatherOracle =
  (axis: number): Oracle =>
  (at, x, index) =>
    (x as Reader)(withAxis(at, axis, (index as Reader)(at)));

export const scatterAddOracle =
  (axis: number): Oracle =>
  (at, x, index, source) =>
    (x as Reader)(at) +
    total(index?.shape[axis] as number, (j) => {
      const from = withAxis(at, axis, j);
      return (index as Reader)(from) === at[axis] ? (source as Reader)(from) : 0;
    });

/** What a sliced element was: start + i * step along each axis. */
export type Ranges = { start: number; count: number; step: number }[];
export const sliceOracle =
  (ranges: Ranges): Oracle =>
  (at, x) =>
    (x as Reader)(ranges.map(({ start, step }, axis) => start + step * (at[axis] as number)));
export const unsliceOracle =
  (ranges: Ranges, fill: number): Oracle =>
  (at, x) => {
    const from = ranges.map(({ start, step }, axis) => ((at[axis] as number) - start) / step);
    const inside = from.every((i, axis) => Number.isInteger(i) && i >= 0 && i < (ranges[axis]?.count as number));
    return inside ? (x as Reader)(from) : fill;
  };

export const concatOracle =
  (axis: number): Oracle =>
  (at, ...inputs) => {
    let position = at[axis] as number;
    for (const input of inputs) {
      if (position < (input.shape[axis] as number)) return input(at.map((i, j) => (j === axis ? position : i)));
      position -= input.shape[axis] as number;
    }
    return Number.NaN;
  };
