import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { makeFolder } from '../files/write-file.ts';
import { fitted } from '../inspect/particles.ts';
import { oneLine } from '../inspect/printable.ts';
import { shippedConfig } from '../model/config.ts';
import { openDevice } from '../tensor/index.ts';
import { type Context, UsageError } from './context.ts';
import { measureOwn, showOwn } from './evaluate/own-scores.ts';
import { checkOtherWeights } from './output-file.ts';
import { untilInterrupted } from './stop-on-interrupt.ts';
import { TRAIN_WORDS } from './train/words.ts';
import { wholeNumber } from './whole-number.ts';

interface Options {
  readonly out: string;
  readonly data: string;
  readonly from?: string;
  readonly video?: boolean;
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
  const words = TRAIN_WORDS[context.lang];
  program
    .command('train')
    .option('--out <dir>', words.out, 'runs')
    .option('--data <dir>', words.data, '.data')
    .option('--from <dir>', words.from)
    .option('--video', words.video)
    .option('--stage <name...>', words.stage)
    .option('--seed <number>', words.seed, wholeNumber(0), 1)
    .option('--threads <number>', words.threads, wholeNumber(1))
    .option('--vision-steps <number>', words.visionSteps, wholeNumber(0))
    .option('--language-steps <number>', words.languageSteps, wholeNumber(0))
    .option('--flamingo-steps <number>', words.flamingoSteps, wholeNumber(0))
    .option('--snapshots <steps>', words.snapshots, wholeNumber(0), 100)
    .option('--snapshots-at <steps>', words.snapshotsAt, stepList)
    .option('--development', words.development)
    .option('--data-own <dir>', words.dataOwn)
    .option('--own-weight <share>', words.ownWeight, shareOfOne, 0.3)
    .addHelpText('after', words.help)
    .action((options: Options) => run(options, context));
}

async function run(asked: Options, context: Context): Promise<void> {
  const options = asked.video && asked.from === undefined ? { ...asked, from: SHIPPED } : asked;
  const [{ assembleModel, STAGES, train }, { exportTrainedPart, exportWeights }, { terminalReport }] =
    await Promise.all([
      import('../training/pipeline.ts'),
      import('../training/export.ts'),
      import('../training/report.ts'),
    ]);
  const unknown = options.stage?.find((name) => !(STAGES as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `unknown stage '${unknown}', expected ${STAGES.join(', ')}`,
      fitted`'${unknown}'라는 단계는 없어요. 쓸 수 있는 단계: ${STAGES.join(', ')}`,
    );
  requireFinished(options);
  if (options.from !== undefined) await checkOtherWeights('--from', options.from, options.out);
  if (options.dataOwn !== undefined && options.stage && !options.stage.includes('flamingo'))
    throw new UsageError(
      '--data-own is for the Flamingo stage, which --stage leaves out',
      '--data-own은 Flamingo 단계에 쓰는데, --stage가 그 단계를 뺐어요',
    );
  const stages = STAGES.filter((name) => options.stage?.includes(name) ?? true);
  await untilInterrupted(context, async (signal) => {
    const trained = await train({
      ...{ out: options.out, data: options.data, seed: options.seed, stages, snapshots: options.snapshots },
      development: options.development ?? false,
      ...(options.from !== undefined && { from: options.from }),
      ...(options.video && { video: true }),
      ...(options.threads !== undefined && { threads: options.threads }),
      ...(options.snapshotsAt && { snapshotsAt: options.snapshotsAt }),
      ...(options.dataOwn !== undefined && { own: { data: options.dataOwn, weight: options.ownWeight } }),
      architecture: ({ size, special }) => shippedConfig({ size, special }),
      report: terminalReport(process.stdout, context.out, 50, context.lang),
      signal,
      vision: steps(options.visionSteps),
      language: steps(options.languageSteps),
      flamingo: steps(options.flamingoSteps),
    });
    if (!stages.includes('flamingo')) return;
    const weights = join(options.out, 'weights');
    const model = assembleModel(await openDevice('simd'), trained);
    if (options.video && options.from !== undefined)
      await exportTrainedPart(model, trained, await wayTo(options.from, weights), weights);
    else await exportWeights(model, trained, options.out, weights);
    const { split, tokenizer } = trained.data;
    context.out(`${TRAIN_WORDS[context.lang].written(oneLine(weights), split.seen.length, split.novel.length)}\n`);
    if (!trained.own) return;
    const measured = await measureOwn({ flamingo: model, tokenizer, config: trained.config }, trained.own);
    showOwn(measured, trained.own, context);
  });
}

const SHIPPED = fileURLToPath(new URL('../../weights/', import.meta.url));

/** The way from a folder to another, with slashes. */
async function wayTo(folder: string, from: string): Promise<string> {
  await makeFolder(from);
  return relative(await realpath(from), await realpath(folder))
    .split(sep)
    .join('/');
}

/** What has no meaning for a run that goes on from finished weights. */
function requireFinished({ from, stage, visionSteps, languageSteps, development }: Options): void {
  if (from === undefined) return;
  const others: Readonly<Record<string, boolean>> = {
    '--vision-steps': visionSteps !== undefined,
    '--language-steps': languageSteps !== undefined,
    '--stage': stage !== undefined && String(stage) !== 'flamingo',
    '--development': development === true,
  };
  const refused = Object.keys(others).find((name) => others[name]);
  if (refused)
    throw new UsageError(
      `${refused} does not go with --from, which trains the Flamingo stage alone`,
      `${refused}: --from과 함께 쓸 수 없어요. --from은 Flamingo 단계만 학습해요`,
    );
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
