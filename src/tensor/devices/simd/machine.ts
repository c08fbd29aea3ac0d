import { DeviceError } from '../../errors.ts';
import { collapse, offsetAt, type Shape, sizeOf } from '../../shape.ts';
import type { HostValues } from '../host-values.ts';
import { Allocator } from './allocator.ts';
import { type Kernels, loadKernels, NO_SIMD } from './kernels.ts';

const PAGE = 65536;
/** All of the 4 GiB but the last page, so that the end of a block is never address 0. */
const MOST_PAGES = 65535;

/** WASM memory and the kernels that work in it. */
export class SimdMachine {
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  readonly fma: boolean;
  private readonly blocks: Allocator = new Allocator(
    () => this.memory.buffer.byteLength,
    (bytes) => this.grow(bytes),
  );
  private scratch = { pointer: 0, bytes: 0 };
  private floatView: Float32Array;
  private intView: Int32Array;

  /**
   * @param options.fma false keeps to plain SIMD; by default fused multiply-add is used where the engine has it
   * @throws DeviceError where there is no WebAssembly SIMD
   */
  constructor(options: { fma?: boolean } = {}) {
    if (typeof WebAssembly === 'undefined') throw new DeviceError(NO_SIMD);
    // Reserving address space is free until it is touched, while growing detaches every view.
    this.memory = new WebAssembly.Memory({ initial: 256, maximum: MOST_PAGES });
    const loaded = loadKernels(this.memory, options);
    this.kernels = loaded.kernels;
    this.fma = loaded.fma;
    this.floatView = new Float32Array(this.memory.buffer);
    this.intView = new Int32Array(this.memory.buffer);
  }

  /** Bytes of WASM memory up to the end of its highest block; flat in a loop that releases what it makes. */
  get reservedBytes(): number {
    return this.blocks.reservedBytes;
  }

  allocate(bytes: number): number {
    return this.blocks.allocate(bytes);
  }

  free(pointer: number, bytes: number): void {
    this.blocks.free(pointer, bytes);
  }

  /** Scratch memory for the length of one operation. */
  workspace(bytes: number): number {
    if (this.scratch.bytes < bytes) {
      if (this.scratch.bytes > 0) this.free(this.scratch.pointer, this.scratch.bytes);
      this.scratch = { pointer: 0, bytes: 0 }; // whoever needs the old block first may have it
      this.scratch = { pointer: this.allocate(bytes), bytes };
    }
    return this.scratch.pointer;
  }

  /** Puts host values from `start` up to `end` at `pointer`, as float32. */
  widen(values: HostValues, start: number, end: number, pointer: number): void {
    const data = values.read(start, end);
    if (data instanceof Float32Array) {
      this.floats.set(data, pointer / 4);
      return;
    }
    // The kernels widen in place, from the end of the room to its beginning.
    const halves = pointer + 2 * data.length;
    new Uint16Array(this.memory.buffer, halves, data.length).set(data);
    if (values.precision === 'float16') this.kernels.widenFloat16(halves, pointer, data.length);
    else this.kernels.widenBfloat16(halves, pointer, data.length);
  }

  /** Copies a view of four-byte numbers by `strides`, in elements, into contiguous memory, any number of axes. */
  copyStrided(from: number, to: number, shape: Shape, strides: Shape): void {
    const view = collapse(shape, [strides]);
    const steps = view.strides[0] as number[];
    const four = (list: readonly number[], fill: number) =>
      [...new Array<number>(4).fill(fill), ...list].slice(-4) as [number, number, number, number];
    const inner = four(view.shape, 1);
    const [outerShape, outerSteps] = [view.shape.slice(0, -4), steps.slice(0, -4)];
    const block = sizeOf(inner);
    for (let run = 0; run < sizeOf(outerShape); run++) {
      const offset = offsetAt(run, outerShape, outerSteps);
      this.kernels.copyStrided(from + offset * 4, to + run * block * 4, ...inner, ...four(steps, 0));
    }
  }

  /** All memory as float32; index by pointer / 4. Ask again after anything was allocated. */
  get floats(): Float32Array {
    if (this.floatView.buffer !== this.memory.buffer) this.floatView = new Float32Array(this.memory.buffer);
    return this.floatView;
  }

  get ints(): Int32Array {
    if (this.intView.buffer !== this.memory.buffer) this.intView = new Int32Array(this.memory.buffer);
    return this.intView;
  }

  private grow(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength;
    // Grow by half again at least, so that growing stays rare.
    const pages = Math.max(Math.ceil(missing / PAGE), Math.ceil(this.memory.buffer.byteLength / PAGE / 2));
    for (const attempt of [pages, Math.ceil(missing / PAGE)]) {
      try {
        this.memory.grow(attempt);
        return;
      } catch {
        // Next: only what is needed.
      }
    }
    throw new DeviceError(
      `the simd device is out of memory (${(bytes / 2 ** 20).toFixed(0)} MiB asked in all): release tensors with scope()`,
    );
  }
}
