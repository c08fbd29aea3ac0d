import { type Device, requireDevice } from './devices/device.ts';
import { ArgumentError, shown } from './errors.ts';
import { requireOptions } from './options.ts';
import { Tensor } from './tensor.ts';

/**
 * Runs `make` and releases every tensor made inside, except those in its result: tensors, or arrays, Maps and plain
 * objects of them. What leaves a scope is a leaf: the graph behind it is gone. `make` is synchronous, so that two
 * runs on one device can never mix. In a `noGrad` scope, each `stage` is a scope of its own, so that a deep
 * model takes the memory of one layer; gradients cannot be computed there. A scope within another does as that one does.
 * @example
 * ```ts
 * const y = scope(device, () => {
 *   const x = randn(device, [1000, 1000], new Random(1)); // given back at the end
 *   return x.mean(); // this one stays
 * });
 * console.log(await y.item());
 * y.dispose();
 * ```
 */
export function scope<T>(device: Device, make: () => T, options: { noGrad?: boolean } = {}): T {
  requireOptions('scope', options, 'noGrad');
  requireDevice('scope', device);
  device.openScope(options.noGrad);
  const kept = new Set<Tensor>();
  try {
    if (typeof make !== 'function') throw new ArgumentError('scope', `expected a function, got ${shown(make)}`);
    const result = make();
    if (result instanceof Promise)
      throw new ArgumentError('scope', 'the function is asynchronous; await values outside of the scope');
    collect(result, kept);
    return result;
  } finally {
    for (const tensor of device.closeScope(kept)) (tensor as Tensor).source = undefined;
  }
}

/**
 * A part of a longer computation, such as a layer. In a `noGrad` scope, all that it made is released when it ends,
 * except its result; elsewhere it is `make()`.
 * @example
 * ```ts
 * const y = scope(device, () => stage(device, () => ones(device, [2]).mul(2)), { noGrad: true });
 * ```
 */
export function stage<T>(device: Device, make: () => T): T {
  requireDevice('stage', device);
  return device.noGrad || typeof make !== 'function' ? scope(device, make) : make();
}

function collect(value: unknown, into: Set<Tensor>): void {
  if (value instanceof Tensor) into.add(value);
  else if (Array.isArray(value)) for (const entry of value) collect(entry, into);
  else if (value instanceof Map) for (const entry of value.values()) collect(entry, into);
  else if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    for (const entry of Object.values(value)) collect(entry, into);
}
