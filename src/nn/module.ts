import { requireKinds } from '../files/kinds.ts';
import { inspectedAs, Tensor } from '../tensor/index.ts';

/**
 * A part of a model. Its parameters are the tensors in its fields, and in the modules and arrays there; the path to
 * a tensor is its name: `layers.0.attention.toQ.weight`.
 * @example
 * ```ts
 * class Twice extends Module {
 *   layer = new Linear({ device, random: new Random(1) }, 4, 4);
 *   forward(x: Tensor): Tensor {
 *     return this.layer.forward(this.layer.forward(x));
 *   }
 * }
 * const twice = new Twice();
 * console.log(`${twice}`, twice.parameters().keys()); // layer.weight, layer.bias
 * twice.dispose(); // gives the memory of its parameters back
 * ```
 */
export abstract class Module {
  /** Parameters by path, in the order of the fields. */
  parameters(): Map<string, Tensor> {
    return walk(this, '', new Map());
  }

  /** The class, how many parameters it has, and a line for each of its parts. */
  toString(): string {
    const parts = Object.entries(this).flatMap(([name, part]) => {
      if (part instanceof Tensor) return [`  ${name} [${part.shape.join(', ')}]`];
      const found = walk(part, '', new Map());
      if (found.size === 0) return [];
      const type = part instanceof Module ? part.constructor.name : `${part.length} parts`;
      return [`  ${name}: ${type}, ${grouped(sizeOf(found))}`];
    });
    return [`${this.constructor.name}: ${grouped(parameterCount(this))} parameters`, ...parts].join('\n');
  }

  /** Gives the memory of all parameters back. */
  dispose(): void {
    for (const parameter of this.parameters().values()) parameter.dispose();
  }
}
inspectedAs(Module, (module) => module.toString());

function walk(value: unknown, path: string, into: Map<string, Tensor>): Map<string, Tensor> {
  if (value instanceof Tensor) into.set(path, value);
  else if (value instanceof Module || Array.isArray(value))
    for (const [key, entry] of Object.entries(value)) walk(entry, path ? `${path}.${key}` : key, into);
  return into;
}

/**
 * Number of parameters.
 * @example
 * ```ts
 * parameterCount(new Linear({ device }, 3, 5)); // 20
 * ```
 */
export function parameterCount(module: Module): number {
  requireKinds('parameterCount', { module }, '{parameters}');
  return sizeOf(module.parameters());
}

function sizeOf(parameters: ReadonlyMap<string, Tensor>): number {
  return [...parameters.values()].reduce((count, { size }) => count + size, 0);
}

const grouped = (count: number): string => count.toLocaleString('en');
