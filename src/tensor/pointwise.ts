/** Operations that work element by element: the half of Tensor's methods that keep the shape. */

import * as ops from './ops/index.ts';
import type { Op, Value } from './ops/op.ts';

/**
 * What a tensor does element by element. Operands are tensors or numbers; shapes broadcast by NumPy's rule. Comparisons give
 * 1 for true and 0 for false.
 */
export abstract class Pointwise<T extends Pointwise<T> & Value> {
  /** Runs an operation on this tensor and others. */
  abstract apply<A>(op: Op<A>, others: readonly Value[], attributes: A): T;
  /** The same values as a leaf of the graph. */
  abstract detach(): T;
  /** A number as a tensor. */
  protected abstract operand(b: T | number): T;

  /** e^x */
  exp(): T {
    return this.apply(ops.exp, [], {});
  }
  /** The natural logarithm. */
  log(): T {
    return this.apply(ops.log, [], {});
  }
  /** The square root. */
  sqrt(): T {
    return this.apply(ops.sqrt, [], {});
  }
  /** 1 / sqrt(x) */
  rsqrt(): T {
    return this.apply(ops.rsqrt, [], {});
  }
  /** The sine of x in radians. */
  sin(): T {
    return this.apply(ops.sin, [], {});
  }
  /** The cosine of x in radians. */
  cos(): T {
    return this.apply(ops.cos, [], {});
  }
  /** The hyperbolic tangent, -1 to 1: what a gate of the Flamingo lets through is tanh(alpha). */
  tanh(): T {
    return this.apply(ops.tanh, [], {});
  }
  /** The error function. */
  erf(): T {
    return this.apply(ops.erf, [], {});
  }
  /** 1 / (1 + e^-x) */
  sigmoid(): T {
    return this.apply(ops.sigmoid, [], {});
  }
  /** log(1 + e^x) */
  softplus(): T {
    return this.apply(ops.softplus, [], {});
  }
  /** max(x, 0) */
  relu(): T {
    return this.apply(ops.relu, [], {});
  }
  /** max(x, 0)^2, the paper's activation. */
  squaredRelu(): T {
    return this.apply(ops.squaredRelu, [], {});
  }
  /** x sigmoid(x) */
  silu(): T {
    return this.apply(ops.silu, [], {});
  }
  /** x Phi(x) with the normal distribution's Phi, exactly: PyTorch's default GELU. */
  geluErf(): T {
    return this.apply(ops.geluErf, [], {});
  }
  /** GELU with its tanh approximation, as GPT-2 has it. */
  geluTanh(): T {
    return this.apply(ops.geluTanh, [], {});
  }
  /** x sigmoid(1.702 x), as CLIP has it. */
  quickGelu(): T {
    return this.apply(ops.quickGelu, [], {});
  }
  /** |x| */
  abs(): T {
    return this.apply(ops.abs, [], {});
  }
  /** -x */
  neg(): T {
    return this.apply(ops.neg, [], {});
  }
  /** -1, 0 or 1 */
  sign(): T {
    return this.apply(ops.sign, [], {});
  }
  /** The largest whole number up to x. */
  floor(): T {
    return this.apply(ops.floor, [], {});
  }
  /** 1 where x is neither infinite nor NaN. */
  isFinite(): T {
    return this.apply(ops.isFinite, [], {});
  }
  /** 1 where x is NaN. */
  isNaN(): T {
    return this.equal(this as unknown as T).logicalNot();
  }
  /** As float32. */
  toFloat(): T {
    return this.apply(ops.toFloat, [], {});
  }
  /** As int32; fractions are cut off. */
  toInt(): T {
    return this.apply(ops.toInt, [], {});
  }
  /** 1 / x */
  reciprocal(): T {
    return this.operand(1).div(this as unknown as T);
  }
  /** x^2 */
  square(): T {
    return this.mul(this as unknown as T);
  }

  /** this + b */
  add(b: T | number): T {
    return this.apply(ops.add, [this.operand(b)], {});
  }
  /** this - b */
  sub(b: T | number): T {
    return this.apply(ops.sub, [this.operand(b)], {});
  }
  /** this * b, element by element; `matmul` is the matrix product. */
  mul(b: T | number): T {
    return this.apply(ops.mul, [this.operand(b)], {});
  }
  /** this / b */
  div(b: T | number): T {
    return this.apply(ops.div, [this.operand(b)], {});
  }
  /** this^b */
  pow(b: T | number): T {
    return this.apply(ops.pow, [this.operand(b)], {});
  }
  /** The larger of this and b; equal ones share the gradient. */
  maximum(b: T | number): T {
    return this.apply(ops.maximum, [this.operand(b)], {});
  }
  /** The smaller of this and b; equal ones share the gradient. */
  minimum(b: T | number): T {
    return this.apply(ops.minimum, [this.operand(b)], {});
  }
  /** Values below `low` become `low`, those above `high` become `high`. The gradient passes in between and at both ends. */
  clamp(low: number, high: number): T {
    // The gradient passes at both ends, which maximum and minimum would halve.
    const inside = this.greaterEqual(low).logicalAnd(this.lessEqual(high));
    return this.isNaN()
      .logicalOr(inside)
      .where(this as unknown as T, this.detach().maximum(low).minimum(high));
  }

  /** this = b */
  equal(b: T | number): T {
    return this.apply(ops.equal, [this.operand(b)], {});
  }
  /** this is not b */
  notEqual(b: T | number): T {
    return this.equal(b).logicalNot();
  }
  /** this < b */
  less(b: T | number): T {
    return this.apply(ops.less, [this.operand(b)], {});
  }
  /** this <= b */
  lessEqual(b: T | number): T {
    return this.apply(ops.lessEqual, [this.operand(b)], {});
  }
  /** this > b */
  greater(b: T | number): T {
    return this.operand(b).less(this as unknown as T);
  }
  /** this >= b */
  greaterEqual(b: T | number): T {
    return this.operand(b).lessEqual(this as unknown as T);
  }
  /** 1 where this is 0. */
  logicalNot(): T {
    return this.equal(0);
  }
  /** 1 where neither is 0. */
  logicalAnd(b: T): T {
    return this.where(b.where(1, 0), 0);
  }
  /** 1 where one of the two is not 0. */
  logicalOr(b: T): T {
    return this.where(1, b.where(1, 0));
  }
  /** This tensor as a condition: where it is not 0, `a`, else `b`. */
  where(a: T | number, b: T | number): T {
    return this.apply(ops.where, [this.operand(a), this.operand(b)], {});
  }
  /** `value` where the mask is not 0. */
  maskedFill(mask: T, value: number): T {
    return mask.where(value, this as unknown as T);
  }
}
