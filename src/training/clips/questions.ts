import type { QuestionForms } from '../../model/knowledge.ts';
import type { Random } from '../../tensor/random.ts';
import { CATEGORIES, CATEGORY_NAMES } from '../data/categories.ts';
import type { DemoConcept } from '../data/concepts.ts';
import { answerOf, drawForm, FORMS, type Task, YES_NO } from '../data/prompts.ts';
import type { Clip } from './clip.ts';
import { CLIP_FORMS, type ClipTask, COLOURS, COUNTS, type Language, MOTIONS, thereForms } from './motions.ts';
import type { Scene, Thing } from './scene.ts';

/** A question with its answer, in words. */
export interface Asked {
  readonly question: string;
  readonly answer: string;
}

/** A question that a clip or a scene can be asked. */
export type SceneTask = ClipTask | 'name' | 'kind' | 'there';

/** Every question about clips and scenes in its forms, for `knowledge.json`. */
export function questionsWithClips(): QuestionForms[] {
  const languages = ['en', 'ko'] as const;
  const tasks = Object.keys(CLIP_FORMS) as ClipTask[];
  return [
    ...tasks.flatMap((asks) => languages.map((language) => ({ asks, language, forms: CLIP_FORMS[asks][language] }))),
    ...languages.flatMap((language) =>
      CATEGORY_NAMES.map((kind): QuestionForms => {
        const forms = thereForms(language === 'ko' ? CATEGORIES[kind] : kind, language);
        return { asks: 'isThere', language, kind, forms };
      }),
    ),
  ];
}

/** What is known of the things that have names. */
export type Names = ReadonlyMap<string, DemoConcept>;

/** Questions about a clip: motion, and what moves where that has a name. */
export function clipTasks({ thing }: Clip, names: Names): readonly SceneTask[] {
  return names.has(thing.concept) ? ['motion', 'name', 'kind'] : ['motion'];
}

/** Questions that a scene has an answer to. Of two things one is left and one is right. */
export function sceneTasks({ things }: Scene, names: Names): readonly SceneTask[] {
  const named = things.every(({ concept }) => names.has(concept));
  return [
    'count',
    ...(things[0]?.tint ? (['colour'] as const) : []),
    ...(named ? (['there'] as const) : []),
    ...(named && things.length === 1 ? (['name', 'kind'] as const) : []),
    ...(named && things.length === 2 ? (['left', 'right', 'leftKind', 'rightKind'] as const) : []),
  ];
}

/**
 * A question in one of its forms and the right answer.
 * @param about a clip, or a scene
 * @param form the usual one, or any as often as in training
 */
export function ask(
  about: Clip | Scene,
  task: SceneTask,
  language: Language,
  { names, random, form = 'any' }: { readonly names: Names; readonly random: Random; readonly form?: 'first' | 'any' },
): Asked {
  const worded = (forms: readonly [string, ...string[]]): string =>
    form === 'first' ? forms[0] : drawForm(forms, random);
  const things = 'motion' in about ? [about.thing] : about.things;
  const concept = (thing: Thing | undefined): DemoConcept => names.get(thing?.concept ?? '') as DemoConcept;
  const said = (thing: Thing | undefined, what: 'name' | 'kind'): string =>
    answerOf(concept(thing), inLanguage(what, language));
  if (task === 'there') {
    const own = things.map((thing) => concept(thing).category);
    const right = random.chance(0.5);
    const kind = random.pick(right ? own : CATEGORY_NAMES.filter((name) => !own.includes(name)));
    const question = worded(thereForms(language === 'ko' ? CATEGORIES[kind] : kind, language));
    return { question, answer: YES_NO[language][right ? 'yes' : 'no'] };
  }
  if (task === 'name' || task === 'kind')
    return { question: worded(FORMS[inLanguage(task, language)]), answer: said(things[0], task) };
  const question = worded(CLIP_FORMS[task][language]);
  switch (task) {
    case 'motion':
      return { question, answer: MOTIONS[(about as Clip).motion][language] };
    case 'count':
      return { question, answer: (COUNTS[things.length - 1] as (typeof COUNTS)[number])[language] };
    case 'colour':
      return { question, answer: COLOURS[things[0]?.tint as keyof typeof COLOURS][language] };
    case 'left':
    case 'leftKind':
      return { question, answer: said(things[0], task === 'left' ? 'name' : 'kind') };
    case 'right':
    case 'rightKind':
      return { question, answer: said(things[1], task === 'right' ? 'name' : 'kind') };
  }
}

function inLanguage(task: 'name' | 'kind', language: Language): Task {
  if (task === 'name') return language === 'ko' ? 'koreanName' : 'name';
  return language === 'ko' ? 'koreanKind' : 'kind';
}
