import { DeviceError } from '../errors.ts';
import { requireOptions } from '../options.ts';
import { sizeOf } from '../shape.ts';
import type { Input, Inputs, Kernel, SimdBuffer, Storage, TensorData, TensorType } from './device.ts';
import { checkIndices, Device } from './device.ts';
import { type HostValues, widen } from './host-values.ts';
import { SimdMachine } from './simd/machine.ts';

interface SimdStorage extends Storage {
  /** 0 when the values are on the host. */
  readonly pointer: number;
  host?: HostValues | undefined;
}

/**
 * Tensors in WASM memory, operations as SIMD kernels; synchronous, one thread.
 * @example
 * ```ts
 * const exact = new SimdDevice({ fma: false }); // the same bits on every machine
 * console.log(exact.name, ones(exact, [2, 2]).shape);
 * ```
 */
export class SimdDevice extends Device {
  override readonly name: string;
  readonly machine: SimdMachine;

  /** @param options `fma`: whether products are added without rounding between; default: where the machine can */
  constructor(options: { fma?: boolean } = {}) {
    super();
    requireOptions('SimdDevice', options, 'fma');
    this.machine = new SimdMachine(options);
    this.name = this.machine.fma ? 'simd (fma)' : 'simd';
  }

  /** Values of any size: WASM memory ends at 4 GiB, the host's does not. */
  override hold(host: HostValues): Storage {
    const storage: SimdStorage = { references: 1, bytes: host.bytes, pointer: 0, host };
    return this.count(storage);
  }

  protected override allocateFor(data: TensorData | HostValues, type: TensorType): Storage {
    const storage = this.reserve(type);
    try {
      if ('precision' in data) this.machine.widen(data, 0, data.size, storage.pointer);
      else (type.dtype === 'int32' ? this.machine.ints : this.machine.floats).set(data, storage.pointer / 4);
      return storage;
    } catch (error) {
      this.free(storage); // values on the host may fail to be read
      throw error;
    }
  }

  protected override execute<A>(op: Kernel<A>, inputs: readonly Input[], output: TensorType, attributes: A): Storage {
    const storage = this.reserve(output);
    const widened: SimdStorage[] = [];
    try {
      const own = inputs.map(({ storage, type }) => bufferOf(storage as SimdStorage, type));
      const buffers = own as Inputs<SimdBuffer>;
      if (op.indices) {
        const range = op.indices(buffers, attributes);
        const { pointer, size } = buffers[range.input] as SimdBuffer;
        checkIndices(op.name, this.machine.ints.subarray(pointer / 4, pointer / 4 + size), range);
      }
      if (buffers.some(({ host }) => host)) this.widenAll(buffers, op.readsHost?.(buffers, attributes), widened);
      op.simd(this.machine, buffers, bufferOf(storage, output), attributes);
      return storage;
    } catch (error) {
      this.free(storage);
      throw error;
    } finally {
      for (const copy of widened) this.free(copy);
    }
  }

  /** Copies of inputs on the host for the length of one operation, save those that the kernel reads by itself. */
  private widenAll(buffers: SimdBuffer[], readByKernel: readonly number[] = [], copies: SimdStorage[]): void {
    buffers.forEach((buffer, i) => {
      if (!buffer.host || readByKernel.includes(i)) return;
      const copy = this.allocateFor(buffer.host, buffer) as SimdStorage;
      copies.push(copy);
      buffers[i] = bufferOf(copy, buffer);
    });
  }

  protected override free(storage: Storage): void {
    const { pointer, host } = storage as SimdStorage;
    if (host) (storage as SimdStorage).host = undefined;
    else this.machine.free(pointer, storage.bytes);
  }

  override readSync(storage: Storage, type: TensorType): TensorData {
    if (storage.references <= 0) return super.readSync(storage, type);
    const { host, pointer } = storage as SimdStorage;
    if (host) return widen(host);
    if (pointer === 0) throw new DeviceError('the tensor has no memory');
    const view = type.dtype === 'int32' ? this.machine.ints : this.machine.floats;
    return view.slice(pointer / 4, pointer / 4 + sizeOf(type.shape));
  }

  protected override async download(storage: Storage, type: TensorType): Promise<TensorData> {
    return this.readSync(storage, type);
  }

  private reserve(type: TensorType): SimdStorage {
    const bytes = Math.max(4, sizeOf(type.shape) * 4);
    return { references: 1, bytes, pointer: this.machine.allocate(bytes) };
  }
}

function bufferOf({ pointer, host }: SimdStorage, { shape, dtype }: TensorType): SimdBuffer {
  return { pointer, size: sizeOf(shape), shape, dtype, host };
}
