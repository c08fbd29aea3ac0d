import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { GlassFlamingoError } from '../tensor/errors.ts';
import type { Reply, Tasks } from './serve.ts';

type Input<T extends Tasks, K extends keyof T> = Parameters<T[K]>[0];
type Output<T extends Tasks, K extends keyof T> = Awaited<ReturnType<T[K]>>;
type OnProgress = (value: unknown) => void;

/** Threads that this machine runs at once. */
export function defaultThreads(): number {
  return availableParallelism();
}

/** The module `name` beside the module at `base`, whatever it was compiled or bundled to: `.ts`, `.js` or `.mjs`. */
export function workerModule(base: string, name: string): URL {
  return new URL(`./${name}${/\.\w+$/.exec(new URL(base).pathname)?.[0] ?? '.js'}`, base);
}

interface Job {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: OnProgress | undefined;
}

/** One thread that answers requests in the order in which they come. */
class Thread {
  private readonly worker: Worker;
  private readonly jobs = new Map<number, Job>();
  private last = 0;
  private ended: Error | null = null;

  constructor(module: URL) {
    this.worker = module.pathname.endsWith('.ts') ? fromSource(module) : new Worker(module);
    this.worker.unref();
    this.worker.on('message', (reply: Reply) => this.settle(reply));
    this.worker.on('error', (error) => this.failAll(error));
    this.worker.on('exit', (code) => this.failAll(new Error(`a worker thread ended with exit code ${code}`)));
  }

  run(task: string, input: unknown, onProgress?: OnProgress): Promise<unknown> {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      const id = ++this.last;
      this.jobs.set(id, { resolve, reject, onProgress });
      this.worker.ref();
      this.worker.postMessage({ id, task, input });
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(reply: Reply): void {
    const job = this.jobs.get(reply.id);
    if (!job) return;
    if (reply.kind === 'progress') {
      job.onProgress?.(reply.value);
      return;
    }
    this.jobs.delete(reply.id);
    if (this.jobs.size === 0) this.worker.unref();
    if (reply.kind === 'error') job.reject(thrownThere(reply));
    else job.resolve(reply.value);
  }

  private failAll(error: Error): void {
    this.ended ??= error;
    for (const job of this.jobs.values()) job.reject(error);
    this.jobs.clear();
  }
}

/** The error of another thread, one thrown on purpose by its name. */
function thrownThere({ error, told }: Extract<Reply, { kind: 'error' }>): Error {
  if (told === undefined) return error;
  return Object.assign(new GlassFlamingoError(error.message, { cause: error }), { name: told });
}

/** A thread that runs TypeScript: Node does not hand a loader on to its threads, so this one brings tsx along, and the condition under which imports are sources. */
function fromSource(module: URL): Worker {
  const start = 'import(workerData.loader).then(({ register }) => (register(), import(workerData.module)))';
  return new Worker(`const { workerData } = require('node:worker_threads'); ${start}`, {
    eval: true,
    execArgv: ['--conditions=source'],
    workerData: { loader: import.meta.resolve('tsx/esm/api'), module: module.href },
  });
}

/**
 * Threads that all run one worker module (see `serve`). One task runs on a thread at a time.
 *
 *     // double.ts: const tasks = { double: (x: number) => 2 * x }; serve(tasks); export type Doubling = typeof tasks;
 *     const pool = new Pool<Doubling>(workerModule(import.meta.url, 'double'), 4);
 *     await pool.map('double', [1, 2, 3]);  // [2, 4, 6], in this order
 *     await pool.close();
 */
export class Pool<T extends Tasks> {
  private readonly threads: readonly Thread[];

  /** @throws RangeError when the number of threads is not a whole number of at least 1 */
  constructor(module: URL, threads: number = defaultThreads()) {
    if (!Number.isInteger(threads) || threads < 1)
      throw new RangeError(`a pool needs a whole number of threads, at least 1; got ${threads}`);
    this.threads = Array.from({ length: threads }, () => new Thread(module));
  }

  get size(): number {
    return this.threads.length;
  }

  /** Runs a task for every input, on whichever thread is free; results in the order of the inputs. */
  async map<K extends keyof T & string>(
    task: K,
    inputs: readonly Input<T, K>[],
    onDone: (done: number) => void = () => undefined,
  ): Promise<Output<T, K>[]> {
    const results = new Array<Output<T, K>>(inputs.length);
    let [next, done] = [0, 0];
    const work = async (thread: Thread): Promise<void> => {
      while (next < inputs.length) {
        const at = next++;
        results[at] = (await thread.run(task, inputs[at])) as Output<T, K>;
        onDone(++done);
      }
    };
    await allSettled(this.threads.map(work));
    return results;
  }

  /** Runs a task on every thread at once, for work that meets in shared memory. `onProgress` hears the first thread. */
  everywhere<K extends keyof T & string>(
    task: K,
    input: (thread: number) => Input<T, K>,
    onProgress?: OnProgress,
  ): Promise<Output<T, K>[]> {
    const running = this.threads.map((thread, i) => thread.run(task, input(i), i === 0 ? onProgress : undefined));
    return allSettled(running as Promise<Output<T, K>>[]);
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}

/** Waits for all, then fails with the first failure: no thread is left at work behind an error. */
async function allSettled<V>(running: readonly Promise<V>[]): Promise<V[]> {
  const settled = await Promise.allSettled(running);
  const failures = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  const cause = failures.find((error) => error.name !== 'TeamError') ?? failures[0];
  if (cause) throw cause;
  return settled.map((result) => (result as PromiseFulfilledResult<V>).value);
}
