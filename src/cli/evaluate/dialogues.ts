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
  readonly threads?: number;
}

/** `evaluate --dialogues` */
export async function holdDialogues(options: EvaluateOptions, context: Context): Promise<void> {
  const { json, seed, weights, n, data: folder, device, threads } = options;
  const [
    { DIALOGUES },
    { evaluateDialogues },
    { loadEvaluationData, shareData },
    { terminalReport },
    { writeWhole },
    parallel,
  ] = await Promise.all([
    import('../../training/dialogue/dialogues.ts'),
    import('../../training/dialogue/evaluate-dialogues.ts'),
    import('../../training/data/index.ts'),
    import('../../training/report.ts'),
    import('../../training/files.ts'),
    import('../../training/evaluation-pool.ts'),
  ]);
  const report = terminalReport(process.stderr, context.err, 1, context.lang);
  const data = shareData(await loadEvaluationData(folder, weights, report.say));
  const pool = await parallel.evaluationPool({ weights, device, data }, threads);
  try {
    const rows = await evaluateDialogues(pool.hold, { seed, n, report, dialogues: DIALOGUES });
    const words = EVALUATE_WORDS[context.lang];
    context.out(`${rows.map((row) => dialogueLine(row, words)).join('\n')}\n`);
    if (json) await writeWhole(json, `${JSON.stringify(rows, null, 1)}\n`);
  } finally {
    await pool.close();
  }
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
