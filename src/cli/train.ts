import { join } from 'node:path';
import type { Command } from 'commander';
import { shippedConfig } from '../model/config.ts';
import { openDevice } from '../tensor/index.ts';
import { type Context, UsageError } from './context.ts';
import { wholeNumber } from './whole-number.ts';

const INTERRUPTED = 130; // 128 + SIGINT

interface Options {
  readonly out: string;
  readonly data: string;
  readonly stage?: readonly string[];
  readonly seed: number;
  readonly device: string;
  readonly visionSteps?: number;
  readonly languageSteps?: number;
  readonly flamingoSteps?: number;
  readonly snapshots: number;
}

export function register(program: Command, context: Context): void {
  program
    .command('train')
    .description('train everything from nothing, or go on where a run was cut')
    .option('--out <dir>', 'folder of the run: checkpoints, logs, weights', 'runs')
    .option('--data <dir>', 'folder of the training data, installed there when missing', '.data')
    .option('--stage <name...>', 'only these stages: vision, language, flamingo')
    .option('--seed <number>', 'training seed', wholeNumber(0), 1)
    .option('--device <name>', 'simd, gpu or gpu:MODE', 'simd')
    .option('--vision-steps <number>', 'steps of the vision stage', wholeNumber(0))
    .option('--language-steps <number>', 'steps of the language stage', wholeNumber(0))
    .option('--flamingo-steps <number>', 'steps of the Flamingo stage', wholeNumber(0))
    .option(
      '--snapshots <steps>',
      'keep a snapshot of the trained part every so many steps (0: none)',
      wholeNumber(0),
      100,
    )
    .addHelpText(
      'after',
      `
Stops on Ctrl-C with a checkpoint; the same command goes on from there, to the same weights.
When the Flamingo stage is done, the weights are in OUT/weights, ready for --weights.

Examples:
  npm run train
  npm run train -- --out runs/small --vision-steps 500 --language-steps 300 --flamingo-steps 200
  npm run train -- --stage vision`,
    )
    .action((options: Options) => run(options, context));
}

async function run(options: Options, context: Context): Promise<void> {
  const [{ STAGES, train }, { exportWeights }, { terminalReport }, { Interrupted }] = await Promise.all([
    import('../training/pipeline.ts'),
    import('../training/export.ts'),
    import('../training/report.ts'),
    import('../training/stage.ts'),
  ]);
  const unknown = options.stage?.find((name) => !(STAGES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new UsageError(`unknown stage '${unknown}', expected ${STAGES.join(', ')}`);
  const stages = STAGES.filter((name) => options.stage?.includes(name) ?? true);
  const device = await openDevice(options.device);
  context.err(`device: ${device.name}\n`);
  const stop = stopOnInterrupt(context);
  try {
    const { model, config, data } = await train({
      ...{ device, out: options.out, data: options.data, seed: options.seed, stages, snapshots: options.snapshots },
      architecture: ({ size, special }) => shippedConfig({ size, special }),
      report: terminalReport(process.stdout),
      signal: stop.signal,
      vision: steps(options.visionSteps),
      language: steps(options.languageSteps),
      flamingo: steps(options.flamingoSteps),
    });
    if (!stages.includes('flamingo')) return;
    const weights = join(options.out, 'weights');
    await exportWeights(model, config, options.out, weights);
    context.out(`weights: ${weights} (${data.split.seen.length} seen and ${data.split.novel.length} novel concepts)\n`);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    context.err(`${error.message}\n`);
    context.exitCode = INTERRUPTED;
  } finally {
    stop.dispose();
  }
}

const steps = (value: number | undefined): { steps?: number } => (value === undefined ? {} : { steps: value });

/** Ctrl-C asks to stop after the step, with a checkpoint; twice stops at once. */
function stopOnInterrupt(context: Context): { signal: AbortSignal; dispose: () => void } {
  const stop = new AbortController();
  const onInterrupt = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    context.err('\nstopping after this step ...\n');
    stop.abort();
  };
  process.on('SIGINT', onInterrupt);
  return { signal: stop.signal, dispose: () => process.off('SIGINT', onInterrupt) };
}
