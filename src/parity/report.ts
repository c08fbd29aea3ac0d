import type { Comparison } from './compare.ts';
import type { CaseReport } from './run.ts';

/** How near a tensor is to failing: above 1 it fails. */
export function badness({ verdict, maxAbsolute = 0, allowed = 0 }: Comparison): number {
  if (verdict === 'fail') return maxAbsolute === 0 ? Number.POSITIVE_INFINITY : 1e9 + maxAbsolute / (allowed || 1);
  if (verdict === 'not run') return 2;
  return allowed === 0 ? 0 : maxAbsolute / allowed;
}

interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly notRun: number;
  readonly tensors: number;
}

export function summarise(reports: readonly CaseReport[]): Summary {
  const count = (verdict: string): number => reports.filter((report) => report.verdict === verdict).length;
  return {
    passed: count('pass'),
    failed: count('fail'),
    notRun: count('not run'),
    tensors: reports.reduce((sum, { tensors }) => sum + tensors.length, 0),
  };
}

/** Everything as JSON; numbers that JSON has not are texts. */
export function toJson(reports: readonly CaseReport[], device: string): string {
  const document = { device, summary: summarise(reports), cases: reports };
  const plain = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  return `${JSON.stringify(document, plain, 1)}\n`;
}
