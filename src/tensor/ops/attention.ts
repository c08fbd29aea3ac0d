import type { SimdBuffer, TensorType } from '../devices/device.ts';
import { requireNumber, ShapeError } from '../errors.ts';
import { broadcastStrides, collapse, type Shape, sameShape, sizeOf } from '../shape.ts';
import { offsetCode } from './index-code.ts';
import { matmul } from './matmul.ts';
import { defineOp, float32, type Op, requireFloat } from './op.ts';
import { softmaxKernels } from './row-kernels.ts';
import { HIDDEN, requireMask, type SoftmaxAttributes, softmax, softmaxGradient } from './softmax.ts';

export interface AttentionAttributes extends SoftmaxAttributes {
  readonly scale: number;
  /** Which optional inputs follow q, k and v. */
  readonly mask: boolean;
  readonly bias: boolean;
}

function dimensions(inputs: readonly TensorType[]) {
  const [q, k, v] = inputs as [TensorType, TensorType, TensorType];
  const batch = q.shape.slice(0, -2);
  const [n, d] = q.shape.slice(-2) as [number, number];
  const [m, e] = v.shape.slice(-2) as [number, number];
  const fits = sameShape(k.shape, [...batch, m, d]) && sameShape(v.shape, [...batch, m, e]) && q.shape.length >= 2;
  if (!fits)
    throw new ShapeError(
      'attention',
      'expected q [.., n, d], k [.., m, d] and v [.., m, e]',
      q.shape,
      k.shape,
      v.shape,
    );
  return { batch, n, m, d, e };
}

function options<T>(
  inputs: readonly T[],
  { mask, bias }: AttentionAttributes,
): { mask: T | undefined; bias: T | undefined } {
  return { mask: mask ? inputs[3] : undefined, bias: bias ? inputs[mask ? 4 : 3] : undefined };
}

/** Where the [n, m] matrix of each batch entry starts in a broadcast mask or bias. */
function matrixStrides(part: TensorType, batch: Shape, matrix: number): number[] {
  return broadcastStrides(part.shape.slice(0, -2), batch).map((stride) => stride * matrix);
}

function offsetOf(index: number, batch: Shape, strides: readonly number[]): number {
  let rest = index;
  let offset = 0;
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    offset += (rest % (batch[axis] as number)) * (strides[axis] as number);
    rest = Math.floor(rest / (batch[axis] as number));
  }
  return offset;
}

export const attention: Op<AttentionAttributes> = defineOp<AttentionAttributes>({
  name: 'attention',
  definition: 'softmax(scale q k^T + bias, masked) v',
  infer: (inputs, attributes) => {
    requireFloat('attention', inputs);
    requireNumber('attention', 'scale', attributes.scale);
    const { batch, n, m, e } = dimensions(inputs);
    const { mask, bias } = options(inputs, attributes);
    for (const part of [mask, bias]) if (part) requireMask('attention', part, [...batch, n, m], 2);
    return float32([...batch, n, e]);
  },
  gpu: (inputs, _, attributes) => {
    const { batch, n, m, d, e } = dimensions(inputs);
    const { mask, bias } = options(inputs, attributes);
    const at = (part: TensorType): string => {
      const flat = collapse(batch, [matrixStrides(part, batch, n * m)]);
      const matrix = offsetCode('this.thread.z', flat.shape, flat.strides[0] as number[]);
      return `${matrix} + this.thread.y * this.constants.m + this.thread.x`;
    };
    const count = inputs.length;
    const optional = inputs.map((_, i) => i).slice(3);
    const scores = {
      output: [m, n, sizeOf(batch)],
      constants: { n, m, d, scale: attributes.scale, hidden: HIDDEN },
      reads: [0, 1, ...optional],
      source: `function (q, k${mask ? ', mask' : ''}${bias ? ', bias' : ''}) {
${mask ? `  if (mask[${at(mask)}] == 0) return this.constants.hidden;\n` : ''}  const qAt = (this.thread.z * this.constants.n + this.thread.y) * this.constants.d;
  const kAt = (this.thread.z * this.constants.m + this.thread.x) * this.constants.d;
  let sum = 0;
  for (let i = 0; i < this.constants.d; i++) sum += q[qAt + i] * k[kAt + i];
  return sum * this.constants.scale${bias ? ` + bias[${at(bias)}]` : ''};
}`,
    };
    const mixed = {
      output: [e, n, sizeOf(batch)],
      constants: { n, m, e },
      reads: [count + 3, 2],
      source: `function (weights, v) {
  const weightAt = (this.thread.z * this.constants.n + this.thread.y) * this.constants.m;
  const vAt = this.thread.z * this.constants.m * this.constants.e + this.thread.x;
  let sum = 0;
  for (let i = 0; i < this.constants.m; i++) sum += weights[weightAt + i] * v[vAt + i * this.constants.e];
  return sum;
}`,
    };
    const rows = { rows: sizeOf(batch) * n, columns: m };
    return [scores, ...softmaxKernels(rows, count, count + 1, attributes.emptyRows === 'zero'), mixed];
  },
  simd: (machine, inputs, y, attributes) => {
    const [q, k, v] = inputs as [SimdBuffer, SimdBuffer, SimdBuffer];
    const { batch, n, m, d, e } = dimensions(inputs);
    const { mask, bias } = options(inputs, attributes);
    const { kernels } = machine;
    const gemmBytes = kernels.gemmWorkspace();
    const workspace = machine.workspace(gemmBytes + n * m * 4);
    const scores = workspace + gemmBytes;
    const maskStrides = mask ? matrixStrides(mask, batch, n * m) : [];
    const biasStrides = bias ? matrixStrides(bias, batch, n * m) : [];
    const zero = attributes.emptyRows === 'zero' ? 1 : 0;
    for (let i = 0; i < sizeOf(batch); i++) {
      kernels.gemm(n, m, d, q.pointer + i * n * d * 4, d, 1, k.pointer + i * m * d * 4, 1, d, scores, m, 0, workspace);
      kernels.affine(scores, scores, n * m, attributes.scale, 0);
      if (bias) kernels.add(scores, bias.pointer + offsetOf(i, batch, biasStrides) * 4, scores, n * m, 1, 1);
      const maskPointer = mask ? mask.pointer + offsetOf(i, batch, maskStrides) * 4 : 0;
      kernels.softmax(scores, maskPointer, scores, n, m, zero);
      kernels.gemm(n, e, m, scores, m, 1, v.pointer + i * m * e * 4, e, 1, y.pointer + i * n * e * 4, e, 0, workspace);
    }
  },
  gradient: ({ inputs, cotangent, attributes }) => {
    const [q, k, v] = inputs;
    if (!q || !k || !v) return [];
    const { mask, bias } = options(inputs, attributes);
    // The weights are computed again: cheaper than keeping [n, m] matrices of every head and layer.
    let scores = q.apply(matmul, [k], { transposeA: false, transposeB: true }).mul(attributes.scale);
    if (bias) scores = scores.add(bias);
    const weights = scores.apply(softmax, mask ? [mask] : [], { emptyRows: attributes.emptyRows });
    const dWeights = cotangent.matmul(v, { transposeB: true });
    const hidden = mask && attributes.emptyRows === 'uniform' ? [mask] : [];
    const dScores = weights.apply(softmaxGradient, [dWeights, ...hidden], {});
    const scaled = dScores.mul(attributes.scale);
    const dMask = mask ? [null] : [];
    return [
      scaled.matmul(k),
      scaled.matmul(q, { transposeA: true }),
      weights.matmul(cotangent, { transposeA: true }),
      ...dMask,
      bias ? dScores : null,
    ];
  },
});
