import type { Alteration } from '../inspect/alteration.ts';
import type { Device } from '../tensor/index.ts';
import type { Comparison } from './compare.ts';
import type { Diagnosis } from './diagnose.ts';
import type { Found } from './find.ts';
import { type ModuleReport, runModuleCase } from './run-module.ts';

type Verdict = Comparison['verdict'];

/** What came of one case. */
export interface CaseReport {
  readonly implementation: string;
  readonly case: string;
  /** pass: every tensor was compared and passed. */
  readonly verdict: Verdict;
  readonly tensors: readonly Comparison[];
  /** Where and why a module fails. */
  readonly diagnosis?: Diagnosis;
  readonly seconds: number;
}

/**
 * Runs everything found on one device, a report for each case as soon as it is there. An alteration is done to every
 * module.
 */
export async function* runCases(
  found: readonly Found[],
  device: Device,
  alteration?: Alteration,
): AsyncGenerator<CaseReport> {
  for (const entry of found) {
    if (entry.kind === 'indexed') yield* runIndexed(entry, device);
    else if (entry.kind === 'module') {
      const { label, json, folder } = entry;
      yield await report(json.implementation, label, () => runModuleCase(folder, json, device, alteration));
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
    yield await report(index.implementation, `${label}/${name}`, async () => ({ tensors: await run(device) }));
}

async function report(implementation: string, label: string, run: () => Promise<ModuleReport>): Promise<CaseReport> {
  const start = performance.now();
  const found = await run().catch((error: unknown): ModuleReport => {
    const reason = error instanceof Error ? error.message : String(error);
    return { tensors: [{ tensor: '*', verdict: 'fail', reason }] };
  });
  const seconds = (performance.now() - start) / 1000;
  return { implementation, case: label, verdict: verdictOf(found.tensors), ...found, seconds };
}

function verdictOf(tensors: readonly Comparison[]): Verdict {
  if (tensors.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return tensors.length > 0 && tensors.every(({ verdict }) => verdict === 'pass') ? 'pass' : 'not run';
}
