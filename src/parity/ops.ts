import * as t from '../tensor/index.ts';
import { type Tensor, tensor } from '../tensor/index.ts';
import { optimisers } from './optimiser-ops.ts';
import type { Inputs, RunOp } from './runner.ts';

const MOST_NEGATIVE = -3.4028234663852886e38;

const one =
  (f: (x: Tensor) => Tensor): RunOp =>
  ({ x }) =>
    f(x as Tensor);
const two =
  (f: (a: Tensor, b: Tensor) => Tensor): RunOp =>
  ({ a, b }) =>
    f(a as Tensor, b as Tensor);
const numbered = (inputs: Inputs): Tensor[] =>
  Object.keys(inputs)
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
    .map((name) => inputs[name] as Tensor);

type Axes = { axes: number[] | null; keepDims: boolean };

/** Every operation of the goldens in the library's words. */
export const operations: Readonly<Record<string, RunOp>> = {
  add: two((a, b) => a.add(b)),
  sub: two((a, b) => a.sub(b)),
  mul: two((a, b) => a.mul(b)),
  div: two((a, b) => a.div(b)),
  pow: two((a, b) => a.pow(b)),
  maximum: two((a, b) => a.maximum(b)),
  minimum: two((a, b) => a.minimum(b)),
  equal: two((a, b) => a.equal(b)),
  notEqual: two((a, b) => a.notEqual(b)),
  less: two((a, b) => a.less(b)),
  lessEqual: two((a, b) => a.lessEqual(b)),
  greater: two((a, b) => a.greater(b)),
  greaterEqual: two((a, b) => a.greaterEqual(b)),
  logicalAnd: two((a, b) => a.logicalAnd(b)),
  logicalOr: two((a, b) => a.logicalOr(b)),
  logicalNot: one((x) => x.logicalNot()),
  where: ({ condition, a, b }) => (condition as Tensor).where(a as Tensor, b as Tensor),
  maskedFill: ({ x, mask }, { value }: { value: number | '-finfo.max' }) =>
    (x as Tensor).maskedFill(mask as Tensor, value === '-finfo.max' ? MOST_NEGATIVE : value),
  clamp: ({ x }, { low, high }: { low: number | null; high: number | null }) =>
    (x as Tensor).clamp(low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY),
  addScalar: ({ x }, { value }: { value: number }) => (x as Tensor).add(value),
  mulScalar: ({ x }, { value }: { value: number }) => (x as Tensor).mul(value),
  powScalar: ({ x }, { exponent }: { exponent: number }) => (x as Tensor).pow(exponent),
  exp: one((x) => x.exp()),
  log: one((x) => x.log()),
  sqrt: one((x) => x.sqrt()),
  rsqrt: one((x) => x.rsqrt()),
  reciprocal: one((x) => x.reciprocal()),
  square: one((x) => x.square()),
  sin: one((x) => x.sin()),
  cos: one((x) => x.cos()),
  tanh: one((x) => x.tanh()),
  erf: one((x) => x.erf()),
  sigmoid: one((x) => x.sigmoid()),
  softplus: one((x) => x.softplus()),
  relu: one((x) => x.relu()),
  squaredRelu: one((x) => x.squaredRelu()),
  silu: one((x) => x.silu()),
  geluErf: one((x) => x.geluErf()),
  geluTanh: one((x) => x.geluTanh()),
  quickGelu: one((x) => x.quickGelu()),
  abs: one((x) => x.abs()),
  neg: one((x) => x.neg()),
  sign: one((x) => x.sign()),
  floor: one((x) => x.floor()),
  isNaN: one((x) => x.isNaN()),
  isFinite: one((x) => x.isFinite()),
  sum: ({ x }, { axes, keepDims }: Axes) => (x as Tensor).sum(axes, keepDims),
  mean: ({ x }, { axes, keepDims }: Axes) => (x as Tensor).mean(axes, keepDims),
  max: ({ x }, { axes, keepDims }: Axes) => (x as Tensor).max(axes, keepDims),
  min: ({ x }, { axes, keepDims }: Axes) => (x as Tensor).min(axes, keepDims),
  logSumExp: ({ x }, { axes, keepDims }: Axes) => (x as Tensor).logSumExp(axes, keepDims),
  variance: ({ x }, { axes, keepDims, correction }: Axes & { correction: number }) =>
    (x as Tensor).variance(axes, keepDims, correction),
  argmax: ({ x }, { axis }: { axis: number }) => (x as Tensor).argmax(axis),
  cumulativeSum: ({ x }, { axis }: { axis: number }) => (x as Tensor).cumsum(axis),
  topK: ({ x }, { k }: { k: number }) => (x as Tensor).topK(k),
  matmul: ({ a, b }, options: { transposeA?: boolean; transposeB?: boolean }) =>
    (a as Tensor).matmul(b as Tensor, options),
  linear: ({ x, weight, bias }) => t.linear(x as Tensor, weight as Tensor, bias),
  softmax: ({ x }, { axis }: { axis: number }) => (x as Tensor).softmax(axis),
  logSoftmax: ({ x }, { axis }: { axis: number }) => (x as Tensor).logSoftmax(axis),
  maskedSoftmax: ({ x, mask }, options: { emptyRows?: 'zero' }) => (x as Tensor).maskedSoftmax(mask as Tensor, options),
  crossEntropy: ({ logits, target }, options: t.CrossEntropyOptions) =>
    t.crossEntropy(logits as Tensor, target as Tensor, options),
  weightedCrossEntropy: ({ logits, target, weight }) =>
    t.weightedCrossEntropy(logits as Tensor, target as Tensor, weight as Tensor),
  layerNorm: ({ x, weight, bias }, { eps }: { eps: number }) => (x as Tensor).layerNorm(weight, bias, eps),
  rmsNorm: ({ x, weight }, { eps }: { eps: number }) => (x as Tensor).rmsNorm(weight, eps),
  l2Normalise: ({ x }, { eps }: { eps: number }) => t.l2Normalise(x as Tensor, eps),
  reshape: ({ x }, { shape }: { shape: number[] }) => (x as Tensor).reshape(shape),
  permute: ({ x }, { axes }: { axes: number[] }) => (x as Tensor).permute(axes),
  permuteReshape: ({ x }, { axes, shape }: { axes: number[]; shape: number[] }) =>
    (x as Tensor).permute(axes).reshape(shape),
  slice: ({ x }, { ranges }: { ranges: [number | null, number | null, number | null][] }) =>
    (x as Tensor).slice(ranges),
  concat: (inputs, { axis }: { axis: number }) => t.concat(numbered(inputs), axis),
  stack: (inputs, { axis }: { axis: number }) => t.stack(numbered(inputs), axis),
  split: ({ x }, { axis, sizes }: { axis: number; sizes: number[] }) =>
    Object.fromEntries(t.split(x as Tensor, sizes, axis).map((part, i) => [String(i), part])),
  pad: ({ x }, { pads, value }: { pads: [number, number][]; value?: number }) => (x as Tensor).pad(pads, value),
  tile: ({ x }, { repeats }: { repeats: number[] }) => t.tile(x as Tensor, repeats),
  repeatEach: ({ x }, { axis, count }: { axis: number; count: number }) => t.repeatInterleave(x as Tensor, axis, count),
  expand: ({ x }, { shape }: { shape: number[] }) => (x as Tensor).expand(shape),
  flip: ({ x }, { axes }: { axes: number[] }) => (x as Tensor).flip(axes),
  gather: ({ x, index }, { axis }: { axis: number }) => (x as Tensor).gather(index as Tensor, axis),
  indexSelect: ({ x, index }, { axis }: { axis: number }) => t.indexSelect(x as Tensor, index as Tensor, axis),
  embedding: ({ ids, table }) => (table as Tensor).embedding(ids as Tensor),
  scatterAdd: ({ x, index, src }, { axis }: { axis: number }) =>
    (x as Tensor).scatterAdd(index as Tensor, src as Tensor, axis),
  indexAdd: ({ x, index, src }) => t.indexAdd(x as Tensor, index as Tensor, src as Tensor),
  oneHot: ({ ids }, { classes }: { classes: number }) => (ids as Tensor).oneHot(classes),
  lowerTriangle: ({ x }, { diagonal }: { diagonal: number }) => t.tril(x as Tensor, diagonal),
  causalMask: (_, { rows, columns }: { rows: number; columns: number }, device) => t.causalMask(device, rows, columns),
  attention: ({ q, k, v, mask, bias }, options: { scale?: number | null; causal?: 'start' | 'end' }) => {
    const given = { ...options, scale: options.scale ?? undefined, mask, bias } as t.AttentionOptions;
    const [query, key, value] = [q as Tensor, k as Tensor, v as Tensor];
    const weights = t.attentionWeights(t.attentionScores(query, key, given), given);
    return { y: t.attention(query, key, value, given), weights };
  },
  patchEmbedding: ({ x, weight, bias }) => t.patchEmbedding(x as Tensor, weight as Tensor, bias),
  interpolateLinear: ({ x }, { size, alignCorners }: { size: number; alignCorners: boolean }) =>
    t.interpolateLinear(x as Tensor, size, alignCorners),
  ropeHalf: rotate('half'),
  ropePairs: rotate('pairs'),
  alibi: (_, { heads, keys, biasMax }: { heads: number; keys: number; biasMax: number }, device) => ({
    slopes: tensor(device, t.alibiSlopes(heads, biasMax)),
    bias: t.alibi(device, heads, keys, biasMax),
  }),
  ...optimisers,
};

function rotate(layout: 'half' | 'pairs'): RunOp {
  return ({ x }, { base, rotaryDims }: { base: number; rotaryDims?: number }, _, { positions }) =>
    t.rotary(x as Tensor, Array.from(positions?.data ?? []), { base, dims: rotaryDims, layout });
}
