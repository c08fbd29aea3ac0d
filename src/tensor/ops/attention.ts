import type { SimdBuffer, TensorType } from '../devices/device.ts';
import { requireNumber, requireWhole } from '../errors.ts';
import { broadcastStrides, offsetAt, type Shape, sizeOf } from '../shape.ts';
import { offsetCode, sumCode } from './index-code.ts';
import { matmul } from './matmul.ts';
import { float32, type Op, requireFit, requireFloat, type Value } from './op.ts';
import { softmaxKernels } from './row-kernels.ts';
import { HIDDEN, requireMask, type SoftmaxAttributes, softmax, softmaxGradient } from './softmax.ts';

export interface AttentionAttributes extends SoftmaxAttributes {
  readonly scale: number;
  /** Heads that lie side by side in the last axis of q, k and v; null: none, and no axis of scores for them. */
  readonly heads: number | null;
  /** Which optional inputs follow q, k and v. */
  readonly mask: boolean;
  readonly bias: boolean;
}

/** n queries and m keys of d numbers, m values of e, in each of the matrices that `batch` counts; heads are its last axis. */
function dimensions(inputs: readonly TensorType[], { heads }: AttentionAttributes) {
  const [q, k, v] = inputs as [TensorType, TensorType, TensorType];
  const lead = q.shape.slice(0, -2);
  const count = heads ?? 1;
  const [n, width] = q.shape.slice(-2) as [number, number];
  const [m, valueWidth] = v.shape.slice(-2) as [number, number];
  const fits = q.shape.length >= 2 && width % count === 0 && valueWidth % count === 0;
  const shared = broadcasts(k.shape, [...lead, m, width]) && broadcasts(v.shape, [...lead, m, valueWidth]);
  const multiples = heads === null ? '' : `, d and e multiples of ${heads}`;
  const expected = `expected q [.., n, d], k [.., m, d] and v [.., m, e]${multiples}`;
  requireFit('attention', fits && shared, expected, [q, k, v]);
  const batch = heads === null ? lead : [...lead, heads];
  return { lead, batch, count, n, m, d: width / count, e: valueWidth / count };
}

/** Keys and values of one row may serve all. */
function broadcasts(shape: Shape, to: Shape): boolean {
  const same = (axis: number): boolean => shape[axis] === to[axis] || (axis < to.length - 2 && shape[axis] === 1);
  return shape.length === to.length && shape.every((_, axis) => same(axis));
}

/** The optional inputs. */
function options<T>(inputs: readonly T[], { mask, bias }: AttentionAttributes): { mask?: T; bias?: T } {
  return { ...(mask && { mask: inputs[3] as T }), ...(bias && { bias: inputs[mask ? 4 : 3] as T }) };
}

/** Where the [n, m] matrix of each batch entry starts in a broadcast mask or bias. */
function matrixStrides(part: TensorType, batch: Shape, matrix: number): number[] {
  return broadcastStrides(part.shape.slice(0, -2), batch).map((stride) => stride * matrix);
}

/** Where the rows of each batch entry start in q, k, v or the result. */
function headStrides({ shape }: TensorType, lead: Shape, heads: number | null): number[] {
  const [rows, width] = shape.slice(-2) as [number, number];
  const strides = broadcastStrides(shape.slice(0, -2), lead).map((stride) => stride * rows * width);
  return heads === null ? strides : [...strides, width / heads];
}

export const attention: Op<AttentionAttributes> = {
  name: 'attention',
  definition: 'softmax(scale q k^T + bias, masked) v, for each head',
  infer: (inputs, attributes) => {
    requireFloat('attention', inputs);
    requireNumber('attention', 'scale', attributes.scale);
    if (attributes.heads !== null) requireWhole('attention', 'heads', attributes.heads, 1);
    const { lead, batch, count, n, m, e } = dimensions(inputs, attributes);
    const { mask, bias } = options(inputs, attributes);
    for (const part of [mask, bias]) if (part) requireMask('attention', part, [...batch, n, m], 2);
    return float32([...lead, n, count * e]);
  },
  gpu: (inputs, _, attributes) => {
    const { lead, batch, count: heads, n, m, d, e } = dimensions(inputs, attributes);
    const [q, k, v] = inputs as [TensorType, TensorType, TensorType];
    const { mask, bias } = options(inputs, attributes);
    const offset = (over: Shape, strides: readonly number[], ...within: readonly string[]): string =>
      sumCode(offsetCode('this.thread.z', over, strides), ...within);
    const at = (part: TensorType): string =>
      offset(batch, matrixStrides(part, batch, n * m), 'this.thread.y * this.constants.m', 'this.thread.x');
    const row = (part: TensorType, thread: string): string =>
      offset(batch, headStrides(part, lead, attributes.heads), `${thread} * this.constants.width`);
    const count = inputs.length;
    const optional = inputs.map((_, i) => i).slice(3);
    const scores = {
      output: [m, n, sizeOf(batch)],
      constants: { width: heads * d, m, d, scale: attributes.scale, hidden: HIDDEN },
      reads: [0, 1, ...optional],
      source: `function (q, k${mask ? ', mask' : ''}${bias ? ', bias' : ''}) {
${mask ? `  if (mask[${at(mask)}] == 0) return this.constants.hidden;\n` : ''}  const qAt = ${row(q, 'this.thread.y')};
  const kAt = ${row(k, 'this.thread.x')};
  let sum = 0;
  for (let i = 0; i < this.constants.d; i++) sum += q[qAt + i] * k[kAt + i];
  return sum * this.constants.scale${bias ? ` + bias[${at(bias)}]` : ''};
}`,
    };
    const mixed = {
      output: [heads * e, n, sizeOf(lead)],
      constants: { heads, n, m, e, width: heads * e },
      reads: [count + 3, 2],
      source: `function (weights, v) {
  const head = this.thread.z * this.constants.heads + Math.floor((this.thread.x + 0.5) / this.constants.e);
  const weightAt = (head * this.constants.n + this.thread.y) * this.constants.m;
  const vAt = ${offset(lead, headStrides(v, lead, null), 'this.thread.x')};
  let sum = 0;
  for (let i = 0; i < this.constants.m; i++) sum += weights[weightAt + i] * v[vAt + i * this.constants.width];
  return sum;
}`,
    };
    const rows = { rows: sizeOf(batch) * n, columns: m };
    return [scores, ...softmaxKernels(rows, count, count + 1, attributes.emptyRows === 'zero'), mixed];
  },
  simd: (machine, inputs, y, attributes) => {
    const { lead, batch, count, n, m, d, e } = dimensions(inputs, attributes);
    const { mask, bias } = options(inputs, attributes);
    const { kernels } = machine;
    const workspace = machine.workspace(kernels.gemmWorkspace() + n * m * 4);
    const scores = workspace + kernels.gemmWorkspace();
    const walk = (part: SimdBuffer | undefined, strides: readonly number[]) => (i: number) =>
      part ? part.pointer + offsetAt(i, lead, strides) * 4 : 0;
    const [q, k, v, out] = [...inputs.slice(0, 3), y].map((x) => walk(x, headStrides(x, lead, null))) as Four<Walk>;
    const [ofMask, ofBias] = [mask, bias].map((x) => (x ? matrixStrides(x, batch, n * m) : [])) as [number[], number[]];
    const [maskAt, biasAt] = [walk(mask, ofMask), walk(bias, ofBias)];
    const [maskOfHeads, biasOfHeads] = [ofMask[lead.length] ?? 0, ofBias[lead.length] ?? 0];
    const scaling = [attributes.scale, attributes.emptyRows === 'zero' ? 1 : 0] as const;
    for (let i = 0; i < sizeOf(lead); i++) {
      const hidden = [maskAt(i), maskOfHeads, biasAt(i), biasOfHeads] as const;
      kernels.attention(count, n, m, d, e, q(i), k(i), v(i), out(i), ...hidden, ...scaling, scores, workspace);
    }
  },
  gradient: ({ inputs, cotangent, attributes }) => {
    const { heads } = attributes;
    const [q, k, v, dOut] = [...inputs.slice(0, 3), cotangent].map((x) => splitHeads(x as Value, heads)) as Four<Value>;
    const { mask, bias } = options(inputs, attributes);
    // The weights are computed again: cheaper than keeping [n, m] matrices of every head and layer.
    let scores = q.apply(matmul, [k], { transposeA: false, transposeB: true }).mul(attributes.scale);
    if (bias) scores = scores.add(bias);
    const weights = scores.apply(softmax, mask ? [mask] : [], { emptyRows: attributes.emptyRows });
    const dWeights = dOut.matmul(v, { transposeB: true });
    const hidden = mask && attributes.emptyRows === 'uniform' ? [mask] : [];
    const dScores = weights.apply(softmaxGradient, [dWeights, ...hidden], {});
    const scaled = dScores.mul(attributes.scale);
    const dMask = mask ? [null] : [];
    return [
      mergeHeads(scaled.matmul(k), heads),
      mergeHeads(scaled.matmul(q, { transposeA: true }), heads),
      mergeHeads(weights.matmul(dOut, { transposeA: true }), heads),
      ...dMask,
      bias ? dScores : null,
    ];
  },
};

type Walk = (batchEntry: number) => number;
type Four<T> = [T, T, T, T];

/** [.., n, heads d] -> [.., heads, n, d] */
function splitHeads(x: Value, heads: number | null): Value {
  if (heads === null) return x;
  const width = x.shape.at(-1) as number;
  return swapRowsAndHeads(x.reshape([...x.shape.slice(0, -1), heads, width / heads]));
}

/** [.., heads, n, d] -> [.., n, heads d] */
function mergeHeads(x: Value, heads: number | null): Value {
  if (heads === null) return x;
  const apart = swapRowsAndHeads(x);
  return apart.reshape([...apart.shape.slice(0, -2), heads * (apart.shape.at(-1) as number)]);
}

function swapRowsAndHeads(x: Value): Value {
  const rank = x.shape.length;
  return x.permute([...x.shape.keys()].slice(0, -3).concat(rank - 2, rank - 3, rank - 1));
}
