import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, type SafetensorsFile } from '../../src/files/safetensors.ts';
import { type OpIndex, runOpCase } from '../../src/parity/op-cases.ts';
import { operations } from '../../src/parity/ops.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import { failures, goldens, nodeDevices } from './support.ts';

const index = JSON.parse(readFileSync(join(goldens, 'ops/index.json'), 'utf8')) as OpIndex;
const families = new Map<string, SafetensorsFile>();

beforeAll(async () => {
  for (const family of new Set(index.cases.map((golden) => golden.family))) {
    families.set(family, await openSafetensors(readFileSync(join(goldens, `ops/${family}.safetensors`))));
  }
});

it('knows every operation of the goldens', () => {
  expect(Object.keys(index.operations).filter((op) => !Object.hasOwn(operations, op))).toEqual([]);
});

describe.each(nodeDevices)('ops on %s', (name) => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(name);
  });

  it.each(Object.keys(index.operations))('%s', async (op) => {
    const cases = index.cases.filter((golden) => golden.op === op);
    expect(cases.length).toBeGreaterThan(0);
    const failed: string[] = [];
    for (const golden of cases) {
      const compared = await runOpCase(golden, families.get(golden.family) as SafetensorsFile, device);
      expect(compared.length, golden.name).toBeGreaterThan(0);
      failed.push(...failures(compared, golden.name));
    }
    expect(failed).toEqual([]);
  });

  it('leaves no tensor behind', () => {
    expect(device.liveTensors).toBe(0);
  });
});
