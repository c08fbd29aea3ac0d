import type { ConfidenceRow } from './confidence.ts';
import { type EvaluationSpec, FORMS } from './data/index.ts';

/** What is done to a row to show that the model reads what it should read. */
export type Control = 'shuffled labels' | 'wrong query picture' | 'gates 0' | 'zero features';
/** `text tower`: the text of the right answer is nearest to the picture in the space of contrastive pretraining; no language model. */
export type Measure = 'rank' | 'greedy' | 'text tower';

/** A row of the evaluation: which episodes, how they are scored, under which control. */
export interface RowSpec extends Omit<EvaluationSpec, 'control'> {
  readonly measure: Measure;
  readonly control: Control | null;
}

/** One line of the model card. */
export interface Row extends RowSpec {
  /** Share of right answers over all seeds. */
  readonly value: number;
  /** 95 % interval (Wilson). */
  readonly low: number;
  readonly high: number;
  /** Episodes in all. */
  readonly n: number;
  /** What guessing reaches. */
  readonly chance: number;
  /** Nearest neighbour among the shots, on pixels and on the vision encoder's mean patch token; null where it has no meaning. */
  readonly baselines: { readonly pixels: number | null; readonly features: number | null };
  /** Naming and kind: how far the first word's probability can be trusted. */
  readonly confidence?: ConfidenceRow;
}

const CONTROLS: readonly Control[] = ['shuffled labels', 'wrong query picture', 'gates 0', 'zero features'];

type Binding = Pick<RowSpec, 'concepts' | 'style' | 'ways' | 'shots'>;

const binding = (concepts: RowSpec['concepts'], style: RowSpec['style'], ways: number, shots: number): Binding => ({
  concepts,
  style,
  ways,
  shots,
});

const BINDINGS: readonly Binding[] = [
  binding('novel', 'held', 2, 1),
  binding('novel', 'held', 2, 2),
  binding('novel', 'held', 2, 4),
  binding('novel', 'held', 3, 1),
  binding('novel', 'held', 3, 2),
  binding('novel', 'seen', 2, 1),
  binding('novel', 'seen', 3, 1),
  binding('seen', 'held', 2, 1),
  binding('seen', 'held', 2, 4),
  binding('seen', 'held', 3, 1),
  binding('seen', 'seen', 2, 1),
  binding('seen', 'seen', 3, 1),
];

const STYLES = ['seen', 'held'] as const;
const LANGUAGES = ['en', 'ko'] as const;
const seen = { concepts: 'seen', ways: 0, control: null } as const;

/** Zero-shot classification with the vision encoder, beside Flamingo's own naming (section 5): on the same pictures. */
const TEXT_TOWER_ROWS: readonly RowSpec[] = STYLES.flatMap((style) =>
  (
    [
      ['naming', 'en'],
      ['naming', 'ko'],
      ['kind', 'en'],
    ] as const
  ).map(([task, language]): RowSpec => ({ ...seen, task, language, style, shots: 0, measure: 'text tower' })),
);

/** Every row of the model card but for the forms of questions, in its order. */
export const EVALUATION_ROWS: readonly RowSpec[] = [
  ...STYLES.flatMap((style) =>
    LANGUAGES.flatMap((language) =>
      [0, 4].map((shots): RowSpec => ({ ...seen, task: 'naming', language, style, shots, measure: 'greedy' })),
    ),
  ),
  ...STYLES.flatMap((style) =>
    [0, 4].map((shots): RowSpec => ({ ...seen, task: 'kind', language: 'en', style, shots, measure: 'greedy' })),
  ),
  ...STYLES.flatMap((style) =>
    [0, 1, 4].map(
      (shots): RowSpec => ({ ...seen, task: 'induction', language: null, style, shots, measure: 'greedy' }),
    ),
  ),
  ...BINDINGS.flatMap((row) =>
    (['rank', 'greedy'] as const).map(
      (measure): RowSpec => ({ ...row, task: 'binding', language: null, measure, control: null }),
    ),
  ),
  ...(['rank', 'greedy'] as const).map(
    (measure): RowSpec => ({
      ...binding('novel', 'held', 2, 1),
      task: 'binding-same-category',
      language: null,
      measure,
      control: null,
    }),
  ),
  ...CONTROLS.map(
    (control): RowSpec => ({
      ...binding('novel', 'held', 2, 2),
      task: 'binding',
      language: null,
      measure: 'rank',
      control,
    }),
  ),
  ...(['wrong query picture', 'gates 0', 'zero features'] as const).map(
    (control): RowSpec => ({
      ...seen,
      task: 'naming',
      language: 'en',
      style: 'seen',
      shots: 0,
      measure: 'greedy',
      control,
    }),
  ),
  ...TEXT_TOWER_ROWS,
];

/** Words to bind, in shots that are written as a bare word, as the demo's questions are, and as people write. */
const SHOT_FORMS: readonly string[] = ['name :', 'Name?', 'What is this?', '이게 뭐야?'];

/** The questions in every form in which people write them, without shots; and made-up words taught in such forms. */
export const FORM_ROWS: readonly RowSpec[] = [
  ...(
    [
      ['naming', 'en', FORMS.name],
      ['naming', 'ko', FORMS.koreanName],
      ['kind', 'en', FORMS.kind],
      ['kind', 'ko', FORMS.koreanKind],
    ] as const
  ).flatMap(([task, language, forms]) =>
    forms.map((form): RowSpec => ({ ...seen, task, language, style: 'seen', shots: 0, measure: 'greedy', form })),
  ),
  ...SHOT_FORMS.map(
    (form): RowSpec => ({
      ...binding('novel', 'held', 2, 1),
      task: 'binding',
      language: null,
      measure: 'rank',
      control: null,
      form,
    }),
  ),
];

/** Pictures from which RICES chooses. */
export const RICES_SUPPORT = 32;

/** Shots of the curves (Figure 2); in all, so that binding of two words shows half of them for each. */
export const CURVE_SHOTS: readonly number[] = [0, 1, 2, 4, 8];

const binary = { task: 'binding', language: null, ...binding('novel', 'held', 2, 0) } as const;
const question = { ...seen, task: 'induction', language: null, style: 'held' } as const;

/**
 * Few-shot curves (Figure 2): answers by the number of shots, ranked and greedy, with the controls that show what the shots
 * do: labels shuffled among them, and no picture at all. RICES beside random shots, where there is something to choose.
 */
export const CURVE_ROWS: readonly RowSpec[] = CURVE_SHOTS.flatMap((shots): RowSpec[] =>
  (['rank', 'greedy'] as const).flatMap((measure): RowSpec[] => {
    const asked = { ...question, shots, measure };
    const controls = (['shuffled labels', 'zero features'] as const).filter(() => shots > 1 && measure === 'rank');
    const bound = { ...binary, shots: shots / binary.ways, measure, control: null };
    return [
      ...(Number.isInteger(bound.shots) ? [bound, ...controls.map((control) => ({ ...bound, control }))] : []),
      asked,
      ...(shots > 0 ? [{ ...asked, support: RICES_SUPPORT }] : []),
      ...controls.map((control) => ({ ...asked, control })),
    ];
  }),
);

/** What `evaluate` computes and the model card shows. */
export const CARD_ROWS: readonly RowSpec[] = [...EVALUATION_ROWS, ...FORM_ROWS];

/**
 * On which choices are made: other novel concepts, and a style that a run can leave out of its training; concepts that the
 * Flamingo stage does not show, in drawings by other hands.
 */
export const DEVELOPMENT_ROWS: readonly RowSpec[] = [
  ...LANGUAGES.map(
    (language): RowSpec => ({ ...seen, task: 'naming', language, style: 'development', shots: 0, measure: 'greedy' }),
  ),
  { ...seen, task: 'kind', language: 'en', style: 'development', shots: 0, measure: 'greedy' },
  { ...seen, task: 'induction', language: null, style: 'development', shots: 1, measure: 'greedy' },
  ...[
    binding('development', 'development', 2, 1),
    binding('development', 'development', 2, 4),
    binding('development', 'development', 3, 1),
    binding('spare', 'drawings', 2, 1),
    binding('spare', 'drawings', 2, 4),
    binding('spare', 'drawings', 3, 1),
  ].map((row): RowSpec => ({ ...row, task: 'binding', language: null, measure: 'rank', control: null })),
];

/**
 * On which the temperature of the probabilities that are shown is fitted, beside the card's rows: the development style, which
 * training sees unless told not to, and other drawings (icons, fonts, older emoji), which the Flamingo stage does not see.
 */
export const TEMPERATURE_ROWS: readonly RowSpec[] = (['development', 'drawings'] as const).flatMap((style) => [
  ...LANGUAGES.map((language): RowSpec => ({ ...seen, task: 'naming', language, style, shots: 0, measure: 'greedy' })),
  { ...seen, task: 'kind', language: 'en', style, shots: 0, measure: 'greedy' },
]);

/** 95 % interval of a share of n (Wilson 1927): stays within 0 and 1, unlike the normal one. */
export function wilson(right: number, n: number): { low: number; high: number } {
  const z = 1.959964;
  const p = right / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  // At 0 and n the bounds are 0 and 1 exactly; rounding would pass them.
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
