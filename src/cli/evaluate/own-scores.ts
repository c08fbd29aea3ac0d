/** One's own lines, measured with controls, for `evaluate --data-own` and at the end of `train --data-own`. */

import type { LoadedModel } from '../../model/model.ts';
import type { OwnScore } from '../../training/own/evaluate-own.ts';
import type { Lines } from '../../training/own/lines.ts';
import type { Context } from '../context.ts';
import { table } from '../table.ts';
import { EVALUATE_WORDS } from './words.ts';

/** What was measured: lines as they are, and under each control. */
export interface OwnMeasured {
  readonly control: 'gates 0' | 'other pictures' | null;
  readonly rank: OwnScore;
  readonly greedy: OwnScore;
  readonly written: readonly string[];
}

/** Measures the lines that are evaluated, as they are, with other pictures and with every gate at 0. */
export async function measureOwn(
  model: Pick<LoadedModel, 'flamingo' | 'tokenizer' | 'config'>,
  { pictures, train, evaluated }: Lines,
): Promise<OwnMeasured[]> {
  const [{ answersByQuestion, evaluateOwn, withOtherPictures }, { withGatesClosed }] = await Promise.all([
    import('../../training/own/evaluate-own.ts'),
    import('../../training/evaluate.ts'),
  ]);
  const answers = answersByQuestion([...train, ...evaluated]);
  const asThey = await evaluateOwn(model, pictures, evaluated, answers);
  const measured: OwnMeasured[] = [{ control: null, ...asThey }];
  const others = withOtherPictures(evaluated);
  if (others.length > 0)
    measured.push({ control: 'other pictures', ...(await evaluateOwn(model, pictures, others, answers)) });
  await withGatesClosed(model.flamingo, async () => {
    measured.push({ control: 'gates 0', ...(await evaluateOwn(model, pictures, evaluated, answers)) });
  });
  return measured;
}

const share = ({ right, n, value, low, high }: OwnScore): string =>
  `${right}/${n} ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

/** Prints what was measured as a table. */
export function showOwn(measured: readonly OwnMeasured[], { heldBack, evaluated }: Lines, context: Context): void {
  const words = EVALUATE_WORDS[context.lang];
  const rows = measured.map(({ control, rank, greedy }) => [
    control === null ? words.asTheyAre : words.alone(control),
    share(rank),
    share(greedy),
    rank.chance.toFixed(3),
  ]);
  const head = [words.lines(evaluated.length, heldBack), words.likeliest, words.written, words.byChance];
  context.out(`${table([head, ...rows]).join('\n')}\n`);
}
