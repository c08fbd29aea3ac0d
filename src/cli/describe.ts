import { type Command, Option } from 'commander';
import { humanBytes } from '../files/byte-source.ts';
import { writeFileWhole } from '../files/write-file.ts';
import type { FlamingoConfig } from '../flamingo/flamingo.ts';
import { fitted } from '../inspect/particles.ts';
import { oneLine } from '../inspect/printable.ts';
import { axesOf } from '../inspect/tap-summary.ts';
import { SHIPPED_VOCABULARY, shippedConfig } from '../model/config.ts';
import { type TapShape, tapShapes } from '../runs/tap-shapes.ts';
import { WeightsError } from '../zoo/open/shapes.ts';
import { readConfig } from '../zoo/open/weights.ts';
import { PAPER_MODELS, type PaperModel } from '../zoo/paper-models.ts';
import { countParameters, type ParameterCount, type ParameterTree, parameterTree } from '../zoo/parameter-count.ts';
import { type Context, UsageError } from './context.ts';
import { type Help, helpText } from './help.ts';
import { errorText } from './korean-errors.ts';
import { type Language, sayIn } from './language.ts';
import { checkOutputFile } from './output-file.ts';
import { table } from './table.ts';
import { wholeNumber } from './whole-number.ts';

/** What the counts leave open: the dimensions of Table 4 do not give the counts of Table 5 exactly. */
type Texts = Readonly<Record<Language, readonly string[]>>;

const PAPER_REMARKS: Texts = {
  en: [
    'Counted from the dimensions in Table 4 of the paper; beside it the counts of its Table 5. They differ, because',
    'the paper leaves open: biases, the visual width (1536 here), embeddings, and where norms stand.',
    'The vision encoder (NFNet-F6) is not built here: its count is the stated one. The language model is Chinchilla,',
    'counted as a plain pre-norm transformer with 32,000 tokens: its relative positions add a matrix a layer.',
    'Shape only: there are no public weights of these models. An image is taken as a grid of 10 x 10 visual tokens.',
  ],
  ko: [
    '논문의 표 4에 있는 크기로 센 값이고, 옆은 표 5에 있는 값이에요. 둘이 다른 까닭은 논문이 정하지 않은 것이 있기 때문이에요:',
    '편향, 시각 너비(여기서는 1536), 임베딩, 정규화의 자리.',
    '비전 인코더(NFNet-F6)는 여기에 없어서 논문의 값을 적었어요. 언어 모델은 Chinchilla이고, 토큰 32,000개의 보통 pre-norm',
    '트랜스포머로 셌어요. 원래는 상대 위치 때문에 층마다 행렬이 하나씩 더 있어요.',
    '모양뿐이에요. 이 모델들의 공개 가중치는 없어요. 그림 한 장은 10 x 10 격자의 시각 토큰으로 봤어요.',
  ],
};

const SHIPPED_REMARKS: Texts = {
  en: [
    'A small OpenFlamingo v2 around OPT. Unlike the paper: exact GELU instead of squared ReLU, no temporal embeddings,',
    "a CLIP Vision Transformer instead of NFNet-F6. Of the language model's embedding, two rows are trained.",
  ],
  ko: [
    'OPT를 감싼 작은 OpenFlamingo v2예요. 논문과 다른 점: 제곱 ReLU 대신 정확한 GELU, 시간 임베딩 없음, NFNet-F6 대신',
    'CLIP의 비전 트랜스포머. 언어 모델의 임베딩에서는 두 행만 학습해요.',
  ],
};

const HELP: Help = {
  about: {
    en: `MODEL is a preset (shipped, ${Object.keys(PAPER_MODELS).join(', ')}) or a folder of weights; all presets when left out.
Nothing is loaded: the model is walked on shapes alone.`,
    ko: `model은 준비된 것(shipped, ${Object.keys(PAPER_MODELS).join(', ')})이나 가중치의 폴더예요. 빼면 준비된 것을
모두 보여 줘요. 가중치는 읽지 않고, 모양만으로 모델을 따라가요.`,
  },
  examples: [
    'describe',
    'describe flamingo-80b --tree',
    'describe runs/weights --taps --tokens 16 --images 2',
    'describe shipped --json',
    'describe --svg model.svg --lang ko',
  ],
  more: {
    en: 'A multiply-add counts as two operations. Bytes are those of float32, in which this library computes.',
    ko: '곱하고 더하기는 연산 둘로 세요. 바이트는 이 라이브러리가 계산하는 float32의 크기예요.',
  },
  exits: { en: '0 done; 2 wrong usage, or no such model', ko: '0 끝남; 2 사용법이 잘못됐거나 그런 모델이 없음' },
};

interface DescribeOptions {
  readonly tree?: boolean;
  readonly taps?: boolean;
  readonly tokens: number;
  readonly images: number;
  readonly json?: boolean;
  readonly svg?: string;
}

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const say = sayIn(lang);
  const number = (flags: string, what: string, usual: number): Option =>
    new Option(flags, what).default(usual).argParser(wholeNumber(1));
  program
    .command('describe')
    .argument('[model]', say('a preset or a folder of weights', '준비된 모델이나 가중치의 폴더'))
    .option('--tree', say('every part within a part', '부분 속의 모든 부분'))
    .option(
      '--taps',
      say('every value with a name: its axes, bytes and operations', '이름이 있는 모든 값: 축, 바이트, 연산'),
    )
    .addOption(number('--tokens <number>', say('tokens of the prompt that is walked', '따라갈 프롬프트의 토큰 수'), 32))
    .addOption(number('--images <number>', say('and its images', '그 프롬프트의 그림 수'), 1))
    .option(
      '--svg <file>',
      say(
        'draw the whole model with its shapes and parameters; of one model',
        '모델 전체를 모양, 파라미터와 함께 그려요',
      ),
    )
    .option('--json', say('print one JSON object a model', '모델마다 JSON 객체 하나로 써요'))
    .addHelpText('after', helpText(HELP, lang))
    .action(async (model: string | undefined, options: DescribeOptions) => {
      if (options.svg !== undefined) {
        await checkOutputFile('--svg', options.svg, context);
        const { config } = await subject(model ?? 'shipped');
        const { modelFigure } = await import('../inspect/figures/model-figure.ts');
        await writeFileWhole(options.svg, fittingWindow(modelFigure(config, { lang })));
        context.out(`${oneLine(options.svg)}\n`);
        return;
      }
      const names = model === undefined ? PRESETS : [model];
      const described = await Promise.all(names.map(async (name) => describe(await subject(name), options)));
      if (options.json) context.out(described.map((found) => `${JSON.stringify(found)}\n`).join(''));
      else
        context.out(
          `${described.map((found) => descriptionLines(found, lang).join('\n')).join('\n\n')}\n\n${remarks(described, lang)}`,
        );
    });
}

const PRESETS = ['shipped', ...Object.keys(PAPER_MODELS)];

/** What is described. */
interface Subject {
  readonly name: string;
  readonly config: FlamingoConfig;
  readonly stated?: ParameterCount;
  /** Of an image, where no encoder makes them. */
  readonly visualTokens?: number;
}

/** A figure as a file of its own: where a window is smaller, it is all there, smaller. */
function fittingWindow(svg: string): string {
  return svg.replace('<style>', '<style>:root{max-width:100%;max-height:100vh}');
}

async function subject(name: string): Promise<Subject> {
  const paper = (PAPER_MODELS as Readonly<Record<string, PaperModel>>)[name];
  if (paper) return { name, ...paper };
  if (name === 'shipped')
    return { name, config: shippedConfig({ size: SHIPPED_VOCABULARY, special: { image: 0, eoc: 0 } }).model };
  try {
    return { name, config: (await readConfig(name)).model };
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error;
    throw new UsageError(
      `'${name}' is neither a preset (${PRESETS.join(', ')}) nor a folder of weights: ${error.message}`,
      fitted`'${name}'는 준비된 모델(${PRESETS.join(', ')})도 가중치의 폴더도 아니에요. ${errorText(error, 'ko')}`,
    );
  }
}

type Part = Exclude<keyof ParameterCount, 'total'>;

interface PartDescription {
  readonly part: Part;
  readonly title: string;
  readonly layers: number | null;
  readonly width: number | null;
  readonly heads: readonly [number: number, width: number] | null;
  readonly parameters: number;
  /** Null for what is not built here. */
  readonly flops: number | null;
  /** What the operations are for: an image, or a token of the text. */
  readonly per: 'image' | 'token';
}

interface Description {
  readonly name: string;
  readonly parts: readonly PartDescription[];
  readonly total: number;
  readonly stated?: ParameterCount;
  /** Of the prompt's. */
  readonly tokens: number;
  readonly images: number;
  readonly tree?: ParameterTree;
  readonly taps?: readonly TapShape[];
}

function describe(
  { name, config, stated, visualTokens }: Subject,
  { tree, taps: listed, tokens, images }: DescribeOptions,
): Description {
  const taps = tapShapes(config, { text: tokens, images, ...(visualTokens !== undefined && { visualTokens }) });
  const count = countParameters(config);
  const vision = config.vision ? count.vision : (stated?.vision ?? 0);
  const flops = (pattern: RegExp): number =>
    taps.reduce((sum, tap) => (pattern.test(tap.name) ? sum + tap.flops : sum), 0);
  const { resampler, crossAttention, languageModel: lm } = config;
  const { depth = 6, heads = 16, headDim = 96 } = resampler;
  const blocks = new Set(taps.flatMap(({ name }) => /^xattn\.(\d+)\./.exec(name)?.[1] ?? [])).size;
  const parts: PartDescription[] = [
    {
      part: 'vision',
      title: 'vision encoder',
      layers: config.vision?.layers ?? null,
      width: config.vision?.width ?? resampler.width,
      heads: config.vision ? [config.vision.heads, config.vision.width / config.vision.heads] : null,
      parameters: vision,
      flops: config.vision ? flops(/^vision\./) / images : null,
      per: 'image',
    },
    {
      part: 'resampler',
      title: 'Perceiver Resampler',
      layers: depth,
      width: resampler.width,
      heads: [heads, headDim],
      parameters: count.resampler,
      flops: flops(/^resampler\./) / images,
      per: 'image',
    },
    {
      part: 'crossAttention',
      title: `gated cross-attention, every ${crossAttention.every}`,
      layers: blocks,
      width: lm.width,
      heads: [crossAttention.heads, crossAttention.headDim ?? 128],
      parameters: count.crossAttention,
      flops: flops(/^xattn\./) / tokens,
      per: 'token',
    },
    {
      part: 'languageModel',
      title: 'language model',
      layers: lm.layers,
      width: lm.width,
      heads: [lm.heads, lm.headDim ?? lm.width / lm.heads],
      parameters: count.languageModel,
      flops: flops(/^(lm\.|logits$)/) / tokens,
      per: 'token',
    },
  ];
  const total = parts.reduce((sum, { parameters }) => sum + parameters, 0);
  return {
    name,
    parts,
    total,
    tokens,
    images,
    ...(stated && { stated }),
    ...(tree && { tree: parameterTree(config) }),
    ...(listed && { taps }),
  };
}

function descriptionLines(
  { name, parts, total, stated, tokens, images, tree, taps }: Description,
  lang: Language,
): string[] {
  const text = WORDS[lang];
  const heading = [name, ...text.columns, ''];
  const rows = parts.map(({ part, title, layers, width, heads, parameters, flops, per }) => [
    lang === 'ko' ? text.parts[part] : title,
    String(layers ?? ''),
    String(width ?? ''),
    heads ? `${heads[0]} x ${heads[1]}` : '',
    readable(parameters),
    humanBytes(parameters * 4),
    flops === null ? '' : readable(flops),
    flops === null ? '' : `/ ${text.per[per]}`,
    ...beside(parameters, stated?.[part]),
  ]);
  const sum = [text.total, '', '', '', readable(total), humanBytes(total * 4), '', '', ...beside(total, stated?.total)];
  const lines = table([[...heading, ...(stated ? [text.paper, ''] : [])], ...rows, sum], [1, 2, 3, 4, 5, 6, 8, 9]);
  const prompt = text.prompt(tokens, images);
  return [
    ...lines,
    text.operationsOf(prompt),
    ...(tree ? ['', ...treeLines(tree)] : []),
    ...(taps ? ['', text.valuesOf(prompt), ...tapLines(taps, lang)] : []),
  ];
}

const EN = {
  columns: ['layers', 'width', 'heads', 'parameters', 'bytes', 'operations'],
  parts: { vision: '', resampler: '', crossAttention: '', languageModel: '' },
  per: { image: 'image', token: 'token' },
  total: 'total',
  paper: 'paper',
  prompt: (tokens: number, images: number) =>
    `a prompt of ${tokens} tokens and ${images} ${images === 1 ? 'image' : 'images'}`,
  operationsOf: (prompt: string) => `operations: of ${prompt}`,
  valuesOf: (prompt: string) => `values of ${prompt}`,
  tapColumns: ['name', 'axes', 'bytes', 'operations'],
};

const KO: typeof EN = {
  columns: ['층', '너비', '헤드', '파라미터', '바이트', '연산'],
  parts: {
    vision: '비전 인코더',
    resampler: '퍼시버 리샘플러',
    crossAttention: '게이트 크로스 어텐션',
    languageModel: '언어 모델',
  },
  per: { image: '그림', token: '토큰' },
  total: '모두',
  paper: '논문',
  prompt: (tokens, images) => `토큰 ${tokens}개와 그림 ${images}장짜리 프롬프트`,
  operationsOf: (prompt) => `연산 수는 ${prompt}에서 셌어요`,
  valuesOf: (prompt) => `${prompt}의 값`,
  tapColumns: ['이름', '축', '바이트', '연산'],
};

const WORDS: Readonly<Record<Language, typeof EN>> = { en: EN, ko: KO };

function treeLines(tree: ParameterTree): string[] {
  const rows: string[][] = [];
  const visit = ({ name, times, parameters, shape, parts }: ParameterTree, depth: number): void => {
    const label = `${'  '.repeat(depth)}${name}${times > 1 ? ` (${times})` : ''}`;
    rows.push([label, shape ? shape.join(' x ') : '', readable(parameters)]);
    for (const part of parts) visit(part, depth + 1);
  };
  visit(tree, 0);
  return table(rows, [2]);
}

function tapLines(taps: readonly TapShape[], lang: Language): string[] {
  const rows = taps.map(({ name, dims, shape, bytes, flops }) => [
    name,
    axesOf(dims, shape, lang),
    humanBytes(bytes),
    readable(flops),
  ]);
  return table([WORDS[lang].tapColumns, ...rows], [2, 3]);
}

function remarks(described: readonly Description[], lang: Language): string {
  const lines = [
    ...(described.some(({ name }) => name in PAPER_MODELS) ? PAPER_REMARKS[lang] : []),
    ...(described.length === 1 && described[0]?.name === 'shipped' ? SHIPPED_REMARKS[lang] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function beside(counted: number, stated: number | undefined): string[] {
  if (stated === undefined) return [];
  const difference = (counted / stated - 1) * 100;
  return [readable(stated), `${difference >= 0 ? '+' : ''}${difference.toFixed(0)}%`];
}

/** 1.16 B, 170 M, 972,032 */
function readable(count: number): string {
  if (count >= 1e12) return `${Number((count / 1e12).toPrecision(3))} T`;
  if (count >= 1e9) return `${Number((count / 1e9).toPrecision(3))} B`;
  if (count >= 1e8) return `${Math.round(count / 1e6)} M`;
  return Math.round(count).toLocaleString('en');
}
