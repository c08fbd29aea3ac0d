/** How long commands take to start: npm run bench:start (builds nothing: run `npm run prepare` first) */

import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { readArguments } from '../scripts/arguments.ts';
import { spread } from './measure.ts';

readArguments(
  'npm run bench:start: how long commands take to start. It builds nothing: run `npm run prepare` first.',
  {},
);
const ROUNDS = 9;
const root = new URL('../', import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(name, root));

type Until = 'its end' | 'its first line';

/** Each command line with the most seconds of processor time that it may take. */
const COMMANDS: readonly (readonly [argv: readonly string[], until: Until, goal: number])[] = [
  [['--help'], 'its end', 0.25],
  [['ask', '--help'], 'its end', 0.25],
  [['ask', '--image', path('examples/pictures/panda.png'), '--text', 'name :'], 'its first line', 0.5],
  [['ask', '--image', path('examples/pictures/panda.png'), '--text', 'name :'], 'its end', 0.8],
];

/** Writes, when a process ends, the processor time that it has taken until it wrote something, and in all. */
const METER = `data:text/javascript,${encodeURIComponent(`
const taken = () => { const { user, system } = process.cpuUsage(); return user + system; };
let first = 0;
const write = process.stdout.write;
process.stdout.write = function (...said) { first ||= taken(); return write.apply(this, said); };
process.on('exit', () => process.stderr.write('\\ncpu ' + first + ' ' + taken()));
`)}`;

/** Seconds of processor time of one command, Node's own start included. @throws Error when the command fails */
function seconds(argv: readonly string[], until: Until): number {
  const { status, stderr } = spawnSync(process.execPath, ['--import', METER, path('bin/glass-flamingo.js'), ...argv], {
    encoding: 'utf8',
  });
  const cpu = /\ncpu (\d+) (\d+)$/.exec(stderr)?.[until === 'its end' ? 2 : 1];
  if (status !== 0 || cpu === undefined) throw new Error(`'${argv.join(' ')}' ended with ${status}: ${stderr}`);
  return Number(cpu) / 1e6;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`${cpus()[0]?.model.trim()}, ${cpus().length} cores; Node ${process.version}\n`);
say('| command | until | CPU s, least | median | goal | |');
say('| --- | --- | ---: | ---: | ---: | --- |');
for (const [argv, until, goal] of COMMANDS) {
  const taken = Array.from({ length: ROUNDS }, () => seconds(argv, until));
  const least = Math.min(...taken);
  const name = argv.map((word) => (word.startsWith('/') ? 'panda.png' : word)).join(' ');
  const cells = [
    name,
    until,
    least.toFixed(2),
    spread(taken).median.toFixed(2),
    goal.toFixed(2),
    least <= goal ? 'reached' : 'missed',
  ];
  say(`| ${cells.join(' | ')} |`);
}
