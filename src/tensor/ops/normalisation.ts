import type { TensorType } from '../devices/device.ts';
import { ShapeError } from '../errors.ts';
import { sizeOf } from '../shape.ts';
import { defineOp, float32, type GradientContext, type Op, requireFloat, type Value } from './op.ts';

export interface NormAttributes {
  readonly eps: number;
}

function infer(operation: string): (inputs: readonly TensorType[]) => TensorType {
  return (inputs) => {
    const [x, ...parameters] = requireFloat(operation, inputs) as [TensorType, ...TensorType[]];
    const width = x.shape.at(-1);
    if (width === undefined) throw new ShapeError(operation, 'needs at least one axis', x.shape);
    for (const parameter of parameters) {
      if (parameter.shape.length !== 1 || parameter.shape[0] !== width) {
        throw new ShapeError(
          operation,
          `weight and bias must be [${width}], the last axis of x`,
          x.shape,
          parameter.shape,
        );
      }
    }
    return float32(x.shape);
  };
}

const grid = (output: TensorType): number[] => {
  const width = output.shape.at(-1) as number;
  return [width, sizeOf(output.shape) / (width || 1)];
};
const rowsOf = (size: number, width: number): [number, number] => [size / (width || 1), width];
const leading = (x: Value): number[] => x.shape.slice(0, -1).map((_, axis) => axis);

const STATISTICS = `  const first = this.thread.y * this.constants.width;
  let mean = 0;
  for (let i = 0; i < this.constants.width; i++) mean += xs[first + i] - xs[first];
  mean = xs[first] + mean / this.constants.width;
  let variance = 0;
  for (let j = 0; j < this.constants.width; j++) {
    const d = xs[first + j] - mean;
    variance += d * d;
  }
  variance = variance / this.constants.width;
  const scale = 1 / Math.sqrt(variance + this.constants.eps);
`;

export const layerNorm: Op<NormAttributes> = defineOp<NormAttributes>({
  name: 'layerNorm',
  definition: '(x - mean) / sqrt(variance + eps) * weight + bias over the last axis, biased variance',
  infer: infer('layerNorm'),
  gpu: (inputs, output, { eps }) => ({
    output: grid(output),
    constants: { width: output.shape.at(-1) as number, eps },
    source: `function (${['xs', 'weight', 'bias'].slice(0, inputs.length).join(', ')}) {
${STATISTICS}  const y = (xs[first + this.thread.x] - mean) * scale;
  return y${inputs.length > 1 ? ' * weight[this.thread.x]' : ''}${inputs.length > 2 ? ' + bias[this.thread.x]' : ''};
}`,
  }),
  simd: (machine, [x, weight, bias], y, { eps }) => {
    const shape = rowsOf(y.size, y.shape.at(-1) as number);
    machine.kernels.layerNorm(x?.pointer ?? 0, weight?.pointer ?? 0, bias?.pointer ?? 0, y.pointer, ...shape, eps);
  },
  gradient: ({ inputs: [x, weight], cotangent, attributes, needs }: GradientContext<NormAttributes>) => {
    if (!x) return [];
    const axes = leading(x);
    const normalised = () => x.apply(layerNorm, [], attributes);
    return [
      needs[0] ? x.apply(layerNormGradient, weight ? [cotangent, weight] : [cotangent], attributes) : null,
      needs[1] ? cotangent.mul(normalised()).sum(axes) : null,
      needs[2] ? cotangent.sum(axes) : null,
    ];
  },
});

export const layerNormGradient: Op<NormAttributes> = defineOp<NormAttributes>({
  name: 'layerNormGradient',
  definition: 'dx = (g - mean(g) - x^ mean(g x^)) / sqrt(variance + eps), g = dy weight, x^ the normalised x',
  infer: ([x]) => float32(x?.shape ?? []),
  gpu: (inputs, output, { eps }) => {
    const weight = inputs.length > 2 ? (index: string) => ` * weight[${index}]` : () => '';
    return {
      output: grid(output),
      constants: { width: output.shape.at(-1) as number, eps },
      source: `function (${['xs', 'dys', 'weight'].slice(0, inputs.length).join(', ')}) {
${STATISTICS}  let g1 = 0;
  let g2 = 0;
  for (let k = 0; k < this.constants.width; k++) {
    const g = dys[first + k]${weight('k')};
    g1 += g;
    g2 += g * (xs[first + k] - mean) * scale;
  }
  const own = dys[first + this.thread.x]${weight('this.thread.x')};
  const normalised = (xs[first + this.thread.x] - mean) * scale;
  return (own - g1 / this.constants.width - normalised * g2 / this.constants.width) * scale;
}`,
    };
  },
  simd: (machine, [x, dy, weight], dx, { eps }) => {
    const shape = rowsOf(dx.size, dx.shape.at(-1) as number);
    machine.kernels.layerNormGradient(
      x?.pointer ?? 0,
      weight?.pointer ?? 0,
      dy?.pointer ?? 0,
      dx.pointer,
      ...shape,
      eps,
    );
  },
  gradient: 'none',
});

/** fround: gpu.js's mode cpu would square in double precision, where nothing overflows. */
const ROOT_MEAN_SQUARE = `  const first = this.thread.y * this.constants.width;
  let square = 0;
  for (let i = 0; i < this.constants.width; i++) square += Math.fround(xs[first + i] * xs[first + i]);
  const scale = 1 / Math.sqrt(square / this.constants.width + this.constants.eps);
`;

export const rmsNorm: Op<NormAttributes> = defineOp<NormAttributes>({
  name: 'rmsNorm',
  definition: 'x / sqrt(mean(x^2) + eps) * weight over the last axis',
  infer: infer('rmsNorm'),
  gpu: (inputs, output, { eps }) => ({
    output: grid(output),
    constants: { width: output.shape.at(-1) as number, eps },
    source: `function (${['xs', 'weight'].slice(0, inputs.length).join(', ')}) {
${ROOT_MEAN_SQUARE}  return xs[first + this.thread.x] * scale${inputs.length > 1 ? ' * weight[this.thread.x]' : ''};
}`,
  }),
  simd: (machine, [x, weight], y, { eps }) => {
    const shape = rowsOf(y.size, y.shape.at(-1) as number);
    machine.kernels.rmsNorm(x?.pointer ?? 0, weight?.pointer ?? 0, y.pointer, ...shape, eps);
  },
  gradient: ({ inputs: [x, weight], cotangent, attributes, needs }) => {
    if (!x) return [];
    return [
      needs[0] ? x.apply(rmsNormGradient, weight ? [cotangent, weight] : [cotangent], attributes) : null,
      needs[1] ? cotangent.mul(x.apply(rmsNorm, [], attributes)).sum(leading(x)) : null,
    ];
  },
});

export const rmsNormGradient: Op<NormAttributes> = defineOp<NormAttributes>({
  name: 'rmsNormGradient',
  definition: 'dx = (g - x^ mean(g x^)) / sqrt(mean(x^2) + eps), g = dy weight, x^ the normalised x',
  infer: ([x]) => float32(x?.shape ?? []),
  gpu: (inputs, output, { eps }) => {
    const weight = inputs.length > 2 ? (index: string) => ` * weight[${index}]` : () => '';
    return {
      output: grid(output),
      constants: { width: output.shape.at(-1) as number, eps },
      source: `function (${['xs', 'dys', 'weight'].slice(0, inputs.length).join(', ')}) {
${ROOT_MEAN_SQUARE}  let g2 = 0;
  for (let k = 0; k < this.constants.width; k++) g2 += dys[first + k]${weight('k')} * xs[first + k] * scale;
  const own = dys[first + this.thread.x]${weight('this.thread.x')};
  return (own - xs[first + this.thread.x] * scale * g2 / this.constants.width) * scale;
}`,
    };
  },
  simd: (machine, [x, dy, weight], dx, { eps }) => {
    const shape = rowsOf(dx.size, dx.shape.at(-1) as number);
    machine.kernels.rmsNormGradient(x?.pointer ?? 0, weight?.pointer ?? 0, dy?.pointer ?? 0, dx.pointer, ...shape, eps);
  },
  gradient: 'none',
});
