/** Results for people: a table on the terminal, and the page docs/benchmarks.md. */

import { cpus, loadavg, totalmem } from 'node:os';
import { goalsOf } from './goals.ts';
import { LIMITS } from './limits/names.ts';
import { limitsSection } from './limits/page.ts';
import { spread } from './measure.ts';
import { figure, medianOf, OURS, type Row, ratio } from './results.ts';

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

export interface Page {
  readonly rows: readonly Row[];
  readonly machine: Machine;
  /** Of each peer; null for one that was left out. */
  readonly versions: ReadonlyMap<string, string | null>;
  /** What else the machine was doing. */
  readonly note: string;
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

const milliseconds = (values: readonly number[]): string => {
  const { median, low, high } = spread(values);
  return `${figure(median)} (${figure(low)}-${figure(high)})`;
};

const HEADER = ['case', 'implementation', 'CPU ms', 'wall ms', 'per CPU-second', 'times simd', 'largest error'];

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
  const padded = (line: readonly string[]): string =>
    line.map((cell, i) => cell.padEnd(widths[i] as number)).join('  ');
  return lines.map((line) => padded(line).trimEnd()).join('\n');
}

const WHO = `- \`simd\` is this library's default device through its tensors: scopes, shape rules and graph included. \`bare kernel\` is
  its product without tensors around it, \`no multiply-add\` what an engine without relaxed SIMD runs.
- \`tfjs-wasm\` is TensorFlow.js with its WebAssembly SIMD back end, fused products with bias, its own gradients and Adam.
- \`jax-js\` runs compiled by its \`jit\`, the training step with its \`valueAndGrad\` and Adam in one piece.
- \`ORT-web\` and \`ORT-node\` are onnxruntime in WebAssembly and native. \`bench/onnx\` writes this library's weights as ONNX files;
  the fused operators that onnxruntime chooses are on. Text without pictures leaves cross-attention out there.
- \`PyTorch\` is the native one, in a process of its own that times itself.
- \`js-pytorch\` keeps nested lists and takes part where it computes the same: its block has another activation.
- \`gpu.js alone\` is the product of gpu.js's manual on its \`cpu\` back end; \`gpu:cpu\` and \`gpu:webasm\` are this library's gpu.js
  kernels, written for reading, with the result copied out in each run.
- The block is a pre-norm transformer layer: width 128, 4 heads, 65 tokens, batch 32, hidden 512, GELU (tanh form).
- The shipped model reads k shots, which are k + 1 pictures and their words, from pixels to logits; tokens are generated greedily,
  with keys and values kept.
- Cold: a process that has just loaded the model; the first forward, and the mean of the first 20, compiling included.
- Taps: a forward that nobody watches, and all calls of taps in it alone; taps/s is how fast one is passed.`;

/** The page docs/benchmarks.md. */
export function markdownPage({ rows, machine, versions, note }: Page): string {
  const there = [...versions].flatMap(([name, version]) => (version ? [`${name} ${version}`] : []));
  const absent = [...versions].flatMap(([name, version]) => (version ? [] : [name]));
  return `# Benchmarks

Written by \`npm run bench -- --write\`; do not edit. To reproduce: \`npm ci\`, \`npm run bench:peers\` (which installs the others into
\`bench/peers\`; none is a dependency of the package), then the same command.

![How many times this library's processor time each other implementation takes, by case](benchmarks.svg)

Every implementation of a case works on the same numbers, which are compared before anything is timed (largest error,
absolute). All are warmed up until they gain no more, then take turns, round by round, in one or two processes one after another. A
figure is the median over all rounds, with the middle half of them in brackets. CPU is processor time, which other processes on
the machine disturb least; rates and ratios are made from it. One thread everywhere.

${machineLine(machine)}.${note ? ` ${note}` : ''}
${there.join(', ')}.${absent.length > 0 ? ` Not there, and left out: ${absent.join(', ')}.` : ''}

${WHO}

## Goals

| goal | | what stands in the way |
| --- | --- | --- |
${goalsOf(rows)
  .map(({ text, verdict, limit }) => `| ${text} | ${verdict} | ${limit} |`)
  .join('\n')}

${limitsSection(rows)}## At a glance

Milliseconds of \`simd\`, and how many times as much each other takes: above 1 this library is faster.

${glance(rows)}

## Figures

${groupsOf(rows)
  .filter((group) => group !== LIMITS)
  .map(
    (group) =>
      `### ${group}\n\n${detail(
        rows.filter((row) => row.group === group),
        rows,
      )}`,
  )
  .join('\n\n')}
`;
}

/** Others in the order of the tables, without this library's own variants. */
export const OTHERS: readonly string[] = [
  ...['tfjs-wasm', 'jax-js', 'ORT-web', 'ORT-node', 'PyTorch'],
  ...['js-pytorch', 'JS loop', 'gpu.js alone', 'gpu:cpu', 'gpu:webasm'],
];

export const groupsOf = (rows: readonly Row[]): string[] => [...new Set(rows.map(({ group }) => group))];

export const casesOf = (rows: readonly Row[]): string[] => [...new Set(rows.map((row) => row.case))];

const tableLine = (line: readonly string[]): string => `| ${line.join(' | ')} |`;

function glance(rows: readonly Row[]): string {
  const others = OTHERS.filter((name) => rows.some(({ contestant }) => contestant === name));
  const header = ['case', `${OURS}, ms`, ...others];
  const compared = casesOf(rows.filter(({ contestant }) => others.includes(contestant)));
  const lines = compared.map((name) => {
    const of = (who: string): Row | undefined => rows.find((row) => row.case === name && row.contestant === who);
    const times = others.map((who) => {
      const row = of(who);
      return row ? figure(ratio(row, rows) ?? Number.NaN) : '';
    });
    return [name, figure(medianOf(of(OURS)?.cpu ?? [])), ...times];
  });
  return [header, header.map((_, i) => (i === 0 ? '---' : '---:')), ...lines].map(tableLine).join('\n');
}

function detail(own: readonly Row[], rows: readonly Row[]): string {
  const rule = HEADER.map((_, i) => (i < 2 ? '---' : '---:'));
  return [HEADER, rule, ...own.map((row) => cells(row, rows))].map(tableLine).join('\n');
}
