import type { Prompt } from '../model/prompt.ts';
import { SharedBeginning } from '../model/shared-beginning.ts';
import { serve, type Tell } from '../parallel/serve.ts';
import { type Outcome, outcomeOf } from './answers.ts';
import type { ModelOptions } from './context.ts';
import type { Language } from './language.ts';
import { loadModel } from './load-model.ts';
import { PictureShelf } from './prompts.ts';

/** What threads share out among themselves. */
export interface Work {
  readonly options: ModelOptions;
  /** Null where a line holds no prompt. */
  readonly prompts: readonly (Prompt | null)[];
  /** In shared memory: how many lines were taken, from the first on. */
  readonly taken: Int32Array;
  /** How many whole answers are listed. */
  readonly likely: number;
  readonly lang: Language;
}

/** The outcome of a line; null: it is left to who asked. */
export interface Told {
  readonly index: number;
  readonly outcome: Outcome | null;
}

const NOTHING: Outcome = { notes: '' };

const tasks = {
  /** Takes lines until there are none, and tells each answer; what fails is told too. */
  async answers({ options, prompts, taken, likely, lang }: Work, tell: Tell): Promise<void> {
    const model = await loadModel(options, lang);
    const common = { shelf: new PictureShelf(), shared: new SharedBeginning() };
    for (let index = Atomics.add(taken, 0, 1); index < prompts.length; index = Atomics.add(taken, 0, 1)) {
      const prompt = prompts[index];
      const { said, notes } = prompt ? await outcomeOf(prompt, model, { likely, lang }, common) : NOTHING;
      if (!said) {
        tell({ index, outcome: null } satisfies Told);
        continue;
      }
      const { text, alternatives, gates, temperature, candidates } = said;
      const shown = { text, alternatives, gates, temperature, ...(said.likely && { likely: said.likely }) };
      tell({ index, outcome: { said: { ...shown, ...(candidates && { candidates }) }, notes } } satisfies Told);
    }
  },
};

export type AnswerTasks = typeof tasks;
serve(tasks);
