import { ArgumentError, DeviceError, ofRightKinds, ShapeError, shown } from '../errors.ts';
import { inspectedAs } from '../inspected.ts';
import { type Shape, sizeOf } from '../shape.ts';
import type { HostValues } from './host-values.ts';
import type { SimdMachine } from './simd/machine.ts';

export type Dtype = 'float32' | 'int32';
export type TensorData = Float32Array | Int32Array;

/** What is known of a tensor before its values are. */
export interface TensorType {
  /** Extents of the axes. */
  readonly shape: Shape;
  readonly dtype: Dtype;
}

/**
 * One gpu.js kernel: `source` is the text of a function over flat row-major arrays, run once per output element.
 * `output` is [x], [x, y] or [x, y, z], x fastest; their product is the size of the result.
 * Sizes are read as `this.constants.NAME`.
 */
export interface GpuKernel {
  readonly output: readonly number[];
  readonly source: string;
  readonly constants?: Readonly<Record<string, number>>;
  /** Which arrays the parameters are: 0, 1, .. the operation's inputs, then results of earlier kernels. Default: all. */
  readonly reads?: readonly number[];
}

/** Which input of an operation holds indices, and from where to where they may go: 0 to limit - 1, or `except`. */
export interface IndexRange {
  readonly input: number;
  readonly limit: number;
  readonly except?: number;
}

/** @throws ArgumentError naming the first index that is out of range */
export function checkIndices(operation: string, indices: ArrayLike<number>, { limit, except }: IndexRange): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    if ((index >= 0 && index < limit) || index === except) continue;
    throw new ArgumentError(operation, `index ${index} at position ${i} is outside of 0 to ${limit - 1}`);
  }
}

/** What an operation is given, which knows by itself how many inputs it has. */
export type Inputs<T> = [T, T, T, ...T[]];
/** The same where those from the second or the third on are optional. */
export type OneOrMore<T> = readonly [T, T?, T?, ...T[]];
export type TwoOrMore<T> = readonly [T, T, T?, ...T[]];

/** What a device needs to know of an operation. */
export interface Kernel<A> {
  readonly name: string;
  /** The result shares the input's memory, with another shape. */
  readonly view?: boolean;
  /** The indices that an operation looks things up by: devices check them before it runs. */
  indices?(inputs: Inputs<TensorType>, attributes: A): IndexRange;
  /** One kernel, or several that run one after another, the last of which gives the result. */
  gpu(inputs: Inputs<TensorType>, output: TensorType, attributes: A): GpuKernel | readonly GpuKernel[];
  simd(machine: SimdMachine, inputs: Inputs<SimdBuffer>, output: SimdBuffer, attributes: A): void;
  /** Which inputs the SIMD kernel reads from the host by itself, in parts; others come whole into WASM memory. */
  readsHost?(inputs: Inputs<TensorType>, attributes: A): readonly number[];
}

/**
 * The gpu.js kernels of an operation, which run one after another; the last gives the result.
 * @param op one of `primitives`
 * @param given the operation's attributes
 * @throws ArgumentError for what is no operation, and for inputs or attributes that it cannot read
 * @example
 * ```ts
 * const x = { shape: [2, 3], dtype: 'float32' } as const;
 * for (const kernel of gpuKernels(primitives.exp, [x], x, {})) console.log(kernel.source);
 * ```
 */
export function gpuKernels<A>(op: Kernel<A>, inputs: readonly TensorType[], output: TensorType, given: A): GpuKernel[] {
  return ofRightKinds('gpuKernels', () => [op.gpu(inputs as Inputs<TensorType>, output, given)].flat());
}

/** A tensor in WASM memory: `pointer` is a byte offset. */
export interface SimdBuffer extends TensorType {
  readonly pointer: number;
  readonly size: number;
  /** Where the values are when they are not in WASM memory, for kernels that said so by `readsHost`. */
  readonly host?: HostValues | undefined;
}

/** Memory of one or several tensors on a device (a reshaped tensor shares its source's). */
export interface Storage {
  references: number;
  readonly bytes: number;
}

/** One operation on a device, as a watcher sees it. */
export interface Operation {
  readonly name: string;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  readonly attributes: unknown;
}

/** What an operation is given. */
export interface Input {
  readonly storage: Storage;
  readonly type: TensorType;
}

/** Something a scope lets go of when it ends. */
export interface Disposable {
  dispose(): void;
}

interface Scope {
  readonly made: Map<Disposable, Storage>;
  readonly noGrad: boolean;
}

/**
 * Where tensors live and operations run. Calls are synchronous and ordered; only `read` is awaited.
 * Two devices never share a storage.
 */
export abstract class Device {
  /** What really runs, e.g. `simd (fma)` or `gpu:webasm`. */
  abstract readonly name: string;
  /** Of one tensor: 4 GiB of float32, where WASM's memory ends. */
  readonly mostElements: number = 2 ** 30;
  liveTensors = 0;
  liveBytes = 0;
  /** Stands around every operation that computes, for measurements: it runs `compute` once. Null for none. */
  watcher: (<T>(operation: Operation, compute: () => T) => T) | null = null;
  /** How often a tensor took over the values of another: the clock by which gradients know stale inputs. */
  assignments = 0;
  private readonly scopes: Scope[] = [];
  private readonly registry = new FinalizationRegistry<Storage>((storage) => this.release(storage));

  protected abstract allocateFor(data: TensorData | HostValues, type: TensorType): Storage;
  protected abstract execute<A>(op: Kernel<A>, inputs: readonly Input[], output: TensorType, attributes: A): Storage;
  protected abstract free(storage: Storage): void;
  protected abstract download(storage: Storage, type: TensorType): Promise<TensorData>;

  /** Copies values into the device's memory, half precision as float32. @throws ShapeError when they do not fill it */
  upload(data: TensorData | HostValues, type: TensorType): Storage {
    const count = 'precision' in data ? data.size : data.length;
    if (count !== sizeOf(type.shape))
      throw new ShapeError('upload', `${count} values do not fill the shape`, type.shape);
    return this.count(this.allocateFor(data, type));
  }

  /** float32, the same number throughout. */
  fill(value: number, shape: Shape): Storage {
    return this.upload(new Float32Array(sizeOf(shape)).fill(value), { shape, dtype: 'float32' });
  }

  /** Leaves values on the host where operations can read them there; elsewhere they are uploaded. */
  hold(values: HostValues, type: TensorType): Storage {
    return this.upload(values, type);
  }

  run<A>(op: Kernel<A>, inputs: readonly Input[], output: TensorType, attributes: A): Storage {
    if (inputs.some(({ storage }) => storage.references <= 0))
      throw new DeviceError(`[${op.name}] an input was released; keep it by returning it from its scope`);
    if (op.view) {
      const { storage } = inputs[0] as Input;
      storage.references++;
      this.liveTensors++;
      return storage;
    }
    if (!this.watcher) return this.count(this.execute(op, inputs, output, attributes));
    const shapes = inputs.map(({ type }) => type.shape);
    const operation = { name: op.name, inputs: shapes, output: output.shape, attributes };
    return this.count(this.watcher(operation, () => this.execute(op, inputs, output, attributes)));
  }

  /** Values of a storage, as a copy. @throws DeviceError when it was released */
  read(storage: Storage, type: TensorType): Promise<TensorData> {
    if (storage.references <= 0) return Promise.reject(new DeviceError('the tensor was released'));
    return this.download(storage, type);
  }

  /** The same at once, where memory can be read without waiting. @throws DeviceError elsewhere, or when it was released */
  readSync(storage: Storage, _type: TensorType): TensorData {
    const reason = storage.references <= 0 ? 'the tensor was released' : `${this.name} gives values only by await`;
    throw new DeviceError(reason);
  }

  release(storage: Storage): void {
    this.liveTensors--;
    if (--storage.references === 0) {
      this.liveBytes -= storage.bytes;
      this.free(storage);
    }
  }

  /** Puts a new tensor in the innermost scope, or under the garbage collector's care when there is none. */
  track(tensor: Disposable, storage: Storage): void {
    const scope = this.scopes.at(-1);
    if (scope) scope.made.set(tensor, storage);
    else this.registry.register(tensor, storage, tensor);
  }

  untrack(tensor: Disposable): void {
    for (let i = this.scopes.length - 1; i >= 0; i--) if (this.scopes[i]?.made.delete(tensor)) return;
    this.registry.unregister(tensor);
  }

  /** A tensor took over another storage. */
  retrack(tensor: Disposable, storage: Storage): void {
    for (const { made } of this.scopes) if (made.has(tensor)) made.set(tensor, storage);
    if (this.registry.unregister(tensor)) this.registry.register(tensor, storage, tensor);
  }

  /** Tells whether stages of the innermost scope release what they made as soon as they end. */
  get noGrad(): boolean {
    return this.scopes.at(-1)?.noGrad ?? false;
  }

  openScope(noGrad: boolean = this.noGrad): void {
    this.scopes.push({ made: new Map(), noGrad });
  }

  /** Disposes of what the innermost scope made, save `kept`, which moves to the scope around it. */
  closeScope(kept: ReadonlySet<Disposable>): Disposable[] {
    const scope = this.scopes.at(-1);
    if (!scope) throw new DeviceError('no scope is open');
    for (const tensor of scope.made.keys()) if (!kept.has(tensor)) tensor.dispose(); // which takes it out of the scope
    this.scopes.pop();
    for (const [tensor, storage] of scope.made) this.track(tensor, storage);
    return [...scope.made.keys()];
  }

  protected count(storage: Storage): Storage {
    this.liveTensors++;
    this.liveBytes += storage.bytes;
    return storage;
  }
}

/** @throws ArgumentError unless it is a device: its name and the promise of `openDevice` are none */
export function requireDevice(operation: string, device: Device): void {
  if (!(device instanceof Device))
    throw new ArgumentError(operation, `expected a device, as \`await openDevice()\` gives it, got ${shown(device)}`);
}

inspectedAs(Device, (device) => `Device ${device.name}: ${device.liveTensors} tensors, ${device.liveBytes} bytes`);
