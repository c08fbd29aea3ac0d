import { ArgumentError, requireArray, requireWhole, ShapeError, shown } from './errors.ts';

export type Shape = readonly number[];

/**
 * Number of elements of a shape; 1 for a scalar.
 * @param shape extents of the axes
 * @example
 * ```ts
 * sizeOf([2, 3, 4]); // 24
 * ```
 */
export function sizeOf(shape: Shape): number {
  requireArray('sizeOf', 'the shape', shape);
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** @throws ArgumentError unless every size is a whole number from 0 on, their product included */
export function requireShape(operation: string, shape: Shape): Shape {
  requireArray(operation, 'the shape', shape);
  for (let axis = 0; axis < shape.length; axis++)
    requireWhole(operation, `the size of axis ${axis}`, shape[axis] as number);
  requireWhole(operation, 'the number of elements', sizeOf(shape));
  return shape;
}

/**
 * The sizes of a tensor's axes.
 * @param form a letter for each axis of any size, a number for one of that size
 * @throws ArgumentError for what is no tensor, ShapeError for another form
 */
export function requireForm<const F extends readonly (string | number)[]>(
  operation: string,
  name: string,
  x: { readonly shape: Shape },
  form: F,
): { [I in keyof F]: number } {
  const shape: unknown = Object(x).shape;
  if (!Array.isArray(shape)) throw new ArgumentError(operation, `${name} is ${shown(x)}, expected a tensor`);
  if (shape.length !== form.length || form.some((axis, i) => typeof axis === 'number' && axis !== shape[i]))
    throw new ShapeError(operation, `expected ${name} [${form.join(', ')}]`, shape);
  return shape as { [I in keyof F]: number };
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis] as number;
  }
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return sameButFor(-1, a, b);
}

/** Tells whether two shapes differ along one axis only, if at all. */
export function sameButFor(axis: number, a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, i) => i === axis || extent === b[i]);
}

/**
 * The shape two operands broadcast to, by NumPy's rule.
 * @throws ShapeError naming the first axis that differs
 */
export function broadcastShapes(operation: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const x = a.at(axis - rank) ?? 1;
    const y = b.at(axis - rank) ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new ShapeError(operation, `shapes do not broadcast, axis ${axis - rank} differs (${x} != ${y})`, a, b);
    result[axis] = x === 1 ? y : x;
  }
  return result;
}

/** Tells whether `shape` broadcasts to exactly the shape `to`. */
export function repeatsTo(shape: Shape, to: Shape): boolean {
  const before = to.length - shape.length;
  return before >= 0 && shape.every((extent, axis) => extent === 1 || extent === to[before + axis]);
}

/** Strides that read `shape` as if it had the broadcast shape `to`: 0 along repeated axes. */
export function broadcastStrides(shape: Shape, to: Shape): number[] {
  const strides = stridesOf(shape);
  return to.map((extent, axis) => {
    const own = axis - to.length + shape.length;
    return own < 0 || (shape[own] === 1 && extent !== 1) ? 0 : (strides[own] as number);
  });
}

/**
 * Counts a negative axis from the end.
 * @throws ArgumentError when the axis is out of range
 */
export function resolveAxis(operation: string, axis: number, rank: number): number {
  const resolved = Number.isInteger(axis) && axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank)
    throw new ArgumentError(operation, `axis ${shown(axis)} is outside of a tensor with ${rank} axes`);
  return resolved;
}

/** @throws ArgumentError unless the axes are resolved, sorted and different, as attributes of operations are */
export function requireResolved(operation: string, axes: readonly number[], rank: number): void {
  for (const [i, axis] of axes.entries())
    requireWhole(operation, 'a resolved axis', axis, i === 0 ? 0 : (axes[i - 1] as number) + 1, rank - 1);
}

/** Sorted, resolved axes of a reduction; null means all. */
export function resolveAxes(operation: string, axes: number | readonly number[] | null, rank: number): number[] {
  if (axes === null) return Array.from({ length: rank }, (_, axis) => axis);
  const list = Array.isArray(axes) ? (axes as readonly number[]) : [axes as number];
  const resolved = list.map((axis) => resolveAxis(operation, axis, rank)).sort((a, b) => a - b);
  if (new Set(resolved).size !== resolved.length)
    throw new ArgumentError(operation, `axes [${list.join(', ')}] name an axis twice`);
  return resolved;
}

/** Lines along an axis: a flat position is [outer, position along the axis, inner]. */
export function linesAlong(shape: Shape, axis: number): { inner: number; length: number; outer: number } {
  return { inner: sizeOf(shape.slice(axis + 1)), length: shape[axis] as number, outer: sizeOf(shape.slice(0, axis)) };
}

/** Where entry `index` of a row-major array of `shape` lies by `strides`. */
export function offsetAt(index: number, shape: Shape, strides: readonly number[]): number {
  let [rest, offset] = [index, 0];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number;
    offset += (rest % extent) * (strides[axis] as number);
    rest = Math.floor(rest / extent);
  }
  return offset;
}

/** Shape left when `axes` are reduced. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  if (keepDims) return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/**
 * Fills in the one -1 of a reshape.
 * @throws ShapeError when the sizes differ
 */
export function inferShape(operation: string, from: Shape, to: Shape): number[] {
  requireArray(operation, 'the shape', to);
  const unknown = to.indexOf(-1);
  const given = requireShape(operation, unknown < 0 ? to : to.filter((_, axis) => axis !== unknown));
  const [size, known] = [sizeOf(from), sizeOf(given)];
  if (unknown < 0) {
    if (known !== size) throw new ShapeError(operation, `sizes differ (${size} != ${known})`, from, to);
    return [...to];
  }
  if (known === 0 || size % known !== 0)
    throw new ShapeError(operation, `cannot infer the size of axis ${unknown}`, from, to);
  return to.map((extent, axis) => (axis === unknown ? size / known : extent));
}

/**
 * Merges neighbouring axes that every operand walks in one stride, so that loops are few and long.
 * Returns at least one axis; `strides[operand][axis]` in elements.
 */
export function collapse(
  shape: Shape,
  strides: readonly (readonly number[])[],
): { shape: number[]; strides: number[][] } {
  const outShape: number[] = [];
  const outStrides: number[][] = strides.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = shape[axis] as number;
    if (extent === 1) continue;
    const last = outShape.length - 1;
    const joins = last >= 0 && strides.every((s, i) => outStrides[i]?.[last] === (s[axis] as number) * extent);
    const at = joins ? last : last + 1;
    outShape[at] = (outShape[at] ?? 1) * extent;
    strides.forEach((s, i) => {
      (outStrides[i] as number[])[at] = s[axis] as number;
    });
  }
  if (outShape.length === 0) {
    outShape.push(1);
    for (const s of outStrides) s.push(0);
  }
  return { shape: outShape, strides: outStrides };
}
