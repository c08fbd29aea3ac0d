import type { Command } from 'commander';
import { plainText } from '../model/prompt/plain.ts';
import { modelOptions, sayDevice, withModelOptions } from './ask.ts';
import { type Context, type ModelOptions, UsageError } from './context.ts';
import { type Help, helpText } from './help.ts';
import { noteText } from './korean-errors.ts';
import { type Language, sayIn } from './language.ts';
import { loadPictures } from './prompts.ts';
import { percent } from './render.ts';
import { table } from './table.ts';
import { WORDS } from './words.ts';

interface Options extends ModelOptions {
  readonly image: string;
  readonly labels: string;
  readonly json?: boolean;
}

const HELP: Help = {
  about: {
    en: `Compares the picture with every label by the vision encoder and the text tower of its contrastive pretraining (CLIP's
zero-shot classification). The language model has no part in it: \`ask\` is what answers with it.`,
    ko: `대조 학습을 한 비전 인코더와 텍스트 타워로 그림을 이름표마다 견줘요 (CLIP의 제로샷 분류).
언어 모델은 쓰지 않아요. 언어 모델로 답하는 명령은 \`ask\`예요.`,
  },
  examples: [
    'classify --image a.png --labels "panda, cactus, 로켓"',
    'classify --image a.png --labels "animal, food, vehicle" --json',
  ],
  exits: { en: '0 ranked; 2 wrong usage or input', ko: '0 순위를 매김; 2 사용법이나 입력이 잘못됨' },
};

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const say = sayIn(lang);
  const labels = say(
    'what it may show, with commas between: "panda, cactus, 로켓"',
    '그림에 있을 만한 것, 쉼표로 나눠서: "panda, cactus, 로켓"',
  );
  const command = program
    .command('classify')
    .requiredOption('--image <file>', say('a picture', '그림'))
    .requiredOption('--labels <words>', labels)
    .option('--json', say('print one line of JSON', 'JSON 한 줄로 써요'))
    .addHelpText('after', helpText(HELP, lang));
  withModelOptions(command, lang).action((options: Options) => run(options, context));
}

const COLUMNS: Readonly<Record<Language, readonly string[]>> = {
  en: ['label', 'probability', 'cosine'],
  ko: ['이름표', '확률', '코사인'],
};

async function run({ image, labels: text, json = false, ...rest }: Options, context: Context): Promise<void> {
  const labels = text.split(/[,，、]/).map((label) => label.trim());
  if (labels.some((label) => plainText(label) === ''))
    throw new UsageError(
      `--labels '${text}' holds an empty label; expected "panda, cactus"`,
      `--labels '${text}'에 빈 이름표가 있어요. "panda, cactus"처럼 써 주세요`,
    );
  const loaded = await loadPictures({ sequence: [{ image }] });
  const [item] = loaded.sequence;
  if (!item || !('image' in item)) return;
  for (const note of new Set(item.image.notes))
    context.err(`${WORDS[context.lang].note}: ${noteText(note, context.lang)}\n`);
  const model = await context.loadModel(modelOptions(rest));
  sayDevice(model, json, context);
  const ranked = await model.classify(item.image, labels);
  if (json) return context.out(`${JSON.stringify(ranked)}\n`);
  const rows = ranked.map(({ label, probability, similarity }) => [label, percent(probability), similarity.toFixed(3)]);
  context.out(`\n${table([COLUMNS[context.lang], ...rows], [1, 2]).join('\n')}\n`);
}
