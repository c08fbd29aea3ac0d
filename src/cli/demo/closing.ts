/** One gate closes step by step, and the answer changes. */

import type { Answer } from '../../model/answer.ts';
import type { PicturePrompt } from '../../model/prompt.ts';
import { answer } from '../answers.ts';
import { paint, wrapped } from '../bars.ts';
import type { AnsweringModel, Context } from '../context.ts';
import { chanceOf, gateBar, percent } from '../render.ts';
import { WORDS } from '../words.ts';
import { INDENT, query } from './scene.ts';
import { TEXTS } from './texts.ts';

/** Shares of its own value that the gate keeps. */
const STEPS = [1, 0.8, 0.6, 0.4, 0.2, 0];
const LIKELY = 5;
/** Columns that a bar and an answer need; where there are fewer, the gate's value stands alone. */
const ROOM = 60;

/** What closes. */
interface Place {
  readonly at: string;
  readonly title: string;
  readonly gate: 'attention' | 'dense';
  /** Its value as it was trained; 1 for all gates together, whose bar shows the share that is left. */
  readonly value: number;
}

/** Closes the gate without which another answer comes, and this one is least likely; all of them where none does that alone. */
export async function closeGate(prompt: PicturePrompt, model: AnsweringModel, context: Context): Promise<void> {
  const text = TEXTS[context.lang];
  const say = (...lines: string[]): void => context.out(`${lines.join('\n')}\n`);
  const indent = ' '.repeat(INDENT);
  const scaled = ({ at }: Place, scale: number): Promise<Answer> =>
    answer(prompt, model, context, { likely: LIKELY, edit: [{ at, scale }] });
  const before = await answer(prompt, model, context);
  let found: { place: Place; chance: number } | undefined;
  for (const place of places(before, context)) {
    const without = await scaled(place, 0);
    const chance = chanceOf(before.text, without.likely);
    if (without.text !== before.text && (!found || chance < found.chance)) found = { place, chance };
  }
  const place = found?.place ?? { at: 'xattn.*.gate.*', title: text.closingAll, gate: 'attention', value: 1 };
  const shown = (await query(prompt, context)).map((line) => `${indent}${line}`);
  say('', ...wrapped(place.title, context.columns), '', ...shown, '');
  for (const share of STEPS) {
    const now = await scaled(place, share);
    const said = paint(now.text || WORDS[context.lang].nothing, 'answer', context.colours);
    const chance = percent(chanceOf(now.text, now.likely));
    const value = place.value * share;
    const bar = context.columns < ROOM ? value.toFixed(3).padStart(6) : gateBar(value, place.gate, context.colours);
    say(`${indent}${bar}   -> ${said}  ${chance}`);
  }
  say('', ...wrapped(text.closed, context.columns));
}

function places({ gates }: Answer, { lang }: Context): Place[] {
  return gates.flatMap(({ layer, ...values }) =>
    (['attention', 'dense'] as const).map((gate) => ({
      at: `xattn.${layer}.gate.${gate}`,
      title: TEXTS[lang].closing(layer, WORDS[lang][gate]),
      gate,
      value: values[gate],
    })),
  );
}
