import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { writeFileWhole } from '../files/write-file.ts';
import { formatConfig } from '../model/config/json.ts';
import { TEXT_TOWER_FILE } from '../model/text-tower.ts';
import type { ConfidenceRow } from '../training/confidence.ts';
import type { Row, RowSpec } from '../training/evaluation-rows.ts';
import { readConfig, WEIGHTS_FILES } from '../zoo/open/weights.ts';
import { type Context, UsageError } from './context.ts';
import { holdDialogues } from './evaluate-dialogues.ts';
import { measureOwn, showOwn } from './own-scores.ts';
import { wholeNumber } from './whole-number.ts';

interface Options {
  readonly json?: string;
  readonly seed: number;
  readonly weights: string;
  readonly n: number;
  readonly data: string;
  readonly device: string;
  readonly task?: readonly string[];
  readonly threads?: number;
  readonly development?: boolean;
  readonly forms?: boolean;
  readonly shots?: boolean;
  readonly dialogues?: boolean;
  readonly dataOwn?: string;
  readonly fitTemperature?: boolean;
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
    .option('--threads <number>', 'threads that score; default: all the machine has', wholeNumber(1))
    .option('--development', "the rows on which choices are made, in place of the card's")
    .option('--forms', "every form of each question, of the card's rows")
    .option(
      '--shots',
      'few-shot curves in place of the card: 0, 1, 2, 4 and 8 shots, random and by RICES, with controls',
    )
    .option(
      '--dialogues',
      'dialogues of two and three turns in place of the card, --n of each kind, their last question again under controls',
    )
    .option(
      '--data-own <dir>',
      'your own lines in place of the card: eval.jsonl of a folder, or the fifth of train.jsonl that is held back for --seed',
    )
    .option(
      '--fit-temperature',
      'first fit the temperature of shown probabilities on rows that are not reported, and write it into config.json',
    )
    .addHelpText(
      'after',
      `
Every row has a 95 % interval, the chance level, nearest-neighbour baselines where they mean something, and controls.

Examples:
  npm run evaluate -- --json runs/evaluation.json
  npm run evaluate -- --weights runs/weights --task binding --n 300
  npm run evaluate -- --data-own drawings --weights runs/drawings/weights

Exit codes: 0 every row was measured; 2 wrong usage or input.`,
    )
    .action((options: Options) => run(options, context));
}

async function run(options: Options, context: Context): Promise<void> {
  if (options.dataOwn !== undefined) return evaluateOwnData(options.dataOwn, options, context);
  if (options.dialogues) return holdDialogues(options, context);
  const { json, seed, weights, n, data: folder, device, task } = options;
  const [
    { evaluate, fitTemperature },
    rowLists,
    { loadEvaluationData, shareData },
    { terminalReport },
    { writeWhole },
    parallel,
  ] = await Promise.all([
    import('../training/evaluate.ts'),
    import('../training/evaluation-rows.ts'),
    import('../training/data/index.ts'),
    import('../training/report.ts'),
    import('../training/files.ts'),
    import('../training/evaluation-pool.ts'),
  ]);
  const { CARD_ROWS, CURVE_ROWS, DEVELOPMENT_ROWS, FORM_ROWS } = rowLists;
  const list = options.development
    ? DEVELOPMENT_ROWS
    : options.forms
      ? FORM_ROWS
      : options.shots
        ? CURVE_ROWS
        : CARD_ROWS;
  const asked = list.filter((row) => task?.includes(row.task) ?? true);
  const wanted = await possible(asked, weights, context);
  if (wanted.length === 0) throw new UsageError(`no row has the task ${task?.join(' or ')}`);
  const report = terminalReport(process.stderr, context.err, 100);
  const loaded = await loadEvaluationData(folder, weights, report.say);
  if (options.development && loaded.bank.development.length === 0)
    throw new UsageError(`the split of ${weights} has no development concepts`);
  const data = shareData(loaded);
  const pool = await parallel.evaluationPool({ weights, device, data }, options.threads);
  try {
    if (options.fitTemperature) {
      const temperature = await fitTemperature(pool.score, { seed, n, report });
      const config = { ...(await readConfig(weights)), temperature };
      await writeFileWhole(join(weights, WEIGHTS_FILES.config), formatConfig(config));
      context.out(`temperature ${temperature}, written into ${join(weights, WEIGHTS_FILES.config)}\n`);
    }
    const { temperature = 1 } = await readConfig(weights);
    const rows = await evaluate(pool.score, { seed, n, report, rows: wanted, temperature });
    context.out(`${rows.map(rowLine).join('\n')}\n`);
    if (json) await writeWhole(json, `${JSON.stringify(rows, null, 1)}\n`);
  } finally {
    await pool.close();
  }
}

/** Lines of one's own data, with controls; needs no training data. */
async function evaluateOwnData(folder: string, options: Options, context: Context): Promise<void> {
  const { json, seed, weights, device } = options;
  const [{ readLines }, { readWeights, weightsSource }, { openDevice }, { writeWhole }] = await Promise.all([
    import('../training/own/lines.ts'),
    import('../zoo/open/weights.ts'),
    import('../tensor/index.ts'),
    import('../training/files.ts'),
  ]);
  const model = await readWeights(weightsSource(weights), await openDevice(device));
  const reader = { tokenizer: model.tokenizer, limits: model.config.limits };
  const lines = await readLines({ data: folder }, reader, seed);
  const measured = await measureOwn(model, lines);
  model.flamingo.dispose();
  showOwn(measured, lines, context);
  if (json) await writeWhole(json, `${JSON.stringify(measured, null, 1)}\n`);
}

/** Rows that these weights can be asked: older ones have no text tower. */
async function possible(rows: readonly RowSpec[], weights: string, context: Context): Promise<readonly RowSpec[]> {
  const without = rows.filter(({ measure }) => measure !== 'text tower');
  if (without.length === rows.length) return rows;
  const found = await access(join(weights, TEXT_TOWER_FILE)).then(
    () => true,
    () => false,
  );
  if (found) return rows;
  context.err(`${weights} has no ${TEXT_TOWER_FILE}: zero-shot classification is left out\n`);
  return without;
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
    row.form && JSON.stringify(row.form),
    row.support === undefined ? null : 'RICES',
  ];
  const against = [
    `chance ${row.chance.toFixed(3)}`,
    row.baselines.features === null
      ? null
      : `nearest neighbour ${row.baselines.features.toFixed(3)} features, ${row.baselines.pixels?.toFixed(3)} pixels`,
    row.control && `control: ${row.control}`,
    row.confidence && confidenceText(row.confidence),
  ];
  const present = (list: readonly (string | null | undefined)[]): string => list.filter(Boolean).join(', ');
  return `${present(what).padEnd(58)} ${row.value.toFixed(3)} [${row.low.toFixed(3)}, ${row.high.toFixed(3)}]  n ${row.n}  ${present(against)}`;
}

const confidenceText = ({ before, after, fits }: ConfidenceRow): string =>
  `calibration error ${before.error.toFixed(3)}, ${after.error.toFixed(3)} at temperature ${after.temperature} (best here ${fits})`;
