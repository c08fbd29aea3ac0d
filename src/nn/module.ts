import { Tensor } from '../tensor/index.ts';

/**
 * A part of a model. Its parameters are the tensors in its fields, and in the modules and arrays there; the path to
 * a tensor is its name: `layers.0.attention.toQ.weight`.
 */
export abstract class Module {
  /** Parameters by path, in the order of the fields. */
  parameters(): Map<string, Tensor> {
    const found = new Map<string, Tensor>();
    walk(this, '', found);
    return found;
  }

  /** Gives the memory of all parameters back. */
  dispose(): void {
    for (const parameter of this.parameters().values()) parameter.dispose();
  }
}

function walk(value: unknown, path: string, into: Map<string, Tensor>): void {
  if (value instanceof Tensor) into.set(path, value);
  else if (value instanceof Module || Array.isArray(value)) {
    for (const [key, entry] of Object.entries(value)) walk(entry, path ? `${path}.${key}` : key, into);
  }
}

/** Number of parameters. */
export function parameterCount(module: Module): number {
  let count = 0;
  for (const parameter of module.parameters().values()) count += parameter.size;
  return count;
}
