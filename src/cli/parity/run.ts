import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, type SafetensorsFile } from '../../nn/safetensors.ts';
import type { Device } from '../../tensor/index.ts';
import { type Comparison, compareCase, comparedNames } from './compare.ts';
import type { Found } from './find.ts';
import type { CaseJson } from './runner.ts';
import { runnerFor } from './runners.ts';

export type Verdict = Comparison['verdict'];

/** What came of one case. */
export interface CaseReport {
  readonly implementation: string;
  readonly case: string;
  /** pass: every tensor was compared and passed. */
  readonly verdict: Verdict;
  readonly tensors: readonly Comparison[];
  readonly seconds: number;
}

/** Runs everything found on one device, a report for each case as soon as it is there. */
export async function* runCases(found: readonly Found[], device: Device): AsyncGenerator<CaseReport> {
  for (const entry of found) {
    if (entry.kind === 'indexed') yield* runIndexed(entry, device);
    else if (entry.kind === 'module') {
      const { label, json, folder } = entry;
      yield await report(json.implementation, label, () => runModule(folder, json, device));
    } else {
      const { label, reason } = entry;
      yield await report('unknown', label, () => Promise.reject(new Error(reason)));
    }
  }
}

async function* runIndexed(
  { index, label }: Extract<Found, { kind: 'indexed' }>,
  device: Device,
): AsyncGenerator<CaseReport> {
  for (const { name, run } of index.cases)
    yield await report(index.implementation, `${label}/${name}`, () => run(device));
}

async function runModule(folder: string, json: CaseJson, device: Device): Promise<Comparison[]> {
  const runner = runnerFor(json);
  const io = await openFile(folder, 'io.safetensors');
  const everywhere = (verdict: Verdict, reason: string): Comparison[] =>
    comparedNames(io).map((tensor) => ({ tensor, verdict, reason }));
  if (!runner) return everywhere('not run', 'this implementation is not part of the build');
  const weights = await openFile(folder, 'weights.safetensors');
  const open = (file: string) => openFile(folder, file);
  try {
    return await compareCase(io, await runner.run({ config: json.config, json, weights, io, folder, open }, device));
  } catch (error) {
    return everywhere('fail', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}

async function report(
  implementation: string,
  label: string,
  run: () => Promise<readonly Comparison[]>,
): Promise<CaseReport> {
  const start = performance.now();
  const tensors = await run().catch((error: unknown): Comparison[] => [
    { tensor: '*', verdict: 'fail', reason: error instanceof Error ? error.message : String(error) },
  ]);
  const seconds = (performance.now() - start) / 1000;
  return { implementation, case: label, verdict: verdictOf(tensors), tensors, seconds };
}

function verdictOf(tensors: readonly Comparison[]): Verdict {
  if (tensors.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return tensors.length > 0 && tensors.every(({ verdict }) => verdict === 'pass') ? 'pass' : 'not run';
}

async function openFile(folder: string, file: string): Promise<SafetensorsFile> {
  return openSafetensors(await readFile(join(folder, file)));
}
