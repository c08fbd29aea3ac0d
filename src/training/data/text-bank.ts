import type { Tokenizer } from '../../model/tokenizer.ts';
import type { Random } from '../../tensor/random.ts';
import { CATEGORY_NAMES, type CategoryName } from './categories.ts';
import { type Concept, type DemoConcept, demoConcepts } from './concepts.ts';
import { nonceWord } from './nonce.ts';
import { drawWording, type Task } from './prompts.ts';
import { type Split, spareConcepts } from './split.ts';

/** Share of made-up words among binding labels (training-recipe, Stage 2); the rest are names of seen concepts. */
const NONCE_LABELS = 0.8;

export type Ids = readonly number[];

/** Encoded texts and concept lists that documents and episodes are made from. */
export class TextBank {
  readonly tokenizer: Tokenizer;
  readonly concepts: readonly Concept[];
  /** Every concept with a kind, novel ones included: text may name them. */
  readonly demo: readonly DemoConcept[];
  /** Concepts with a kind that training may show and use as labels. */
  readonly seen: readonly DemoConcept[];
  readonly novel: readonly DemoConcept[];
  readonly development: readonly DemoConcept[];
  /** Concepts without a kind that only the vision stage shows: further ones to make choices on. */
  readonly spare: readonly Concept[];
  readonly seenByCategory: ReadonlyMap<CategoryName, readonly DemoConcept[]>;
  private readonly names: ReadonlySet<string>;
  private readonly cache = new Map<string, Ids>();

  constructor(tokenizer: Tokenizer, concepts: readonly Concept[], split: Split) {
    const demo = demoConcepts(concepts);
    const named = (names: readonly string[]): DemoConcept[] => {
      const wanted = new Set(names);
      return demo.filter(({ name }) => wanted.has(name));
    };
    this.tokenizer = tokenizer;
    this.concepts = concepts;
    this.demo = demo;
    this.names = new Set(concepts.flatMap(({ name }) => name.split(' ')));
    this.seen = named(split.seen);
    this.novel = named(split.novel);
    this.development = named(split.development);
    const spare = new Set(spareConcepts(split));
    this.spare = concepts.filter(({ name }) => spare.has(name));
    this.seenByCategory = groupByCategory(this.seen);
  }

  /** Ids of a text that occurs again and again: names, prompts, kinds. */
  ids(text: string): Ids {
    const known = this.cache.get(text);
    if (known) return known;
    const ids = this.tokenizer.encode(text);
    this.cache.set(text, ids);
    return ids;
  }

  /** `count` different labels to bind: made-up words, and names of seen concepts in either language. */
  labels(random: Random, count: number): Ids[] {
    const labels = new Map<string, Ids>();
    while (labels.size < count) {
      if (random.chance(NONCE_LABELS)) {
        const word = nonceWord(random, this.names); // "fox" could come up
        labels.set(word, this.tokenizer.encode(word));
      } else {
        const concept = random.pick(this.seen);
        const name = random.chance(0.7) ? concept.name : concept.korean;
        labels.set(name, this.ids(name));
      }
    }
    return [...labels.values()];
  }
}

export function groupByCategory(concepts: readonly DemoConcept[]): Map<CategoryName, DemoConcept[]> {
  const groups = new Map<CategoryName, DemoConcept[]>(CATEGORY_NAMES.map((name) => [name, []]));
  for (const concept of concepts) groups.get(concept.category)?.push(concept);
  return groups;
}

/** What entry after entry is asked: a task, or a yes/no question about the kind (null), and how the task's prompt is worded. */
export interface Asking {
  next(random: Random): Task | null;
  /** Absent where no prompt is written. */
  readonly prompt?: (task: Task, random: Random) => string;
}

const WEIGHTED_TASKS: readonly Task[] = ['name', 'name', 'koreanName', 'koreanName', 'kind', 'koreanKind'];

/** 40 % unprompted but consistent, 30 % one prompt, 30 % mixed prompts, questions among them (training-recipe, Stage 3). */
export function drawAsking(random: Random): Asking {
  const style = random.uniform();
  const task = random.pick(WEIGHTED_TASKS);
  if (style < 0.4) return { next: () => task };
  const prompt = drawWording(random);
  if (style < 0.7) return { prompt, next: () => task };
  return { prompt, next: (chance) => (chance.chance(0.15) ? null : chance.pick(WEIGHTED_TASKS)) };
}
