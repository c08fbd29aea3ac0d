import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { shippedConfig } from '../model/config.ts';
import { openDevice } from '../tensor/index.ts';
import { type Context, UsageError } from './context.ts';
import { measureOwn, showOwn } from './own-scores.ts';
import { untilInterrupted } from './stop-on-interrupt.ts';
import { wholeNumber } from './whole-number.ts';

interface Options {
  readonly out: string;
  readonly data: string;
  readonly from?: string;
  readonly stage?: readonly string[];
  readonly seed: number;
  readonly threads?: number;
  readonly visionSteps?: number;
  readonly languageSteps?: number;
  readonly flamingoSteps?: number;
  readonly snapshots: number;
  readonly snapshotsAt?: readonly number[];
  readonly development?: boolean;
  readonly dataOwn?: string;
  readonly ownWeight: number;
}

export function register(program: Command, context: Context): void {
  program
    .command('train')
    .option('--out <dir>', 'folder of the run: checkpoints, logs, weights', 'runs')
    .option('--data <dir>', 'folder of the training data, installed there when missing', '.data')
    .option(
      '--from <dir>',
      'finished weights to go on from: only the Flamingo stage is trained, on their encoder and language model',
    )
    .option('--stage <name...>', 'only these stages: vision, language, flamingo')
    .option('--seed <number>', 'training seed', wholeNumber(0), 1)
    .option('--threads <number>', 'threads that train; default: all the machine has', wholeNumber(1))
    .option('--vision-steps <number>', 'steps of the vision stage', wholeNumber(0))
    .option('--language-steps <number>', 'steps of the language stage', wholeNumber(0))
    .option('--flamingo-steps <number>', 'steps of the Flamingo stage', wholeNumber(0))
    .option(
      '--snapshots <steps>',
      'keep a snapshot of the trained part every so many steps (0: none)',
      wholeNumber(0),
      100,
    )
    .option('--snapshots-at <steps>', 'keep snapshots after these steps too, e.g. 0,10,20', stepList)
    .option(
      '--development',
      'leave out a training style too, to make choices by `evaluate --development`, never by the card',
    )
    .option(
      '--data-own <dir>',
      'your own pictures and lines (train.jsonl, as for tune): a kind of episodes of the Flamingo stage, beside the others',
    )
    .option('--own-weight <share>', 'share of the loss that your own lines have there', shareOfOne, 0.3)
    .addHelpText(
      'after',
      `
Stops on Ctrl-C or SIGTERM with a checkpoint; the same command goes on from there, to the same weights,
whatever the number of threads.
When the Flamingo stage is done, the weights are in OUT/weights, ready for --weights.

Examples:
  npm run train
  npm run train -- --out runs/small --vision-steps 500 --language-steps 300 --flamingo-steps 200
  npm run train -- --stage vision
  npm run train -- --out runs/longer --from weights --flamingo-steps 300
  npm run train -- --out runs/mine --from weights --flamingo-steps 100 --data-own drawings

Exit codes: 0 done; 2 wrong usage or input, or a file that cannot be written; 130 stopped, with a checkpoint.`,
    )
    .action((options: Options) => run(options, context));
}

async function run(options: Options, context: Context): Promise<void> {
  const [{ assembleModel, STAGES, train }, { exportWeights }, { terminalReport }] = await Promise.all([
    import('../training/pipeline.ts'),
    import('../training/export.ts'),
    import('../training/report.ts'),
  ]);
  const unknown = options.stage?.find((name) => !(STAGES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new UsageError(`unknown stage '${unknown}', expected ${STAGES.join(', ')}`);
  requireFinished(options);
  if (options.dataOwn !== undefined && options.stage && !options.stage.includes('flamingo'))
    throw new UsageError('--data-own is for the Flamingo stage, which --stage leaves out');
  const stages = STAGES.filter((name) => options.stage?.includes(name) ?? true);
  await untilInterrupted(context, async (signal) => {
    const trained = await train({
      ...{ out: options.out, data: options.data, seed: options.seed, stages, snapshots: options.snapshots },
      development: options.development ?? false,
      ...(options.from !== undefined && { from: options.from }),
      ...(options.threads !== undefined && { threads: options.threads }),
      ...(options.snapshotsAt && { snapshotsAt: options.snapshotsAt }),
      ...(options.dataOwn !== undefined && { own: { data: options.dataOwn, weight: options.ownWeight } }),
      architecture: ({ size, special }) => shippedConfig({ size, special }),
      report: terminalReport(process.stdout, context.out),
      signal,
      vision: steps(options.visionSteps),
      language: steps(options.languageSteps),
      flamingo: steps(options.flamingoSteps),
    });
    if (!stages.includes('flamingo')) return;
    const weights = join(options.out, 'weights');
    const model = assembleModel(await openDevice('simd'), trained);
    await exportWeights(model, trained, options.out, weights);
    const { split, tokenizer } = trained.data;
    context.out(`weights: ${weights} (${split.seen.length} seen and ${split.novel.length} novel concepts)\n`);
    if (!trained.own) return;
    const measured = await measureOwn({ flamingo: model, tokenizer, config: trained.config }, trained.own);
    showOwn(measured, trained.own, context);
  });
}

/** What has no meaning for a run that goes on from finished weights. */
function requireFinished({ from, out, stage, visionSteps, languageSteps, development }: Options): void {
  if (from === undefined) return;
  const others: Readonly<Record<string, boolean>> = {
    '--vision-steps': visionSteps !== undefined,
    '--language-steps': languageSteps !== undefined,
    '--stage': stage !== undefined && String(stage) !== 'flamingo',
    '--development': development === true,
  };
  const refused = Object.keys(others).find((name) => others[name]);
  if (refused) throw new UsageError(`${refused} does not go with --from, which trains the Flamingo stage alone`);
  if (resolve(from) === resolve(out, 'weights'))
    throw new UsageError(`--from ${from} is where this run writes its weights; choose another folder with --out`);
}

const steps = (value: number | undefined): { steps?: number } => (value === undefined ? {} : { steps: value });

function shareOfOne(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('expected a number between 0 and 1, such as 0.3.');
  return value;
}

/** "0,10,20" as numbers. */
function stepList(text: string): number[] {
  const whole = wholeNumber(0);
  return text.split(',').map((step) => whole(step));
}
