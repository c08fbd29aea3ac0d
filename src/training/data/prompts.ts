import type { Random } from '../../tensor/random.ts';
import { CATEGORIES, type CategoryName } from './categories.ts';
import type { DemoConcept } from './concepts.ts';

/** What can be asked about a concept. */
export type Task = 'name' | 'koreanName' | 'kind' | 'koreanKind';

export const TASKS: readonly Task[] = ['name', 'koreanName', 'kind', 'koreanKind'];

/** The forms in which people write each question. The first one is the form of the demo and of the model card's rows. */
export const FORMS: Readonly<Record<Task, readonly [string, ...string[]]>> = {
  name: ['name :', 'name:', 'Name :', 'Name:', 'name?', 'Name?', 'What is this?', 'what is this?', 'What is it?'],
  koreanName: ['이름 :', '이름:', '이름?', '이름은?', '이게 뭐야?', '이건 뭐야?', '이게 뭐예요?', '뭐야?'],
  kind: ['kind :', 'kind:', 'Kind :', 'Kind:', 'kind?', 'Kind?', 'What kind is this?', 'what kind is this?'],
  koreanKind: [
    '종류 :',
    '종류:',
    '종류?',
    '종류는?',
    '무슨 종류야?',
    '이건 무슨 종류야?',
    '종류가 뭐야?',
    '무슨 종류예요?',
  ],
};

/** The first form of each question (training-recipe, Stage 2 and 3). */
export const PROMPTS: Readonly<Record<Task, string>> = {
  name: FORMS.name[0],
  koreanName: FORMS.koreanName[0],
  kind: FORMS.kind[0],
  koreanKind: FORMS.koreanKind[0],
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

type Language = 'en' | 'ko';

/** The answers to a yes/no question about the kind. */
export const YES_NO = { en: { yes: 'yes', no: 'no' }, ko: { yes: '네', no: '아니요' } } as const;

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** 새 -> 새야, 과일 -> 과일이야: the copula follows the last syllable's final consonant. */
const withCopula = (noun: string): string =>
  `${noun}${(noun.charCodeAt(noun.length - 1) - 0xac00) % 28 ? '이야' : '야'}`;

/** The forms of a yes/no question about the kind: "fruit ?", "과일 ?" and as people write it. */
export function questionForms(kind: CategoryName, language: Language): [string, ...string[]] {
  if (language === 'en') return [`${kind} ?`, `${kind}?`, `${capitalised(kind)}?`, `Is this a kind of ${kind}?`];
  const korean = CATEGORIES[kind];
  return [`${korean} ?`, `${korean}?`, `${withCopula(korean)}?`, `이건 ${withCopula(korean)}?`];
}

/** Share of the first form; the others share the rest evenly. */
const FIRST_FORM = 0.4;

/** Share of entries that leave the wording of their document. */
const REWORDED = 0.15;

/** One of some forms, the first one in 40 % of cases. */
export function drawForm(forms: readonly [string, ...string[]], random: Random): string {
  const [first, ...others] = forms;
  return others.length === 0 || random.chance(FIRST_FORM) ? first : random.pick(others);
}

/** How one document or episode words its questions: mostly each in one form, now and then in another. */
export function drawWording(random: Random): (task: Task, random: Random) => string {
  const drawn: Record<Task, string> = {
    name: drawForm(FORMS.name, random),
    koreanName: drawForm(FORMS.koreanName, random),
    kind: drawForm(FORMS.kind, random),
    koreanKind: drawForm(FORMS.koreanKind, random),
  };
  return (task, entry) => (entry.chance(REWORDED) ? drawForm(FORMS[task], entry) : drawn[task]);
}
