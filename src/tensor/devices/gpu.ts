import { ArgumentError, DeviceError, formatShape, requireWhole } from '../errors.ts';
import { requireOptions, requireWord } from '../options.ts';
import { type Shape, sizeOf } from '../shape.ts';
import type { GpuKernel, IndexRange, Input, Inputs, Kernel, Storage, TensorData, TensorType } from './device.ts';
import { checkIndices, Device, gpuKernels } from './device.ts';
import { flatten, KernelCache, keepsHandles } from './gpu-kernels.ts';
import type { GpuArgument, GpuLibrary, GpuMode } from './gpu-library.ts';
import { gpuModes, openLibrary, unavailable, usualKernelLimit } from './gpu-library.ts';
import { type HostValues, widen } from './host-values.ts';

interface GpuStorage extends Storage {
  /** There once the work that computes it has run, if it succeeded. */
  value?: GpuArgument;
  /** Why there is no value. */
  error?: Error;
  /** Integers as the host knows them: those that were uploaded, and those that were read to be checked. */
  integers?: Float32Array;
}

/**
 * Tensors as gpu.js keeps them: arrays in modes cpu and webasm, handles on the graphics device in the others.
 * Integers are floats there, exact up to 2^24.
 *
 * A kernel call may be a Promise, while building a graph is synchronous. So uploads, kernels and releases are put in
 * one queue and run in the order they were asked for; reading awaits its end. When a kernel fails, reading what
 * depends on it rejects, and the queue goes on.
 *
 * Graphics hardware promises neither NaN nor infinities; finite numbers are what the other devices give.
 * @example
 * ```ts
 * const gpu = await GpuDevice.open('cpu'); // gpu.js without a graphics card: slow, for tests
 * await ones(gpu, [2]).add(1).print();
 * gpu.destroy();
 * ```
 */
export class GpuDevice extends Device {
  override readonly name: string;
  readonly mode: GpuMode;
  private readonly library: GpuLibrary;
  private readonly kernels: KernelCache;
  private queue: Promise<void> = Promise.resolve();

  private constructor(library: GpuLibrary, mode: GpuMode, kernelLimit: number) {
    super();
    this.library = library;
    this.mode = mode;
    this.name = `gpu:${mode}`;
    this.kernels = new KernelCache(library, mode, kernelLimit);
  }

  /**
   * Opens a mode, or the best one that runs here; `name` tells which. A small kernel is run first, because a mode that
   * is offered may still not work. `kernelLimit` bounds the compiled kernels that are kept.
   * @param mode default the best one
   * @throws DeviceError saying why the mode does not run here and what to do
   */
  static async open(mode?: GpuMode, options: { kernelLimit?: number } = {}): Promise<GpuDevice> {
    requireOptions('GpuDevice.open', options, 'kernelLimit');
    if (options.kernelLimit !== undefined) requireWhole('GpuDevice.open', 'kernelLimit', options.kernelLimit, 1);
    if (mode !== undefined) {
      requireWord<string, string>('GpuDevice.open', 'the mode', mode, gpuModes.join('|'));
      const device = new GpuDevice(await openLibrary(mode), mode, options.kernelLimit ?? usualKernelLimit(mode));
      const problem = await device.findProblem();
      if (problem === undefined) return device;
      await device.destroy();
      throw unavailable(mode, problem);
    }
    for (const candidate of gpuModes) {
      const device = await GpuDevice.open(candidate, options).catch(() => undefined);
      if (device) return device;
    }
    throw new DeviceError('gpu.js runs in no mode here');
  }

  get compiledKernels(): number {
    return this.kernels.size;
  }

  /** Destroys all kernels once the queued work is done. The device cannot be used afterwards. */
  async destroy(): Promise<void> {
    this.enqueue(() => this.kernels.destroy());
    await this.queue;
    await this.library.destroy();
  }

  protected override allocateFor(data: TensorData | HostValues, type: TensorType): Storage {
    const values = 'precision' in data ? widen(data) : data;
    const floats = new Float32Array(Math.max(1, values.length)); // kernels take no empty arrays
    floats.set(values);
    if (type.dtype === 'int32') this.requireExact(values as Int32Array);
    const storage: GpuStorage = this.produce('upload', type, [], () => this.store(floats));
    if (type.dtype === 'int32') storage.integers = floats.subarray(0, values.length);
    return storage;
  }

  protected override execute<A>(op: Kernel<A>, inputs: readonly Input[], output: TensorType, attributes: A): Storage {
    const types = inputs.map(({ type }) => type) as Inputs<TensorType>;
    for (const { shape } of [...types, output]) this.requireIndexable(op.name, shape);
    const sources = inputs.map(({ storage }) => storage as GpuStorage);
    const range = op.indices?.(types, attributes);
    const indices = range && sources[range.input];
    if (indices?.integers) checkIndices(op.name, indices.integers, range as IndexRange);
    if (sizeOf(output.shape) === 0) return this.produce(op.name, output, sources, () => this.store(Float32Array.of(0)));
    const kernels = gpuKernels(op, types, output, attributes);
    return this.produce(op.name, output, sources, async (values) => {
      if (indices && !indices.integers) await this.checkComputed(op.name, indices, types[range.input], range);
      return this.computeAll(kernels, values);
    });
  }

  protected override free(storage: Storage): void {
    this.enqueue(() => {
      const { value } = storage as GpuStorage;
      if (value) this.kernels.discard(value);
      (storage as GpuStorage).value = undefined;
    });
  }

  protected override async download(storage: Storage, type: TensorType): Promise<TensorData> {
    return new Promise((resolve, reject) => {
      this.enqueue(async () => {
        const { value, error } = storage as GpuStorage;
        if (error || !value) return reject(error ?? new DeviceError('the tensor has no memory'));
        const size = sizeOf(type.shape);
        try {
          const floats = (value instanceof Float32Array ? value : flatten(await value.toArray())).slice(0, size);
          resolve(type.dtype === 'int32' ? Int32Array.from(floats) : floats);
        } catch (cause) {
          reject(new DeviceError(`reading from ${this.name} failed: ${messageOf(cause)}`, { cause }));
        }
      });
    });
  }

  /** Indices that the device computed are known only now. What reads the result gets the error. */
  private async checkComputed(
    operation: string,
    indices: GpuStorage,
    type: TensorType | undefined,
    range: IndexRange,
  ): Promise<void> {
    const { value } = indices as Required<GpuStorage>;
    const floats = value instanceof Float32Array ? value : flatten(await value.toArray());
    indices.integers = floats.subarray(0, sizeOf(type?.shape ?? []));
    checkIndices(operation, indices.integers, range);
  }

  /** Work runs after all that was queued before it. What fails says so where its result is read, not here. */
  private enqueue(work: () => void | Promise<void>): void {
    this.queue = this.queue.then(work).catch(() => {});
  }

  /** A storage at once, its value when the queue gets there. An error passes on to everything computed from it. */
  private produce(
    name: string,
    type: TensorType,
    sources: readonly GpuStorage[],
    make: (values: GpuArgument[]) => Promise<GpuArgument>,
  ): Storage {
    const storage: GpuStorage = { references: 1, bytes: Math.max(1, sizeOf(type.shape)) * 4 };
    this.enqueue(async () => {
      storage.error = sources.find(({ error }) => error)?.error;
      if (storage.error) return;
      try {
        storage.value = await make(sources.map(({ value }) => value as GpuArgument));
      } catch (cause) {
        if (cause instanceof ArgumentError) storage.error = cause;
        else storage.error = new DeviceError(`[${name}] failed on ${this.name}: ${messageOf(cause)}`, { cause });
      }
    });
    return storage;
  }

  /** Runs an operation's kernels, each of which may read the results before it. */
  private async computeAll(kernels: readonly GpuKernel[], inputs: readonly GpuArgument[]): Promise<GpuArgument> {
    const values = [...inputs];
    try {
      for (const kernel of kernels) {
        const reads = kernel.reads?.map((i) => values[i] as GpuArgument) ?? values;
        values.push(await this.kernels.run(kernel, reads));
      }
      return values.pop() as GpuArgument;
    } finally {
      for (const value of values.slice(inputs.length)) this.kernels.discard(value);
    }
  }

  /** Puts host values where kernels of this mode read them: a kernel that copies leaves them on the device. */
  private async store(floats: Float32Array): Promise<GpuArgument> {
    if (!keepsHandles(this.mode)) return floats;
    return this.kernels.run({ output: [floats.length], source: COPY }, [floats]);
  }

  /** @throws DeviceError when indices would not be exact: in all modes but cpu, gpu.js computes them as float32 */
  private requireIndexable(operation: string, shape: Shape): void {
    const most = this.mode === 'cpu' ? this.mostElements : EXACT_INDICES;
    if (sizeOf(shape) <= most) return;
    throw new DeviceError(
      `[${operation}] ${formatShape(shape)} has more elements than ${this.name} can index (${most})`,
    );
  }

  /** @throws DeviceError when integers would be rounded: they are kept as float32 */
  private requireExact(values: Int32Array): void {
    const i = values.findIndex((value) => Math.abs(value) > EXACT_INDICES);
    if (i < 0) return;
    throw new DeviceError(
      `[upload] integer ${values[i]} at position ${i} is beyond what ${this.name} keeps exactly (${EXACT_INDICES})`,
    );
  }

  /** What goes wrong with a small kernel, if anything. */
  private async findProblem(): Promise<string | undefined> {
    const type: TensorType = { shape: [3], dtype: 'float32' };
    const given = this.allocateFor(Float32Array.of(1, 2, 3), type) as GpuStorage;
    const doubled = this.produce('double', type, [given], (values) => this.kernels.run(DOUBLE, values));
    const got = await this.download(doubled, type).catch((error: Error) => error);
    this.free(doubled);
    this.free(given);
    if (got instanceof Error) return `does not run (${got.message})`;
    return got.join() === '2,4,6' ? undefined : `computes 2 * [1, 2, 3] = [${got.join(', ')}]`;
  }
}

const DOUBLE: GpuKernel = { output: [3], source: 'function (xs) {\n  return xs[this.thread.x] * 2;\n}' };
/** Whole numbers up to here are exact in float32. */
const EXACT_INDICES = 2 ** 24;

const COPY = 'function (xs) {\n  return xs[this.thread.x];\n}';

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
