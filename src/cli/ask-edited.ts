/** `ask --set`: the same prompt before and after a change of what flows inside. */

import type { Answer } from '../model/answer.ts';
import type { Picture } from '../model/image.ts';
import type { Model } from '../model/model.ts';
import type { Prompt } from '../model/prompt.ts';
import type { Edit } from '../runs/edit.ts';
import type { GateValues } from '../runs/gates.ts';
import { displayWidth, padCells, paint, sideBySide } from './bars.ts';
import type { Context } from './context.ts';
import { alternativeLines, candidateLines, gateBar, promptLines, section } from './render.ts';

export interface BeforeAfter {
  readonly before: Answer;
  readonly after: Answer;
}

/** @throws TapError for a pattern that matches nothing, EditError for what does not fit */
export async function answerTwice(prompt: Prompt<Picture>, model: Model, edit: readonly Edit[]): Promise<BeforeAfter> {
  const prepared = await model.prepare(prompt);
  try {
    return { after: await prepared.answer({ edit }), before: await prepared.answer() };
  } finally {
    prepared.dispose();
  }
}

export function beforeAfterLines(
  prompt: Prompt,
  { before, after }: BeforeAfter,
  edit: readonly Edit[],
  context: Context,
): string[] {
  const column = ({ text, alternatives, candidates }: Answer): string[] => [
    paint(text || '(nothing)', 'answer', context.colours),
    ...alternativeLines(alternatives),
    ...(candidates ? ['', ...candidateLines(candidates)] : []),
  ];
  const [left, right] = [column(before), column(after)];
  const cells = Math.max(24, ...left.map((line) => displayWidth(line) + 4));
  return [
    ...promptLines(prompt),
    ...section('change', edit.map(editLine)),
    '',
    ...section('', [`${padCells('before', cells)}after`]),
    ...section('answer', sideBySide(left, right, cells)),
    '',
    ...section('gates', gateChangeLines(before.gates, after.gates, context.colours)),
  ];
}

/** `xattn.*.gate.* = 0` */
function editLine({ at, ...change }: Edit): string {
  if ('scale' in change) return `${at} x ${change.scale}`;
  if ('add' in change) return `${at} + ${change.add}`;
  return 'set' in change ? `${at} = ${change.set}` : at;
}

/** More than what float32 rounds away. */
const OVERRIDDEN = 1e-6;

/** As the edited run had them; behind a gate that was overridden stands what it was trained to. */
function gateChangeLines(before: readonly GateValues[], after: readonly GateValues[], colours: boolean): string[] {
  const was = (layer: number, gate: 'attention' | 'dense', now: number): string => {
    const trained = before.find((values) => values.layer === layer)?.[gate] ?? now;
    return Math.abs(trained - now) < OVERRIDDEN ? '' : `(trained ${trained.toFixed(3)})`;
  };
  const cell = ({ layer, ...values }: GateValues, gate: 'attention' | 'dense'): string =>
    padCells(`${gateBar(values[gate], gate, colours)} ${was(layer, gate, values[gate])}`, 42);
  return [
    `layer  ${'-1   attention  1'.padEnd(42)} -1     dense    1`,
    ...after.map((values) =>
      `${String(values.layer).padStart(5)}  ${cell(values, 'attention')} ${cell(values, 'dense')}`.trimEnd(),
    ),
  ];
}
