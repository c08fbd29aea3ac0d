import { dialoguePrompt, type Question, type Turn } from '../../model/dialogue.ts';
import type { Prompt } from '../../model/prompt.ts';
import type { Random } from '../../tensor/random.ts';
import {
  type DemoConcept,
  HELD_STYLE,
  type Task,
  TRAINING_STYLES,
  type TrainingData,
  type View,
} from '../data/index.ts';
import { RESERVED_WORDS } from '../data/nonce.ts';
import { answerOf, PROMPTS } from '../data/prompts.ts';

/** What a turn does: asks one of the four questions, tells a made-up word for the thing, or asks what that word is. */
export type DialogueStep = Task | 'tell word' | 'ask word';

/** A dialogue that is evaluated: its last turn counts, and whether all turns before were right too. */
export interface DialogueSpec {
  readonly steps: readonly DialogueStep[];
  /** Things that turns are about, in their order; all about the first by default. */
  readonly about?: readonly number[];
  readonly concepts: 'seen' | 'novel';
  readonly style: 'seen' | 'held';
}

/** Two and three turns; in the first lines every question could be asked alone, in the last ones only the dialogue tells. */
export const DIALOGUES: readonly DialogueSpec[] = (['seen', 'held'] as const).flatMap((style) => [
  { steps: ['name', 'kind'], concepts: 'seen', style },
  { steps: ['kind', 'name'], concepts: 'seen', style },
  { steps: ['name', 'koreanName', 'kind'], concepts: 'seen', style },
  { steps: ['tell word', 'kind'], concepts: 'seen', style },
  { steps: ['tell word', 'ask word'], concepts: 'novel', style },
  { steps: ['tell word', 'kind', 'ask word'], concepts: 'novel', style },
  { steps: ['tell word', 'tell word', 'ask word'], about: [0, 1, 0], concepts: 'novel', style },
]);

/** What stands in the place of what the last turn is given, to see what it needs. */
export const DIALOGUE_CONTROLS = [
  'gates 0',
  'text alone',
  'another picture',
  'no turns before',
  'other answers before',
] as const;
export type DialogueControl = (typeof DIALOGUE_CONTROLS)[number];

/** One turn of a drawn dialogue. */
export interface DialogueTurn {
  readonly question: Question<View>;
  /** What is right to say. */
  readonly right: string;
  /** True if a person says it; else the model does. */
  readonly told: boolean;
}

export interface DrawnDialogue {
  readonly turns: readonly DialogueTurn[];
  /** The same dialogue about another thing: its picture, and what would be right to say. */
  readonly other: readonly DialogueTurn[];
  /** How many answers the last question has; null where the only word that was told is the answer. */
  readonly candidates: number | null;
}

/** The `index`-th dialogue of a kind: drawn from the seed, the kind and the index alone. */
export function drawDialogue(
  { bank, pictures }: Pick<TrainingData, 'bank' | 'pictures'>,
  spec: DialogueSpec,
  random: Random,
  index: number,
): DrawnDialogue {
  const { steps, about = [], concepts, style } = spec;
  const own = random.fork(JSON.stringify([steps, about, concepts, style])).fork(index);
  const pool = bank[concepts].filter(({ name }) => style === 'seen' || pictures.styles(name).includes(HELD_STYLE));
  const [one, two] = own.sample(pool, 2) as [DemoConcept, DemoConcept];
  const unlike = pool.filter(({ name, category }) => category !== one.category && name !== two.name);
  const things = [one, two, ...own.sample(unlike, 2)]; // of another kind, so that no answer about it is right by luck
  const words = own.sample(RESERVED_WORDS, 4);
  const views = things.map(({ name }): View => {
    const trained = TRAINING_STYLES.filter((each) => pictures.styles(name).includes(each));
    return { concept: name, style: style === 'held' ? HELD_STYLE : own.pick(trained), seed: own.bits() };
  });
  const turn = (step: DialogueStep, thing: number): DialogueTurn => ({
    question: { image: views[thing] as View, text: questionOf(step) },
    right:
      step === 'tell word' || step === 'ask word'
        ? (words[thing] as string)
        : answerOf(things[thing] as DemoConcept, step),
    told: step === 'tell word',
  });
  const last = steps.at(-1) as DialogueStep;
  return {
    turns: steps.map((step, i) => turn(step, about[i] ?? 0)),
    other: steps.map((step, i) => turn(step, (about[i] ?? 0) + 2)),
    candidates: last === 'ask word' ? (new Set(about).size > 1 ? 2 : null) : candidatesOf(bank, last as Task),
  };
}

function questionOf(step: DialogueStep): string {
  return step === 'tell word' || step === 'ask word' ? PROMPTS.name : PROMPTS[step];
}

function candidatesOf(bank: TrainingData['bank'], task: Task): number {
  return task === 'kind' || task === 'koreanKind' ? bank.seenByCategory.size : bank.seen.length;
}

/** The prompt of a dialogue's last question, after what was said. */
export function promptOf(turns: readonly DialogueTurn[], said: readonly string[]): Prompt<View> {
  const past = turns.slice(0, -1).map(({ question }, i): Turn<View> => ({ question, answer: said[i] as string }));
  return dialoguePrompt(past, (turns.at(-1) as DialogueTurn).question);
}

/** What the last turn is asked under a control; closed gates and the absence of pictures are the evaluator's. */
export function lastPrompt(
  { turns, other }: DrawnDialogue,
  said: readonly string[],
  control: DialogueControl,
): Prompt<View> {
  const last = turns.at(-1) as DialogueTurn;
  switch (control) {
    case 'no turns before':
      return promptOf([last], []);
    case 'other answers before':
      return promptOf(
        turns,
        other.map(({ right }) => right),
      );
    case 'another picture': {
      const { image } = (other.at(-1) as DialogueTurn).question;
      return promptOf([...turns.slice(0, -1), { ...last, question: { ...last.question, image } }], said);
    }
    case 'gates 0':
    case 'text alone':
      return promptOf(turns, said);
  }
}
