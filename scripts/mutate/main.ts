import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../../src/tensor/random.ts';
import { readArguments, wholeNumber } from '../arguments.ts';
import { OUTSIDE, runTests, stopTests } from './attempt.ts';
import { type Mutation, mutationsOf } from './points.ts';

const DEFAULT_FILES = ['src/tensor/**/*.ts', 'src/nn/**/*.ts', 'src/flamingo/**/*.ts'];
/** AssemblyScript: compiled once for all tests, and held against the JavaScript kernels by its own. */
const LEFT_OUT = 'src/tensor/devices/simd/assembly';
/** Written by scripts/build-kernels.mjs, unknown to git. */
const KERNELS = 'src/tensor/devices/simd/module.ts';

const USAGE = `Breaks a copy of the sources in one place at a time and runs the tests that import the broken file. Survivors are listed:
each is a test that is missing, or a change that makes no difference.

    npm run mutate [-- --files GLOB --n N --seed S --skip K]

--files takes git's globs and may come several times. --skip goes on with a run that was stopped after K of its N.
Exit code 1 when less than 90 % are noticed.`;

const { values, positionals } = readArguments(USAGE, {
  allowPositionals: true, // what a shell makes of a glob without quotes
  options: {
    files: { type: 'string', multiple: true, default: DEFAULT_FILES },
    n: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    skip: { type: 'string', default: '0' },
  },
});

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files that git tracks, or would, and that are there. */
function listFiles(...patterns: readonly string[]): string[] {
  const args = ['ls-files', '-z', '-co', '--exclude-standard', '--deduplicate', '--', ...patterns];
  const text = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return text.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
}

/** The tree in a folder of its own, so that the working tree stays as it is, whatever happens. */
function copyTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mutate-'));
  for (const file of [...listFiles(), KERNELS]) cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

/** `count` of them in the order of a shuffle, the same for the same seed. */
function choose(points: Mutation[], count: number, seed: number): Mutation[] {
  const random = new Random(seed).fork('mutations');
  return Array.from({ length: Math.min(count, points.length) }, () => {
    const [point] = points.splice(Math.floor(random.uniform() * points.length), 1);
    return point as Mutation;
  });
}

const times: Record<string, number> = {};
const sound = new Set<string>();
const unsound: string[] = [];

/** Tells whether a test passes when nothing is broken. One that does not is left out from then on. */
async function isSound(folder: string, test: string): Promise<boolean> {
  if (sound.has(test) || test.startsWith(OUTSIDE)) return true;
  const { failed, hung } = await runTests(folder, ['run', test], { floor: '', times });
  if (failed === null && !hung) sound.add(test);
  else unsound.push(test);
  return failed === null && !hung;
}

/** Tells whether types fit: some mutations that no test notices, such as another literal, do not compile. */
function compiles(folder: string): boolean {
  const args = ['node_modules/typescript7/bin/tsc', '-p', 'tsconfig.json'];
  return spawnSync(process.execPath, args, { cwd: folder, stdio: 'ignore' }).status === 0;
}

/** What became of a mutation, in words, and whether a test or the compiler noticed it. */
async function attempt(folder: string, mutation: Mutation): Promise<{ noticed: boolean; words: string }> {
  const { file, start, end, after } = mutation;
  const path = join(folder, file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, source.slice(0, start) + after + source.slice(end));
  const args = ['related', file, ...unsound.flatMap((test) => ['--exclude', test])];
  const order = { floor: file.split('/')[1] as string, times };
  let fits = true;
  let result = await runTests(folder, args, order);
  if (result.failed?.startsWith(OUTSIDE)) result = await runTests(folder, args, order); // the machine's fault, perhaps
  if (result.failed === null && !result.hung) fits = compiles(folder);
  writeFileSync(path, source);
  Object.assign(times, result.times);
  if (result.hung) return { noticed: true, words: 'noticed: it never ends' };
  if (!fits && compiles(folder)) return { noticed: true, words: 'noticed by the compiler' };
  if (result.failed === null) {
    const count = Object.keys(result.times).length;
    return { noticed: false, words: count === 0 ? 'SURVIVED: no test imports it' : `SURVIVED ${count} files of tests` };
  }
  if (await isSound(folder, result.failed)) return { noticed: true, words: `noticed by ${result.failed}` };
  console.log(`\n${result.failed} fails before anything is broken, and is left out from now on`);
  return attempt(folder, mutation);
}

const show = ({ file, line, before, after }: Mutation): string =>
  `${file}:${line}  ${[before, after].map((text) => text.replaceAll(/\s+/g, ' ') || 'nothing').join('  ->  ')}`;

const minutes = (milliseconds: number): string => `${Math.ceil(milliseconds / 60_000)} min`;

/** Breaks one after the other and says so. */
async function tryAll(folder: string, mutations: readonly Mutation[], skip: number): Promise<Mutation[]> {
  const survivors: Mutation[] = [];
  const begun = Date.now();
  for (const [i, mutation] of mutations.entries()) {
    process.stdout.write(`${skip + i + 1}/${skip + mutations.length}  ${show(mutation)}  `);
    const { noticed, words } = await attempt(folder, mutation);
    if (!noticed) survivors.push(mutation);
    const left = ((Date.now() - begun) / (i + 1)) * (mutations.length - i - 1);
    console.log(words + (left > 0 ? ` (about ${minutes(left)} left)` : ''));
  }
  return survivors;
}

const [n, seed, skip] = [
  wholeNumber('--n', values.n),
  wholeNumber('--seed', values.seed),
  wholeNumber('--skip', values.skip),
];
const globs = [...values.files, ...positionals].map((glob) => `:(glob)${glob}`);
const files = listFiles(...globs, `:(exclude)${LEFT_OUT}`).filter((file) => file.endsWith('.ts'));
const points = files.flatMap((file) => mutationsOf(file, readFileSync(join(root, file), 'utf8')));
const chosen = choose(points, n, seed).slice(skip);
if (chosen.length === 0) {
  console.error(`mutate: nothing to break in ${values.files.join(', ')}`);
  process.exit(2);
}

const folder = copyTree();
const clean = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    stopTests();
    clean();
    process.exit(130);
  });
try {
  const survivors = await tryAll(folder, chosen, skip);
  const noticed = chosen.length - survivors.length;
  const share = ((100 * noticed) / chosen.length).toFixed(0);
  console.log(`\n${noticed} of ${chosen.length} mutations noticed (${share} %), seed ${seed}`);
  for (const survivor of survivors) console.log(`  ${show(survivor)}`);
  process.exitCode = noticed < 0.9 * chosen.length ? 1 : 0;
} catch (error) {
  console.error(`\nmutate: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
} finally {
  clean();
}
