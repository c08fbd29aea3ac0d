import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { openDevice } from '../tensor/index.ts';
import type { Row } from '../training/evaluation-rows.ts';
import { readWeights, weightsSource } from '../zoo/open/weights.ts';
import type { Context } from './context.ts';
import { wholeNumber } from './whole-number.ts';

interface Options {
  readonly json?: string;
  readonly seed: number;
  readonly weights: string;
  readonly n: number;
  readonly data: string;
  readonly device: string;
  readonly task?: readonly string[];
}

const SHIPPED = fileURLToPath(new URL('../../weights/', import.meta.url));

export function register(program: Command, context: Context): void {
  program
    .command('evaluate')
    .option('--json <file>', 'write the rows to a file')
    .option('--seed <number>', 'first of the three evaluation seeds', wholeNumber(0), 1)
    .option('--weights <dir>', 'folder of weights; the shipped ones when left out', SHIPPED)
    .option('--n <number>', 'episodes of each row, over the three seeds', wholeNumber(1), 900)
    .option('--data <dir>', 'folder of the training data, installed there when missing', '.data')
    .option('--device <name>', 'simd, gpu or gpu:MODE', 'simd')
    .option('--task <name...>', 'only these: naming, kind, induction, binding, binding-same-category')
    .addHelpText(
      'after',
      `
Every row has a 95 % interval, the chance level, nearest-neighbour baselines where they mean something, and controls.

Examples:
  npm run evaluate -- --json runs/evaluation.json
  npm run evaluate -- --weights runs/weights --task binding --n 300`,
    )
    .action((options: Options) => run(options, context));
}

async function run(
  { json, seed, weights, n, data: folder, device: name, task }: Options,
  context: Context,
): Promise<void> {
  const [{ evaluate }, { EVALUATION_ROWS }, { loadEvaluationData }, { terminalReport }, { writeWhole }] =
    await Promise.all([
      import('../training/evaluate.ts'),
      import('../training/evaluation-rows.ts'),
      import('../training/data/index.ts'),
      import('../training/report.ts'),
      import('../training/files.ts'),
    ]);
  const device = await openDevice(name);
  context.err(`device: ${device.name}\n`);
  const report = terminalReport(process.stderr, 900);
  const data = await loadEvaluationData(folder, weights, report.say);
  const { flamingo } = await readWeights(weightsSource(weights), device);
  const wanted = EVALUATION_ROWS.filter((row) => task?.includes(row.task) ?? true);
  const rows = await evaluate(flamingo, data, { seed, n, report, rows: wanted });
  context.out(`${rows.map(rowLine).join('\n')}\n`);
  if (json) await writeWhole(json, `${JSON.stringify(rows, null, 1)}\n`);
}

/** One row as people read it: what, how much, between which bounds, against what. */
function rowLine(row: Row): string {
  const what = [
    row.task,
    row.language,
    row.ways > 0 ? `${row.ways}-way` : null,
    `${row.shots} shots`,
    `${row.concepts}/${row.style}`,
    row.measure,
  ];
  const against = [
    `chance ${row.chance.toFixed(3)}`,
    row.baselines.features === null
      ? null
      : `nearest neighbour ${row.baselines.features.toFixed(3)} features, ${row.baselines.pixels?.toFixed(3)} pixels`,
    row.control && `control: ${row.control}`,
  ];
  const present = (list: readonly (string | null)[]): string => list.filter(Boolean).join(', ');
  return `${present(what).padEnd(58)} ${row.value.toFixed(3)} [${row.low.toFixed(3)}, ${row.high.toFixed(3)}]  n ${row.n}  ${present(against)}`;
}
