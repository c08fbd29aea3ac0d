import { serve } from '../../src/parallel/serve.ts';
import { BASE, type Task, taskOf } from './model.ts';

let task: Task | null = null;

const tasks = {
  /** A forward of the base size, warm. */
  forward(runs: number): void {
    task ??= taskOf('forward', BASE);
    for (let i = 0; i < runs; i++) task.run();
  },
};

export type ForwardTasks = typeof tasks;
serve(tasks);
