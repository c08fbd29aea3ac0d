/** The group `ops` of a folder, apart from its cases, which pages run too and which need no file system. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, type SafetensorsFile } from '../files/safetensors.ts';
import type { Device } from '../tensor/index.ts';
import type { Indexed } from './compare.ts';
import { type OpCase, type OpIndex, runOpCase } from './op-cases.ts';

/** The cases of a folder whose index.json is that of operations; each family is read once. */
export function operationCases(json: object, folder: string): Indexed | undefined {
  const { implementation = 'unknown', operations, cases } = json as Partial<OpIndex>;
  if (typeof operations !== 'object' || !Array.isArray(cases)) return undefined;
  const families = new Map<string, Promise<SafetensorsFile>>();
  const open = ({ family }: OpCase): Promise<SafetensorsFile> => {
    const file = families.get(family) ?? readFile(join(folder, `${family}.safetensors`)).then(openSafetensors);
    families.set(family, file);
    return file;
  };
  const run = (golden: OpCase) => async (device: Device) => runOpCase(golden, await open(golden), device);
  return { implementation, cases: (cases as OpCase[]).map((golden) => ({ name: golden.name, run: run(golden) })) };
}
