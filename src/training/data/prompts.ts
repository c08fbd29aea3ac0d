import { CATEGORIES } from './categories.ts';
import type { DemoConcept } from './concepts.ts';

/** What can be asked about a concept. */
export type Task = 'name' | 'koreanName' | 'kind' | 'koreanKind';

export const TASKS: readonly Task[] = ['name', 'koreanName', 'kind', 'koreanKind'];

/** Prompts as written in documents, episodes and the demo (training-recipe, Stage 2 and 3). */
export const PROMPTS: Readonly<Record<Task, string>> = {
  name: 'name :',
  koreanName: '이름 :',
  kind: 'kind :',
  koreanKind: '종류 :',
};

export function answerOf(concept: DemoConcept, task: Task): string {
  switch (task) {
    case 'name':
      return concept.name;
    case 'koreanName':
      return concept.korean;
    case 'kind':
      return concept.category;
    case 'koreanKind':
      return CATEGORIES[concept.category];
  }
}

/** A yes/no question about the kind: "fruit ?" and "과일 ?". */
export const QUESTIONS = {
  en: { mark: '?', yes: 'yes', no: 'no' },
  ko: { mark: '?', yes: '네', no: '아니요' },
} as const;
