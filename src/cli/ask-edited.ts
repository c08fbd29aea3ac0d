/** `ask --set`: the same prompt before and after a change of what flows inside. */

import type { Answer } from '../model/answer.ts';
import type { Picture } from '../model/image.ts';
import type { Model } from '../model/model.ts';
import type { Prompt } from '../model/prompt.ts';
import { type Edit, editText } from '../runs/edit.ts';
import type { GateValues } from '../runs/gates.ts';
import { displayWidth, padCells, paint, sideBySide } from './bars.ts';
import type { Context } from './context.ts';
import {
  alternativeLines,
  barAxis,
  candidateLines,
  gateBar,
  type Look,
  likelyLines,
  promptLines,
  section,
} from './render.ts';
import { WORDS } from './words.ts';

interface BeforeAfter {
  readonly before: Answer;
  readonly after: Answer;
}

/** @throws TapError for a pattern that matches nothing, EditError for what does not fit */
export async function answerTwice(
  prompt: Prompt<Picture>,
  model: Model,
  edit: readonly Edit[],
  likely: number,
): Promise<BeforeAfter> {
  const prepared = await model.prepare(prompt);
  try {
    return { after: await prepared.answer({ edit, likely }), before: await prepared.answer({ likely }) };
  } finally {
    prepared.dispose();
  }
}

export function beforeAfterLines(
  prompt: Prompt,
  { before, after }: BeforeAfter,
  edit: readonly Edit[],
  tokens: boolean,
  context: Context,
): string[] {
  const words = WORDS[context.lang];
  const column = (answer: Answer): string[] => [
    paint(answer.text || words.nothing, 'answer', context.colours),
    ...likelyLines(answer, context),
    ...(tokens ? ['', ...alternativeLines(answer.alternatives)] : []),
    ...(answer.candidates ? ['', ...candidateLines(answer)] : []),
  ];
  const [left, right] = [column(before), column(after)];
  const cells = Math.max(24, ...left.map((line) => displayWidth(line) + 4));
  return [
    ...promptLines(prompt),
    ...section(words.change, edit.map(editText)),
    '',
    ...section('', [`${padCells(words.before, cells)}${words.after}`]),
    ...section(words.answer, sideBySide(left, right, cells)),
    '',
    ...section(words.gates, gateChangeLines(before.gates, after.gates, context)),
  ];
}

/** More than what float32 rounds away. */
const OVERRIDDEN = 1e-6;

/** As the edited run had them; behind a gate that was overridden stands what it was trained to. */
function gateChangeLines(
  before: readonly GateValues[],
  after: readonly GateValues[],
  { lang, colours }: Look,
): string[] {
  const words = WORDS[lang];
  const was = (layer: number, gate: 'attention' | 'dense', now: number): string => {
    const trained = before.find((values) => values.layer === layer)?.[gate] ?? now;
    return Math.abs(trained - now) < OVERRIDDEN ? '' : words.trained(trained.toFixed(3));
  };
  const cell = ({ layer, ...values }: GateValues, gate: 'attention' | 'dense'): string =>
    padCells(`${gateBar(values[gate], gate, colours)} ${was(layer, gate, values[gate])}`, 42);
  return [
    `${padCells(words.layer, 7)}${padCells(barAxis(words.attention), 42)} ${barAxis(words.dense)}`,
    ...after.map((values) =>
      `${String(values.layer).padStart(5)}  ${cell(values, 'attention')} ${cell(values, 'dense')}`.trimEnd(),
    ),
  ];
}
