/** One case of a module: run, compared, and where it fails diagnosed. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, type SafetensorsFile } from '../files/safetensors.ts';
import { type Alteration, both } from '../inspect/alteration.ts';
import type { Device } from '../tensor/index.ts';
import { type Comparison, compareCase, comparedNames } from './compare.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import { runnerFor } from './registry.ts';
import type { CaseJson, GoldenCase, GoldenNumbers, Results } from './runner.ts';
import { compareSavedFiles } from './saved-files.ts';

export interface ModuleReport {
  readonly tensors: readonly Comparison[];
  readonly diagnosis?: Diagnosis;
}

/** @param alteration what is done to the module besides, to see whether it is found out */
export async function runModuleCase(
  folder: string,
  json: CaseJson,
  device: Device,
  alteration?: Alteration,
): Promise<ModuleReport> {
  const runner = runnerFor(json);
  const io = await openFile(folder, 'io.safetensors');
  const everywhere = (verdict: Comparison['verdict'], reason: string): ModuleReport => ({
    tensors: comparedNames(io).map((tensor) => ({ tensor, verdict, reason })),
  });
  if (!runner) return everywhere('not run', 'this implementation is not part of the build');
  const weights = await openFile(folder, 'weights.safetensors');
  const golden: GoldenCase = {
    ...{ config: json.config, json, weights, io, folder },
    open: (file: string) => openFile(folder, file),
    ...(alteration && { alteration }),
  };
  try {
    const results = await runner.run(golden, device);
    const computed = await compareCase(io, results);
    const tensors = [...computed, ...(await compareSavedFiles(folder, io))];
    if (!computed.some(({ verdict }) => verdict === 'fail')) return { tensors };
    const observe = async (change: Alteration): Promise<Comparison[]> => {
      const changed = { ...golden, io: tapsOnly(io), alteration: alteration ? both(alteration, change) : change };
      const again = await runner.run(changed, device);
      return inOrder(await compareCase(changed.io, again), again);
    };
    const found = (tensor: string) => {
      const values = results.get(tensor);
      return values && 'shape' in values ? values : undefined;
    };
    const compared = inOrder(computed, results);
    return { tensors, diagnosis: await diagnose({ compared, expected: (name) => io.read(name), found }, observe) };
  } catch (error) {
    return everywhere('fail', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}

/** Inputs and taps: a case that wants nothing else of a build. */
function tapsOnly(io: GoldenNumbers): GoldenNumbers {
  const names = io.names.filter((name) => /^(in|tap)\./.test(name));
  return { names, has: (name) => names.includes(name), info: (name) => io.info(name), read: (name) => io.read(name) };
}

/** In the order in which the build computed them; what it did not compute at the end. */
function inOrder(compared: readonly Comparison[], results: Results): Comparison[] {
  const place = new Map(Array.from(results.keys(), (name, i) => [name, i]));
  const at = ({ tensor }: Comparison): number => place.get(tensor) ?? place.size;
  return [...compared].sort((a, b) => at(a) - at(b));
}

async function openFile(folder: string, file: string): Promise<SafetensorsFile> {
  return openSafetensors(await readFile(join(folder, file)));
}
