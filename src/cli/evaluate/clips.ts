import { openDevice } from '../../tensor/index.ts';
import type { ClipRow } from '../../training/clips/evaluate-clips.ts';
import type { ShotRow } from '../../training/clips/shots.ts';
import type { Row, RowSpec } from '../../training/evaluation-rows.ts';
import type { Context } from '../context.ts';
import type { EvaluateOptions } from './dialogues.ts';
import { measuredLine } from './measured-line.ts';
import { rowLine } from './row-line.ts';
import { EVALUATE_WORDS, type EvaluateWords } from './words.ts';

/** Rows of the model card that say what training on clips forgot. */
const KEPT: readonly Pick<RowSpec, 'task' | 'concepts' | 'style' | 'ways' | 'shots' | 'language' | 'measure'>[] = [
  { task: 'naming', language: 'en', concepts: 'seen', style: 'seen', ways: 0, shots: 0, measure: 'greedy' },
  { task: 'naming', language: 'ko', concepts: 'seen', style: 'seen', ways: 0, shots: 0, measure: 'greedy' },
  { task: 'naming', language: 'en', concepts: 'seen', style: 'held', ways: 0, shots: 0, measure: 'greedy' },
  { task: 'kind', language: 'en', concepts: 'seen', style: 'held', ways: 0, shots: 0, measure: 'greedy' },
  { task: 'binding', language: null, concepts: 'novel', style: 'held', ways: 2, shots: 1, measure: 'rank' },
  { task: 'binding', language: null, concepts: 'novel', style: 'held', ways: 2, shots: 4, measure: 'rank' },
];

/** `evaluate --clips --shots`: few-shot curves, on one thread. @param base folder of the weights that these go on from */
export async function evaluateShotsOfClips(options: EvaluateOptions, base: string, context: Context): Promise<void> {
  const { json, seed, weights, n, data: folder, device } = options;
  const [{ evaluateMovingShots }, data, { terminalReport }, { writeWhole }, zoo] = await Promise.all([
    import('../../training/clips/shots.ts'),
    import('../../training/data/index.ts'),
    import('../../training/report.ts'),
    import('../../training/files.ts'),
    import('../../zoo/open/weights.ts'),
  ]);
  const words = EVALUATE_WORDS[context.lang];
  const report = terminalReport(process.stderr, context.err, 1, context.lang);
  const loaded = await data.loadEvaluationData(folder, base, report.say);
  const { flamingo } = await zoo.readWeights(zoo.weightsSource(weights), await openDevice(device));
  const rows = await evaluateMovingShots(flamingo, loaded, { seed, n, report });
  flamingo.dispose();
  context.out(`${rows.map((row) => shotLine(row, words)).join('\n')}\n`);
  if (json) await writeWhole(json, `${JSON.stringify(rows, null, 1)}\n`);
}

function shotLine(
  { about, written, shots, rices, control, measure, ...measured }: ShotRow,
  words: EvaluateWords,
): string {
  const task = words.clipTask(about === 'clip' ? 'motion' : 'colour');
  const what = [task, words.question(written), words.shots(shots), rices ? 'RICES' : null, words.measure(measure)];
  return measuredLine(what, measured, [words.chance(measured.chance.toFixed(3)), control && words.control(control)]);
}

/** `evaluate --clips`: on one thread. @param base folder of the weights that these go on from */
export async function evaluateWithClips(options: EvaluateOptions, base: string, context: Context): Promise<void> {
  const { json, seed, weights, n, data: folder, device } = options;
  const [{ CLIP_SPECS, evaluateClips }, { evaluate, scorer }, data, { terminalReport }, { writeWhole }, zoo] =
    await Promise.all([
      import('../../training/clips/evaluate-clips.ts'),
      import('../../training/evaluate.ts'),
      import('../../training/data/index.ts'),
      import('../../training/report.ts'),
      import('../../training/files.ts'),
      import('../../zoo/open/weights.ts'),
    ]);
  const words = EVALUATE_WORDS[context.lang];
  const report = terminalReport(process.stderr, context.err, 1, context.lang);
  const loaded = await data.loadEvaluationData(folder, base, report.say);
  const { flamingo } = await zoo.readWeights(zoo.weightsSource(weights), await openDevice(device));
  const clips = await evaluateClips(flamingo, loaded, { seed, n, report, specs: CLIP_SPECS });
  context.out(`${clips.map((row) => clipLine(row, words)).join('\n')}\n`);
  const kept = KEPT.map((row): RowSpec => ({ ...row, control: null }));
  const score = { seed, n, report, rows: kept };
  const after = await evaluate(scorer(flamingo, loaded), score);
  flamingo.dispose();
  const before = await zoo.readWeights(zoo.weightsSource(base), await openDevice(device));
  const was = await evaluate(scorer(before.flamingo, loaded), score);
  before.flamingo.dispose();
  for (const [i, row] of after.entries()) {
    const { value } = was[i] as Row;
    context.out(`${rowLine(row, words)}, ${words.before(value.toFixed(3))}\n`);
  }
  if (json) await writeWhole(json, `${JSON.stringify({ clips, before: was, after }, null, 1)}\n`);
}

export function clipLine(
  { task, language, concepts, style, control, motion, ...measured }: ClipRow,
  words: EvaluateWords,
): string {
  const { chance, other } = measured;
  const beside = [
    words.chance(chance.toFixed(3)),
    other === null ? null : words.instead(other.toFixed(3)),
    control && words.control(control),
  ];
  const what = [words.clipTask(task), motion, words.language(language), words.shown(concepts, style)];
  return measuredLine(what, measured, beside);
}
