import type { Random } from '../../tensor/random.ts';
import { CATEGORIES, CATEGORY_NAMES } from './categories.ts';
import type { DemoConcept } from './concepts.ts';
import { answerOf, PROMPTS, QUESTIONS, type Task } from './prompts.ts';
import type { Ids, TextBank } from './text-bank.ts';

/** What follows a cue: the prompt's tokens (perhaps none), then the answer's, without `<EOC>`. */
export interface Entry {
  readonly prompt: Ids;
  readonly answer: Ids;
  readonly text: string;
}

/** The answer to `task` about `concept`, or to a yes/no question about its kind (task null, true half of the time). */
export function taskEntry(
  bank: TextBank,
  concept: DemoConcept,
  task: Task | null,
  prompted: boolean,
  random: Random,
): Entry {
  if (task === null) return questionEntry(bank, concept, random);
  const text = answerOf(concept, task);
  return { prompt: prompted ? bank.ids(PROMPTS[task]) : [], answer: bank.ids(text), text };
}

function questionEntry(bank: TextBank, concept: DemoConcept, random: Random): Entry {
  const language = random.chance(0.5) ? 'en' : 'ko';
  const right = random.chance(0.5);
  const kind = right ? concept.category : random.pick(CATEGORY_NAMES.filter((name) => name !== concept.category));
  const asked = language === 'en' ? kind : CATEGORIES[kind];
  const { mark, yes, no } = QUESTIONS[language];
  const text = right ? yes : no;
  return { prompt: bank.ids(`${asked} ${mark}`), answer: bank.ids(text), text };
}

/** Classes shown one after the other: a permutation first half of the time, otherwise each at random. */
export function* classSequence(ways: number, random: Random): Generator<number, never> {
  if (random.chance(0.5)) yield* random.shuffle(Array.from({ length: ways }, (_, i) => i));
  for (;;) yield random.integer(ways);
}
