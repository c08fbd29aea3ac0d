import type { Command } from 'commander';
import { openCheckpoint } from '../files/checkpoint.ts';
import type { StateSource } from '../files/checkpoint-source.ts';
import { type Comparison, compareCheckpoints, compareRuns, type Difference, exceeds } from '../inspect/divergence.ts';
import { fitted } from '../inspect/particles.ts';
import { type TopChange, topChanges } from '../inspect/top-changes.ts';
import type { Model } from '../model/model.ts';
import type { Prompt } from '../model/prompt.ts';
import type { Run } from '../runs/captured.ts';
import type { Edit } from '../runs/edit.ts';
import { matcher } from '../runs/patterns.ts';
import { formatShape } from '../tensor/errors.ts';
import { checkedPictures } from './answers.ts';
import { modelOptions, sayDevice, withModelOptions } from './ask.ts';
import { type Context, type ModelOptions, UsageError } from './context.ts';
import { withEditOptions } from './edit-options.ts';
import { type Help, helpText } from './help.ts';
import { type Language, sayIn } from './language.ts';
import { type PromptOptions, withPromptOptions } from './prompt-options.ts';
import { readPromptFile } from './prompts.ts';
import { percent } from './render.ts';
import { goOnUnread } from './standard-output.ts';
import { table } from './table.ts';
import { brief } from './walk.ts';

const EXIT_DIFFERENT = 1;

const HELP: Help = {
  about: {
    en: `Two checkpoints, tensor by tensor (safetensors, shards, torch.save, or folders), or two runs, tap by tap in the order in
which they are computed. Two runs differ in their prompt, their weights, or an edit.`,
    ko: `두 체크포인트를 텐서마다 비교하거나 (safetensors, 조각, torch.save, 폴더), 두 실행을 탭마다 계산하는 순서대로
비교해요. 두 실행은 프롬프트나 가중치가 다르거나, 한쪽을 바꾼 거예요.`,
  },
  examples: [
    'diff weights runs/weights',
    `diff before.pt after.pt --filter '**.attn_gate' --json`,
    'diff --prompt a.json --with b.json',
    'diff --image a.png --text "name :" --other-weights runs/weights',
    `diff --image a.png --text "name :" --set 'xattn.2.gate.attention=0'`,
  ],
  more: {
    en: 'Differences are the largest absolute ones, relative to the largest absolute value of the first.',
    ko: '차이는 절댓값이 가장 큰 것이고, 상대 차이는 첫째의 가장 큰 절댓값으로 나눈 거예요.',
  },
  exits: { en: '0 the same; 1 different; 2 wrong usage or input', ko: '0 같음; 1 다름; 2 사용법이나 입력이 잘못됨' },
};

interface DiffOptions extends ModelOptions {
  readonly prompt?: string;
  readonly with?: string;
  readonly otherWeights?: string;
  readonly filter?: string;
  readonly tolerance?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const say = sayIn(lang);
  const command = program
    .command('diff')
    .argument('[first]', say('a checkpoint', '체크포인트'))
    .argument('[second]', say('another one', '다른 체크포인트'));
  const prompts = withPromptOptions(command, lang);
  command
    .option('--with <file>', say('another prompt, for a second run', '둘째 실행의 프롬프트'))
    .option('--other-weights <folder>', say('other weights, for a second run', '둘째 실행의 가중치'));
  const edits = withEditOptions(command, lang);
  const same = say(
    'what counts as the same, relative (default: 0 for checkpoints, 1e-5 for runs)',
    '같다고 볼 상대 차이 (기본값: 체크포인트는 0, 실행은 1e-5)',
  );
  command
    .option('--filter <pattern>', say('only tensors or taps of these names', '이런 이름의 텐서나 탭만'))
    .option('--tolerance <number>', same)
    .option('--json', say('print one JSON object', 'JSON 객체 하나로 써요'))
    .addHelpText('after', helpText(HELP, lang));
  withModelOptions(command, lang).action(
    async (first: string | undefined, second: string | undefined, given: DiffOptions) => {
      const options = { ...given, limit: toleranceOf(given.tolerance) };
      const runs = prompts.written() || given.prompt !== undefined;
      if ((first !== undefined) === runs || (first === undefined) !== (second === undefined))
        throw new UsageError(
          'expected two checkpoints, or a prompt and what is different in the second run',
          '체크포인트 둘, 또는 프롬프트와 둘째 실행에서 다른 것이 필요해요',
        );
      goOnUnread(); // whether they differ is told by the exit code
      if (first !== undefined && second !== undefined) return diffCheckpoints([first, second], options, context);
      return diffRuns(prompts, edits, options, context);
    },
  );
}

type Options = DiffOptions & { readonly limit: number | undefined };

async function diffCheckpoints(places: readonly [string, string], options: Options, context: Context): Promise<void> {
  const first = await openCheckpoint(places[0]);
  try {
    const second = await openCheckpoint(places[1]);
    try {
      const [a, b] = [filtered(first, options.filter), filtered(second, options.filter)];
      if (a.names.length + b.names.length === 0)
        throw nothingToCompare(first.names.length > 0 ? first : second, options.filter);
      say(await compareCheckpoints(a, b, options.limit), 'tensors', [], options, context);
    } finally {
      await second.close();
    }
  } finally {
    await first.close();
  }
}

function nothingToCompare({ names }: StateSource, filter = ''): UsageError {
  if (names.length === 0) return new UsageError('neither file holds a tensor', '두 파일에 텐서가 없어요');
  const [some, more] = [names.slice(0, 3).join(', '), names.length > 3 ? ', …' : ''];
  return new UsageError(
    `--filter ${filter} names no tensor, of ${some}${more}`,
    `--filter ${filter}에 맞는 텐서가 없어요. 있는 것: ${some}${more}`,
  );
}

function filtered(source: StateSource, pattern = '**'): StateSource {
  return { names: source.names.filter(matcher(pattern)), info: (n) => source.info(n), read: (n) => source.read(n) };
}

async function diffRuns(
  prompts: PromptOptions,
  edit: readonly Edit[],
  { prompt: file, with: other, otherWeights, ...options }: Options,
  context: Context,
): Promise<void> {
  if (other === undefined && otherWeights === undefined && edit.length === 0)
    throw new UsageError(
      'a second run needs --with, --other-weights, --set, --scale or --add',
      '둘째 실행에는 --with, --other-weights, --set, --scale, --add 가운데 하나가 필요해요',
    );
  const prompt = await prompts.read(file);
  const second = other === undefined ? prompt : await readPromptFile(other);
  const model = await context.loadModel(modelOptions(options));
  sayDevice(model, options.json ?? false, context);
  const changed =
    otherWeights === undefined ? model : await context.loadModel({ ...modelOptions(options), weights: otherWeights });
  const capture = [options.filter ?? '**', 'logits'];
  const a = await read(model, prompt, { capture }, context);
  const b = await read(changed, second, { capture, edit }, context);
  say(
    compareRuns(a, b, options.limit),
    'taps',
    topChanges(a, b, model, { otherTemperature: changed.config.temperature ?? 1 }),
    options,
    context,
  );
}

async function read(
  model: Model,
  prompt: Prompt,
  options: { readonly capture: readonly string[]; readonly edit?: readonly Edit[] },
  context: Context,
): Promise<Run> {
  const { sequence } = await checkedPictures(prompt, model, context);
  return model.run({ sequence }, options);
}

function say(
  comparison: Comparison,
  what: 'taps' | 'tensors',
  changes: readonly TopChange[],
  { json = false }: Options,
  context: Context,
): void {
  const { first, onlyFirst, onlySecond } = comparison;
  const text = json
    ? JSON.stringify({ ...comparison, ...(what === 'taps' && { nextToken: changes }) }, jsonNumber)
    : comparisonLines(comparison, what, changes, TEXTS[context.lang]).join('\n');
  context.out(`${text}\n`);
  if (first !== null || onlyFirst.length + onlySecond.length > 0) context.exitCode = EXIT_DIFFERENT;
}

/** What JSON has no word for is text. */
function jsonNumber(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

const SHOWN = 12;

const EN = {
  taps: 'taps',
  tensors: 'tensors',
  first: 'first',
  second: 'second',
  shape: 'shape',
  nextToken: 'next token',
  firstDifference: 'first difference',
  columns: ['largest', 'relative', 'absolute', 'first', 'second'],
  only: { first: 'only in the first', second: 'only in the second' },
  counts: (all: number, what: string, different: number) => `${all} ${what} in both, ${different} of them different`,
  shapes: (name: string, a: string, b: string) => `${name} has the shape ${a} and ${b}`,
  apart: (name: string, at: string, a: string, b: string, by: string) => `${name} at ${at}: ${a} and ${b}, ${by} apart`,
};

const KO: typeof EN = {
  taps: '탭',
  tensors: '텐서',
  first: '첫째',
  second: '둘째',
  shape: '모양',
  nextToken: '다음 토큰',
  firstDifference: '처음으로 달라지는 곳',
  columns: ['가장 큰 차이', '상대', '절대', '첫째', '둘째'],
  only: { first: '첫째에만 있는 것', second: '둘째에만 있는 것' },
  counts: (all, what, different) => `둘 다에 있는 ${what} ${all}개 가운데 ${different}개가 달라요`,
  shapes: (name, a, b) => fitted`${name}: 모양이 ${a}, ${b}로 달라요`,
  apart: (name, at, a, b, by) => `${name}의 ${at}: ${a}, ${b}. 차이 ${by}`,
};

const TEXTS: Readonly<Record<Language, typeof EN>> = { en: EN, ko: KO };

function comparisonLines(
  { first, differences, onlyFirst, onlySecond }: Comparison,
  what: 'taps' | 'tensors',
  changes: readonly TopChange[],
  text: typeof EN,
): string[] {
  const different = differences.filter(exceeds);
  const largest = [...different].sort((a, b) => relative(b) - relative(a)).slice(0, SHOWN);
  const list = (which: 'first' | 'second', names: readonly string[]): string[] =>
    names.length > 0
      ? [`${text.only[which]} (${names.length}): ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`]
      : [];
  return [
    text.counts(differences.length, text[what], different.length),
    ...list('first', onlyFirst),
    ...list('second', onlySecond),
    ...(first ? ['', `${text.firstDifference}: ${sentence(first, text)}`] : []),
    ...(largest.length > 0
      ? ['', ...table([text.columns, ...largest.map((entry) => row(entry, text))], [1, 2, 3, 4])]
      : []),
    ...(changes.length > 0
      ? ['', ...table([[text.nextToken, text.first, text.second], ...changes.map(chance)], [1, 2])]
      : []),
  ];
}

const relative = ({ difference, scale }: Difference): number => (difference === 0 ? 0 : difference / scale);

function row(entry: Difference, text: typeof EN): string[] {
  const { name, difference, values, shapes } = entry;
  if (difference === Number.POSITIVE_INFINITY && formatShape(shapes[0]) !== formatShape(shapes[1]))
    return [name, text.shape, '', formatShape(shapes[0]), formatShape(shapes[1])];
  return [name, brief(relative(entry)), brief(difference), brief(values[0]), brief(values[1])];
}

function sentence({ name, difference, index, values, shapes }: Difference, text: typeof EN): string {
  if (index.length === 0 && formatShape(shapes[0]) !== formatShape(shapes[1]))
    return text.shapes(name, formatShape(shapes[0]), formatShape(shapes[1]));
  return text.apart(name, formatShape(index), brief(values[0]), brief(values[1]), brief(difference));
}

const chance = ({ token, before, after }: TopChange): string[] => [token, percent(before), percent(after)];

function toleranceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0))
    throw new UsageError(
      `--tolerance ${text}: expected a number from 0`,
      `--tolerance ${text}: 0 이상의 수를 써 주세요`,
    );
  return value;
}
