import { type Command, Option } from 'commander';
import { writeFileWhole } from '../files/write-file.ts';
import { flame } from '../inspect/figures/index.ts';
import { oneLine } from '../inspect/printable.ts';
import { type ForwardProfile, ofAllLayers, type ProfileRow, profile, profileRows } from '../inspect/profile.ts';
import { checkedPictures } from './answers.ts';
import { modelOptions, sayDevice, withModelOptions } from './ask.ts';
import type { Context, ModelOptions } from './context.ts';
import { type Help, helpText } from './help.ts';
import { type Language, sayIn, type Worded } from './language.ts';
import { checkOutputFile } from './output-file.ts';
import { filesOf, withPromptOptions } from './prompt-options.ts';
import { table } from './table.ts';
import { wholeNumber } from './whole-number.ts';

const HELP: Help = {
  about: {
    en: `Two forwards are measured, each operation by itself: the prompt from its pixels to its logits, and one token after it.
Times are the least of all repeats. Bytes are those of an operation's inputs and result; FLOP are floating-point operations, a
multiply-add being two. An operation belongs to the next tap that passes (docs/taps.md), all layers together.
What is left of the whole forward is spent between operations: on shapes, memory and taps.`,
    ko: `포워드 둘을 연산마다 따로 재요: 픽셀에서 로짓까지의 프롬프트, 그리고 그다음 토큰 하나.
시간은 되풀이 가운데 가장 짧은 것이에요. 바이트는 연산의 입력과 결과의 크기이고, FLOP은 부동소수점 연산의 수예요 (곱하고
더하기가 둘). 연산은 다음에 지나는 탭에 들어가고 (docs/taps.md), 모든 층을 합해요.
포워드에서 남는 시간은 연산 사이에 쓰여요: 모양, 메모리, 탭.`,
  },
  examples: ['profile --image a.png --text "name :"', 'profile --prompt prompt.json --out profile.svg --top 30'],
  exits: {
    en: '0 done; 2 wrong usage or input, or a device other than simd',
    ko: '0 끝남; 2 사용법이나 입력이 잘못됨, 또는 simd가 아닌 장치',
  },
};

const TOP = 15;

interface ProfileCommandOptions extends ModelOptions {
  readonly prompt?: string;
  readonly out?: string;
  readonly top: number;
  readonly repeats?: number;
  readonly json?: boolean;
}

const WORDS = {
  prompt: { en: 'The prompt', ko: '프롬프트' },
  token: { en: 'A token after it', ko: '그다음 토큰 하나' },
  between: { en: 'between operations', ko: '연산 사이' },
  op: { en: 'operation', ko: '연산' },
  tap: { en: 'tap', ko: '탭' },
  count: { en: 'times', ko: '횟수' },
  share: { en: 'share', ko: '비율' },
} satisfies Record<string, Worded>;

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const say = sayIn(lang);
  const command = program.command('profile');
  const prompts = withPromptOptions(command, lang);
  const measured = say('forwards that are measured (default: 30)', '잴 포워드의 수 (기본값: 30)');
  command
    .option('--out <file>', say('draw where the time goes into an SVG', '시간이 쓰이는 곳을 SVG로 그려요'))
    .addOption(
      new Option('--top <number>', say('rows of each table', '표마다 줄의 수')).argParser(wholeNumber(1)).default(TOP),
    )
    .addOption(new Option('--repeats <number>', measured).argParser(wholeNumber(1)))
    .option('--json', say('print every operation as one JSON object', '모든 연산을 JSON 객체 하나로 써요'))
    .addHelpText('after', helpText(HELP, lang));
  withModelOptions(command, lang).action(async (options: ProfileCommandOptions) => {
    const { prompt: file, out, top, repeats, json = false, ...rest } = options;
    const prompt = await prompts.read(file);
    if (out !== undefined) await checkOutputFile('--out', out, context, filesOf(prompt, file));
    const model = await context.loadModel(modelOptions(rest));
    sayDevice(model, json, context);
    const loaded = await checkedPictures(prompt, model, context);
    const found = await profile(model, loaded, repeats === undefined ? {} : { repeats });
    if (out !== undefined) await writeFileWhole(out, await flame(found, { lang }));
    if (json) context.out(`${JSON.stringify(found)}\n`);
    else {
      const tables = (['prompt', 'token'] as const).flatMap((part) => lines(found[part], WORDS[part][lang], top, lang));
      context.out(`${[...tables, ...(out === undefined ? [] : [oneLine(out)])].join('\n')}\n`);
    }
  });
}

function lines(forward: ForwardProfile, title: string, top: number, lang: Language): string[] {
  const { milliseconds, operations } = forward;
  const computed = operations.reduce((sum, operation) => sum + operation.milliseconds, 0);
  const between = Math.max(0, milliseconds - computed);
  const say = (word: keyof typeof WORDS): string => WORDS[word][lang];
  const count = sayIn(lang)(`${operations.length} operations`, `연산 ${operations.length}개`);
  const head = `${title}: ${ms(milliseconds)} ms, ${count}`;
  const ofWhole = (part: number): string => `${((100 * part) / Math.max(milliseconds, computed)).toFixed(1)}%`;
  const part = (name: 'op' | 'tap', rows: readonly ProfileRow[]): string[] => [
    '',
    ...table(
      [
        [say(name), say('count'), 'ms', say('share'), 'MB', 'MFLOP', 'GFLOP/s'],
        ...rows.slice(0, top).map((row) => [row.name, String(row.count), ...cells(row, ofWhole(row.milliseconds))]),
        ...(name === 'op' ? [[say('between'), '', ms(between), ofWhole(between)]] : []),
      ],
      [1, 2, 3, 4, 5, 6],
    ),
  ];
  const byOp = profileRows(forward, ({ op }) => op);
  return ['', head, ...part('op', byOp), ...part('tap', profileRows(forward, ofAllLayers)), ''];
}

function cells({ milliseconds, bytes, flops }: ProfileRow, share: string): string[] {
  const rate = flops > 0 ? (flops / milliseconds / 1e6).toFixed(2) : '';
  return [ms(milliseconds), share, (bytes / 1e6).toFixed(2), (flops / 1e6).toFixed(2), rate];
}

const ms = (milliseconds: number): string => milliseconds.toFixed(3);
