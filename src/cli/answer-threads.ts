/** A file of prompts answered on several threads. */

import type { PromptLine } from '../model/prompt/file.ts';
import type { Prompt } from '../model/prompt.ts';
import { SharedBeginning } from '../model/shared-beginning.ts';
import type { AnswerTasks, Told, Work } from './answer-worker.ts';
import { type Outcome, outcomeOf } from './answers.ts';
import type { AnsweringModel, Context, ModelOptions } from './context.ts';
import { PictureShelf } from './prompts.ts';

/** A thread takes 2 to 3 s of processor time until its modules and weights are there and its code is compiled, a line 0.04 s. */
const LINES_A_THREAD = 100;

/**
 * How many threads answer a file soonest. Each has the model to itself, so that large public models stay on one thread, and
 * so do devices that several would share.
 */
export function threadsThatPay(lines: number, { device = 'simd', model }: ModelOptions, cores = 1): number {
  if (device !== 'simd' || model !== undefined) return 1;
  return Math.max(1, Math.min(cores, Math.floor(lines / LINES_A_THREAD)));
}

interface Asked {
  readonly model: AnsweringModel;
  readonly options: ModelOptions;
  readonly threads: number;
  readonly likely: number;
  readonly lang: Context['lang'];
}

/**
 * The outcome of every line, in their order. Threads take lines as they get to them, this one too: each line is answered by
 * one of them as it would be alone, so that answers do not depend on their number. What another thread could not answer is
 * done again here, where its error is what it is.
 */
export async function* answersInOrder(
  lines: readonly PromptLine[],
  { model, options, threads, likely, lang }: Asked,
): AsyncGenerator<Outcome, void, undefined> {
  const common = { shelf: new PictureShelf(), shared: new SharedBeginning() };
  const found = new Map<number, Outcome | null>();
  const own = async (index: number): Promise<void> => {
    const line = lines[index] as PromptLine;
    const wrong = 'error' in line && { error: line.error, notes: '' };
    found.set(index, wrong || (await outcomeOf((line as { prompt: Prompt }).prompt, model, { likely, lang }, common)));
  };
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const prompts = lines.map((line) => ('prompt' in line ? line.prompt : null));
  const others = await openOthers(threads - 1, { options, prompts, taken, likely, lang }, found);
  try {
    for (let shown = 0; shown < lines.length; ) {
      const outcome = found.get(shown);
      if (outcome) {
        found.delete(shown++);
        yield outcome;
        continue;
      }
      const next = outcome === null ? shown : Atomics.add(taken, 0, 1);
      if (next < lines.length) await own(next);
      else if (!(await others.more())) await own(shown); // a thread that failed took it along
      await others.turn();
    }
  } finally {
    common.shared.dispose();
    await others.close();
  }
}

/** Other threads at work. */
interface Others {
  /** Waits until one has answered; false when all have ended. */
  more(): Promise<boolean>;
  /** Lets what they have sent come in. @throws what one of them failed with */
  turn(): Promise<void>;
  close(): Promise<void>;
}

async function openOthers(count: number, work: Work, found: Map<number, Outcome | null>): Promise<Others> {
  if (count < 1) return { more: async () => false, turn: async () => {}, close: async () => {} };
  const { Pool, workerModule } = await import('../parallel/pool.ts');
  const pools = Array.from(
    { length: count },
    () => new Pool<AnswerTasks>(workerModule(import.meta.url, 'answer-worker'), 1),
  );
  let heard = (): void => {};
  const hear = (told: unknown): void => {
    const { index, outcome } = told as Told;
    found.set(index, outcome);
    heard();
  };
  let working = true;
  const ended = Promise.all(pools.map((pool) => pool.everywhere('answers', () => work, hear))).then(() => {
    working = false;
  });
  ended.catch(() => {}); // whoever waits next hears of it
  return {
    more: async () => {
      if (working) await Promise.race([ended, new Promise<void>((resolve) => (heard = resolve))]);
      return working;
    },
    turn: () => {
      const turn = new Promise<void>((resolve) => setImmediate(resolve));
      return Promise.race([ended.then(() => turn), turn]);
    },
    close: async () => void (await Promise.all(pools.map((pool) => pool.close()))),
  };
}
