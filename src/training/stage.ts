import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Module, Optimizer } from '../nn/index.ts';
import { loadTensors, saveTensors, tensorsOf } from './checkpoint.ts';
import { writeWhole } from './files.ts';
import type { Metrics, Report } from './report.ts';

export type { Metrics } from './report.ts';

/** One stage of training: what changes, and how one step changes it. */
export interface Stage {
  readonly name: string;
  readonly steps: number;
  readonly model: Module;
  readonly optimizer: Optimizer;
  /** What decides the outcome besides the code; a checkpoint made with another one is refused. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** Everything random in step `index` is drawn from the seed and the index, so that a resumed run draws the same. */
  step(index: number): Promise<Metrics>;
}

export interface StageOptions {
  readonly directory: string;
  readonly report: Report;
  /** Steps between checkpoints. */
  readonly every?: number;
  /** Steps between snapshots of the model that are kept. */
  readonly snapshots?: number;
  /** Stops after the present step, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** Raised when a run was asked to stop; it can be resumed. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/**
 * Runs a stage to its end, from its checkpoint if there is one. Killed at any moment and run again, it gives the
 * weights it would have given: a checkpoint holds parameters and optimiser state in float32, and no other state.
 * @throws CheckpointError when the checkpoint is of another recipe
 */
export async function runStage(
  stage: Stage,
  { directory, report, every = 50, snapshots = 0, signal }: StageOptions,
): Promise<void> {
  const path = join(directory, `${stage.name}.checkpoint.safetensors`);
  const log = join(directory, `${stage.name}.log.jsonl`);
  const state = tensorsOf({ model: stage.model, optimizer: stage.optimizer });
  const start = await resume(path, stage, state);
  await truncateLog(log, start);
  const save = (done: number): Promise<void> =>
    saveTensors(path, state, { step: String(done), recipe: JSON.stringify(stage.recipe) });
  report.begin(stage.name, stage.steps, start);
  let lines: string[] = [];
  const began = performance.now();
  for (let index = start; index < stage.steps; index++) {
    const metrics = await stage.step(index);
    const seconds = (performance.now() - began) / 1000;
    lines.push(JSON.stringify({ step: index, seconds: Number(seconds.toFixed(2)), ...metrics }));
    report.step(index + 1, metrics, (seconds / (index + 1 - start)) * (stage.steps - index - 1));
    const done = index + 1;
    if (snapshots > 0 && done % snapshots === 0) {
      const snapshot = join(directory, 'snapshots', `${stage.name}-${String(done).padStart(6, '0')}.safetensors`);
      await saveTensors(snapshot, stage.model.parameters(), {}, 'F16');
    }
    if (done % every === 0 || done === stage.steps || signal?.aborted) {
      // The log first: a line too many is cut on resuming, a missing one could not be made again.
      await appendFile(log, lines.map((line) => `${line}\n`).join(''));
      lines = [];
      await save(done);
    }
    if (signal?.aborted && done < stage.steps) {
      report.end();
      throw new Interrupted(
        `${stage.name} stopped after ${done} of ${stage.steps} steps; the same command goes on from there`,
      );
    }
  }
  report.end();
}

async function resume(path: string, stage: Stage, state: Parameters<typeof loadTensors>[1]): Promise<number> {
  const metadata = await loadTensors(path, state, { recipe: JSON.stringify(stage.recipe) }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
  const step = Number(metadata?.step ?? 0);
  stage.optimizer.resume(step);
  return step;
}

/** Drops the lines of steps that will be taken again. */
async function truncateLog(path: string, start: number): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const kept = text.split('\n').filter((line) => line !== '' && (JSON.parse(line) as { step: number }).step < start);
  await writeWhole(path, kept.map((line) => `${line}\n`).join(''));
}
