/** A clock around every kernel of a device: where the time of a forward or a training step goes. */

import type { Kernels } from '../../src/tensor/devices/simd/kernels.ts';
import type { SimdMachine } from '../../src/tensor/devices/simd/machine.ts';

type Kernel = (...operands: number[]) => unknown;

export interface KernelTime {
  milliseconds: number;
  calls: number;
  /** Floating-point operations of products, a multiply-add being two. */
  flops: number;
}

/** What a call multiplies, by its sizes; other kernels multiply no matrices. */
const FLOPS: Partial<Record<keyof Kernels, (...sizes: readonly number[]) => number>> = {
  gemm: (m = 0, n = 0, k = 0) => 2 * m * n * k,
  gemmBatched: (batch = 0, m = 0, n = 0, k = 0) => 2 * batch * m * n * k,
  attention: (heads = 0, n = 0, m = 0, d = 0, e = 0) => 2 * heads * n * m * (d + e),
};

/** Kernels that only say how much memory others need. */
const SIZES: readonly string[] = ['gemmWorkspace'];

export class KernelClock {
  readonly times: Map<string, KernelTime> = new Map();
  private readonly machine: SimdMachine;
  private readonly plain: Kernels;
  private readonly clocked: Kernels;

  constructor(machine: SimdMachine) {
    this.machine = machine;
    this.plain = machine.kernels;
    const around = ([name, kernel]: [string, Kernel]): [string, Kernel] => [
      name,
      SIZES.includes(name) ? kernel : this.around(name as keyof Kernels, kernel),
    ];
    this.clocked = Object.fromEntries(Object.entries(machine.kernels).map(around)) as unknown as Kernels;
  }

  start(): void {
    this.put(this.clocked);
  }

  stop(): void {
    this.put(this.plain);
  }

  /** Every clock at zero. */
  clear(): void {
    for (const time of this.times.values()) Object.assign(time, { milliseconds: 0, calls: 0, flops: 0 });
  }

  private put(kernels: Kernels): void {
    (this.machine as { kernels: Kernels }).kernels = kernels;
  }

  private around(name: keyof Kernels, kernel: Kernel): Kernel {
    const flops = FLOPS[name];
    return (...operands) => {
      const start = performance.now();
      const result = kernel(...operands);
      const milliseconds = performance.now() - start;
      const time = this.times.get(name) ?? { milliseconds: 0, calls: 0, flops: 0 };
      this.times.set(name, time);
      time.milliseconds += milliseconds;
      time.calls++;
      if (flops) time.flops += flops(...operands);
      return result;
    };
  }
}
