/** The methods of Tensor as functions, for who likes to read `add(a, b)`. Each says what its method says. */
import type { EmptyRows } from './ops/index.ts';
import type { Tensor } from './tensor.ts';

type Operand = Tensor | number;
type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Operand) => Tensor;
type Reduction = (x: Tensor, axes?: number | readonly number[] | null, keepDims?: boolean) => Tensor;

export const add: Binary = (a, b) => a.add(b);
export const sub: Binary = (a, b) => a.sub(b);
export const mul: Binary = (a, b) => a.mul(b);
export const div: Binary = (a, b) => a.div(b);
export const pow: Binary = (a, b) => a.pow(b);
export const maximum: Binary = (a, b) => a.maximum(b);
export const minimum: Binary = (a, b) => a.minimum(b);
export const equal: Binary = (a, b) => a.equal(b);
export const notEqual: Binary = (a, b) => a.notEqual(b);
export const less: Binary = (a, b) => a.less(b);
export const lessEqual: Binary = (a, b) => a.lessEqual(b);
export const greater: Binary = (a, b) => a.greater(b);
export const greaterEqual: Binary = (a, b) => a.greaterEqual(b);
export const logicalAnd = (a: Tensor, b: Tensor): Tensor => a.logicalAnd(b);
export const logicalOr = (a: Tensor, b: Tensor): Tensor => a.logicalOr(b);
export const logicalNot: Unary = (x) => x.logicalNot();
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor => condition.where(a, b);
export const maskedFill = (x: Tensor, mask: Tensor, value: number): Tensor => x.maskedFill(mask, value);
export const clamp = (x: Tensor, low: number, high: number): Tensor => x.clamp(low, high);

export const exp: Unary = (x) => x.exp();
export const log: Unary = (x) => x.log();
export const sqrt: Unary = (x) => x.sqrt();
export const rsqrt: Unary = (x) => x.rsqrt();
export const reciprocal: Unary = (x) => x.reciprocal();
export const square: Unary = (x) => x.square();
export const sin: Unary = (x) => x.sin();
export const cos: Unary = (x) => x.cos();
export const tanh: Unary = (x) => x.tanh();
export const erf: Unary = (x) => x.erf();
export const sigmoid: Unary = (x) => x.sigmoid();
export const softplus: Unary = (x) => x.softplus();
export const relu: Unary = (x) => x.relu();
export const squaredRelu: Unary = (x) => x.squaredRelu();
export const silu: Unary = (x) => x.silu();
export const geluErf: Unary = (x) => x.geluErf();
export const geluTanh: Unary = (x) => x.geluTanh();
export const quickGelu: Unary = (x) => x.quickGelu();
export const abs: Unary = (x) => x.abs();
export const neg: Unary = (x) => x.neg();
export const sign: Unary = (x) => x.sign();
export const floor: Unary = (x) => x.floor();

export const sum: Reduction = (x, axes, keepDims) => x.sum(axes, keepDims);
export const mean: Reduction = (x, axes, keepDims) => x.mean(axes, keepDims);
export const max: Reduction = (x, axes, keepDims) => x.max(axes, keepDims);
export const min: Reduction = (x, axes, keepDims) => x.min(axes, keepDims);
export const variance: Reduction = (x, axes, keepDims) => x.variance(axes, keepDims);
export const logSumExp: Reduction = (x, axes, keepDims) => x.logSumExp(axes, keepDims);
export const argmax = (x: Tensor, axis?: number): Tensor => x.argmax(axis);
export const cumulativeSum = (x: Tensor, axis?: number): Tensor => x.cumulativeSum(axis);
export const topK = (x: Tensor, k: number): { values: Tensor; indices: Tensor } => x.topK(k);

export const matmul = (a: Tensor, b: Tensor, options?: { transposeA?: boolean; transposeB?: boolean }): Tensor =>
  a.matmul(b, options);
export const reshape = (x: Tensor, shape: readonly number[]): Tensor => x.reshape(shape);
export const permute = (x: Tensor, axes: readonly number[]): Tensor => x.permute(axes);
export const transpose = (x: Tensor, a?: number, b?: number): Tensor => x.transpose(a, b);
export const expand = (x: Tensor, shape: readonly number[]): Tensor => x.expand(shape);
export const flip = (x: Tensor, axes: readonly number[]): Tensor => x.flip(axes);
export const pad = (x: Tensor, pads: readonly (readonly [number, number])[], value?: number): Tensor =>
  x.pad(pads, value);
export const gather = (x: Tensor, index: Tensor, axis: number): Tensor => x.gather(index, axis);
export const scatterAdd = (x: Tensor, index: Tensor, source: Tensor, axis: number): Tensor =>
  x.scatterAdd(index, source, axis);
export const embedding = (table: Tensor, ids: Tensor): Tensor => table.embedding(ids);
export const oneHot = (ids: Tensor, classes: number): Tensor => ids.oneHot(classes);

export const softmax = (x: Tensor, axis?: number): Tensor => x.softmax(axis);
export const logSoftmax = (x: Tensor, axis?: number): Tensor => x.logSoftmax(axis);
export const maskedSoftmax = (x: Tensor, mask: Tensor, options?: { emptyRows?: EmptyRows }): Tensor =>
  x.maskedSoftmax(mask, options);
export const layerNorm = (x: Tensor, weight?: Tensor | null, bias?: Tensor | null, eps?: number): Tensor =>
  x.layerNorm(weight, bias, eps);
export const rmsNorm = (x: Tensor, weight?: Tensor | null, eps?: number): Tensor => x.rmsNorm(weight, eps);
