/** A random graph on a device: every value, and the derivative along the direction that the leaves were given. */

import {
  attention,
  backward,
  concat,
  crossEntropy,
  type Device,
  indexSelect,
  l2Normalise,
  repeatInterleave,
  stack,
  type Tensor,
  tensor,
  tile,
  tril,
} from '../../../src/tensor/index.ts';
import type { Attributes } from './duals.ts';
import { type Graph, type Node, scaleOf, wobble } from './generate.ts';

type Run = (inputs: readonly Tensor[], attributes: Required<Attributes>) => Tensor;

/** Where the library's name or signature is another, or where it has no derivative. */
const RUNS: Readonly<Record<string, Run>> = {
  truncate: ([x]) => (x as Tensor).detach().toInt().toFloat(),
  clamp: ([x], { low, value }) => (x as Tensor).clamp(low, value),
  argmax: ([x], { axis }) => (x as Tensor).detach().argmax(axis).toFloat(),
  where: ([c, a, b]) => (c as Tensor).where(a as Tensor, b as Tensor),
  topK: ([x], { k }) => (x as Tensor).topK(k).values,
  matmul: ([a, b], options) => (a as Tensor).matmul(b as Tensor, options),
  softmax: ([x], { axis }) => (x as Tensor).softmax(axis),
  logSoftmax: ([x], { axis }) => (x as Tensor).logSoftmax(axis),
  cumsum: ([x], { axis }) => (x as Tensor).cumsum(axis),
  layerNorm: ([x]) => (x as Tensor).layerNorm(),
  rmsNorm: ([x]) => (x as Tensor).rmsNorm(),
  affineNorm: ([x, weight, bias]) => (x as Tensor).layerNorm(weight, bias),
  l2Normalise: ([x]) => l2Normalise(x as Tensor, 0.125),
  reshape: ([x], { shape }) => (x as Tensor).reshape(shape),
  permute: ([x], { axes }) => (x as Tensor).permute(axes),
  expand: ([x], { shape }) => (x as Tensor).expand(shape),
  slice: ([x], { ranges }) => (x as Tensor).slice(ranges),
  flip: ([x], { axes }) => (x as Tensor).flip(axes),
  pad: ([x], { pads, value }) => (x as Tensor).pad(pads, value),
  gather: ([x, index], { axis }) => (x as Tensor).gather(index as Tensor, axis),
  scatterAdd: ([x, index, source], { axis }) => (x as Tensor).scatterAdd(index as Tensor, source as Tensor, axis),
  embedding: ([table, ids]) => (table as Tensor).embedding(ids as Tensor),
  oneHot: ([ids], { count }) => (ids as Tensor).oneHot(count),
  concat: (inputs, { axis }) => concat(inputs, axis),
  stack: (inputs, { axis }) => stack(inputs, axis),
  tile: ([x], { axes }) => tile(x as Tensor, axes),
  repeatInterleave: ([x], { axis, count }) => repeatInterleave(x as Tensor, axis, count),
  indexSelect: ([x, index], { axis }) => indexSelect(x as Tensor, index as Tensor, axis),
  tril: ([x], { count }) => tril(x as Tensor, count),
  maskedSoftmax: ([x, mask]) => (x as Tensor).maskedSoftmax(mask as Tensor),
  attention: ([q, k, v, ...rest], { masked, biased, value }) =>
    attention(q as Tensor, k as Tensor, v as Tensor, {
      scale: value,
      mask: masked ? (rest[0] as Tensor) : null,
      bias: biased ? (rest[masked ? 1 : 0] as Tensor) : null,
    }),
  crossEntropy: ([logits, targets]) => crossEntropy(logits as Tensor, targets as Tensor, { reduction: 'none' }),
};
const REDUCTIONS = ['sum', 'mean', 'max', 'min', 'variance', 'logSumExp'];
const NO_DERIVATIVE =
  /^(isFinite|isNaN|equal|notEqual|less|lessEqual|greater|greaterEqual|logicalNot|logicalAnd|logicalOr)$/;

type Method = (...values: unknown[]) => Tensor;

function run({ name, inputs, attributes }: Node, tensors: readonly Tensor[]): Tensor {
  const given = inputs.map((i) => tensors[i] as Tensor);
  const own = RUNS[name];
  if (own) return own(given, attributes as Required<Attributes>);
  const [x, ...others] = NO_DERIVATIVE.test(name) ? given.map((input) => input.detach()) : given;
  const method = (x as unknown as Record<string, Method>)[name] as Method;
  return method.call(x, ...(REDUCTIONS.includes(name) ? [attributes.axes, attributes.keepDims] : others));
}

function place(device: Device, { name, exact }: Node): Tensor {
  const numbers = exact.items.map(({ v }) => v);
  return tensor(device, name === 'ids' ? Int32Array.from(numbers) : Float32Array.from(numbers), exact.shape);
}

/** Weights of the sum that is derived. */
const weightOf = (i: number): number => 1 - ((i * 5) % 7) / 4;

function compareValues(node: Node, index: number, got: ArrayLike<number>, tolerance: number): string | null {
  const allowed = tolerance * scaleOf(node.exact, 'v') + 20 * wobble(node, 'v');
  if (got.length !== node.exact.items.length) return `${got.length} values, expected ${node.exact.items.length}`;
  for (const [i, { v }] of node.exact.items.entries())
    if (!(Math.abs((got[i] as number) - v) <= allowed))
      return `node ${index} (${node.name}): element ${i} is ${got[i]}, expected ${v} within ${allowed}`;
  return null;
}

/** What is wrong with a graph on a device, or null. Everything that is made is released. */
export async function problemOf(device: Device, { nodes }: Graph, tolerance: number): Promise<string | null> {
  device.openScope();
  try {
    const tensors: Tensor[] = [];
    for (const node of nodes) tensors.push(node.inputs.length > 0 ? run(node, tensors) : place(device, node));
    const used = new Set(nodes.flatMap(({ inputs }) => inputs));
    const ends = nodes.flatMap((node, i) => (!used.has(i) && node.inputs.length > 0 ? [i] : []));
    const leaves = nodes.flatMap(({ varies }, i) => (varies ? [i] : []));
    const losses = ends.map((i) => {
      const y = tensors[i] as Tensor;
      return y
        .mul(
          tensor(
            device,
            Float32Array.from({ length: y.size }, (_, j) => weightOf(j)),
            y.shape,
          ),
        )
        .sum();
    });
    const loss = losses.reduce((a, b) => a.add(b));
    const gradients = backward(
      loss,
      leaves.map((i) => tensors[i] as Tensor),
    );
    for (const [i, node] of nodes.entries()) {
      const made = tensors[i] as Tensor;
      if (made.shape.join() !== node.exact.shape.join())
        return `node ${i} (${node.name}): shape [${made.shape}], expected [${node.exact.shape}]`;
      const problem = node.inputs.length > 0 ? compareValues(node, i, await made.data(), tolerance) : null;
      if (problem) return problem;
    }
    let [slope, size] = [0, 0.01];
    for (const i of leaves) {
      const gradient = gradients.get(tensors[i] as Tensor) as Tensor;
      if (gradient.shape.join() !== nodes[i]?.exact.shape.join()) return `the gradient of leaf ${i} has another shape`;
      for (const [j, g] of (await gradient.data()).entries()) {
        const term = g * (nodes[i]?.exact.items[j]?.d as number);
        slope += term;
        size += Math.abs(term);
      }
    }
    const along = (pick: (node: Node) => Node['exact']): number =>
      ends.reduce(
        (sum, i) => sum + pick(nodes[i] as Node).items.reduce((all, { d }, j) => all + d * weightOf(j), 0),
        0,
      );
    const expected = along(({ exact }) => exact);
    const spread = Math.max(
      ...[0, 1, 2].map((k) => Math.abs(along(({ rounded }) => rounded[k] as Node['exact']) - expected)),
    );
    const terms = ends.reduce((sum, i) => sum + scaleOf((nodes[i] as Node).exact, 'd'), size);
    const allowed = 3 * tolerance * terms + 20 * spread;
    if (Math.abs(slope - expected) <= allowed) return null;
    return `the derivative is ${slope}, expected ${expected} within ${allowed}`;
  } catch (error) {
    return `throws ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    device.closeScope(new Set());
  }
}

/** A graph in lines, for a report. */
export function describeGraph({ seed, nodes }: Graph): string {
  const lines = nodes.map(
    ({ name, inputs, attributes, exact }, i) =>
      `  ${i}: ${name}(${inputs.join(', ')}) ${JSON.stringify(attributes)} -> [${exact.shape.join(', ')}]`,
  );
  return [`graph ${seed}`, ...lines].join('\n');
}
