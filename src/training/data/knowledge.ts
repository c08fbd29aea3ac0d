import type { Knowledge, QuestionForms } from '../../model/knowledge.ts';
import { CATEGORIES, CATEGORY_NAMES } from './categories.ts';
import { type Concept, demoConcepts } from './concepts.ts';
import { FORMS, questionForms } from './prompts.ts';
import { nearRelatives, type PictureFacts, type Split } from './split.ts';

/** What a model that is trained on this split knows and can be asked: `knowledge.json` of its weights. */
export function knowledgeOf(concepts: readonly Concept[], facts: PictureFacts, split: Split): Knowledge {
  const held = new Set([...split.novel, ...split.development]);
  const mentioned = new Set([...split.seen, ...held, ...split.excluded]);
  const relatives = nearRelatives(concepts, facts);
  const excluded = new Set(split.excluded);
  const heldRelatives = (name: string): string[] =>
    excluded.has(name) ? [...(relatives.get(name) ?? [])].filter((other) => held.has(other)) : [];
  const things = demoConcepts(concepts)
    .filter(({ name }) => mentioned.has(name))
    .map(({ name, korean, category }) => {
      const kin = heldRelatives(name);
      return { name, korean, kind: category, ...(kin.length > 0 && { relatives: kin }) };
    });
  return { kinds: CATEGORIES, things, questions: QUESTIONS };
}

const QUESTIONS: readonly QuestionForms[] = [
  { asks: 'name', language: 'en', forms: FORMS.name },
  { asks: 'name', language: 'ko', forms: FORMS.koreanName },
  { asks: 'kind', language: 'en', forms: FORMS.kind },
  { asks: 'kind', language: 'ko', forms: FORMS.koreanKind },
  ...(['en', 'ko'] as const).flatMap((language) =>
    CATEGORY_NAMES.map((kind) => ({ asks: 'isKind', language, kind, forms: questionForms(kind, language) }) as const),
  ),
];
