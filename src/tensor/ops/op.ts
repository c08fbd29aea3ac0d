import type { Inputs, Kernel, TensorType } from '../devices/device.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { type Shape, sameShape } from '../shape.ts';

/** The operations that take no attributes: of one tensor, and of a tensor and another or a number. */
export interface Elementwise<T> {
  /** e^x */
  exp(): T;
  /** The natural logarithm. */
  log(): T;
  /** The square root. */
  sqrt(): T;
  /** 1 / sqrt(x) */
  rsqrt(): T;
  /** The sine of x in radians. */
  sin(): T;
  /** The cosine of x in radians. */
  cos(): T;
  /** The hyperbolic tangent, -1 to 1: what a gate of the Flamingo lets through is tanh(alpha). */
  tanh(): T;
  /** The error function. */
  erf(): T;
  /** 1 / (1 + e^-x) */
  sigmoid(): T;
  /** log(1 + e^x) */
  softplus(): T;
  /** max(x, 0) */
  relu(): T;
  /** max(x, 0)^2, the paper's activation. */
  squaredRelu(): T;
  /** x sigmoid(x) */
  silu(): T;
  /** x Phi(x) with the normal distribution's Phi, exactly: PyTorch's default GELU. */
  geluErf(): T;
  /** GELU with its tanh approximation, as GPT-2 has it. */
  geluTanh(): T;
  /** x sigmoid(1.702 x), as CLIP has it. */
  quickGelu(): T;
  /** |x| */
  abs(): T;
  /** -x */
  neg(): T;
  /** -1, 0 or 1 */
  sign(): T;
  /** The largest whole number up to x. */
  floor(): T;
  /** 1 where x is neither infinite nor NaN. */
  isFinite(): T;
  /** As float32. */
  toFloat(): T;
  /** As int32; fractions are cut off. */
  toInt(): T;
  /** this + b */
  add(b: T | number): T;
  /** this - b */
  sub(b: T | number): T;
  /** this * b, element by element; `matmul` is the matrix product. */
  mul(b: T | number): T;
  /** this / b */
  div(b: T | number): T;
  /** this^b */
  pow(b: T | number): T;
  /** The larger of this and b; equal ones share the gradient. */
  maximum(b: T | number): T;
  /** The smaller of this and b; equal ones share the gradient. */
  minimum(b: T | number): T;
  /** this = b */
  equal(b: T | number): T;
  /** this < b */
  less(b: T | number): T;
  /** this <= b */
  lessEqual(b: T | number): T;
}

/** The vocabulary in which gradients are written; Tensor speaks it. */
export interface Value extends TensorType, Elementwise<Value> {
  where(a: Value | number, b: Value | number): Value;
  sum(axes?: number | readonly number[] | null, keepDims?: boolean): Value;
  matmul(b: Value, options?: { transposeA?: boolean; transposeB?: boolean }): Value;
  reshape(shape: Shape): Value;
  permute(axes: readonly number[]): Value;
  expand(shape: Shape): Value;
  slice(ranges: readonly SliceRange[]): Value;
  gather(index: Value, axis: number): Value;
  zerosLike(): Value;
  /** Applies any operation: how fused gradients call their own kernels. */
  apply<A>(op: Op<A>, others: readonly Value[], attributes: A): Value;
}

/** [start, end, step] along one axis; null is the default, a negative number counts from the end. */
export type SliceRange = readonly [number | null, (number | null)?, (number | null)?];

/** What a gradient rule may look at. */
export interface GradientContext<A> {
  readonly inputs: Inputs<Value>;
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
  infer(inputs: Inputs<TensorType>, attributes: A): TensorType;
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
export function requireSameShape(operation: string, a: TensorType, b: TensorType): void {
  requireFit(operation, sameShape(a.shape, b.shape), 'expected two tensors of one shape', [a, b]);
}

/** @throws ArgumentError when an input holds integers: arithmetic is in float32 only */
export function requireFloat<I extends readonly TensorType[]>(operation: string, inputs: I): I {
  const at = inputs.findIndex(({ dtype }) => dtype !== 'float32');
  if (at >= 0)
    throw new ArgumentError(operation, `input ${at} is ${inputs[at]?.dtype}, expected float32 (see toFloat)`);
  return inputs;
}
