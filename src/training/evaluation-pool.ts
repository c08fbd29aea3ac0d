import { Pool, workerModule } from '../parallel/pool.ts';
import type { SharedData } from './data/index.ts';
import type { Holder } from './dialogue/evaluate-dialogues.ts';
import type { Scorer } from './evaluate.ts';
import type { EvaluationTasks } from './evaluation-worker.ts';

/** Threads that each have the model, score episodes and hold dialogues. */
export interface EvaluationPool {
  readonly score: Scorer;
  readonly hold: Holder;
  close(): Promise<void>;
}

/** Starts threads; figures do not depend on their number. */
export async function evaluationPool(
  what: { readonly weights: string; readonly device: string; readonly data: SharedData },
  threads?: number,
): Promise<EvaluationPool> {
  const pool = new Pool<EvaluationTasks>(workerModule(import.meta.url, 'evaluation-worker'), threads);
  await pool
    .everywhere('open', () => what)
    .catch(async (error) => {
      await pool.close();
      throw error;
    });
  return {
    score: (units, onDone) => pool.map('score', units, onDone),
    hold: (units, onDone) => pool.map('hold', units, onDone),
    close: () => pool.close(),
  };
}
