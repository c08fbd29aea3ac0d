import { type Device, scope, type Tensor } from '../tensor/index.ts';

/** Loss of some rows and its gradients, each as a part of the whole batch's. */
export interface Part {
  readonly loss: Tensor;
  readonly gradients: Map<Tensor, Tensor>;
}

/**
 * Adds up a batch's loss and gradients a few rows at a time: small working sets stay in the processor's cache, and
 * memory does not grow with the batch.
 */
export function inParts(
  device: Device,
  rows: number,
  atOnce: number,
  compute: (from: number, to: number) => Part,
): Part {
  let total: Part | null = null;
  for (let from = 0; from < rows; from += atOnce) {
    const part = scope(device, () => compute(from, Math.min(rows, from + atOnce)));
    total = total ? scope(device, () => sum(total as Part, part)) : part;
  }
  if (!total) throw new RangeError('a batch needs at least one row');
  return total;
}

function sum(a: Part, b: Part): Part {
  const gradients = new Map(
    Array.from(a.gradients, ([p, gradient]) => [p, gradient.add(b.gradients.get(p) as Tensor)]),
  );
  return { loss: a.loss.add(b.loss), gradients };
}
