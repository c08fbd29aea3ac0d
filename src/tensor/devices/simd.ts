import { DeviceError } from '../errors.ts';
import { sizeOf } from '../shape.ts';
import { Device, type Kernel, type SimdBuffer, type Storage, type TensorData, type TensorType } from './device.ts';
import { type HostValues, widen } from './host-values.ts';
import { SimdMachine } from './simd/machine.ts';

interface SimdStorage extends Storage {
  /** 0 when the values are on the host. */
  readonly pointer: number;
  host?: HostValues | undefined;
}

/** Tensors in WASM memory, operations as SIMD kernels; synchronous, one thread. */
export class SimdDevice extends Device {
  override readonly name: string;
  readonly machine: SimdMachine;

  constructor(options: { fma?: boolean } = {}) {
    super();
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
    if ('precision' in data) this.machine.widen(data, 0, data.size, storage.pointer);
    else (type.dtype === 'int32' ? this.machine.ints : this.machine.floats).set(data, storage.pointer / 4);
    return storage;
  }

  protected override execute<A>(
    kernel: Kernel<A>,
    inputs: readonly { storage: Storage; type: TensorType }[],
    output: TensorType,
    attributes: A,
  ): Storage {
    const types = inputs.map(({ type }) => type);
    const read = inputs.some(({ storage }) => (storage as SimdStorage).host) && kernel.readsHost?.(types, attributes);
    const widened: SimdStorage[] = [];
    const storage = this.reserve(output);
    try {
      const buffers = inputs.map(({ storage: own, type }, i) => {
        const { host } = own as SimdStorage;
        if (!host || (read && read.includes(i))) return bufferOf(own as SimdStorage, type);
        const copy = this.allocateFor(host, type) as SimdStorage;
        widened.push(copy);
        return bufferOf(copy, type);
      });
      kernel.simd(this.machine, buffers, bufferOf(storage, output), attributes);
      return storage;
    } catch (error) {
      this.free(storage);
      throw error;
    } finally {
      for (const copy of widened) this.free(copy);
    }
  }

  protected override free(storage: Storage): void {
    const { pointer, host } = storage as SimdStorage;
    if (host) (storage as SimdStorage).host = undefined;
    else this.machine.free(pointer, storage.bytes);
  }

  protected override async download(storage: Storage, type: TensorType): Promise<TensorData> {
    const { host, pointer } = storage as SimdStorage;
    if (host) return widen(host);
    if (pointer === 0) throw new DeviceError('the tensor has no memory');
    const view = type.dtype === 'int32' ? this.machine.ints : this.machine.floats;
    return view.slice(pointer / 4, pointer / 4 + sizeOf(type.shape));
  }

  private reserve(type: TensorType): SimdStorage {
    const bytes = Math.max(4, sizeOf(type.shape) * 4);
    return { references: 1, bytes, pointer: this.machine.allocate(bytes) };
  }
}

function bufferOf({ pointer, host }: SimdStorage, { shape, dtype }: TensorType): SimdBuffer {
  return { pointer, size: sizeOf(shape), shape, dtype, host };
}
