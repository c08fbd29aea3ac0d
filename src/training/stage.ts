import { basename, join } from 'node:path';
import { asResourceError } from '../files/location.ts';
import { appendToFile } from '../files/write-file.ts';
import { loadCheckpoint, type State, saveCheckpoint, saveState } from './checkpoint.ts';
import { readRunFile, writeWhole } from './files.ts';
import type { Metrics, Report, Told } from './report.ts';

export type { Metrics } from './report.ts';

/** One stage of training: what changes, and how steps change it. */
export interface Stage {
  readonly name: string;
  readonly steps: number;
  /** What decides the outcome besides the code; a checkpoint made with another one is refused. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** `model.NAME` and `optimizer.NAME`, as they are now. */
  readonly state: State;
  /**
   * Takes the steps [from, to), or fewer after `stop`. Everything random in a step is drawn from the seed and the
   * step's number, so that a resumed run draws the same. @returns the first step not taken
   */
  run(from: number, to: number, tell: (metrics: Metrics) => void): Promise<number>;
  /** Asks to stop after the present step. */
  stop(): void;
}

export interface StageOptions {
  readonly directory: string;
  readonly report: Report;
  /** Of its progress; default its name. */
  readonly title?: Told;
  /** Steps between checkpoints. */
  readonly every?: number;
  /** Steps between snapshots of the model that are kept, 0 for none. */
  readonly snapshots?: number;
  /** Numbers of steps after which snapshots are kept as well; 0 is the model before the first step. */
  readonly snapshotsAt?: readonly number[];
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
 * @throws TrainingError when the checkpoint is damaged or of another recipe
 */
export async function runStage(
  stage: Stage,
  { directory, report, title = stage.name, every = 100, snapshots = 0, snapshotsAt = [], signal }: StageOptions,
): Promise<void> {
  const path = join(directory, `${stage.name}.checkpoint.safetensors`);
  const log = join(directory, `${stage.name}.log.jsonl`);
  const recipe = JSON.stringify(stage.recipe);
  const start = await loadCheckpoint(path, stage.state, { recipe, steps: stage.steps });
  await truncateLog(log, start, report);
  const isSnapshot = (step: number): boolean =>
    (snapshots > 0 && step > 0 && step % snapshots === 0) || snapshotsAt.includes(step);
  const snapshot = (step: number): Promise<void> =>
    saveState(
      join(directory, 'snapshots', `${stage.name}-${String(step).padStart(6, '0')}.safetensors`),
      modelOf(stage.state),
      {},
      'F16',
    );
  if (start === 0 && isSnapshot(0)) await snapshot(0);
  report.begin(title, stage.steps, start);
  const began = performance.now();
  let [done, saved] = [start, start];
  let lines: string[] = [];
  const tell = (metrics: Metrics): void => {
    const seconds = (performance.now() - began) / 1000;
    lines.push(`${JSON.stringify({ step: done, seconds: Number(seconds.toFixed(2)), ...metrics })}\n`);
    done++;
    report.step(done, metrics, (seconds / (done - start)) * (stage.steps - done));
  };
  const save = async (): Promise<void> => {
    // The log first: a line too many is cut on resuming, a missing one could not be made again.
    await appendToFile(log, lines.join(''));
    lines = [];
    await saveCheckpoint(path, stage.state, { step: done, recipe });
    saved = done;
  };
  const stop = (): void => stage.stop();
  signal?.addEventListener('abort', stop);
  try {
    while (done < stage.steps && !signal?.aborted) {
      let next = Math.min(stage.steps, done - (done % every) + every);
      for (let step = next - 1; step > done; step--) if (isSnapshot(step)) next = step;
      await stage.run(done, next, tell);
      if (isSnapshot(done)) await snapshot(done);
      if (done % every === 0 || done === stage.steps || signal?.aborted) await save();
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    report.end();
  }
  if (saved < done) await save();
  if (done < stage.steps)
    throw new Interrupted(
      `${stage.name} stopped after ${done} of ${stage.steps} steps; the same command goes on from there`,
    );
}

/** The model's own values, without the optimiser's and without the prefix. */
export function modelOf(state: State): State {
  const prefix = 'model.';
  return new Map(
    Array.from(state)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, values]) => [name.slice(prefix.length), values]),
  );
}

/** The line's step, or null when it is not a whole line: a full disk leaves half of one, or zero bytes. */
function stepOf(line: string): number | null {
  try {
    const entry = JSON.parse(line) as Record<string, unknown>;
    // A number that was none is written as null; of anything else nothing could be drawn.
    const isWhole = Object.values(entry).every((value) => typeof value === 'number' || value === null);
    return isWhole && Number.isSafeInteger(entry.step) && (entry.step as number) >= 0 ? (entry.step as number) : null;
  } catch {
    return null;
  }
}

/**
 * Drops the lines of steps that will be taken again, what is not a line, and all but the last of a step; says how many steps
 * have none.
 */
async function truncateLog(path: string, start: number, { say }: Report): Promise<void> {
  const text = await readRunFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw asResourceError(path, error);
  });
  const kept = new Map<number, string>();
  for (const line of text.toString().split('\n')) {
    const step = stepOf(line) ?? start;
    if (step < start) kept.set(step, line);
  }
  const lost = start - kept.size;
  if (lost > 0)
    say({
      en: `${basename(path)} lacks ${lost} of the ${start} steps before; what is drawn from it has a gap`,
      ko: `${basename(path)}에 앞선 ${start}스텝 가운데 ${lost}스텝이 없어요. 여기서 그린 그림에는 빈 곳이 있어요`,
    });
  const inOrder = [...kept].sort(([a], [b]) => a - b);
  await writeWhole(path, inOrder.map(([, line]) => `${line}\n`).join(''));
}
