import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { oneLine } from '../inspect/printable.ts';
import type { OwnScore, OwnScores } from '../training/own/evaluate-own.ts';
import type { ForgottenRow } from '../training/own/forgotten.ts';
import { TRAINED_EMBEDDINGS } from '../training/own/moved.ts';
import type { TuneReport } from '../training/own/tune.ts';
import { type Context, UsageError } from './context.ts';
import { checkOtherWeights } from './output-file.ts';
import { untilInterrupted } from './stop-on-interrupt.ts';
import { table } from './table.ts';
import { TUNE_WORDS, type TuneWords } from './tune/words.ts';
import { wholeNumber } from './whole-number.ts';

interface Options {
  readonly data: string;
  readonly out: string;
  readonly weights: string;
  readonly eval?: string;
  readonly steps?: number;
  readonly batch?: number;
  readonly vision?: boolean;
  readonly languageModel?: boolean;
  readonly seed: number;
  readonly threads?: number;
}

const SHIPPED = fileURLToPath(new URL('../../weights/', import.meta.url));

export function register(program: Command, context: Context): void {
  const words = TUNE_WORDS[context.lang];
  program
    .command('tune')
    .requiredOption('--data <dir>', words.data)
    .option('--out <dir>', words.out, 'runs/tune')
    .option('--weights <dir>', words.weights, SHIPPED)
    .option('--eval <file>', words.eval)
    .option('--steps <number>', words.steps, wholeNumber(1))
    .option('--batch <number>', words.batch, wholeNumber(1))
    .option('--vision', words.vision)
    .option('--language-model', words.languageModel)
    .option('--seed <number>', words.seed, wholeNumber(0), 1)
    .option('--threads <number>', words.threads, wholeNumber(1))
    .addHelpText('after', words.help)
    .action((options: Options) => run(options, context));
}

async function run(options: Options, context: Context): Promise<void> {
  const { data, out, weights, seed, threads, eval: evaluation } = options;
  if (evaluation !== undefined && !evaluation.toLowerCase().endsWith('.jsonl'))
    throw new UsageError(
      `--eval '${evaluation}' is not a file of lines; expected a name that ends with .jsonl`,
      `--eval '${evaluation}': 이름이 .jsonl로 끝나는, 한 줄에 하나씩 쓴 파일이 필요해요`,
    );
  await checkOtherWeights('--weights', weights, out);
  const [{ tune, TUNE_REPORT }, { terminalReport }] = await Promise.all([
    import('../training/own/tune.ts'),
    import('../training/report.ts'),
  ]);
  await untilInterrupted(context, async (signal) => {
    const report = await tune({
      ...{ data, out, weights, signal, report: terminalReport(process.stderr, context.err, 20, context.lang) },
      ...(evaluation !== undefined && { evaluation }),
      ...(threads !== undefined && { threads }),
      recipe: {
        seed,
        ...(options.steps !== undefined && { steps: options.steps }),
        ...(options.batch !== undefined && { batch: options.batch }),
        vision: options.vision ?? false,
        languageModel: options.languageModel ?? false,
      },
    });
    const words = TUNE_WORDS[context.lang];
    context.out(`${reportLines(report, words).join('\n')}\n`);
    context.out(`\n${words.written(oneLine(join(out, 'weights')), oneLine(join(out, TUNE_REPORT)))}\n`);
  });
}

/** What `tune` measured, as people read it. */
export function reportLines({ task, others, moved, ...about }: TuneReport, words: TuneWords): string[] {
  const { trained, evaluated, dropped } = about.lines;
  const measures = (['rank', 'greedy'] as const).map((measure) => [
    words[measure],
    ...scoreCells(task.before[measure], task.after[measure], measure === 'rank'),
  ]);
  return [
    words.lines(trained, evaluated, about.heldBack),
    ...(dropped > 0 ? [words.dropped(dropped)] : []),
    ...(about.picturesInBoth > 0 ? [words.inBoth(about.picturesInBoth)] : []),
    '',
    ...table([[words.task, words.before, words.after, words.chance], ...measures]),
    '',
    ...(others ? forgottenLines(others, words) : [words.noOthers]),
    '',
    words.moved,
    ...table(
      moved.map(({ part, parameters, changed, relative }) => [
        `  ${part === TRAINED_EMBEDDINGS ? words.embeddings : part}`,
        words.numbers(parameters),
        changed === 0 ? words.unchanged : words.changed(changed, relative),
      ]),
      [1],
    ),
    ...(evaluated < ENOUGH ? ['', words.few(evaluated)] : []),
  ];
}

/** Lines with which a share says anything: its interval is then narrower than .3. */
const ENOUGH = 40;

const share = ({ right, n, low, high }: OwnScore): string => `${right}/${n} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

const scoreCells = (before: OwnScores['rank'], after: OwnScores['rank'], withChance: boolean): string[] => [
  share(before),
  share(after),
  withChance ? before.chance.toFixed(2) : '',
];

function forgottenLines({ before, after }: NonNullable<TuneReport['others']>, words: TuneWords): string[] {
  const name = ({ task, language }: ForgottenRow): string => `${words[task]}${language ? ` (${language})` : ''}`;
  const rows = before.map((row, i) => [
    name(row),
    share(row.score),
    share((after[i] as ForgottenRow).score),
    row.score.chance.toFixed(2),
  ]);
  return table([[words.others, words.before, words.after, words.chance], ...rows]);
}
