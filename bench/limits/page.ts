/** The part of docs/benchmarks.md that shows what the engine allows, and where the time of this library goes. */

import { FORWARD, TRAINING } from '../block.ts';
import { figure, medianOf, type Row } from '../results.ts';
import { shotsCase, TEXT_ONLY } from '../shipped.ts';
import { CALLS, LIMITS, OUTSIDE, PEAK, READING, TOKEN, WHOLE } from './names.ts';
import { peakOf, percent, sharesOf } from './reasons.ts';

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (header: readonly string[], lines: readonly (readonly string[])[]): string =>
  [header, header.map((_, i) => (i === 0 ? '---' : '---:')), ...lines].map(line).join('\n');

const WORKS = [FORWARD, TRAINING, TEXT_ONLY, shotsCase(4), TOKEN];
/** Kernels that are named, the longest first. */
const NAMED = 4;

/** Empty where the group `limits` was not run. */
export function limitsSection(rows: readonly Row[]): string {
  const own = rows.filter(({ group }) => group === LIMITS);
  if (own.length === 0) return '';
  const rates = own
    .filter((row) => row.case === PEAK || row.case === READING)
    .map((row) => {
      const rate = (1000 * row.work) / medianOf(row.cpu);
      const share = row.case === PEAK ? percent(rate / peakOf(rows)) : '';
      return [`${row.case}, ${row.contestant}`, `${figure(rate)} ${row.unit}`, share];
    });
  const calls = own
    .filter((row) => row.case === CALLS.name)
    .map((row) => [`a call of ${row.contestant}`, `${figure((1e6 * medianOf(row.cpu)) / row.work)} ns`, '']);
  return `## What the engine allows

How fast WebAssembly multiplies, reads and is called here, in loops that do nothing else, and what the product reaches of it.

${table(['', 'measured', 'of the peak'], [...rates, ...calls])}

Where the time goes, by a clock around every kernel (which itself takes some 0.1 us a call): products are matrix products
and attention, whose softmax is in them.

${table(
  ['', 'CPU ms', 'operations', 'products', 'of the peak', 'outside of kernels', 'longest kernels'],
  WORKS.flatMap((name) => workLine(own, name)),
)}

`;
}

function workLine(rows: readonly Row[], name: string): string[][] {
  const shares = sharesOf(rows, name);
  if (!shares) return [];
  const { products, atPeak, outside, operations } = shares;
  const own = rows.filter((row) => row.case === name);
  const whole = medianOf(own.find(({ contestant }) => contestant === WHOLE)?.cpu ?? []);
  const kernels = own
    .filter(({ contestant }) => contestant !== WHOLE && contestant !== OUTSIDE)
    .map((row) => ({ name: row.contestant, share: medianOf(row.cpu) / whole }))
    .sort((a, b) => b.share - a.share)
    .slice(0, NAMED);
  const longest = kernels.map(({ name, share }) => `${name} ${percent(share)}`).join(', ');
  const counted = [figure(whole), String(Math.round(operations)), percent(products), percent(atPeak / products)];
  return [[name, ...counted, percent(outside), longest]];
}
