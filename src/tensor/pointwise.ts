/** Operations that work element by element: the half of Tensor's methods that keep the shape. */

import * as ops from './ops/index.ts';
import type { Elementwise as Methods, Op, Value } from './ops/op.ts';

const FUNCTIONS = ['exp', 'log', 'sqrt', 'rsqrt', 'sin', 'cos', 'tanh', 'erf', 'sigmoid', 'softplus'] as const;
const ACTIVATIONS = ['relu', 'squaredRelu', 'silu', 'geluErf', 'geluTanh', 'quickGelu'] as const;
const PARTS = ['abs', 'neg', 'sign', 'floor', 'isFinite', 'toFloat', 'toInt'] as const;
const BINARY = ['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'equal', 'less', 'lessEqual'] as const;

/** Each method applies the operation of its name. */
const Elementwise: abstract new <T>() => Methods<T> = class {} as never;
const operations: Record<keyof Methods<unknown>, Op> = ops;
for (const name of [...FUNCTIONS, ...ACTIVATIONS, ...PARTS, ...BINARY] satisfies (keyof Methods<unknown>)[]) {
  const value = function (this: Pointwise<never>, ...others: never[]): Value {
    const operands = others.map((b) => this.operand(b, name));
    return this.apply(operations[name], operands, {});
  };
  Object.defineProperty(Elementwise.prototype, name, { value });
}

/**
 * What a tensor does element by element. Operands are tensors or numbers; shapes broadcast by NumPy's rule. Comparisons give
 * 1 for true and 0 for false.
 * @example
 * ```ts
 * const x = tensor(device, [-2, 0, 4]);
 * const some = x.add(1).sub(2).mul(3).div(-3); // [3, 1, -3]
 * const powers = x.square().add(x.pow(2)); // [8, 0, 32]
 * const bounds = x.clamp(-1, 1).add(x.maximum(0)).add(x.minimum(0)); // [-3, 0, 5]
 * const parts = x.abs().add(x.neg()).add(x.sign()).add(x.div(4).floor()); // [2, 0, 2]
 * const roots = x.abs().sqrt().mul(x.add(1).rsqrt().isNaN()); // [1.4142, 0, 0]
 * const waves = x.sin().square().add(x.cos().square()); // [1, 1, 1]
 * const ones = x.exp().log().sub(x).add(x.isFinite()); // [1, 1, 1]
 * const inverse = x.add(0.5).reciprocal(); // [-0.6667, 2, 0.2222]
 * const bent = x.tanh().add(x.erf()).add(x.sigmoid()).add(x.softplus()).add(x.relu()).add(x.squaredRelu()); // [3]
 * const smooth = x.silu().add(x.geluErf()).add(x.geluTanh()).add(x.quickGelu()); // [3]
 * const less = x.less(0).add(x.lessEqual(0)).add(x.greater(0)).add(x.greaterEqual(0)); // [2, 2, 2]
 * const equal = x.equal(0).logicalOr(x.notEqual(0)).logicalAnd(x.logicalNot()); // [0, 1, 0]
 * const chosen = x.where(x, 7).maskedFill(x.greater(3), -1); // [-2, 7, -1]
 * const whole = x.add(0.6).toInt().toFloat(); // [-1, 0, 4]
 * ```
 */
export abstract class Pointwise<T extends Pointwise<T> & Value> extends Elementwise<T> {
  /** Runs an operation on this tensor and others. */
  abstract apply<A>(op: Op<A>, others: readonly Value[], attributes: A): T;
  /** The same values as a leaf of the graph. */
  abstract detach(): T;
  /** A number as a tensor. @throws ArgumentError for what is neither, in the name of an operation */
  abstract operand(b: T | number, operation?: string): T;

  /** 1 where x is NaN. */
  isNaN(): T {
    return this.equal(this as unknown as T).logicalNot();
  }
  /** 1 / x */
  reciprocal(): T {
    return this.operand(1).div(this as unknown as T);
  }
  /** x^2 */
  square(): T {
    return this.mul(this as unknown as T);
  }

  /** Values below `low` become `low`, those above `high` become `high`. The gradient passes in between and at both ends. */
  clamp(low: number, high: number): T {
    // The gradient passes at both ends, which maximum and minimum would halve.
    const inside = this.greaterEqual(low).logicalAnd(this.lessEqual(high));
    return this.isNaN()
      .logicalOr(inside)
      .where(this as unknown as T, this.detach().maximum(low).minimum(high));
  }

  /** this is not `b` */
  notEqual(b: T | number): T {
    return this.equal(b).logicalNot();
  }
  /** this > `b` */
  greater(b: T | number): T {
    return this.operand(b, 'greater').less(this as unknown as T);
  }
  /** this >= `b` */
  greaterEqual(b: T | number): T {
    return this.operand(b, 'greaterEqual').lessEqual(this as unknown as T);
  }
  /** 1 where this is 0. */
  logicalNot(): T {
    return this.equal(0);
  }
  /** 1 where neither this nor `b` is 0. */
  logicalAnd(b: T): T {
    return this.where(this.operand(b, 'logicalAnd').where(1, 0), 0);
  }
  /** 1 where this or `b` is not 0. */
  logicalOr(b: T): T {
    return this.where(1, this.operand(b, 'logicalOr').where(1, 0));
  }
  /** This tensor as a condition: where it is not 0, `a`, else `b`. */
  where(a: T | number, b: T | number): T {
    return this.apply(ops.where, [this.operand(a, 'where'), this.operand(b, 'where')], {});
  }
  /** `value` where `mask` is not 0. */
  maskedFill(mask: T, value: number): T {
    return this.operand(mask, 'maskedFill').where(value, this as unknown as T);
  }
}
