/** Speed beside other implementations: npm run bench -- [matmul] [block] [generation] */

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileWhole } from '../src/nn/file-source.ts';
import { block } from './block.ts';
import { generation } from './generation.ts';
import { matmul } from './matmul.ts';
import { ensurePeers, openTensorflow } from './peers.ts';
import { describeMachine, goalLines, machineLine, markdownPage, textTable } from './report.ts';
import type { Bench, Row } from './results.ts';

const GROUPS = ['matmul', 'block', 'generation'] as const;

const HELP = `Usage: npm run bench -- [matmul] [block] [generation] [options]

Times this library beside plain loops, TensorFlow.js (WebAssembly, SIMD, one thread) and gpu.js in one run.
TensorFlow.js (66 MB) is installed into bench/.peers on first use.

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

async function write(path: string | undefined, text: string): Promise<void> {
  if (!path) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFileWhole(path, text);
}

async function main(): Promise<void> {
  const { quick, all, groups, json, markdown, note, help } = options();
  if (help) return void process.stdout.write(HELP);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const effort = quick ? { rounds: 3, roundMilliseconds: 5 } : { rounds: 15, roundMilliseconds: 60 };
  const bench: Bench = { effort, all, say, progress };
  const machine = describeMachine();
  say(machineLine(machine));
  const needsPeers = groups.includes('matmul') || groups.includes('block');
  if (needsPeers) await ensurePeers(say);
  const tf = needsPeers ? await openTensorflow() : null;
  const rows: Row[] = [];
  for (const group of groups) {
    const found = group === 'generation' || !tf ? await generation(bench) : await { matmul, block }[group](bench, tf);
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
