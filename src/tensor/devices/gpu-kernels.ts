import { DeviceError } from '../errors.ts';
import type { GpuKernel } from './device.ts';
import type {
  CompiledKernel,
  GpuArgument,
  GpuHandle,
  GpuLibrary,
  GpuMode,
  GpuResult,
  NestedFloats,
} from './gpu-library.ts';

/** Modes whose results stay on the device as handles; the others give arrays. */
export const keepsHandles = (mode: GpuMode): boolean => mode !== 'webasm' && mode !== 'cpu';

/** WebGL1 loops end at 65535; elsewhere this is only gpu.js's guard against endless loops, 1000 unless set. */
const loopLimit = (mode: GpuMode): number => (mode === 'headlessgl' ? 65535 : 2 ** 30);

/** A whole number is an index or a size; as a float it would be inexact past 2^24. */
const typeOfConstant = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) <= 2 ** 30 ? 'Integer' : 'Float';

/** An array and a handle of one size need different code on graphics devices. */
const kindOf = (input: GpuArgument): string =>
  input instanceof Float32Array ? `array ${input.length}` : `handle ${input.output}`;

const isHandle = (result: GpuResult): result is GpuHandle => 'toArray' in result && 'delete' in result;

interface Compiled {
  readonly kernel: CompiledKernel;
  /** Results that are still handles: they die with their kernel. */
  results: number;
}

/**
 * Compiled kernels by what they compute: source, output, constants and the inputs' kinds and sizes, which gpu.js
 * writes into the compiled code. When there are too many, the least recently used ones without live results are destroyed.
 */
export class KernelCache {
  private readonly library: GpuLibrary;
  private readonly mode: GpuMode;
  private readonly limit: number;
  private readonly kernels = new Map<string, Compiled>();
  private readonly makers = new WeakMap<GpuHandle, Compiled>();

  constructor(library: GpuLibrary, mode: GpuMode, limit: number) {
    this.library = library;
    this.mode = mode;
    this.limit = limit;
  }

  get size(): number {
    return this.kernels.size;
  }

  /** Runs a kernel. @throws DeviceError when gpu.js ran it in another mode than the device's */
  async run(spec: GpuKernel, inputs: readonly GpuArgument[]): Promise<GpuArgument> {
    const key = [spec.source, JSON.stringify([spec.output, spec.constants, inputs.map(kindOf)])].join('\n');
    const compiled = this.kernels.get(key) ?? { kernel: this.compile(spec), results: 0 };
    this.kernels.delete(key);
    this.kernels.set(key, compiled);
    const given = compiled.kernel(...inputs);
    const result = given instanceof Promise ? await given : given;
    this.requireMode(compiled.kernel);
    if (isHandle(result)) {
      compiled.results++;
      this.makers.set(result, compiled);
    }
    this.evict();
    return isHandle(result) ? result : flatten(result);
  }

  /** Frees a result. */
  discard(value: GpuArgument): void {
    if (value instanceof Float32Array) return;
    value.delete();
    const maker = this.makers.get(value);
    if (maker) maker.results--;
  }

  destroy(): void {
    for (const { kernel } of this.kernels.values()) kernel.destroy();
    this.kernels.clear();
  }

  /** @throws DeviceError when a loop is longer than the mode can run: gpu.js would cut it without a word */
  private compile({ source, output, constants = {} }: GpuKernel): CompiledKernel {
    for (const [, bound] of source.matchAll(/< this\.constants\.(\w+);/g)) {
      const steps = constants[bound as string] as number;
      if (steps > loopLimit(this.mode)) throw new DeviceError(`a loop of ${steps} steps is too long for ${this.mode}`);
    }
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
    if (this.kernels.size <= this.limit) return;
    for (const [key, { kernel, results }] of this.kernels) {
      if (this.kernels.size <= this.limit) return;
      if (results > 0) continue;
      this.kernels.delete(key);
      kernel.destroy();
    }
  }
}

/** Rows of rows as one new row-major array: gpu.js may use its own again in the next run. */
export function flatten(values: NestedFloats): Float32Array {
  const rows = [values].flat(3) as Float32Array[];
  const flat = new Float32Array(rows.reduce((size, row) => size + row.length, 0));
  let at = 0;
  for (const row of rows) {
    flat.set(row, at);
    at += row.length;
  }
  return flat;
}
