import { fileURLToPath } from 'node:url';
import type { Knowledge } from '../../model/knowledge.ts';
import type { LoadedModel } from '../../model/model.ts';
import { Model } from '../../model/model.ts';
import type { Prompt } from '../../model/prompt.ts';
import { STOPPED_MEASURING, unlessTold } from '../data/in-steps.ts';
import { type OwnScore, scoreOf } from './evaluate-own.ts';

/** The pictures that come with this package. */
const PICTURES = new URL('../../../examples/pictures/', import.meta.url);

/** Things that the shipped model was trained to name. */
const KNOWN = ['cactus', 'panda', 'rocket', 'strawberry'] as const;
/** Things that it was kept from, two pictures each, to bind new words to. */
const BOUND = ['flamingo', 'trumpet'] as const;
const WORDS = ['dax', 'wug'] as const;

export interface ForgottenRow {
  readonly task: 'name' | 'kind' | 'binding';
  readonly language: 'en' | 'ko' | null;
  readonly score: OwnScore;
}

interface Question {
  readonly task: ForgottenRow['task'];
  readonly language: ForgottenRow['language'];
  readonly prompt: Prompt;
  readonly right: string;
  readonly chance: number;
}

const picture = (name: string): { readonly image: string } => ({
  image: fileURLToPath(new URL(`${name}.png`, PICTURES)),
});

/**
 * How a model answers a small fixed set of the card's questions, on the pictures that come with this package: names and kinds
 * in two languages, and two new words bound to two pictures. Few as they are, they show a collapse, and no small loss.
 * @returns null where the model was not taught these names
 */
export async function askShipped(
  model: LoadedModel,
  knowledge: Knowledge | null,
  signal?: AbortSignal,
): Promise<ForgottenRow[] | null> {
  if (!knowledge || !KNOWN.every((name) => knowledge.things.some((thing) => thing.name === name))) return null;
  const asking = new Model(model);
  const rows = new Map<string, { question: Question; right: number; n: number }>();
  for (const question of [...namesAndKinds(knowledge), ...bindings()]) {
    unlessTold(signal, STOPPED_MEASURING);
    const key = `${question.task}/${question.language}`;
    const row = rows.get(key) ?? { question, right: 0, n: 0 };
    rows.set(key, row);
    const { text, candidates } = await asking.answer(question.prompt);
    const said = candidates ? [...candidates].sort((a, b) => b.logProbability - a.logProbability)[0]?.text : text;
    row.n++;
    if (said === question.right) row.right++;
  }
  return Array.from(rows.values(), ({ question: { task, language, chance }, right, n }) => ({
    task,
    language,
    score: scoreOf(right, n, chance),
  }));
}

function namesAndKinds({ things, kinds, questions }: Knowledge): Question[] {
  return KNOWN.flatMap((name) => {
    const thing = things.find((each) => each.name === name) as Knowledge['things'][number];
    return (['en', 'ko'] as const).flatMap((language) =>
      (['name', 'kind'] as const).flatMap((task): Question[] => {
        const form = questions.find((each) => each.asks === task && each.language === language)?.forms[0];
        if (form === undefined) return [];
        const kind = language === 'en' ? thing.kind : (kinds[thing.kind] as string);
        const right = task === 'kind' ? kind : language === 'en' ? thing.name : thing.korean;
        const chance = 1 / (task === 'kind' ? Object.keys(kinds).length : things.length);
        return [{ task, language, prompt: { sequence: [picture(name), { text: form }] }, right, chance }];
      }),
    );
  });
}

/** Each of the two things as the query, either word for it, either one shown first: eight prompts. */
function bindings(): Question[] {
  return [0, 1].flatMap((query) =>
    [0, 1].flatMap((words) =>
      [0, 1].map((first): Question => {
        const word = (thing: number): string => WORDS[(thing + words) % 2] as string;
        const shots = [first, 1 - first].flatMap((thing) => [
          picture(BOUND[thing] as string),
          { text: `${word(thing)}<EOC>` },
        ]);
        const sequence = [...shots, picture(`${BOUND[query]}-2`)];
        return {
          ...{ task: 'binding', language: null, chance: 1 / WORDS.length },
          prompt: { sequence, candidates: WORDS },
          right: word(query),
        };
      }),
    ),
  );
}
