import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { humanBytes } from '../files/byte-source.ts';
import { writeFolderWhole } from '../files/write-file.ts';
import { oneLine } from '../inspect/printable.ts';
import { readJson } from '../training/files.ts';
import { EXPORT_FORMATS, type ExportFormat, exportFiles } from '../zoo/export-formats.ts';
import { type Context, UsageError } from './context.ts';
import { type Help, helpText } from './help.ts';
import { noteText } from './korean-errors.ts';
import { sayIn } from './language.ts';
import { checkNewOutputFolder } from './output-file.ts';
import { WORDS } from './words.ts';

const HELP: Help = {
  about: {
    en: `Formats:
  openflamingo    checkpoint.pt as open_flamingo saves it, OPT and CLIP beside it as transformers does
  flamingo-mini   pytorch_model.bin and config.json, with the parts that it names
  lucidrains      a state dict for the resampler and one for each gated block of flamingo-pytorch
  safetensors     this project's own folder, in float32`,
    ko: `형식:
  openflamingo    open_flamingo가 저장하는 checkpoint.pt, 그 옆에 transformers 방식의 OPT와 CLIP
  flamingo-mini   pytorch_model.bin과 config.json, 거기서 부르는 부분들
  lucidrains      flamingo-pytorch의 리샘플러와 게이트 블록마다 상태 사전(state dict) 하나
  safetensors     이 프로젝트의 폴더, float32로`,
  },
  examples: [
    'export --to openflamingo --out for-pytorch',
    'export --to lucidrains --weights runs/weights --out modules',
  ],
  more: {
    en: 'What another implementation cannot compute is refused, with the reason. docs/checkpoints.md says how to go on there.',
    ko: '다른 구현이 계산하지 못하는 것은 까닭을 말하고 쓰지 않아요. 그다음은 docs/checkpoints.ko.md에 있어요.',
  },
  exits: { en: '0 written; 2 wrong usage, or refused', ko: '0 씀; 2 사용법이 잘못됐거나 쓸 수 없음' },
};

interface ExportOptions {
  readonly to: ExportFormat;
  readonly out: string;
  readonly weights?: string;
}

const SHIPPED = fileURLToPath(new URL('../../weights', import.meta.url));

export function register(program: Command, context: Context): void {
  const say = sayIn(context.lang);
  program
    .command('export')
    .addOption(
      new Option('--to <format>', say('whose format', '어느 구현의 형식인지'))
        .choices(EXPORT_FORMATS)
        .makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', say('a new folder', '새 폴더'))
    .option(
      '--weights <dir>',
      say(
        "a folder of this project's weights; the shipped ones when left out",
        '이 프로젝트의 가중치가 든 폴더. 빼면 실린 가중치예요',
      ),
    )
    .addHelpText('after', helpText(HELP, context.lang))
    .action((options: ExportOptions) => run(options, context));
}

async function run({ to, out, weights = SHIPPED }: ExportOptions, context: Context): Promise<void> {
  await checkNewOutputFolder('--out', out);
  const { flamingo, config } = await context.loadModel({ weights, device: 'simd' });
  const tokenizer = await tokenizerOf(weights);
  const { files, notes } = await exportFiles({ flamingo, config, tokenizer }, to);
  await writeFolderWhole(out, files);
  for (const [file, content] of files)
    context.out(`${humanBytes(content.length).padStart(10)}  ${oneLine(join(out, file))}\n`);
  for (const note of notes) context.err(`${WORDS[context.lang].note}: ${noteText(note, context.lang)}\n`);
}

/** @throws UsageError unless it is a folder of this project, which has its tokenizer; TrainingError for a broken one */
function tokenizerOf(weights: string): Promise<unknown> {
  return readJson(join(weights, 'tokenizer.json')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new UsageError(
      `--weights ${weights} has no tokenizer.json; expected a folder of this project's weights`,
      `--weights ${weights}: tokenizer.json이 없어요. 이 프로젝트의 가중치가 든 폴더를 써 주세요`,
    );
  });
}
