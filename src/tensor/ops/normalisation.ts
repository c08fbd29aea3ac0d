import type { GpuKernel, OneOrMore, SimdBuffer, TensorType, TwoOrMore } from '../devices/device.ts';
import { requireNumber, ShapeError } from '../errors.ts';
import { requireForm } from '../shape.ts';
import { float32, type Op, requireFloat, requireSameShape, type Value } from './op.ts';
import { perElement, perRow, type Rows, rowsOf, withConstants } from './row-kernels.ts';

export interface NormAttributes {
  readonly eps: number;
}

type Infer = (inputs: readonly [TensorType, ...TensorType[]], attributes: NormAttributes) => TensorType;

const infer =
  (operation: string): Infer =>
  (inputs, { eps }) => {
    requireNumber(operation, 'eps', eps, 0);
    const [x, ...parameters] = requireFloat(operation, inputs);
    const width = x.shape.at(-1);
    if (width === undefined) throw new ShapeError(operation, 'needs at least one axis', x.shape);
    for (const parameter of parameters) requireForm(operation, 'weight and bias', parameter, [width]);
    return float32(x.shape);
  };

/** Of a norm's gradient: dy follows x. */
const inferGradient =
  (operation: string): Op<NormAttributes>['infer'] =>
  ([x, dy, ...weight], attributes) => {
    requireSameShape(operation, x, dy);
    return infer(operation)([x, ...weight], attributes);
  };

const leading = (x: Value): number[] => x.shape.slice(0, -1).map((_, axis) => axis);

/** Differences from the first element are summed, so that a large common part does not cost digits. */
const MEAN = `  let sum = 0;
  for (let i = 1; i < this.constants.columns; i++) sum += xs[first + i] - xs[first];
  return xs[first] + sum / this.constants.columns;`;

const means = (shape: Rows): GpuKernel => perRow(shape, 'xs', [0], MEAN);

/**
 * [rows, 2]: 1 / sqrt(variance + eps), and what the rounded mean lacks. Without that remainder, a row whose mean is far
 * larger than its spread would be off by the mean's rounding.
 */
const scalesAndRests = ({ rows, columns }: Rows, meansAt: number, eps: number): GpuKernel => ({
  output: [2, rows],
  constants: { columns, eps },
  reads: [0, meansAt],
  source: `function (xs, means) {
  const row = this.thread.y;
  const first = row * this.constants.columns;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < this.constants.columns; i++) {
    const d = xs[first + i] - means[row];
    sum += d;
    squares += d * d;
  }
  const rest = sum / this.constants.columns;
  if (this.thread.x == 1) return rest;
  return 1 / Math.sqrt(Math.max(squares / this.constants.columns - rest * rest, 0) + this.constants.eps);
}`,
});

/** x^ from the two kernels above. */
const normalisedAt = (at: string): string => `(xs[${at}] - means[row] - scales[2 * row + 1]) * scales[2 * row]`;

export const layerNorm: Op<NormAttributes> = {
  name: 'layerNorm',
  definition: '(x - mean) / sqrt(variance + eps) * weight + bias over the last axis, biased variance',
  infer: infer('layerNorm'),
  gpu: (inputs, output, { eps }) => {
    const shape = rowsOf(output);
    const count = inputs.length;
    const names = ['xs', 'weight', 'bias'].slice(0, count).concat('means', 'scales').join(', ');
    const affine = `${count > 1 ? ' * weight[column]' : ''}${count > 2 ? ' + bias[column]' : ''}`;
    const last = `  return ${normalisedAt('at')}${affine};`;
    const all = Array.from({ length: count + 2 }, (_, i) => i);
    return [means(shape), scalesAndRests(shape, count, eps), perElement(shape, names, all, last)];
  },
  simd: (machine, [x, weight, bias]: OneOrMore<SimdBuffer>, y, { eps }) => {
    const { rows, columns } = rowsOf(y);
    machine.kernels.layerNorm(x.pointer, weight?.pointer ?? 0, bias?.pointer ?? 0, y.pointer, rows, columns, eps);
  },
  gradient: ({ inputs: [x, ...parameters], cotangent, attributes, needs }) => {
    const axes = leading(x);
    return [
      needs[0] ? x.apply(layerNormGradient, [cotangent, ...parameters.slice(0, 1)], attributes) : null,
      needs[1] ? cotangent.mul(x.apply(layerNorm, [], attributes)).sum(axes) : null,
      needs[2] ? cotangent.sum(axes) : null,
    ];
  },
};

export const layerNormGradient: Op<NormAttributes> = {
  name: 'layerNormGradient',
  definition: 'dx = (g - mean(g) - x^ mean(g x^)) / sqrt(variance + eps), g = dy weight, x^ the normalised x',
  infer: inferGradient('layerNormGradient'),
  gpu: (inputs, output, { eps }) => {
    const shape = rowsOf(output);
    const count = inputs.length;
    // g is rounded once, so that g - mean(g) is exactly 0 in a row of one.
    const upstream = perElement(shape, 'dys, weight', [1, 2], '  return dys[at] * weight[column];');
    const [weighted, g, next] = count > 2 ? [[upstream], count, count + 1] : [[], 1, count];
    const [mean, scale, meanG, meanGX] = [next, next + 1, next + 2, next + 3];
    const meanOf = (term: string): string => `  let sum = 0;
  for (let i = 0; i < this.constants.columns; i++) sum += ${term};
  return sum / this.constants.columns;`;
    const product = `gs[first + i] * ${normalisedAt('first + i')}`;
    const slope = `  return (gs[at] - meanG[row] - ${normalisedAt('at')} * meanGX[row]) * scales[2 * row];`;
    return [
      ...weighted,
      means(shape),
      scalesAndRests(shape, mean, eps),
      perRow(shape, 'gs', [g], meanOf('gs[first + i]')),
      perRow(shape, 'xs, gs, means, scales', [0, g, mean, scale], meanOf(product)),
      perElement(shape, 'xs, gs, means, scales, meanG, meanGX', [0, g, mean, scale, meanG, meanGX], slope),
    ];
  },
  simd: (machine, [x, dy, weight]: TwoOrMore<SimdBuffer>, dx, { eps }) => {
    const { rows, columns } = rowsOf(dx);
    const weights = weight?.pointer ?? 0;
    machine.kernels.layerNormGradient(x.pointer, weights, dy.pointer, dx.pointer, rows, columns, eps);
  },
  gradient: 'none',
};

/** fround: gpu.js's mode cpu would square in double precision, where nothing overflows. */
const INVERSE_RMS = `  let sum = 0;
  for (let i = 0; i < this.constants.columns; i++) sum += Math.fround(xs[first + i] * xs[first + i]);
  return 1 / Math.sqrt(sum / this.constants.columns + this.constants.eps);`;

const inverseRootMeanSquares = (shape: Rows, eps: number): GpuKernel =>
  withConstants(perRow(shape, 'xs', [0], INVERSE_RMS), { eps });

export const rmsNorm: Op<NormAttributes> = {
  name: 'rmsNorm',
  definition: 'x / sqrt(mean(x^2) + eps) * weight over the last axis',
  infer: infer('rmsNorm'),
  gpu: (inputs, output, { eps }) => {
    const shape = rowsOf(output);
    const scales = inverseRootMeanSquares(shape, eps);
    if (inputs.length === 1) return [scales, perElement(shape, 'xs, scales', [0, 1], '  return xs[at] * scales[row];')];
    const weighted = '  return xs[at] * scales[row] * weight[column];';
    return [scales, perElement(shape, 'xs, weight, scales', [0, 1, 2], weighted)];
  },
  simd: (machine, [x, weight]: OneOrMore<SimdBuffer>, y, { eps }) => {
    const { rows, columns } = rowsOf(y);
    machine.kernels.rmsNorm(x.pointer, weight?.pointer ?? 0, y.pointer, rows, columns, eps);
  },
  gradient: ({ inputs: [x, ...weight], cotangent, attributes, needs }) => [
    needs[0] ? x.apply(rmsNormGradient, [cotangent, ...weight], attributes) : null,
    needs[1] ? cotangent.mul(x.apply(rmsNorm, [], attributes)).sum(leading(x)) : null,
  ],
};

export const rmsNormGradient: Op<NormAttributes> = {
  name: 'rmsNormGradient',
  definition: 'dx = (g - x^ mean(g x^)) / sqrt(mean(x^2) + eps), g = dy weight, x^ the normalised x',
  infer: inferGradient('rmsNormGradient'),
  gpu: (inputs, output, { eps }) => {
    const shape = rowsOf(output);
    const count = inputs.length;
    const names = ['xs', 'dys', 'weight'].slice(0, count).join(', ');
    const inner = inputs.map((_, i) => i);
    const g = (at: string, column: string): string => `dys[${at}]${count > 2 ? ` * weight[${column}]` : ''}`;
    const meanGX = `  let sum = 0;
  for (let i = 0; i < this.constants.columns; i++) sum += ${g('first + i', 'i')} * xs[first + i];
  return sum * scales[row] / this.constants.columns;`;
    const slope = `  return (${g('at', 'column')} - xs[at] * scales[row] * meanGX[row]) * scales[row];`;
    return [
      inverseRootMeanSquares(shape, eps),
      perRow(shape, `${names}, scales`, [...inner, count], meanGX),
      perElement(shape, `${names}, scales, meanGX`, [...inner, count, count + 1], slope),
    ];
  },
  simd: (machine, [x, dy, weight]: TwoOrMore<SimdBuffer>, dx, { eps }) => {
    const { rows, columns } = rowsOf(dx);
    const weights = weight?.pointer ?? 0;
    machine.kernels.rmsNormGradient(x.pointer, weights, dy.pointer, dx.pointer, rows, columns, eps);
  },
  gradient: 'none',
};
