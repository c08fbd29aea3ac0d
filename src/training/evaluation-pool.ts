import { Pool, workerModule } from '../parallel/pool.ts';
import type { SharedData } from './data/index.ts';
import type { Scorer } from './evaluate.ts';
import type { EvaluationTasks } from './evaluation-worker.ts';

/** Threads that each have the model and score episodes; figures do not depend on their number. */
export async function evaluationPool(
  what: { readonly weights: string; readonly device: string; readonly data: SharedData },
  threads?: number,
): Promise<{ readonly score: Scorer; close(): Promise<void> }> {
  const pool = new Pool<EvaluationTasks>(workerModule(import.meta.url, 'evaluation-worker'), threads);
  await pool
    .everywhere('open', () => what)
    .catch(async (error) => {
      await pool.close();
      throw error;
    });
  return { score: (units, onDone) => pool.map('score', units, onDone), close: () => pool.close() };
}
