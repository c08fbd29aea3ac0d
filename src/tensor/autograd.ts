import type { Inputs } from './devices/device.ts';
import { ArgumentError, requireArray, ShapeError } from './errors.ts';
import { sameShape } from './shape.ts';
import { requireTensor, type Tensor } from './tensor.ts';

/**
 * d loss / d target for each target. Parts of the graph that lead to no target are not walked, which is what makes a
 * frozen model cheap. A target that the loss does not depend on gets zeros.
 * @param loss one number, of shape []
 * @param targets tensors that the gradients are wanted of
 * @throws ShapeError when the loss has more than one element
 * @throws DeviceError when a rule needs an input that was assigned new values since
 * @throws ArgumentError when the way to a target passes an operation without a derivative, and in a `noGrad` scope
 * @example
 * ```ts
 * const w = tensor(device, [1, 2]);
 * const loss = w.square().sum();
 * const gradient = backward(loss, [w]).get(w); // 2 w
 * ```
 */
export function backward(loss: Tensor, targets: readonly Tensor[]): Map<Tensor, Tensor> {
  requireArray('backward', 'the list of targets', targets);
  for (const x of [loss, ...targets]) requireTensor('backward', x);
  if (loss.size !== 1) throw new ShapeError('backward', 'the loss must have one element', loss.shape);
  if (loss.device.noGrad) throw new ArgumentError('backward', 'the scope around it is noGrad, which keeps no graph');
  const wanted = new Set(targets);
  const { order, relevant } = plan(loss, wanted);
  const cotangents = new Map<Tensor, Tensor>([[loss, loss.like(Float32Array.of(1), loss.shape)]]);
  for (const tensor of order) {
    const cotangent = cotangents.get(tensor);
    const { source } = tensor;
    if (!cotangent || !source) continue;
    if (!wanted.has(tensor)) cotangents.delete(tensor);
    const needs = source.inputs.map((input) => relevant.has(input));
    if (!needs.includes(true)) continue;
    const rule = source.op.gradient;
    if (rule === 'none')
      throw new ArgumentError('backward', `the way to a target passes ${source.op.name}, which has no derivative`);
    const inputs = source.inputs.map((input) => input.asOf(source)) as Inputs<Tensor>;
    const gradients = rule({ inputs, output: tensor, cotangent, attributes: source.attributes, needs });
    source.inputs.forEach((input, i) => {
      const gradient = gradients[i] as Tensor | null | undefined;
      if (!needs[i] || !gradient) return;
      const fitted = unbroadcast(gradient, input.shape);
      const before = cotangents.get(input);
      cotangents.set(input, before ? before.add(fitted) : fitted);
    });
  }
  return new Map(targets.map((target) => [target, cotangents.get(target) ?? target.zerosLike()]));
}

/** Tensors on a way from the loss to a target, each after everything that uses it. Iterative: graphs are deep. */
function plan(loss: Tensor, wanted: ReadonlySet<Tensor>): { order: Tensor[]; relevant: Set<Tensor> } {
  const finished: Tensor[] = [];
  const relevant = new Set<Tensor>();
  const seen = new Set([loss]);
  const stack: { tensor: Tensor; next: number }[] = [{ tensor: loss, next: 0 }];
  while (stack.length > 0) {
    const top = stack.at(-1) as { tensor: Tensor; next: number };
    const inputs = top.tensor.source?.inputs ?? [];
    const child = inputs[top.next++];
    if (child) {
      if (!seen.has(child)) stack.push({ tensor: child, next: 0 });
      seen.add(child);
      continue;
    }
    stack.pop();
    if (wanted.has(top.tensor) || inputs.some((input) => relevant.has(input))) {
      relevant.add(top.tensor);
      finished.push(top.tensor);
    }
  }
  return { order: finished.reverse(), relevant };
}

/** Sums a gradient over the axes along which its input was repeated. */
function unbroadcast(gradient: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || (shape[axis - extra] === 1 && gradient.shape[axis] !== 1));
  return gradient.sum(axes, true).reshape(shape);
}
