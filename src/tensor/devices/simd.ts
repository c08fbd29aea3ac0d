import { DeviceError } from '../errors.ts';
import { sizeOf } from '../shape.ts';
import { Device, type Kernel, type SimdBuffer, type Storage, type TensorData, type TensorType } from './device.ts';
import { SimdMachine } from './simd/machine.ts';

interface SimdStorage extends Storage {
  readonly pointer: number;
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

  protected override allocateFor(data: TensorData, type: TensorType): Storage {
    const storage = this.reserve(type);
    const view = type.dtype === 'int32' ? this.machine.ints : this.machine.floats;
    view.set(data, storage.pointer / 4);
    return storage;
  }

  protected override execute<A>(
    kernel: Kernel<A>,
    inputs: readonly { storage: Storage; type: TensorType }[],
    output: TensorType,
    attributes: A,
  ): Storage {
    const storage = this.reserve(output);
    kernel.simd(
      this.machine,
      inputs.map(({ storage: s, type }) => bufferOf(s as SimdStorage, type)),
      bufferOf(storage, output),
      attributes,
    );
    return storage;
  }

  protected override free(storage: Storage): void {
    this.machine.free((storage as SimdStorage).pointer, storage.bytes);
  }

  protected override async download(storage: Storage, type: TensorType): Promise<TensorData> {
    const start = (storage as SimdStorage).pointer / 4;
    if (start === 0) throw new DeviceError('the tensor has no memory');
    const view = type.dtype === 'int32' ? this.machine.ints : this.machine.floats;
    return view.slice(start, start + sizeOf(type.shape));
  }

  private reserve(type: TensorType): SimdStorage {
    const bytes = Math.max(4, sizeOf(type.shape) * 4);
    return { references: 1, bytes, pointer: this.machine.allocate(bytes) };
  }
}

function bufferOf(storage: SimdStorage, type: TensorType): SimdBuffer {
  return { pointer: storage.pointer, size: sizeOf(type.shape), shape: type.shape, dtype: type.dtype };
}
