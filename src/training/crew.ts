import { Pool, workerModule } from '../parallel/pool.ts';
import { askToStop, resetTeam, teamMemory } from '../parallel/team.ts';
import type { State } from './checkpoint.ts';
import type { SharedData } from './data/index.ts';
import type { Metrics } from './report.ts';
import { type SharedState, viewsOf } from './shared-state.ts';
import type { Stage } from './stage.ts';
import { stageMemory } from './trainer.ts';
import type { StageInput, TrainingTasks } from './worker.ts';

/** The threads that train, from the data to the last stage. */
export class Crew {
  readonly pool: Pool<TrainingTasks>;
  private readonly control = teamMemory();

  private constructor(pool: Pool<TrainingTasks>) {
    this.pool = pool;
  }

  /** Starts threads and gives them the data, which tuning has none of. */
  static async start(threads: number, data: SharedData | null): Promise<Crew> {
    const crew = new Crew(new Pool<TrainingTasks>(workerModule(import.meta.url, 'worker'), threads));
    if (data) await crew.pool.everywhere('data', () => data);
    return crew;
  }

  /** Makes every thread ready for a stage. The stage's state is shared with them: what is written there is trained. */
  async stage(input: StageInput): Promise<Stage & { readonly shared: SharedState }> {
    const { pool, control } = this;
    const [facts] = await pool.everywhere('open', () => input);
    if (!facts) throw new RangeError('a crew needs a thread');
    const memory = stageMemory(
      facts.initial.map(({ name, shape }) => [name, shape]),
      facts.exchange,
    );
    const views = viewsOf(memory.state);
    for (const { name, data } of facts.initial) views.get(name)?.set(data);
    await pool.everywhere('connect', (index) => ({ memory, control, index, size: pool.size }));
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
