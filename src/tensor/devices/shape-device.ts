import { DeviceError, ofRightKinds } from '../errors.ts';
import { requireShape, type Shape, sizeOf } from '../shape.ts';
import type { Input, Kernel, Operation, Storage, TensorData, TensorType } from './device.ts';
import { Device } from './device.ts';

/** Operations that move numbers and compute none. */
const MOVES: ReadonlySet<string> = new Set([
  ...['reshape', 'permute', 'expand', 'slice', 'unslice', 'concat', 'gather', 'embedding', 'oneHot'],
  ...['toFloat', 'toInt'],
]);

/**
 * Runs shapes without values, so that a model of any size can be walked: every shape rule applies, nothing is computed
 * and nothing allocated. Counts floating-point operations: two for each multiply-add of a product, one for each number
 * that another operation makes or reads, whichever are more, none for moving numbers.
 * @example
 * ```ts
 * const shapes = new ShapeDevice();
 * const [a, b] = [ones(shapes, [64, 32]), ones(shapes, [32, 8])];
 * console.log(a.matmul(b).shape, shapes.operations); // [64, 8], 32768
 * ```
 */
export class ShapeDevice extends Device {
  override readonly name = 'shapes';
  override readonly mostElements: number = Number.MAX_SAFE_INTEGER;
  operations = 0;

  override fill(_value: number, shape: Shape): Storage {
    return this.count(storageOf({ shape, dtype: 'float32' }));
  }

  protected override allocateFor(_data: TensorData, type: TensorType): Storage {
    return storageOf(type);
  }

  protected override execute<A>(op: Kernel<A>, inputs: readonly Input[], output: TensorType, attributes: A): Storage {
    const shapes = inputs.map(({ type }) => type.shape);
    this.operations += flopsOf({ name: op.name, inputs: shapes, output: output.shape, attributes });
    return storageOf(output);
  }

  protected override free(): void {}

  protected override download(): Promise<TensorData> {
    return Promise.reject(new DeviceError(`tensors on '${this.name}' have no values`));
  }
}

function storageOf({ shape }: TensorType): Storage {
  return { references: 1, bytes: sizeOf(shape) * 4 };
}

/** Floating-point operations of an operation. @throws ArgumentError for what is none, or lacks a shape */
export function flopsOf(operation: Operation): number {
  return ofRightKinds('flopsOf', () => flopsIn(operation));
}

function flopsIn({ name, inputs, output, attributes }: Operation): number {
  const size = sizeOf(requireShape('flopsOf', output));
  const { transposeA, heads } = (attributes ?? {}) as { readonly transposeA?: boolean; readonly heads?: number | null };
  const sizes = inputs.map((shape) => sizeOf(requireShape('flopsOf', shape)));
  if (name === 'matmul') return 2 * size * ((inputs[0] as Shape).at(transposeA ? -2 : -1) as number);
  if (name === 'linear') return 2 * size * ((inputs[0] as Shape).at(-1) as number) + size;
  if (name === 'attention') {
    const [q, k] = inputs as [Shape, Shape];
    const pairs = ((sizes[0] as number) / (q.at(-1) as number)) * (k.at(-2) as number);
    return 2 * pairs * ((q.at(-1) as number) + (output.at(-1) as number)) + 2 * (heads ?? 1) * pairs; // scale, softmax
  }
  return MOVES.has(name) ? 0 : Math.max(size, ...sizes);
}
