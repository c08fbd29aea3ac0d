import { openDevice } from '../tensor/index.ts';
import type { DialogueRow } from '../training/dialogue/evaluate-dialogues.ts';
import type { Context } from './context.ts';

interface Options {
  readonly json?: string;
  readonly seed: number;
  readonly weights: string;
  readonly n: number;
  readonly data: string;
  readonly device: string;
}

/** `evaluate --dialogues`: on one thread. */
export async function holdDialogues(options: Options, context: Context): Promise<void> {
  const { json, seed, weights, n, data: folder, device } = options;
  const [{ DIALOGUES }, { evaluateDialogues }, { loadEvaluationData }, { terminalReport }, { writeWhole }, zoo] =
    await Promise.all([
      import('../training/dialogue/dialogues.ts'),
      import('../training/dialogue/evaluate-dialogues.ts'),
      import('../training/data/index.ts'),
      import('../training/report.ts'),
      import('../training/files.ts'),
      import('../zoo/open/weights.ts'),
    ]);
  const report = terminalReport(process.stderr, context.err, 1);
  const data = await loadEvaluationData(folder, weights, report.say);
  const { flamingo } = await zoo.readWeights(zoo.weightsSource(weights), await openDevice(device));
  const rows = await evaluateDialogues(flamingo, data, { seed, n, report, dialogues: DIALOGUES });
  flamingo.dispose();
  context.out(`${rows.map(dialogueLine).join('\n')}\n`);
  if (json) await writeWhole(json, `${JSON.stringify(rows, null, 1)}\n`);
}

function dialogueLine({ steps, concepts, style, control, ...measured }: DialogueRow): string {
  const { value, low, high, n, chance, all, other } = measured;
  const beside = [
    chance === null ? null : `chance ${chance.toFixed(3)}`,
    all === null ? null : `every turn right ${all.toFixed(3)}`,
    other === null ? null : `right for the other thing ${other.toFixed(3)}`,
    control && `control: ${control}`,
  ];
  const what = `${steps.join(' > ')}, ${concepts}/${style}`;
  return `${what.padEnd(58)} ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]  n ${n}  ${beside.filter(Boolean).join(', ')}`;
}
