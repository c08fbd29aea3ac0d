import { describe, expect, it } from 'vitest';
import { Random } from '../../src/tensor/random.ts';
import { HELD_STYLE, type TrainingData } from '../../src/training/data/index.ts';
import { RESERVED_WORDS } from '../../src/training/data/nonce.ts';
import { TextBank } from '../../src/training/data/text-bank.ts';
import {
  type DIALOGUE_CONTROLS,
  DIALOGUES,
  drawDialogue,
  lastPrompt,
  promptOf,
} from '../../src/training/dialogue/dialogues.ts';
import { type DialogueUnit, evaluateDialogues, type Held } from '../../src/training/dialogue/evaluate-dialogues.ts';
import { concepts, facts, split, tokenizer } from './data/fixtures.ts';

const data = { bank: new TextBank(tokenizer, concepts, split), pictures: facts } as unknown as TrainingData;
const random = new Random(1);
const kindOf = (name: string): string | null => concepts.find((concept) => concept.name === name)?.category ?? null;

describe.each(DIALOGUES.map((spec) => [`${spec.steps.join(' > ')}, ${spec.style}`, spec] as const))('%s', (_, spec) => {
  const drawn = drawDialogue(data, spec, random, 3);

  it('is about one picture, or as many as it says, and drawn from seed and index alone', () => {
    const shown = new Set(drawn.turns.map(({ question }) => question.image));
    expect(shown.size).toBe(new Set(spec.about ?? [0]).size);
    if (spec.style === 'held') expect([...shown].every(({ style }) => style === HELD_STYLE)).toBe(true);
    expect(drawDialogue(data, spec, random, 3)).toEqual(drawn);
    expect(drawDialogue(data, spec, random, 4)).not.toEqual(drawn);
  });

  it('has another thing of another kind for its controls, with answers and words of its own', () => {
    const [own, other] = [drawn.turns, drawn.other].map((turns) => turns[0]?.question.image.concept as string);
    expect(kindOf(other as string)).not.toBe(kindOf(own as string));
    drawn.turns.forEach(({ right, told }, i) => {
      expect(right).not.toBe(drawn.other[i]?.right);
      expect(told).toBe(spec.steps[i] === 'tell word');
      if (told) expect(RESERVED_WORDS).toContain(right);
    });
  });

  it('asks its last question as a dialogue does, and under controls with one thing changed', () => {
    const said = drawn.turns.map((_, i) => `answer ${i}`);
    const asked = promptOf(drawn.turns, said);
    const text = (control: (typeof DIALOGUE_CONTROLS)[number]): string =>
      JSON.stringify(lastPrompt(drawn, said, control));
    expect(JSON.stringify(asked)).toContain('answer 0<EOC>');
    for (const control of ['gates 0', 'text alone'] as const) expect(text(control)).toBe(JSON.stringify(asked));
    expect(text('no turns before')).not.toContain('answer');
    expect(text('other answers before')).toContain(`${drawn.other[0]?.right}<EOC>`);
    expect(text('other answers before')).not.toContain('answer');
    const images = lastPrompt(drawn, said, 'another picture').sequence.flatMap((item) =>
      'image' in item ? [item.image] : [],
    );
    expect(images.at(-1)).toBe(drawn.other.at(-1)?.question.image);
    expect(images[0]).toBe(drawn.turns[0]?.question.image);
  });
});

it('share dialogues out to threads in units, and count each once', async () => {
  const asked: DialogueUnit[] = [];
  const hold = async (units: readonly DialogueUnit[]): Promise<Held[][]> => {
    asked.push(...units);
    return units.map(({ spec, from, count }) =>
      Array.from({ length: count }, (_, i) => {
        const drawn = drawDialogue(data, spec, random, from + i);
        const said = drawn.turns.map(({ right }) => (from + i < 7 ? right : ''));
        return { drawn, said, controlled: new Map() };
      }),
    );
  };
  const report = { say() {}, begin() {}, step() {}, end() {} };
  const dialogues = DIALOGUES.slice(0, 2);
  const rows = await evaluateDialogues(hold, { seed: 1, n: 35, report, dialogues });
  expect(asked.map(({ spec, from, count }) => [dialogues.indexOf(spec), from, count])).toEqual([
    ...[
      [0, 0, 30],
      [0, 30, 5],
    ],
    ...[
      [1, 0, 30],
      [1, 30, 5],
    ],
  ]);
  const plain = rows.filter(({ control }) => control === null);
  expect(plain.map(({ steps, n, value, all }) => [steps, n, value, all])).toEqual(
    dialogues.map(({ steps }) => [steps, 35, 0.2, 0.2]),
  );
});
