/** Results as a table for people: on the terminal and as Markdown. */

import { cpus, loadavg, totalmem } from 'node:os';
import { spread } from './measure.ts';
import type { Row } from './results.ts';
import { TAPS_CASE, UNUSED } from './taps.ts';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memory: string;
  readonly node: string;
  readonly system: string;
  /** Processes that wanted a core at the start, over the last minute. */
  readonly load: string;
  readonly date: string;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    load: (loadavg()[0] as number).toFixed(1),
    date: new Date().toISOString().slice(0, 10),
  };
}

export const machineLine = ({ processor, cores, memory, node, system, load, date }: Machine): string =>
  `${processor}, ${cores} cores, ${memory}; Node ${node}, ${system}; load ${load} at the start; ${date}`;

const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const medianOf = (values: readonly number[]): number => spread(values).median;
const milliseconds = (values: readonly number[]): string => {
  const { median, low, high } = spread(values);
  return `${figure(median)} (${figure(low)}-${figure(high)})`;
};

const HEADER = ['case', 'implementation', 'CPU ms', 'wall ms', 'per CPU-second', 'CPU time, simd = 1', 'largest error'];

/** How much processor time a row takes for each second that this library takes in the same case. */
export function ratio(row: Row, rows: readonly Row[]): number | null {
  const ours = rows.find((other) => other.case === row.case && other.group === row.group && isOurs(other));
  return ours ? medianOf(row.cpu) / medianOf(ours.cpu) : null;
}

const isOurs = ({ contestant }: Row): boolean => /^simd( \(fma\))?(, key-value cache)?$/.test(contestant);

function cells(row: Row, rows: readonly Row[]): string[] {
  const times = ratio(row, rows);
  return [
    row.case,
    row.contestant,
    milliseconds(row.cpu),
    milliseconds(row.wall),
    `${figure((row.work / medianOf(row.cpu)) * 1000)} ${row.unit}`,
    times === null ? '' : figure(times),
    row.error === null ? 'reference' : row.error.toExponential(1),
  ];
}

export function textTable(rows: readonly Row[]): string {
  const lines = [HEADER, ...rows.map((row) => cells(row, rows))];
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => (line[column] as string).length)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The page docs/benchmarks.md; `note` says what else the machine was doing. */
export function markdownPage(rows: readonly Row[], machine: Machine, command: string, note: string): string {
  return `# Benchmarks

Made by \`${command}\`; do not edit. To reproduce: \`npm ci\`, then the same command. TensorFlow.js (66 MB) is
installed into \`bench/.peers\` on first use; it is not a dependency of the package.

Every implementation of a case runs in the same process on the same numbers, which are compared before anything is
timed (largest error, absolute). All are warmed up, then take turns, round by round. That is done in three processes one
after another, because a process can be slow for its whole life: tfjs-wasm's large products ran at 0.4 of their usual
speed in a few of them, for a reason we did not find. A figure is the median over all rounds, with the middle half of
them in brackets. CPU is the processor time of the process, which other processes on
the machine disturb least; rates and ratios are made from it. One thread everywhere.

${machineLine(machine)}.${note ? ` ${note}` : ''}

- \`simd\` is this library's default device through its tensors: scopes, shape rules and graph included. \`(fma)\` has
  the engine's fused multiply-add (relaxed SIMD); an engine without it runs what \`no multiply-add\` shows.
- \`gpu:...\` are the gpu.js kernels, written for reading; the result is copied out in each run.
- \`tfjs-wasm\` is TensorFlow.js 4.22.0 with its WebAssembly SIMD backend; threads do not run in Node. Its block uses
  fused matMul with bias, weights in the layout that it multiplies fastest, and its own gradients and Adam.
- The block: pre-norm transformer layer, width 128, 4 heads, 65 tokens, batch 32, hidden 512, GELU (tanh form).
- Generation: the language model in its shipped sizes after a prompt of 16 tokens, one row, greedy.
- Taps: a forward that nobody watches, and all calls of taps in it alone; taps/s is how fast one is passed.

## Goals

${goalLines(rows)
  .map((line) => `- ${line}`)
  .join('\n')}

## Figures

${markdownTables(rows)}
`;
}

function markdownTables(rows: readonly Row[]): string {
  const groups = [...new Set(rows.map(({ group }) => group))];
  return groups
    .map((group) => {
      const own = rows.filter((row) => row.group === group);
      const lines = [HEADER, HEADER.map((_, i) => (i < 2 ? '---' : '---:')), ...own.map((row) => cells(row, rows))];
      return `### ${group}\n\n${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}`;
    })
    .join('\n\n');
}

interface Goal {
  readonly text: string;
  readonly group: string;
  readonly case: string;
  readonly than: string;
  /** How many times its processor time should be ours; below 1 it should be at most that. */
  readonly factor: number;
}

/** What the library promises of its speed on one thread. */
const GOALS: readonly Goal[] = [
  { text: '512^3 product beside the naive loop', group: 'matmul', case: '512^3', than: 'JS loop i-j-k', factor: 25 },
  { text: '512^3 product beside tfjs-wasm', group: 'matmul', case: '512^3', than: 'tfjs-wasm', factor: 1 },
  {
    text: '64 products of 65x32x65 beside tfjs-wasm',
    group: 'matmul',
    case: '64 of 65x32x65',
    than: 'tfjs-wasm',
    factor: 8,
  },
  {
    text: 'training step beside tfjs-wasm',
    group: 'block',
    case: 'forward + backward + Adam',
    than: 'tfjs-wasm',
    factor: 6,
  },
  { text: 'unused taps', group: 'taps', case: TAPS_CASE, than: UNUSED, factor: 0.01 },
];

/** One line for each goal whose case was run. */
export function goalLines(rows: readonly Row[]): string[] {
  return GOALS.flatMap((goal) => {
    const row = rows.find((r) => r.group === goal.group && r.case === goal.case && r.contestant === goal.than);
    const times = row && ratio(row, rows);
    if (!times) return [];
    if (goal.factor < 1) {
      const verdict = times < goal.factor ? 'reached' : 'missed';
      return [`${goal.text}: ${figure(100 * times)} % of a forward, goal below ${100 * goal.factor}: ${verdict}`];
    }
    const verdict = times >= goal.factor ? 'reached' : 'missed';
    return [`${goal.text}: ${figure(times)} times as fast, goal ${goal.factor}: ${verdict}`];
  });
}
