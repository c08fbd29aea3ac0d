/**
 * Breaks a copy of the sources in one place at a time and runs the tests that import the file. Survivors are listed: each
 * is a test that is missing, or a change that makes no difference.
 *
 *     npm run mutate [-- --files GLOB --n N --seed S --skip K]
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Random } from '../../src/tensor/index.ts';
import { type Mutation, mutationsOf } from './points.ts';

const DEFAULT_FILES = 'src/{tensor,nn,flamingo}/**/*.ts';
/** Compiled from AssemblyScript, which has tests of its own. */
const LEFT_OUT = ['src/tensor/devices/simd/module.ts', 'src/tensor/devices/simd/assembly/**'];
/** Tests of the floors above: slow, and what they find about these files the others find sooner. */
const FAR = ['cli', 'fuzz', 'notebooks', 'docs', 'training', 'bench', 'zoo', 'inspect', 'explorer'];
const MOST_SECONDS = 300;

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: DEFAULT_FILES },
    n: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    skip: { type: 'string', default: '0' },
  },
});

function whole(name: 'n' | 'seed' | 'skip'): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`mutate: --${name} ${values[name]}: expected a whole number from 0`);
  process.exit(2);
}

const root = fileURLToPath(new URL('../..', import.meta.url));

async function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return text;
}

/** Everything that git tracks or would, in a folder of its own: the working tree stays as it is. */
async function copyTree(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'mutate-'));
  const files = (await output('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'])).trim().split('\n');
  for (const file of [...files, 'src/tensor/devices/simd/module.ts'])
    cpSync(join(root, file), join(folder, file), { recursive: true, force: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

let running: ChildProcess | undefined;

/** Whether the tests of a floor that import `file` pass. */
function passes(folder: string, file: string, options: readonly string[]): Promise<boolean> {
  const args = [
    'vitest',
    'related',
    '--run',
    '--project',
    'node',
    '--bail',
    '1',
    '--passWithNoTests',
    ...options,
    file,
  ];
  return new Promise((resolve) => {
    const child = spawn('npx', args, { cwd: folder, stdio: 'ignore', detached: true });
    running = child;
    const stop = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), MOST_SECONDS * 1000); // it hangs: found
    child.on('exit', (code) => {
      clearTimeout(stop);
      resolve(code === 0);
    });
  });
}

/** The tests beside the file first, which find most, then the others that import it. */
async function survives(folder: string, { file, start, end, after }: Mutation): Promise<boolean> {
  const path = join(folder, file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, source.slice(0, start) + after + source.slice(end));
  try {
    const near = dirname(file).split('/').slice(1, 2)[0] as string;
    const far = [...FAR, near].flatMap((name) => ['--exclude', `test/${name}/**`]);
    return (await passes(folder, file, ['--dir', `test/${near}`])) && (await passes(folder, file, far));
  } finally {
    writeFileSync(path, source);
  }
}

const [n, seed, skip] = [whole('n'), whole('seed'), whole('skip')];
const tracked = (await output('git', ['ls-files', 'src'])).trim().split('\n');
const files = tracked.filter(
  (file) => matchesGlob(file, values.files) && !LEFT_OUT.some((glob) => matchesGlob(file, glob)),
);
const points = files.flatMap((file) => mutationsOf(file, readFileSync(join(root, file), 'utf8')));
const random = new Random(seed).fork('mutations');
const chosen = Array.from({ length: Math.min(n, points.length) }, () => {
  const [point] = points.splice(Math.floor(random.uniform() * points.length), 1);
  return point as Mutation;
}).slice(skip);
if (chosen.length === 0) {
  console.error(`mutate: nothing to break in ${values.files}`);
  process.exit(2);
}

const folder = await copyTree();
const clean = (): void => rmSync(folder, { recursive: true, force: true });
process.on('SIGINT', () => {
  if (running?.pid) process.kill(-running.pid, 'SIGKILL');
  clean();
  process.exit(130);
});
const survivors: Mutation[] = [];
const show = ({ file, line, before, after }: Mutation): string => `${file}:${line}  ${before}  ->  ${after}`;
for (const [i, mutation] of chosen.entries()) {
  const lives = await survives(folder, mutation);
  if (lives) survivors.push(mutation);
  console.log(`${skip + i + 1}/${skip + chosen.length} ${lives ? 'SURVIVED' : 'killed  '} ${show(mutation)}`);
}
clean();
const killed = chosen.length - survivors.length;
console.log(`\n${killed} of ${chosen.length} killed (${((100 * killed) / chosen.length).toFixed(0)} %), seed ${seed}`);
for (const survivor of survivors) console.log(`  ${show(survivor)}`);
process.exitCode = killed < 0.9 * chosen.length ? 1 : 0;
