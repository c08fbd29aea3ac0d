import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { humanBytes } from '../files/byte-source.ts';
import { writeFolderWhole } from '../files/write-file.ts';
import { EXPORT_FORMATS, type ExportFormat, exportFiles } from '../zoo/export-formats.ts';
import type { Context } from './context.ts';
import { checkNewOutputFolder } from './output-file.ts';

const HELP = `
Formats:
  openflamingo    checkpoint.pt as open_flamingo saves it, OPT and CLIP beside it as transformers does
  flamingo-mini   pytorch_model.bin and config.json, with the parts that it names
  lucidrains      a state dict for the resampler and one for each gated block of flamingo-pytorch
  safetensors     this project's own folder, in float32

Examples:
  $ glass-flamingo export --to openflamingo --out for-pytorch
  $ glass-flamingo export --to lucidrains --weights runs/weights --out modules

What another implementation cannot compute is refused, with the reason. docs/checkpoints.md says how to go on there.
Exit codes: 0 written; 2 wrong usage, or refused.`;

interface ExportOptions {
  readonly to: ExportFormat;
  readonly out: string;
  readonly weights?: string;
}

const SHIPPED = fileURLToPath(new URL('../../weights', import.meta.url));

export function register(program: Command, context: Context): void {
  program
    .command('export')
    .addOption(new Option('--to <format>', 'whose').choices(EXPORT_FORMATS).makeOptionMandatory())
    .requiredOption('--out <dir>', 'a new folder')
    .option('--weights <dir>', "a folder of this project's weights; the shipped ones when left out")
    .addHelpText('after', HELP)
    .action((options: ExportOptions) => run(options, context));
}

async function run({ to, out, weights = SHIPPED }: ExportOptions, context: Context): Promise<void> {
  await checkNewOutputFolder('--out', out);
  const { flamingo, config } = await context.loadModel({ weights, device: 'simd' });
  const tokenizer = JSON.parse(await readFile(join(weights, 'tokenizer.json'), 'utf8')) as unknown;
  const { files, notes } = await exportFiles({ flamingo, config, tokenizer }, to);
  await writeFolderWhole(out, files);
  for (const [file, content] of files) context.out(`${humanBytes(content.length).padStart(10)}  ${join(out, file)}\n`);
  for (const note of notes) context.err(`note: ${note}\n`);
}
