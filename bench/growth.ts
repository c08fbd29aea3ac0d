/** How time and memory grow with everything that can grow: npm run bench:growth */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readArguments } from '../scripts/arguments.ts';
import { writeFileWhole } from '../src/files/write-file.ts';
import { defaultThreads, Pool, workerModule } from '../src/parallel/pool.ts';
import { type Curve, growth, least, type Point } from './growth/fit.ts';
import { BASE, type Size, TASKS, type TaskName, taskOf } from './growth/model.ts';
import { growthPage, LANGUAGES } from './growth/page.ts';
import { picture } from './growth/picture.ts';
import type { ForwardTasks } from './growth/worker.ts';
import { type Effort, measure, spread } from './measure.ts';
import { describeMachine, machineLine } from './page.ts';
import { figure } from './results.ts';

const AXES: Readonly<Record<keyof Size, readonly number[]>> = {
  tokens: [16, 32, 64, 128, 256, 512, 1024, 2048],
  pictures: [1, 2, 4, 8, 16, 32],
  width: [64, 128, 256, 512, 1024],
  depth: [1, 2, 4, 8, 16, 32],
};
const SHORT = 3; // points of an axis with --quick

const EFFORT: Effort = { rounds: 5, roundMilliseconds: 40, warmUpMilliseconds: 400 };
const QUICK: Effort = { rounds: 1, roundMilliseconds: 5, warmUpMilliseconds: 20 };

/** A process can be slow for its whole life, and so can the machine for a minute: each axis is measured this often, in turn. */
const PASSES = 3;

/** Forwards that threads share, enough to wait for none. */
const SHARED_RUNS = 64;

const HELP = `Usage: npm run bench:growth -- [options]

Measures a forward, a training step and a generated token against tokens, pictures, width, depth and threads. Takes some
minutes; leave the machine alone meanwhile.

  --quick      few points and short rounds: does it run?
  --write      writes docs/growth.md, docs/growth.ko.md and their picture
  --json FILE  every figure
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function curveOf(axis: keyof Size, task: TaskName, quick: boolean): Promise<Curve> {
  const points: Point[] = [];
  // Else the first point pays for compiling what all run.
  const effort = quick ? QUICK : EFFORT;
  const base = taskOf(task, BASE);
  await measure([{ name: task, run: () => base.run() }], effort);
  for (const at of AXES[axis].slice(0, quick ? SHORT : undefined)) {
    const measured = taskOf(task, { ...BASE, [axis]: at });
    const [samples] = await measure([{ name: task, run: () => measured.run() }], effort);
    const milliseconds = spread(samples?.cpu ?? []).median;
    points.push({ at, milliseconds, flops: measured.flops(), bytes: measured.memory() });
    const { flops, bytes } = points.at(-1) as Point;
    const rate = `${figure(flops / milliseconds / 1e6)} GFLOP/s, ${figure(bytes / 2 ** 20)} MiB`;
    say(`  ${task}, ${axis} ${at}: ${figure(milliseconds)} ms, ${rate}`);
  }
  return { axis, task, points };
}

/** Forwards shared out to threads, each with the model: wall time of one. */
async function threadsCurve(quick: boolean): Promise<Curve> {
  const points: Point[] = [];
  const task = taskOf('forward', BASE);
  const runs = quick ? 4 : SHARED_RUNS;
  for (const at of threadCounts()) {
    const pool = new Pool<ForwardTasks>(workerModule(import.meta.url, 'growth/worker'), at);
    try {
      const share = (): Promise<unknown> => pool.everywhere('forward', () => Math.ceil(runs / at));
      await share();
      const [samples] = await measure([{ name: `${at} threads`, run: share }], quick ? QUICK : EFFORT);
      const milliseconds = spread(samples?.wall ?? []).median / runs;
      // Of the arithmetic, each thread's share.
      points.push({ at, milliseconds, flops: task.flops() / at, bytes: task.memory() * at });
      say(`  forward, ${at} threads: ${figure(milliseconds)} ms of wall time`);
    } finally {
      await pool.close();
    }
  }
  return { axis: 'threads', task: 'forward', points };
}

/** 1, 2, 4 .. up to this machine's. */
function threadCounts(): number[] {
  const most = defaultThreads();
  return Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i);
}

/** One axis in a process of its own, so that none inherits another's memory and compiled code. */
function inChild(axis: string, quick: boolean): Promise<Curve[]> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['--axis', axis, ...(quick ? ['--quick'] : [])]);
    let curves: Curve[] | null = null;
    child.on('message', (message) => {
      curves = message as Curve[];
    });
    child.on('error', reject);
    child.on('close', () => (curves ? resolve(curves) : reject(new Error(`measuring ${axis} failed`))));
  });
}

async function measureAxis(axis: string, quick: boolean): Promise<Curve[]> {
  if (axis === 'threads') return [await threadsCurve(quick)];
  const curves: Curve[] = [];
  for (const task of TASKS) curves.push(await curveOf(axis as keyof Size, task, quick));
  return curves;
}

async function main(): Promise<void> {
  const { values } = readArguments(HELP, {
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      json: { type: 'string' },
      axis: { type: 'string' },
    },
  });
  const { quick, write, json, axis } = values;
  if (axis) {
    const curves = await measureAxis(axis, quick);
    await new Promise((resolve) => process.send?.(curves, undefined, undefined, resolve));
    return;
  }
  const machine = describeMachine();
  say(machineLine(machine));
  const passes: Curve[][] = [];
  for (let pass = 1; pass <= (quick ? 1 : PASSES); pass++) {
    const all: Curve[] = [];
    for (const each of [...Object.keys(AXES), 'threads']) {
      say(`\n${each}, pass ${pass}`);
      all.push(...(await inChild(each, quick)));
    }
    passes.push(all);
  }
  const curves = least(passes);
  for (const curve of curves.filter(({ points }) => points.length > 1)) {
    const { from, to, time, arithmetic, memory } = growth(curve);
    const exponents = `time ${time.toFixed(2)}, arithmetic ${arithmetic.toFixed(2)}, memory ${memory.toFixed(2)}`;
    say(`${curve.axis} ${from} to ${to}, ${curve.task}: ${exponents}`);
  }
  if (json) await writeFileWhole(json, `${JSON.stringify({ machine, curves }, null, 2)}\n`);
  if (!write) return;
  const docs = (name: string): string => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
  for (const language of LANGUAGES) {
    await writeFileWhole(docs(`growth.${language}.svg`), picture(curves, language));
    await writeFileWhole(docs(language === 'ko' ? 'growth.ko.md' : 'growth.md'), growthPage(curves, machine, language));
  }
}

try {
  await main();
  process.exit();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(2);
}
