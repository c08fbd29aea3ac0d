/** Speed beside other implementations: npm run bench -- [matmul] [block] [generation] [taps] */

import { fork } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFileWhole } from '../src/files/write-file.ts';
import { block } from './block.ts';
import { generation } from './generation.ts';
import { matmul } from './matmul.ts';
import { ensurePeers, openTensorflow } from './peers.ts';
import { describeMachine, goalLines, machineLine, markdownPage, textTable } from './report.ts';
import { type Bench, pool, type Row } from './results.ts';
import { taps } from './taps.ts';

const GROUPS = ['matmul', 'block', 'generation', 'taps'] as const;
/** What TensorFlow.js takes part in. */
const WITH_PEERS: readonly Group[] = ['matmul', 'block'];
type Group = (typeof GROUPS)[number];

const PROCESSES = 3;

const HELP = `Usage: npm run bench -- [matmul] [block] [generation] [taps] [options]

Times this library beside plain loops, TensorFlow.js (WebAssembly, SIMD, one thread) and gpu.js in one run,
and unused taps beside a forward. TensorFlow.js (66 MB) is installed into bench/.peers on first use.

  --quick           few and short rounds: does it run?
  --all             also what takes minutes: tfjs-cpu, gpu.js at 1024^3
  --json FILE       every figure
  --markdown FILE   the tables with a description of the machine: docs/benchmarks.md
  --note TEXT       what else the machine was doing, for that page
`;

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'string' },
      note: { type: 'string', default: '' },
      child: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((name) => !GROUPS.includes(name as (typeof GROUPS)[number]));
  if (unknown.length > 0) throw new Error(`unknown benchmark '${unknown[0]}', expected ${GROUPS.join(', ')}`);
  return { ...values, groups: GROUPS.filter((name) => positionals.length === 0 || positionals.includes(name)) };
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

/** One benchmark in this process. */
async function run(group: Group, bench: Bench): Promise<Row[]> {
  if (group === 'generation') return generation(bench);
  if (group === 'taps') return taps(bench);
  return { matmul, block }[group](bench, await openTensorflow());
}

/** One benchmark in a process of its own: this file again, with `--child`. @throws Error when it fails */
function runInChild(group: Group, flags: readonly string[]): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [group, '--child', ...flags]);
    let rows: Row[] | null = null;
    child.on('message', (message) => {
      rows = message as Row[];
    });
    child.on('error', reject);
    child.on('close', () => (rows ? resolve(rows) : reject(new Error(`the benchmark ${group} failed`))));
  });
}

async function write(path: string | undefined, text: string): Promise<void> {
  if (!path) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFileWhole(path, text);
}

async function main(): Promise<void> {
  const { quick, all, child, groups, json, markdown, note, help } = options();
  if (help) return void process.stdout.write(HELP);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  if (child) {
    const effort = quick ? { rounds: 3, roundMilliseconds: 5 } : { rounds: 7, roundMilliseconds: 40 };
    const rows = await run(groups[0] as Group, { effort, all, say, progress });
    await new Promise((resolve) => process.send?.(rows, undefined, undefined, resolve));
    return;
  }
  const machine = describeMachine();
  say(machineLine(machine));
  if (groups.some((group) => WITH_PEERS.includes(group))) await ensurePeers(say);
  const flags = [...(quick ? ['--quick'] : []), ...(all ? ['--all'] : [])];
  const rows: Row[] = [];
  for (const group of groups) {
    const runs: Row[][] = [];
    while (runs.length < (quick ? 1 : PROCESSES)) runs.push(await runInChild(group, flags));
    const found = pool(runs);
    progress('');
    say(`\n${group}\n\n${textTable(found)}`);
    rows.push(...found);
  }
  const goals = goalLines(rows);
  if (goals.length > 0) say(`\n${goals.join('\n')}`);
  await write(json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  const command = ['npm run bench --', ...groups, ...(all ? ['--all'] : [])].join(' ');
  await write(markdown, markdownPage(rows, machine, command, note));
}

try {
  await main();
  process.exit(); // gpu.js and TensorFlow.js keep handles open
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(2);
}
