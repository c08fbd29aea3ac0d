import type { Command } from 'commander';
import { modelOptions, sayDevice, withModelOptions } from './ask.ts';
import { type Context, type ModelOptions, UsageError } from './context.ts';
import type { Language } from './language.ts';
import { loadPictures } from './prompts.ts';
import { percent } from './render.ts';
import { table } from './table.ts';
import { WORDS } from './words.ts';

interface Options extends ModelOptions {
  readonly image: string;
  readonly labels: string;
  readonly json?: boolean;
}

export function register(program: Command, context: Context): void {
  const command = program
    .command('classify')
    .requiredOption('--image <file>', 'a picture')
    .requiredOption('--labels <words>', 'what it may show, with commas between: "panda, cactus, 로켓"')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `
Compares the picture with every label by the vision encoder and the text tower of its contrastive pretraining (CLIP's
zero-shot classification). The language model has no part in it: \`ask\` is what answers with it.

Examples:
  $ glass-flamingo classify --image a.png --labels "panda, cactus, 로켓"
  $ glass-flamingo classify --image a.png --labels "animal, food, vehicle" --json

Exit codes: 0 ranked; 2 wrong usage or input.`,
    );
  withModelOptions(command).action((options: Options) => run(options, context));
}

const COLUMNS: Readonly<Record<Language, readonly string[]>> = {
  en: ['label', 'probability', 'cosine'],
  ko: ['이름표', '확률', '코사인'],
};

async function run({ image, labels: text, json = false, ...rest }: Options, context: Context): Promise<void> {
  const labels = text.split(',').map((label) => label.trim());
  if (labels.includes('')) throw new UsageError(`--labels '${text}' holds an empty label; expected "panda, cactus"`);
  const loaded = await loadPictures({ sequence: [{ image }] });
  const [item] = loaded.sequence;
  if (!item || !('image' in item)) return;
  for (const note of new Set(item.image.notes)) context.err(`${WORDS[context.lang].note}: ${note}\n`);
  const model = await context.loadModel(modelOptions(rest));
  sayDevice(model, json, context);
  const ranked = await model.classify(item.image, labels);
  if (json) return context.out(`${JSON.stringify(ranked)}\n`);
  const rows = ranked.map(({ label, probability, similarity }) => [label, percent(probability), similarity.toFixed(3)]);
  context.out(`\n${table([COLUMNS[context.lang], ...rows], [1, 2]).join('\n')}\n`);
}
