/** Cases of `parity` as lines of a terminal. */

import type { Comparison } from '../../parity/compare.ts';
import type { Diagnosis } from '../../parity/diagnose.ts';
import { badness, summarise } from '../../parity/report.ts';
import type { CaseReport } from '../../parity/run.ts';
import { padCells } from '../bars.ts';
import type { ParityWords } from './words.ts';

/** Lines of one case: its worst tensor, why it may fail, and every tensor that did not pass; with `verbose` all. */
export function caseLines(report: CaseReport, verbose: boolean, words: ParityWords): string[] {
  const { case: name, verdict, tensors, diagnosis } = report;
  const worst = tensors.reduce<Comparison | undefined>(
    (most, next) => (most && badness(most) >= badness(next) ? most : next),
    undefined,
  );
  const passed = tensors.filter((tensor) => tensor.verdict === 'pass').length;
  const share = `${passed}/${tensors.length}`.padStart(7);
  const heading = `${padCells(words.verdict(verdict), 7)}  ${name.padEnd(40)}  ${share}`;
  const reasons = new Set(tensors.map(({ reason }) => reason));
  const sameReason = tensors.length > 1 && passed === 0 && reasons.size === 1 && !reasons.has(undefined);
  if (!worst) return [`${heading}  ${words.nothing}`];
  if (sameReason && !verbose)
    return [`${heading}  ${words.tensors(tensors.length)}: ${words.reason(worst.reason as string)}`];
  const rest = tensors.filter((tensor) => verbose || (tensor !== worst && tensor.verdict !== 'pass'));
  return [
    `${heading}  ${tensorLine(worst, words)}`,
    ...(diagnosis ? diagnosisLines(diagnosis, words) : []),
    ...rest.map((tensor) => `    ${tensorLine(tensor, words)}`),
  ];
}

/** Where a case begins to diverge, and by which mistake. */
function diagnosisLines({ first, mistake, evidence = '' }: Diagnosis, words: ParityWords): string[] {
  if (!first.startsWith('tap.')) return [`    ${words.firstResult(first)}`];
  const why = mistake ? `${mistake}: ${words.mistake(mistake)} (${words.reason(evidence)})` : words.unexplained;
  return [`    ${words.firstTap(first.slice('tap.'.length))}`, `    ${words.likely(why)}`];
}

function tensorLine(compared: Comparison, words: ParityWords): string {
  const { tensor, maxAbsolute, maxRelative = 0, allowed = 0, reason = '' } = compared;
  const name = tensor.padEnd(44);
  const verdict = words.verdict(compared.verdict);
  if (maxAbsolute === undefined) return `${name} ${verdict}: ${words.reason(reason)}`;
  const limit = allowed === 0 ? words.mustEqual : words.allowed(number(allowed));
  const differences = `${words.absolute} ${number(maxAbsolute)}  ${words.relative} ${number(maxRelative)}`;
  return `${name} ${differences}  ${limit}  ${verdict}`;
}

function number(value: number): string {
  return (value === 0 ? '0' : value.toExponential(1)).padEnd(7);
}

/** A line for each implementation, and one for all. */
export function summaryLines(reports: readonly CaseReport[], device: string, words: ParityWords): string[] {
  const implementations = [...new Set(reports.map(({ implementation }) => implementation))];
  const line = (title: string, part: readonly CaseReport[]): string => {
    const { passed, failed, notRun, tensors } = summarise(part);
    const all = part.flatMap((report) => report.tensors);
    const nearest = Math.max(0, ...all.map(badness).filter(Number.isFinite));
    const seconds = part.reduce((sum, report) => sum + report.seconds, 0).toFixed(1);
    const share = failed + notRun === 0 ? [words.atMost((nearest * 100).toFixed(0))] : [];
    const more = [words.tensors(tensors), ...share, words.seconds(seconds)].join(', ');
    return `${title}: ${words.counts(passed, failed, notRun)} (${more})`;
  };
  const parts = implementations.map((implementation) =>
    line(
      implementation,
      reports.filter((report) => report.implementation === implementation),
    ),
  );
  return [...(parts.length > 1 ? parts : []), line(words.allOn(device), reports)];
}
