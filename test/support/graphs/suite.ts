import { describe, expect, it } from 'vitest';
import { GpuDevice, type GpuMode, openDevice } from '../../../src/tensor/index.ts';
import { describeGraph, problemOf } from './check.ts';
import { graphOf } from './generate.ts';

/** Kernels of 300 graphs, so that none is compiled again; of WASM's a process holds fewer. */
const KERNELS = 4096;

const open = (name: string) =>
  /^gpu:web(gl2|gpu)$/.test(name)
    ? GpuDevice.open(name.slice(4) as GpuMode, { kernelLimit: KERNELS })
    : openDevice(name);

/** `count` random graphs on a device, one after another, so that graphs of like shapes share compiled kernels. */
export function checkGraphs(name: string, count: number, tolerance: number): void {
  describe(`random graphs on ${name}`, () => {
    it(`${count} give the values and gradients of float64`, async () => {
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
