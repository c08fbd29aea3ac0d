import { type Command, Option } from 'commander';
import type { Captured } from '../flamingo/captured.ts';
import { tapOf } from '../flamingo/taps.ts';
import { histogram } from '../inspect/histogram.ts';
import { type Statistics, statisticsOf } from '../nn/statistics.ts';
import { checkedPictures, modelOptions, sayDevice, withModelOptions } from './ask.ts';
import { sparkline } from './bars.ts';
import type { Context, ModelOptions } from './context.ts';
import { withEditOptions } from './edit-options.ts';
import { type Language, withLanguage } from './language.ts';
import { withPromptOptions } from './prompt-options.ts';
import { table } from './table.ts';

const HELP = `
Every value that has a name, in the order in which it is computed: axes, shape, mean, standard deviation, range, and how
its numbers are spread between smallest and largest.

Examples:
  $ glass-flamingo walk --image a.png --text "name :"
  $ glass-flamingo walk --image a.png --text "name :" --tap 'xattn.*.gate.*' --tap 'xattn.**.contribution.*'
  $ glass-flamingo walk --image a.png --text "name :" --tap 'resampler.**' --explain --lang ko
  $ glass-flamingo walk --image a.png --text "name :" --set 'xattn.3.gate.dense=0' --tap logits
  $ glass-flamingo walk --prompt prompt.json --json

In PATTERN * stands for one segment between dots, ** for any number.

Exit codes: 0 done; 2 wrong usage or input, a pattern that names nothing among it.`;

interface WalkOptions extends ModelOptions {
  readonly prompt?: string;
  readonly tap: readonly string[];
  readonly explain?: boolean;
  readonly json?: boolean;
  readonly lang: Language;
}

export function register(program: Command, context: Context): void {
  const command = program.command('walk').description('walk through one prompt, value by value');
  const prompts = withPromptOptions(command);
  const edits = withEditOptions(command);
  const more = (pattern: string, before: readonly string[]): readonly string[] => [...before, pattern];
  command
    .addOption(new Option('--tap <pattern>', 'only these values; repeatable').default([], 'all').argParser(more))
    .option('--explain', 'equation, source and a word about each')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP);
  withLanguage(command);
  withModelOptions(command).action(async ({ prompt: file, tap, explain, json = false, lang, ...rest }: WalkOptions) => {
    const prompt = await prompts.read(file);
    const model = await context.loadModel(modelOptions(rest));
    sayDevice(model, json, context);
    const question = { sequence: (await checkedPictures(prompt, model, context)).sequence };
    const run = await model.run(question, { capture: tap.length > 0 ? tap : ['**'], edit: edits });
    const steps = run.names.map((name) => describeValue(run.get(name)));
    if (json) context.out(`${JSON.stringify({ taps: steps.map(({ spread: _, ...step }) => step) })}\n`);
    else context.out(`${walkLines(steps, explain ? lang : null, lang).join('\n')}\n`);
  });
}

/** A captured value in a line. */
interface Step extends Statistics {
  readonly name: string;
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  /** Counts of equal parts of its range. */
  readonly spread: readonly number[];
}

const BINS = 12;

function describeValue(captured: Captured): Step {
  const { name, dims, shape, data } = captured;
  const statistics = statisticsOf(new Uint8Array(Float32Array.from(data).buffer), 'F32') as Statistics;
  return { name, dims, shape, ...statistics, spread: histogram(name, captured, BINS).counts };
}

/** The parts of Figure 3, by the start of a name. */
const PARTS: readonly { readonly starts: RegExp; readonly en: string; readonly ko: string }[] = [
  { starts: /^vision\./, en: 'vision encoder (frozen)', ko: '비전 인코더(vision encoder), 얼려 둔 부분이에요' },
  {
    starts: /^resampler\./,
    en: 'Perceiver Resampler (Figure 5)',
    ko: '퍼시버 리샘플러(Perceiver Resampler), 그림 5예요',
  },
  { starts: /^mask\./, en: 'media mask phi (section 2.3)', ko: '미디어 마스크(media mask) phi, 2.3절이에요' },
  { starts: /^xattn\./, en: 'gated cross-attention (Figure 4)', ko: '게이트(gate)가 달린 크로스 어텐션, 그림 4예요' },
  { starts: /^lm\.layers\./, en: 'language-model layer (frozen)', ko: '언어 모델 층, 얼려 둔 부분이에요' },
  { starts: /^(lm\.|logits)/, en: 'language model (frozen)', ko: '언어 모델, 얼려 둔 부분이에요' },
];

function walkLines(steps: readonly Step[], explain: Language | null, lang: Language): string[] {
  const rows = table(
    [
      ['name', 'axes', 'mean', 'std', 'min', 'max', 'spread'],
      ...steps.map(({ name, dims, shape, mean, std, min, max, nan, infinite, spread }) => [
        name,
        shape.map((extent, axis) => `${dims[axis] ?? ''} ${extent}`.trim()).join(', '),
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
      const heading = headingOf(name, lang);
      const opening = heading === before ? [] : ['', heading];
      before = heading;
      return [...opening, rows[i + 1] as string, ...(explain ? explanation(name, explain) : [])];
    }),
  ];
}

function headingOf(name: string, lang: Language): string {
  const part = PARTS.find(({ starts }) => starts.test(name));
  const layer = /^(?:xattn|lm\.layers)\.(\d+)\./.exec(name)?.[1];
  const title = part?.[lang] ?? '';
  if (layer === undefined) return title;
  return lang === 'ko' ? `${layer}번 층: ${title}` : `layer ${layer}: ${title}`;
}

function explanation(name: string, lang: Language): string[] {
  const entry = tapOf(name);
  return entry ? [`    ${entry.equation}    [${entry.source}]`, `    ${entry.gloss[lang]}`] : [];
}

/** Four digits at most, and no more than nine characters. */
export function brief(value: number | null): string {
  if (value === null) return '-';
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
