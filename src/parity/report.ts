import type { Comparison } from './compare.ts';
import type { Diagnosis } from './diagnose.ts';
import type { CaseReport } from './run.ts';

/** Lines of one case: its worst tensor, why it may fail, and every tensor that did not pass; with `verbose` all. */
export function caseLines({ case: name, verdict, tensors, diagnosis }: CaseReport, verbose: boolean): string[] {
  const worst = tensors.reduce<Comparison | undefined>(
    (most, next) => (most && badness(most) >= badness(next) ? most : next),
    undefined,
  );
  const passed = tensors.filter((tensor) => tensor.verdict === 'pass').length;
  const heading = `${verdict.padEnd(7)}  ${name.padEnd(40)}  ${`${passed}/${tensors.length}`.padStart(7)}`;
  const reasons = new Set(tensors.map(({ reason }) => reason));
  const sameReason = tensors.length > 1 && passed === 0 && reasons.size === 1 && !reasons.has(undefined);
  if (!worst) return [`${heading}  nothing to compare`];
  if (sameReason && !verbose) return [`${heading}  ${tensors.length} tensors: ${worst.reason}`];
  const rest = tensors.filter((tensor) => verbose || (tensor !== worst && tensor.verdict !== 'pass'));
  return [
    `${heading}  ${tensorLine(worst)}`,
    ...(diagnosis ? diagnosisLines(diagnosis) : []),
    ...rest.map((tensor) => `    ${tensorLine(tensor)}`),
  ];
}

/** Where a case begins to diverge, and by which mistake. */
function diagnosisLines({ first, mistake, title, evidence }: Diagnosis): string[] {
  const where = first.startsWith('tap.')
    ? `first tap that diverges: ${first.slice('tap.'.length)}`
    : `all taps agree; the first result that does not: ${first}`;
  if (!first.startsWith('tap.')) return [`    ${where}`];
  const why = mistake ? `${mistake}: ${title} (${evidence})` : 'none of the known ones explains it';
  return [`    ${where}`, `    likely mistake: ${why}`];
}

function tensorLine({ tensor, verdict, maxAbsolute, maxRelative, allowed, reason }: Comparison): string {
  const name = tensor.padEnd(44);
  if (maxAbsolute === undefined) return `${name} ${verdict}: ${reason}`;
  const limit = allowed === 0 ? 'must be equal' : `allowed ${number(allowed ?? 0)}`;
  return `${name} abs ${number(maxAbsolute)}  rel ${number(maxRelative ?? 0)}  ${limit}  ${verdict}`;
}

function number(value: number): string {
  return (value === 0 ? '0' : value.toExponential(1)).padEnd(7);
}

/** How near a tensor is to failing: above 1 it fails. */
function badness({ verdict, maxAbsolute = 0, allowed = 0 }: Comparison): number {
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

/** A line for each implementation, and one for all. */
export function summaryLines(reports: readonly CaseReport[], device: string): string[] {
  const implementations = [...new Set(reports.map(({ implementation }) => implementation))];
  const line = (title: string, part: readonly CaseReport[]): string => {
    const { passed, failed, notRun, tensors } = summarise(part);
    const nearest = Math.max(
      0,
      ...part
        .flatMap((report) => report.tensors)
        .map(badness)
        .filter(Number.isFinite),
    );
    const seconds = part.reduce((sum, report) => sum + report.seconds, 0).toFixed(1);
    const counts = `${passed} passed, ${failed} failed, ${notRun} not run`;
    const share = failed + notRun === 0 ? `, at most ${(nearest * 100).toFixed(0)} % of what is allowed` : '';
    return `${title}: ${counts} (${tensors} tensors${share}, ${seconds} s)`;
  };
  const parts = implementations.map((implementation) =>
    line(
      implementation,
      reports.filter((report) => report.implementation === implementation),
    ),
  );
  return [...(parts.length > 1 ? parts : []), line(`all on ${device}`, reports)];
}

/** Everything as JSON; numbers that JSON has not are texts. */
export function toJson(reports: readonly CaseReport[], device: string): string {
  const document = { device, summary: summarise(reports), cases: reports };
  const plain = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  return `${JSON.stringify(document, plain, 1)}\n`;
}
