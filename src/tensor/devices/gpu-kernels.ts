import { DeviceError } from '../errors.ts';
import type { GpuKernel } from './device.ts';
import type { CompiledKernel, GpuArgument, GpuLibrary, GpuMode, GpuResult } from './gpu-library.ts';

/** Modes whose results stay on the device as handles; the others give arrays. */
export const keepsHandles = (mode: GpuMode): boolean => mode !== 'webasm' && mode !== 'cpu';

/** WebGL1 loops end at 65535; elsewhere this is only gpu.js's guard against endless loops. */
const loopLimit = (mode: GpuMode): number => (mode === 'headlessgl' ? 65535 : 2 ** 30);

/** Each webasm kernel owns a WASM memory, of which V8 allows about 125; elsewhere kernels are small. */
const cacheLimit = (mode: GpuMode): number => (mode === 'webasm' ? 96 : 512);

/** A whole number is an index or a size; as a float it would be inexact past 2^24. */
const typeOfConstant = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) <= 2 ** 30 ? 'Integer' : 'Float';

const dimensions = (input: GpuArgument): readonly number[] =>
  input instanceof Float32Array ? [input.length] : input.output;

/**
 * Compiled kernels by what they compute: source, output, constants and the inputs' sizes, which gpu.js writes into
 * the compiled code. The least recently used one is destroyed when there are too many.
 */
export class KernelCache {
  private readonly library: GpuLibrary;
  private readonly mode: GpuMode;
  private readonly kernels = new Map<string, CompiledKernel>();

  constructor(library: GpuLibrary, mode: GpuMode) {
    this.library = library;
    this.mode = mode;
  }

  /** Runs a kernel. @throws DeviceError when gpu.js ran it in another mode than the device's */
  async run(spec: GpuKernel, inputs: readonly GpuArgument[]): Promise<GpuResult> {
    const key = [spec.source, JSON.stringify([spec.output, spec.constants, inputs.map(dimensions)])].join('\n');
    const known = this.kernels.get(key);
    const kernel = known ?? this.compile(spec);
    this.kernels.delete(key);
    this.kernels.set(key, kernel);
    const result = kernel(...inputs);
    const settled = result instanceof Promise ? await result : result;
    if (!known) {
      this.requireMode(kernel);
      this.evict();
    }
    return settled;
  }

  destroy(): void {
    for (const kernel of this.kernels.values()) kernel.destroy();
    this.kernels.clear();
  }

  private compile({ source, output, constants = {} }: GpuKernel): CompiledKernel {
    const handles = keepsHandles(this.mode);
    return this.library.createKernel(source, {
      output: [...output],
      constants,
      constantTypes: Object.fromEntries(
        Object.entries(constants).map(([name, value]) => [name, typeOfConstant(value)]),
      ),
      loopMaxIterations: loopLimit(this.mode),
      precision: 'single',
      tactic: 'precision',
      ...(handles ? { pipeline: true, immutable: true } : {}),
    });
  }

  /** gpu.js falls back to the slow mode cpu with a warning only. */
  private requireMode({ kernel }: CompiledKernel): void {
    if (kernel.constructor === this.library.Kernel) return;
    throw new DeviceError(`gpu.js left mode ${this.mode}: ${kernel.fallbackReason ?? 'it gave no reason'}`);
  }

  private evict(): void {
    for (const [key, kernel] of this.kernels) {
      if (this.kernels.size <= cacheLimit(this.mode)) return;
      this.kernels.delete(key);
      kernel.destroy();
    }
  }
}
