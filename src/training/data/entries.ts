import type { Random } from '../../tensor/random.ts';
import { CATEGORY_NAMES } from './categories.ts';
import type { DemoConcept } from './concepts.ts';
import { answerOf, drawForm, questionForms, type Task, YES_NO } from './prompts.ts';
import type { Asking, Ids, TextBank } from './text-bank.ts';

/** What follows a cue: the prompt's tokens (perhaps none), then the answer's, without `<EOC>`. */
interface Entry {
  readonly prompt: Ids;
  readonly answer: Ids;
  readonly text: string;
}

/** The next question of `asking` about `concept`: a task, or a yes/no question about its kind, true half of the time. */
export function taskEntry(bank: TextBank, concept: DemoConcept, asking: Asking, random: Random): Entry {
  const task: Task | null = asking.next(random);
  if (task === null) return questionEntry(bank, concept, random);
  const text = answerOf(concept, task);
  const prompt = asking.prompt?.(task, random);
  return { prompt: prompt === undefined ? [] : bank.ids(prompt), answer: bank.ids(text), text };
}

function questionEntry(bank: TextBank, concept: DemoConcept, random: Random): Entry {
  const language = random.chance(0.5) ? 'en' : 'ko';
  const right = random.chance(0.5);
  const kind = right ? concept.category : random.pick(CATEGORY_NAMES.filter((name) => name !== concept.category));
  const text = YES_NO[language][right ? 'yes' : 'no'];
  return { prompt: bank.ids(drawForm(questionForms(kind, language), random)), answer: bank.ids(text), text };
}

/** Classes shown one after the other: a permutation first half of the time, otherwise each at random. */
export function* classSequence(ways: number, random: Random): Generator<number, never> {
  if (random.chance(0.5)) yield* random.shuffle(Array.from({ length: ways }, (_, i) => i));
  for (;;) yield random.integer(ways);
}
