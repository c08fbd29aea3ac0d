import { parentPort } from 'node:worker_threads';
import { GlassFlamingoError } from '../tensor/errors.ts';

/** What a task may tell while it runs. */
export type Tell = (progress: unknown) => void;
/** Functions that a worker offers, by name. Inputs and outputs are copied (structured clone), shared memory is shared. */
// biome-ignore lint/suspicious/noExplicitAny: every task has an input of its own
export type Tasks = Readonly<Record<string, (input: any, tell: Tell) => unknown>>;

/** @internal */
export interface Request {
  readonly id: number;
  readonly task: string;
  readonly input: unknown;
}

/** @internal What a worker sends: progress of a task, its result, or its failure. */
export type Reply =
  | { readonly id: number; readonly kind: 'progress' | 'result'; readonly value: unknown }
  | {
      readonly id: number;
      readonly kind: 'error';
      readonly error: Error;
      /** The name of an error that was thrown on purpose: a copy between threads loses it with the class. */
      readonly told?: string;
    };

/** Offers tasks to the pool that started this thread. A worker module calls it once, and exports the type of its tasks. */
export function serve(tasks: Tasks): void {
  parentPort?.on('message', async ({ id, task, input }: Request) => {
    const send = (reply: Reply): void => parentPort?.postMessage(reply);
    try {
      const run = tasks[task];
      if (!run) throw new RangeError(`this worker has no task '${task}'`);
      send({ id, kind: 'result', value: await run(input, (value) => send({ id, kind: 'progress', value })) });
    } catch (error) {
      const told = error instanceof GlassFlamingoError ? { told: error.name } : {};
      send({ id, kind: 'error', error: error instanceof Error ? error : new Error(String(error)), ...told });
    }
  });
}
