import type { Kernel, TensorType } from '../devices/device.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { type Shape, sameShape } from '../shape.ts';

/** The vocabulary in which gradients are written; Tensor speaks it. */
export interface Value extends TensorType {
  add(b: Value | number): Value;
  sub(b: Value | number): Value;
  mul(b: Value | number): Value;
  div(b: Value | number): Value;
  pow(b: Value | number): Value;
  neg(): Value;
  equal(b: Value | number): Value;
  less(b: Value | number): Value;
  lessEqual(b: Value | number): Value;
  exp(): Value;
  log(): Value;
  sign(): Value;
  sin(): Value;
  cos(): Value;
  sigmoid(): Value;
  relu(): Value;
  where(a: Value | number, b: Value | number): Value;
  sum(axes?: number | readonly number[] | null, keepDims?: boolean): Value;
  matmul(b: Value, options?: { transposeA?: boolean; transposeB?: boolean }): Value;
  reshape(shape: Shape): Value;
  permute(axes: readonly number[]): Value;
  expand(shape: Shape): Value;
  slice(ranges: readonly SliceRange[]): Value;
  pad(pads: readonly (readonly [number, number])[], value?: number): Value;
  gather(index: Value, axis: number): Value;
  zerosLike(): Value;
  /** Applies any operation: how fused gradients call their own kernels. */
  apply<A>(op: Op<A>, others: readonly Value[], attributes: A): Value;
}

/** [start, end, step] along one axis; null is the default, a negative number counts from the end. */
export type SliceRange = readonly [number | null, (number | null)?, (number | null)?];

/** What a gradient rule may look at. */
export interface GradientContext<A> {
  readonly inputs: readonly Value[];
  readonly output: Value;
  /** d loss / d output, of the output's shape. */
  readonly cotangent: Value;
  readonly attributes: A;
  /** Which inputs lead to a target; the others' entries may be null. */
  readonly needs: readonly boolean[];
}

/** d loss / d input for each input; null: none. Broadcast axes are summed away by autograd, not here. */
export type Gradient<A> = (context: GradientContext<A>) => readonly (Value | null)[];

/** One primitive operation: everything the library knows of it is in this object. */
export interface Op<A = Record<string, never>> extends Kernel<A> {
  /** The formula on one line, as the documentation shows it. */
  readonly definition: string;
  /** Shape and dtype of the result. @throws ShapeError, ArgumentError */
  infer(inputs: readonly TensorType[], attributes: A): TensorType;
  /** `'none'` for results that do not vary smoothly: comparisons, indices. */
  readonly gradient: Gradient<A> | 'none';
}

export type NoAttributes = Record<string, never>;

export const float32 = (shape: Shape): TensorType => ({ shape, dtype: 'float32' });
export const int32 = (shape: Shape): TensorType => ({ shape, dtype: 'int32' });

/** @throws ShapeError with the shapes of the inputs unless they fit */
export function requireFit(operation: string, fits: boolean, expected: string, inputs: readonly TensorType[]): void {
  if (!fits) throw new ShapeError(operation, expected, ...inputs.map(({ shape }) => shape));
}

/** @throws ShapeError unless both have one shape */
export function requireSameShape(operation: string, a: TensorType | undefined, b: TensorType | undefined): void {
  if (!a || !b || !sameShape(a.shape, b.shape))
    throw new ShapeError(operation, 'expected two tensors of one shape', a?.shape ?? [], b?.shape ?? []);
}

/** @throws ArgumentError when an input holds integers: arithmetic is in float32 only */
export function requireFloat(operation: string, inputs: readonly TensorType[]): readonly TensorType[] {
  const at = inputs.findIndex(({ dtype }) => dtype !== 'float32');
  if (at >= 0)
    throw new ArgumentError(operation, `input ${at} is ${inputs[at]?.dtype}, expected float32 (see toFloat)`);
  return inputs;
}
