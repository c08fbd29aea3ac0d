/** Speed beside other implementations: npm run bench */

import { fork } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { endWhenTold } from '../src/cli/end-when-told.ts';
import { writeFileWhole } from '../src/files/write-file.ts';
import { goalsOf } from './goals.ts';
import { describeMachine, machineLine, markdownPage, type Page, textTable } from './page.ts';
import { picture } from './picture.ts';
import { type Bench, pool, type Row } from './results.ts';
import { openPeers, peerVersions } from './with/peers.ts';
import { torchVersion } from './with/torch.ts';

/** Each in the process that times it: what is timed takes seconds to load, in which Ctrl-C would not be heard. */
const RUN = {
  products: async () => (await import('./products.ts')).products,
  rowwise: async () => (await import('./rowwise.ts')).rowwise,
  block: async () => (await import('./block.ts')).block,
  shipped: async () => (await import('./shipped.ts')).shipped,
  cold: async () => (await import('./cold.ts')).cold,
  taps: async () => (await import('./taps.ts')).taps,
  limits: async () => (await import('./limits.ts')).limits,
} as const;
type Group = keyof typeof RUN;
const GROUPS = Object.keys(RUN) as Group[];

/** A process can be slow for its whole life, so groups run again in another while there is time; `cold` starts its own. */
const PROCESSES = 2;

/** No group is begun again that would not end within this time. */
const LONGEST_SECONDS = 330;

const EFFORT = { rounds: 5, roundMilliseconds: 25 };
const QUICK = { rounds: 2, roundMilliseconds: 3 };

const HELP = `Usage: npm run bench -- [${GROUPS.join('] [')}] [options]

Times this library beside every peer that \`npm run bench:peers\` has installed, on one thread. Takes some minutes.

  --quick           few and short rounds: does it run?
  --write           writes docs/benchmarks.md and its picture
  --json FILE       every figure
  --python COMMAND  a Python; where it has torch, PyTorch takes part (default: python3)
  --note TEXT       what else the machine was doing, for the page
`;

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      json: { type: 'string' },
      python: { type: 'string', default: 'python3' },
      note: { type: 'string', default: '' },
      child: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => !GROUPS.includes(name as Group));
  if (unknown) throw new Error(`unknown benchmark '${unknown}', expected ${GROUPS.join(', ')}`);
  return { ...values, groups: GROUPS.filter((name) => positionals.length === 0 || positionals.includes(name)) };
}

/** One group in a process of its own: this file again, with `--child`. @throws Error when it fails */
function runInChild(group: Group, flags: readonly string[]): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [group, '--child', ...flags]);
    let rows: Row[] | null = null;
    child.on('message', (message) => {
      rows = message as Row[];
    });
    child.on('error', reject);
    const end = (): unknown => child.kill(); // it would go on alone
    process.on('exit', end);
    child.on('close', () => process.off('exit', end));
    child.on('close', () => (rows ? resolve(rows) : reject(new Error(`the benchmark ${group} failed`))));
  });
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileWhole(path, text);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What a child does: one group, once, told to its parent. */
async function measureGroup(group: Group, quick: boolean, python: string): Promise<void> {
  const bench: Bench = { effort: quick ? QUICK : EFFORT, say };
  const withTorch = group === 'products' || group === 'rowwise' || group === 'block';
  const alone = group === 'cold' || group === 'taps' || group === 'limits';
  const peers = await openPeers(withTorch && torchVersion(python) ? python : null, alone ? [] : undefined);
  const rows = await (await RUN[group]())(bench, peers);
  await new Promise((resolve) => process.send?.(rows, undefined, undefined, resolve));
}

/** Every group once, then again in another process, as far as there is time. */
async function measureAll(groups: readonly Group[], flags: readonly string[], processes: number): Promise<Row[]> {
  const runs = new Map<Group, Row[][]>(groups.map((group) => [group, []]));
  const taken = new Map<Group, number>();
  for (let round = 0; round < processes; round++) {
    for (const group of groups) {
      const start = performance.now();
      if (round > 0 && (group === 'cold' || start / 1000 + (taken.get(group) ?? 0) > LONGEST_SECONDS)) continue;
      say(`\n${group}`);
      runs.get(group)?.push(await runInChild(group, flags));
      taken.set(group, (performance.now() - start) / 1000);
    }
  }
  return Array.from(runs.values(), pool).flat();
}

async function main(): Promise<void> {
  const { quick, write: writes, child, groups, json, python, note, help } = options();
  if (help) return void process.stdout.write(HELP);
  if (child) return measureGroup(groups[0] as Group, quick, python);
  endWhenTold();
  const machine = describeMachine();
  say(machineLine(machine));
  const versions = new Map([...peerVersions(), ['PyTorch', torchVersion(python)]]);
  for (const [name, version] of versions) say(`${name}: ${version ?? 'not there, left out'}`);
  if ([...peerVersions().values()].includes(null)) say('`npm run bench:peers` installs the peers.');
  const flags = [...(quick ? ['--quick'] : []), '--python', python];
  const rows = await measureAll(groups, flags, quick ? 1 : PROCESSES);
  say(`\n${textTable(rows)}`);
  for (const { text, verdict } of goalsOf(rows)) say(`${verdict.padEnd(8)} ${text}`);
  if (json)
    await write(json, `${JSON.stringify({ machine, versions: Object.fromEntries(versions), rows }, null, 2)}\n`);
  if (!writes) return;
  const page: Page = { rows, machine, versions, note };
  const docs = new URL('../docs/', import.meta.url);
  await write(fileURLToPath(new URL('benchmarks.svg', docs)), picture(rows));
  await write(fileURLToPath(new URL('benchmarks.md', docs)), markdownPage(page));
}

try {
  await main();
  process.exit(); // gpu.js and TensorFlow.js keep handles open
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(2);
}
