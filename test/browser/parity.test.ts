import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, type SafetensorsFile } from '../../src/files/safetensors.ts';
import { extremeFamily, type OpIndex, runOpCase } from '../../src/parity/op-cases.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';

const served = (file: string): Promise<Response> => fetch(new URL(`../fixtures/goldens/ops/${file}`, import.meta.url));
const { cases } = (await (await served('index.json')).json()) as OpIndex;

async function openFamily(name: string): Promise<SafetensorsFile> {
  return openSafetensors(new Uint8Array(await (await served(`${name}.safetensors`)).arrayBuffer()));
}

/** Graphics processors may treat NaN and infinities as they like: the family `extreme` is excluded there. */
const devices: readonly { name: string; excluded: readonly string[] }[] = [
  { name: 'simd', excluded: [] },
  { name: 'gpu:webgl2', excluded: [extremeFamily] },
  { name: 'gpu:webgpu', excluded: [extremeFamily] },
];

describe.each(devices)('ops on $name in a page', ({ name, excluded }) => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(name);
  });
  afterAll(() => expect(device.liveTensors).toBe(0));

  const families = [...new Set(cases.map((golden) => golden.family))];
  for (const one of excluded) it.skip(`${one}: excluded on ${name}`);
  it.each(families.filter((one) => !excluded.includes(one)))('%s', async (one) => {
    const file = await openFamily(one);
    const failed: string[] = [];
    for (const golden of cases.filter((entry) => entry.family === one)) {
      for (const { tensor, verdict, reason, maxAbsolute, allowed } of await runOpCase(golden, file, device)) {
        if (verdict !== 'pass')
          failed.push(`${golden.name} ${tensor} ${verdict}: ${reason ?? `${maxAbsolute} > ${allowed}`}`);
      }
    }
    expect(failed).toEqual([]);
  });
});
