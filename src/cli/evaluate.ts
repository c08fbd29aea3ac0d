import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { writeFileWhole } from '../files/write-file.ts';
import { formatConfig } from '../model/config/json.ts';
import { TEXT_TOWER_FILE } from '../model/text-tower.ts';
import type { RowSpec } from '../training/evaluation-rows.ts';
import { baseFolder, readConfig, WEIGHTS_FILES } from '../zoo/open/weights.ts';
import { type Context, UsageError } from './context.ts';
import { evaluateShotsOfClips, evaluateWithClips } from './evaluate/clips.ts';
import { type EvaluateOptions, holdDialogues } from './evaluate/dialogues.ts';
import { measureOwn, showOwn } from './evaluate/own-scores.ts';
import { rowLine } from './evaluate/row-line.ts';
import { EVALUATE_WORDS } from './evaluate/words.ts';
import { checkNestedFile, checkOutputFile } from './output-file.ts';
import { INTERRUPTED, interruptible } from './stop-on-interrupt.ts';
import { wholeNumber } from './whole-number.ts';

interface Options extends EvaluateOptions {
  readonly task?: readonly string[];
  readonly development?: boolean;
  readonly forms?: boolean;
  readonly shots?: boolean;
  readonly dialogues?: boolean;
  readonly clips?: boolean;
  readonly dataOwn?: string;
  readonly fitTemperature?: boolean;
}

const SHIPPED = fileURLToPath(new URL('../../weights/', import.meta.url));

export function register(program: Command, context: Context): void {
  const words = EVALUATE_WORDS[context.lang];
  program
    .command('evaluate')
    .option('--json <file>', words.json)
    .option('--seed <number>', words.seed, wholeNumber(0), 1)
    .option('--weights <dir>', words.weights, SHIPPED)
    .option('--n <number>', words.n, wholeNumber(1), 900)
    .option('--data <dir>', words.data, '.data')
    .option('--device <name>', words.device, 'simd')
    .option('--task <name...>', words.onlyTasks)
    .option('--threads <number>', words.threads, wholeNumber(1))
    .option('--development', words.development)
    .option('--forms', words.forms)
    .option('--shots', words.curves)
    .option('--dialogues', words.dialogues)
    .option('--clips', words.clips)
    .option('--data-own <dir>', words.dataOwn)
    .option('--fit-temperature', words.fitTemperature)
    .addHelpText('after', words.help)
    .action((asked: Options, command: Command) => {
      const chosen = command.getOptionValueSource('weights') !== 'default';
      const options = { ...asked, weights: folderOf(asked.clips && !chosen ? VIDEO : asked.weights) };
      const told = (): never => {
        context.err(`\n${words.stopped}\n`);
        process.exit(INTERRUPTED);
      };
      return interruptible(() => run(options, context), told);
    });
}

const VIDEO = 'video';

/** A folder, or that of shipped weights by their name. */
const folderOf = (weights: string): string => (weights === VIDEO ? join(SHIPPED, VIDEO) : weights);

async function run(options: Options, context: Context): Promise<void> {
  if (options.json !== undefined) await checkNestedFile('--json', options.json, context);
  if (options.fitTemperature)
    await checkOutputFile('--fit-temperature', join(options.weights, WEIGHTS_FILES.config), context);
  if (options.dataOwn !== undefined) return evaluateOwnData(options.dataOwn, options, context);
  if (options.dialogues) return holdDialogues(options, context);
  const base = await baseFolder(options.weights);
  if (options.clips && options.shots) return evaluateShotsOfClips(options, base, context);
  if (options.clips) return evaluateWithClips(options, base, context);
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
  const words = EVALUATE_WORDS[context.lang];
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
  if (wanted.length === 0)
    throw new UsageError(`no row has the task ${task?.join(' or ')}`, `${task?.join(', ')}: 그런 과제의 행이 없어요`);
  const report = terminalReport(process.stderr, context.err, 100, context.lang);
  const loaded = await loadEvaluationData(folder, base, report.say);
  if (options.development && loaded.bank.development.length === 0)
    throw new UsageError(
      `the split of ${weights} has no development concepts`,
      `${weights}: 나눈 목록에 개발용 개념이 없어요`,
    );
  const data = shareData(loaded);
  const pool = await parallel.evaluationPool({ weights, device, data }, options.threads);
  try {
    if (options.fitTemperature) {
      const temperature = await fitTemperature(pool.score, { seed, n, report });
      const config = { ...(await readConfig(weights)), temperature };
      await writeFileWhole(join(weights, WEIGHTS_FILES.config), formatConfig(config));
      context.out(`${words.temperature(temperature, join(weights, WEIGHTS_FILES.config))}\n`);
    }
    const { temperature = 1 } = await readConfig(weights);
    const rows = await evaluate(pool.score, { seed, n, report, rows: wanted, temperature });
    context.out(`${rows.map((row) => rowLine(row, words)).join('\n')}\n`);
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
  context.err(`${EVALUATE_WORDS[context.lang].noTextTower(weights, TEXT_TOWER_FILE)}\n`);
  return without;
}
