import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findCases } from '../../src/parity/find.ts';
import { runCases } from '../../src/parity/run.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import { failures, goldens } from './support.ts';

const groups = await Promise.all(
  ['clip', 'lucidrains', 'language-models', 'open-flamingo', 'flamingo-mini', 'idefics'].map(async (group) => ({
    group,
    found: await findCases(join(goldens, group)),
  })),
);

/** Every golden module on one device. Each device has a test file of its own, so that they run side by side. */
export function modulesMatchGoldens(name: string): void {
  describe.each(groups)(`$group on ${name}`, ({ found }) => {
    let device: Device;
    beforeAll(async () => {
      device = await openDevice(name);
    });

    // Minutes only on a busy machine: gpu.js compiles a kernel for every shape, of which training steps have many.
    it.each(found)('$label', async (entry) => {
      for await (const report of runCases([entry], device)) {
        expect(failures(report.tensors)).toEqual([]);
        expect(report.verdict).toBe('pass');
      }
    });
  });
}
