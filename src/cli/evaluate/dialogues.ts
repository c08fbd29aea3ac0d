import { openDevice } from '../../tensor/index.ts';
import type { DialogueRow } from '../../training/dialogue/evaluate-dialogues.ts';
import type { Context } from '../context.ts';
import { measuredLine } from './measured-line.ts';
import { EVALUATE_WORDS, type EvaluateWords } from './words.ts';

/** Options of every evaluation. */
export interface EvaluateOptions {
  readonly json?: string;
  readonly seed: number;
  readonly weights: string;
  readonly n: number;
  readonly data: string;
  readonly device: string;
}

/** `evaluate --dialogues`: on one thread. */
export async function holdDialogues(options: EvaluateOptions, context: Context): Promise<void> {
  const { json, seed, weights, n, data: folder, device } = options;
  const [{ DIALOGUES }, { evaluateDialogues }, { loadEvaluationData }, { terminalReport }, { writeWhole }, zoo] =
    await Promise.all([
      import('../../training/dialogue/dialogues.ts'),
      import('../../training/dialogue/evaluate-dialogues.ts'),
      import('../../training/data/index.ts'),
      import('../../training/report.ts'),
      import('../../training/files.ts'),
      import('../../zoo/open/weights.ts'),
    ]);
  const report = terminalReport(process.stderr, context.err, 1, context.lang);
  const data = await loadEvaluationData(folder, weights, report.say);
  const { flamingo } = await zoo.readWeights(zoo.weightsSource(weights), await openDevice(device));
  const rows = await evaluateDialogues(flamingo, data, { seed, n, report, dialogues: DIALOGUES });
  flamingo.dispose();
  const words = EVALUATE_WORDS[context.lang];
  context.out(`${rows.map((row) => dialogueLine(row, words)).join('\n')}\n`);
  if (json) await writeWhole(json, `${JSON.stringify(rows, null, 1)}\n`);
}

export function dialogueLine(
  { steps, concepts, style, control, ...measured }: DialogueRow,
  words: EvaluateWords,
): string {
  const { chance, all, other } = measured;
  const beside = [
    chance === null ? null : words.chance(chance.toFixed(3)),
    all === null ? null : words.every(all.toFixed(3)),
    other === null ? null : words.other(other.toFixed(3)),
    control && words.control(control),
  ];
  return measuredLine([steps.map(words.step).join(' > '), words.shown(concepts, style)], measured, beside);
}
