import { describe, expect, inject, it } from 'vitest';
import { GpuDevice, type GpuMode, openDevice } from '../../../src/tensor/index.ts';
import { describeGraph, problemOf } from './check.ts';
import { graphOf } from './generate.ts';

/** Kernels of 300 graphs, so that none is compiled again; of WASM's a process holds fewer. */
const KERNELS = 4096;

const open = (name: string) =>
  /^gpu:web(gl2|gpu)$/.test(name)
    ? GpuDevice.open(name.slice(4) as GpuMode, { kernelLimit: KERNELS })
    : openDevice(name);

declare module 'vitest' {
  interface ProvidedContext {
    readonly graphs: number;
  }
}

/** How many on a device that takes long to compile a kernel, of which 300 graphs have 2,400: see vitest.config.ts. */
const COMPILED = inject('graphs');

/** Random graphs on a device, one after another, so that graphs of like shapes share compiled kernels. */
export function checkGraphs(name: string, tolerance: number): void {
  const count = name.startsWith('gpu:web') ? COMPILED : 300;
  describe(`random graphs on ${name}`, () => {
    it(`${count} give the values and gradients of float64`, async () => {
      expect(count).toBeGreaterThan(0);
      const device = await open(name);
      for (let seed = 1; seed <= count; seed++) {
        const graph = graphOf(seed);
        const problem = await problemOf(device, graph, tolerance);
        if (problem !== null) expect.fail(`${problem}\n${describeGraph(graph)}`);
      }
      expect(device.liveTensors).toBe(0);
      await (device as Partial<{ destroy(): Promise<void> }>).destroy?.();
    });
  });
}
