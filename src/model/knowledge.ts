/** What a model was taught to name and to be asked, as `knowledge.json` in its folder of weights says it. */

import { GlassFlamingoError } from '../tensor/errors.ts';
import { editDistance, nearestName } from '../tensor/options.ts';
import { plainText } from './prompt/plain.ts';
import { END_OF_CHUNK, type Prompt } from './prompt.ts';

export const KNOWLEDGE_FILE = 'knowledge.json';

/** A thing with a name, known or held out: `splits.json` says which. */
export interface NamedThing {
  /** In English; identifies it. */
  readonly name: string;
  readonly korean: string;
  /** A key of `kinds`. */
  readonly kind: string;
  /** Held-out things that it is left out for, because it looks or is called like them. */
  readonly relatives?: readonly string[];
}

/** What is asked of the left or the right of two things. */
type Side = 'left' | 'right' | 'leftKind' | 'rightKind';

/** A question in every form in which training asked it. */
export interface QuestionForms {
  readonly asks: 'name' | 'kind' | 'isKind' | 'motion' | 'count' | 'colour' | Side | 'isThere';
  readonly language: 'en' | 'ko';
  /** The kind that `isKind` and `isThere` ask for. */
  readonly kind?: string;
  /** The first is the usual one. */
  readonly forms: readonly string[];
}

export interface Knowledge {
  /** English and Korean. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly things: readonly NamedThing[];
  readonly questions: readonly QuestionForms[];
}

/** An invalid `knowledge.json`. */
export class KnowledgeError extends GlassFlamingoError {
  override readonly name = 'KnowledgeError';
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** @throws KnowledgeError that names the place of what does not fit */
export function parseKnowledge(value: unknown): Knowledge {
  const { kinds, things, questions } = (value ?? {}) as Partial<Knowledge>;
  const refuse = (where: string, expected: string): never => {
    throw new KnowledgeError(`${KNOWLEDGE_FILE}: ${where} is not valid; expected ${expected}`);
  };
  if (typeof kinds !== 'object' || kinds === null || !isTexts(Object.values(kinds)))
    return refuse('kinds', 'a Korean word for each kind');
  if (!Array.isArray(things)) return refuse('things', 'a list');
  if (!Array.isArray(questions)) return refuse('questions', 'a list');
  for (const [i, thing] of (things as readonly (NamedThing | null)[]).entries()) {
    const { name, korean, kind = '', relatives = [] } = thing ?? ({} as Partial<NamedThing>);
    if (!isText(name) || !isText(korean) || !(kind in kinds) || !isTexts(relatives))
      refuse(`things[${i}]`, '{"name": .., "korean": .., "kind": one of kinds}');
  }
  for (const [i, question] of (questions as readonly (QuestionForms | null)[]).entries()) {
    if (!isText(question?.asks) || !isText(question.language) || !isTexts(question.forms) || !question.forms.length)
      refuse(`questions[${i}]`, '{"asks": .., "language": .., "forms": [..]}');
  }
  return { kinds, things, questions };
}

/** One text between pictures and `<EOC>`: what is asked about the picture before it, if there is one. */
interface Chunk {
  readonly text: string;
  readonly picture: boolean;
}

function chunks({ sequence }: Pick<Prompt<unknown>, 'sequence'>): Chunk[] {
  const found: { text: string; picture: boolean }[] = [];
  for (const item of sequence) {
    if (!('text' in item)) {
      found.push({ text: '', picture: true });
      continue;
    }
    plainText(item.text)
      .split(END_OF_CHUNK)
      .forEach((part, i) => {
        const last = found.at(-1);
        if (i > 0 || !last) found.push({ text: part, picture: false });
        else last.text += ` ${part}`;
      });
  }
  return found.map(({ text, picture }) => ({ text: plainText(text), picture }));
}

/**
 * What a prompt asks in a form that its model was not trained on: neither one of `questions`, nor nothing at all behind a
 * picture, nor what the prompt itself has shown an answer to. Null where the form is known.
 *
 *     unknownQuestion({ sequence: [{ image: 'cat.png' }, { text: 'colour:' }] }, knowledge.questions); // 'colour:'
 */
export function unknownQuestion(
  prompt: Pick<Prompt<unknown>, 'sequence'>,
  questions: readonly QuestionForms[],
): string | null {
  const all = chunks(prompt);
  const { text, picture } = all.at(-1) as Chunk;
  const begins = (longer: string, form: string): boolean => longer === form || longer.startsWith(`${form} `);
  const asked = picture && (text === '' || questions.some(({ forms }) => forms.some((form) => begins(text, form))));
  const taught = text !== '' && all.slice(0, -1).some((shot) => shot.picture === picture && begins(shot.text, text));
  return asked || taught ? null : text;
}

/** The known form that differs from a question by signs, capitals and few letters; null where none is near. */
export function nearestForm(asked: string, questions: readonly QuestionForms[]): string | null {
  const letters = (text: string): string =>
    text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[\s\p{P}]/gu, '');
  const changes = (a: string, b: string): number => editDistance([...a], [...b], (x, y) => (x === y ? 0 : 1));
  const most = Math.max(1, letters(asked).length / 3);
  const near = questions.flatMap(({ forms }) => forms).filter((form) => changes(letters(asked), letters(form)) <= most);
  const nearest = nearestName(asked, near);
  return nearest === asked ? null : (nearest ?? null);
}
