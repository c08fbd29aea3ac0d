/** Runs tests in a copy of the tree, in a process that can be stopped with everything that it started. */

import { type ChildProcess, spawn } from 'node:child_process';

/** Which tests go first. */
export interface Order {
  /** Those of this folder of `test`. */
  readonly floor: string;
  /** Then the quick ones: milliseconds by file, as far as they are known. */
  readonly times: Readonly<Record<string, number>>;
}

/** What the process of the tests says. */
export type Report =
  | { readonly kind: 'alive' }
  | { readonly kind: 'passed'; readonly test: string; readonly milliseconds: number }
  | { readonly kind: 'failed'; readonly test: string };

export interface Attempt {
  /** The file of tests that failed first; null when all passed, or when none came to an end. */
  readonly failed: string | null;
  /** Nothing was heard for `SILENCE_MS`: an endless loop. */
  readonly hung: boolean;
  readonly times: Readonly<Record<string, number>>;
}

/** How an error begins that no test threw: a process that died, or one that a busy machine did not start. */
export const OUTSIDE = 'outside of the tests: ';

/** Longer than any test takes on a machine eight times slower than an ordinary one. */
const SILENCE_MS = 300_000;

let running: ChildProcess | null = null;

/** Ends the tests that run, and the processes that they started. */
export function stopTests(): void {
  if (running?.pid === undefined) return;
  try {
    process.kill(-running.pid, 'SIGKILL');
  } catch {
    running.kill('SIGKILL'); // Windows knows no groups of processes
  }
}

/**
 * @param args vitest's: `related` and a source file, or `run` and a test file
 * @throws Error when vitest does not start
 */
export function runTests(folder: string, args: readonly string[], order: Order): Promise<Attempt> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', ...args, '--run', '--config', 'scripts/mutate/vitest.config.ts'],
      {
        cwd: folder,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        env: { ...process.env, MUTATE_ORDER: JSON.stringify(order) },
      },
    );
    running = child;
    let failed: string | null = null;
    let hung = false;
    let errors = '';
    const times: Record<string, number> = {};
    const watch = setTimeout(() => {
      hung = true;
      stopTests();
    }, SILENCE_MS);
    child.stderr?.on('data', (chunk) => {
      errors += String(chunk);
    });
    child.on('message', (message) => {
      watch.refresh();
      const report = message as Report;
      if (report.kind === 'passed') times[report.test] = report.milliseconds;
      if (report.kind === 'failed') failed ??= report.test;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(watch);
      running = null;
      if (code !== 0 && failed === null && !hung) reject(new Error(`vitest ended with ${code}:\n${errors}`));
      else resolve({ failed, hung, times });
    });
  });
}
