import type { Device } from './devices/device.ts';
import { ArgumentError } from './errors.ts';
import { Tensor } from './tensor.ts';

/**
 * Runs `make` and releases every tensor made inside, except those in its result: tensors, or arrays, Maps and plain
 * objects of them. What leaves a scope is a leaf: the graph behind it is gone. `make` is synchronous, so that two
 * runs on one device can never mix.
 */
export function scope<T>(device: Device, make: () => T): T {
  device.openScope();
  const kept = new Set<Tensor>();
  try {
    const result = make();
    if (result instanceof Promise)
      throw new ArgumentError('scope', 'the function is asynchronous; await values outside of the scope');
    collect(result, kept);
    return result;
  } finally {
    for (const tensor of device.closeScope(kept)) (tensor as Tensor).source = undefined;
  }
}

function collect(value: unknown, into: Set<Tensor>): void {
  if (value instanceof Tensor) into.add(value);
  else if (Array.isArray(value)) for (const entry of value) collect(entry, into);
  else if (value instanceof Map) for (const entry of value.values()) collect(entry, into);
  else if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    for (const entry of Object.values(value)) collect(entry, into);
  }
}
