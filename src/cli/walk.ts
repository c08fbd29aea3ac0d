import { type Command, Option } from 'commander';
import { axesOf, partOf, summariseTap, type TapSummary } from '../inspect/tap-summary.ts';
import { citation } from '../runs/citation.ts';
import { tapOf } from '../runs/taps.ts';
import { inLanguage } from '../runs/worded.ts';
import { checkedPictures } from './answers.ts';
import { modelOptions, sayDevice, withModelOptions } from './ask.ts';
import { sparkline } from './bars.ts';
import type { Context, ModelOptions } from './context.ts';
import { withEditOptions } from './edit-options.ts';
import { type Help, helpText } from './help.ts';
import { type Language, sayIn } from './language.ts';
import { withPromptOptions } from './prompt-options.ts';
import { table } from './table.ts';

const HELP: Help = {
  about: {
    en: `Every value that has a name, in the order in which it is computed: axes, shape, mean, standard deviation, range, and how
its numbers are spread between smallest and largest.`,
    ko: `이름이 있는 모든 값을 계산하는 순서대로 보여 줘요: 축, 모양, 평균, 표준편차, 범위, 그리고 가장 작은 값과 큰 값
사이에 어떻게 퍼져 있는지.`,
  },
  examples: [
    'walk --image a.png --text "name :"',
    `walk --image a.png --text "name :" --tap 'xattn.*.gate.*' --tap 'xattn.**.contribution.*'`,
    `walk --image a.png --text "name :" --tap 'resampler.**' --explain --lang ko`,
    `walk --image a.png --text "name :" --set 'xattn.3.gate.dense=0' --tap logits`,
    'walk --prompt prompt.json --json',
  ],
  more: {
    en: 'In PATTERN * stands for one segment between dots, ** for any number.',
    ko: '패턴에서 *는 점 사이의 한 마디, **는 몇 마디든 뜻해요.',
  },
  exits: {
    en: '0 done; 2 wrong usage or input, a pattern that names nothing among it',
    ko: '0 끝남; 2 사용법이나 입력이 잘못됨, 아무것도 가리키지 않는 패턴도',
  },
};

interface WalkOptions extends ModelOptions {
  readonly prompt?: string;
  readonly tap: readonly string[];
  readonly explain?: boolean;
  readonly json?: boolean;
}

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const say = sayIn(lang);
  const command = program.command('walk');
  const prompts = withPromptOptions(command, lang);
  const edits = withEditOptions(command, lang);
  const more = (pattern: string, before: readonly string[]): readonly string[] => [...before, pattern];
  command
    .addOption(
      new Option('--tap <pattern>', say('only these values; repeatable', '이 값만. 여러 번 쓸 수 있어요'))
        .default([], say('all', '모두'))
        .argParser(more),
    )
    .option('--explain', say('equation, source and a word about each', '값마다 식과 출처, 설명을 덧붙여요'))
    .option('--json', say('print one JSON object', 'JSON 객체 하나로 써요'))
    .addHelpText('after', helpText(HELP, lang));
  withModelOptions(command, lang).action(async ({ prompt: file, tap, explain, json = false, ...rest }: WalkOptions) => {
    const prompt = await prompts.read(file);
    const model = await context.loadModel(modelOptions(rest));
    sayDevice(model, json, context);
    const question = { sequence: (await checkedPictures(prompt, model, context)).sequence };
    const run = await model.run(question, { capture: tap.length > 0 ? tap : ['**'], edit: edits });
    const steps = run.names.map((name) => summariseTap(run.get(name)));
    if (json) context.out(`${JSON.stringify({ taps: steps.map(({ spread: _, ...step }) => step) })}\n`);
    else context.out(`${walkLines(steps, explain ? lang : null, lang).join('\n')}\n`);
  });
}

const HEADINGS: Readonly<Record<Language, readonly string[]>> = {
  en: ['name', 'axes', 'mean', 'std', 'min', 'max', 'spread'],
  ko: ['이름', '축', '평균', '표준편차', '최소', '최대', '분포'],
};

function walkLines(steps: readonly TapSummary[], explain: Language | null, lang: Language): string[] {
  const rows = table(
    [
      HEADINGS[lang],
      ...steps.map(({ name, dims, shape, mean, std, min, max, nan, infinite, spread }) => [
        name,
        axesOf(dims, shape, lang),
        ...[mean, std, min, max].map(brief),
        `${sparkline(spread)}${nan + infinite > 0 ? `  ${nan} NaN, ${infinite} Inf` : ''}`,
      ]),
    ],
    [2, 3, 4, 5],
  );
  let before = '';
  return [
    rows[0] as string,
    ...steps.flatMap(({ name }, i) => {
      const heading = partOf(name, lang);
      const opening = heading === before ? [] : ['', heading];
      before = heading;
      return [...opening, rows[i + 1] as string, ...(explain ? explanation(name, explain) : [])];
    }),
  ];
}

function explanation(name: string, lang: Language): string[] {
  const entry = tapOf(name);
  return entry
    ? [`    ${entry.equation}    [${citation(entry.source, lang)}]`, `    ${inLanguage(entry.gloss, lang)}`]
    : [];
}

/** Four digits at most, and no more than nine characters. */
export function brief(value: number | null): string {
  if (value === null) return '-';
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
