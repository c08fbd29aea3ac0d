import { Pool, workerModule } from '../parallel/pool.ts';
import { askToStop, resetTeam, teamMemory } from '../parallel/team.ts';
import type { State } from './checkpoint.ts';
import { STOPPED_BEFORE } from './data/in-steps.ts';
import type { SharedData } from './data/index.ts';
import type { Metrics } from './report.ts';
import { type SharedState, viewsOf } from './shared-state.ts';
import { Interrupted, type Stage } from './stage.ts';
import { stageMemory } from './trainer.ts';
import type { StageInput, TrainingTasks } from './worker.ts';

/** The threads that train, from the data to the last stage. */
export class Crew {
  readonly pool: Pool<TrainingTasks>;
  private readonly control = teamMemory();

  private readonly signal: AbortSignal | undefined;

  private constructor(pool: Pool<TrainingTasks>, signal: AbortSignal | undefined) {
    this.pool = pool;
    this.signal = signal;
  }

  /**
   * Starts threads and gives them the data, which tuning has none of.
   * @throws Interrupted when the signal is aborted before they have it
   */
  static async start(threads: number, data: SharedData | null, signal?: AbortSignal): Promise<Crew> {
    const crew = new Crew(new Pool<TrainingTasks>(workerModule(import.meta.url, 'worker'), threads), signal);
    try {
      if (data) await crew.unlessStopped(crew.pool.everywhere('data', () => data));
    } catch (error) {
      await crew.close();
      throw error;
    }
    return crew;
  }

  /** Waits for threads that get ready, but no longer than until the run is to stop: then nothing of theirs is needed. */
  private async unlessStopped<T>(ready: Promise<T>): Promise<T> {
    const { signal } = this;
    if (!signal) return ready;
    let stop = (): void => {};
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(new Interrupted(STOPPED_BEFORE));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop);
    });
    return Promise.race([ready, stopped]).finally(() => signal.removeEventListener('abort', stop));
  }

  /**
   * Makes every thread ready for a stage. The stage's state is shared with them: what is written there is trained.
   * @throws Interrupted when the run is to stop before they are
   */
  async stage(input: StageInput): Promise<Stage & { readonly shared: SharedState }> {
    const { pool, control } = this;
    const [facts] = await this.unlessStopped(pool.everywhere('open', () => input));
    if (!facts) throw new RangeError('a crew needs a thread');
    const memory = stageMemory(
      facts.initial.map(({ name, shape }) => [name, shape]),
      facts.exchange,
    );
    const views = viewsOf(memory.state);
    for (const { name, data } of facts.initial) views.get(name)?.set(data);
    const connect = (index: number) => ({ memory, control, index, size: pool.size });
    await this.unlessStopped(pool.everywhere('connect', connect));
    const state: State = new Map(
      memory.state.entries.map(({ name, shape }) => [name, { shape, data: views.get(name) as Float32Array }]),
    );
    return {
      name: input.stage,
      steps: input.recipe.steps,
      recipe: { ...input.recipe },
      state,
      shared: memory.state,
      run: async (from, to, tell) => {
        resetTeam(control);
        const [done = from] = await pool.everywhere(
          'steps',
          () => ({ from, to }),
          (metrics) => tell(metrics as Metrics),
        );
        return done;
      },
      stop: () => askToStop(control),
    };
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
