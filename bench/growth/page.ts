/** The pages docs/growth.md and docs/growth.ko.md. */

import { type Machine, machineLine } from '../page.ts';
import { figure } from '../results.ts';
import { type Curve, growth, type Point } from './fit.ts';
import { BASE, TASKS, type TaskName } from './model.ts';

export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Texts {
  readonly title: string;
  readonly other: string;
  readonly intro: readonly string[];
  readonly picture: string;
  readonly exponents: string;
  readonly exponentsHeader: readonly string[];
  readonly reading: readonly string[];
  readonly points: string;
  readonly pointsHeader: readonly string[];
  readonly axes: Readonly<Record<Curve['axis'], string>>;
  readonly tasks: Readonly<Record<TaskName, string>>;
  /** What stands in the picture beside these. */
  readonly against: (axes: readonly string[]) => string;
  readonly fromArithmetic: string;
}

const { tokens, pictures, width, depth } = BASE;

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    title: 'How cost grows',
    other: '[한국어](growth.ko.md)',
    intro: [
      'Written by `npm run bench:growth -- --write`; do not edit. Leave the machine alone while it measures.',
      `A Flamingo with random weights, on \`simd\` and one thread. One size changes at a time; the others stay at ${tokens} tokens, ${pictures} pictures
of 32 x 32, width ${width} (heads of 32, 4 times as wide inside) and ${depth} layers, a block before each. The vision encoder has as many layers and is
as wide. A forward starts from pixels. A training step learns what the Flamingo stage learns, from visual features, with AdamW. A generated token
follows a prompt whose keys and values are kept. Times are processor time: the median of several rounds, and of that the least of three processes, since what else a machine
does only ever adds. Those of threads are wall time of one forward, when threads that each have the model share many; their arithmetic is a thread's share.`,
    ],
    picture: 'Milliseconds against tokens, pictures, width, depth and threads, on logarithmic scales',
    exponents: 'Exponents',
    exponentsHeader: ['grows', 'task', 'fitted over', 'time', 'arithmetic', 'memory', 'GFLOP/s at both ends'],
    reading: [
      'An exponent is the slope of the line through the upper half of a curve on logarithmic scales: with 1 twice as much takes twice as long, with 2 four times. The arithmetic is the floating-point operations that the operations did, counted while they ran.',
      '**Tokens**: linear maps grow as the tokens, scores of attention as their square. Both are equal where there are eleven times as many tokens as the width; the exponent of the arithmetic says how far that has gone. A generated token reads one row and the keys kept; its weights cost the same after any prompt.',
      '**Pictures**: vision encoder and resampler grow as the pictures; the text does not, so that the exponent stays below 1 as long as its share counts.',
      '**Width**: weights grow as the square of the width. **Depth**: everything but the embedding and the head grows as the layers.',
      '**Time below the arithmetic**: small operations wait for their dispatch and fill the kernels badly, and larger ones reach more FLOP/s, as the last column shows. **Time above it**: fewer FLOP/s at the larger end, because numbers come from farther away. A generated token uses each weight once, so that it is as fast as weights arrive from the cache that holds them, or from memory where none does. A training step keeps all that its gradient needs, and scores of 2048 tokens are 16 MiB a head.',
      '**Memory** is that of WebAssembly up to the highest byte in use. Weights are most of it at first, which do not grow with tokens or pictures; in a forward each layer gives its memory back, in training the scores of all layers stay.',
    ],
    points: 'Points',
    pointsHeader: ['size', 'ms', 'MFLOP', 'GFLOP/s', 'MiB'],
    axes: { tokens: 'tokens', pictures: 'pictures', width: 'width', depth: 'depth', threads: 'threads' },
    tasks: { forward: 'forward', 'training step': 'training step', 'generated token': 'generated token' },
    against: (axes) => `Time against ${axes.join(', ')}, on logarithmic scales`,
    fromArithmetic: 'the arithmetic, through the last point',
  },
  ko: {
    title: '비용은 어떻게 커지나',
    other: '[English](growth.md)',
    intro: [
      '`npm run bench:growth -- --write`가 쓴 글이라 손으로 고치지 않아요. 재는 동안에는 기계에 다른 일을 시키지 마세요.',
      `무작위 가중치를 넣은 Flamingo를 \`simd\`와 스레드 하나로 쟀어요. 한 번에 크기 하나만 바꾸고, 나머지는 토큰 ${tokens}개, 32 x 32 그림 ${pictures}장, 너비 ${width}(헤드
너비는 32, 안쪽 너비는 네 배), ${depth}층이에요. 층마다 앞에 블록이 하나씩 있어요. 비전 인코더도 층수와 너비가 같아요. 포워드는 픽셀에서 시작해요. 학습 한 스텝은
시각 특징에서 시작해 Flamingo 단계가 배우는 것을 AdamW로 배워요. 생성 토큰은 프롬프트의 키와 값을 간직해 둔 채로 그다음에 쓰는 토큰 하나예요. 시간은 프로세서 시간이에요. 여러 번 잰
것의 중앙값을 프로세스 세 개에서 구해 가장 작은 것을 적었어요. 기계가 하는 다른 일은 시간을 늘리기만 하니까요. 스레드의 시간만은, 저마다 모델을 하나씩 연 스레드들이 포워드 여럿을 나눠 할 때 포워드 하나에 실제로 걸린 시간이고, 계산량은 스레드 하나의 몫이에요.`,
    ],
    picture: '토큰, 그림, 너비, 층수, 스레드에 따른 밀리초. 두 축 모두 로그예요',
    exponents: '지수',
    exponentsHeader: ['커지는 것', '과제', '맞춘 범위', '시간', '계산량', '메모리', '양 끝의 GFLOP/s'],
    reading: [
      '지수는 로그 눈금에서 곡선의 위쪽 절반을 지나는 직선의 기울기예요. 1이면 크기가 두 배일 때 두 배 걸리고, 2면 네 배 걸려요. 계산량은 연산이 실제로 한 부동소수점 계산의 수이고, 돌리면서 세었어요.',
      '**토큰**: 선형 층은 토큰 수만큼, 어텐션 점수는 그 제곱만큼 커져요. 토큰 수가 너비의 열한 배일 때 둘이 같아져요. 어디까지 왔는지는 계산량의 지수가 말해 줘요. 생성 토큰은 한 줄과 간직한 키만 읽어요. 가중치에 드는 몫은 어떤 프롬프트 뒤에서도 같아요.',
      '**그림**: 비전 인코더와 리샘플러는 그림 수만큼 커지고 글은 그대로예요. 그래서 글의 몫이 남아 있는 동안은 지수가 1보다 작아요.',
      '**너비**: 가중치는 너비의 제곱만큼 커져요. **층수**: 임베딩과 출력층 말고는 모두 층수만큼 커져요.',
      '**시간이 계산량보다 천천히 커지는 곳**: 작은 연산은 부르는 데 시간이 들고 커널을 다 채우지 못해요. 커질수록 FLOP/s가 오르는 것이 마지막 열에 보여요. **더 빨리 커지는 곳**: 수를 더 먼 데서 가져오느라 큰 쪽의 FLOP/s가 떨어져요. 생성 토큰은 가중치를 한 번씩만 쓰니까, 가중치가 오는 빠르기가 곧 속도예요. 가중치는 다 들어가는 캐시가 있으면 거기서 오고, 없으면 메모리에서 와요. 학습 한 스텝은 기울기에 쓸 값을 모두 간직해요. 토큰이 2048개면 점수가 헤드 하나에 16 MiB예요.',
      '**메모리**는 WebAssembly 메모리에서 쓰인 가장 높은 곳까지예요. 처음에는 대부분 가중치라서 토큰이나 그림이 늘어도 그대로예요. 포워드는 층마다 메모리를 돌려주고, 학습은 모든 층의 점수를 간직해요.',
    ],
    points: '잰 점',
    pointsHeader: ['크기', 'ms', 'MFLOP', 'GFLOP/s', 'MiB'],
    axes: { tokens: '토큰', pictures: '그림', width: '너비', depth: '층수', threads: '스레드' },
    tasks: { forward: '포워드', 'training step': '학습 한 스텝', 'generated token': '생성 토큰' },
    against: (axes) => `${axes.join(', ')}에 따른 시간. 두 축 모두 로그예요`,
    fromArithmetic: '마지막 점을 지나는 계산량',
  },
};

/** Floating-point operations in a millisecond, as GFLOP/s. */
const rate = ({ flops, milliseconds }: Point): string => figure(flops / milliseconds / 1e6);

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function table(header: readonly string[], rows: readonly (readonly string[])[], words: number): string[] {
  return [row(header), row(header.map((_, i) => (i < words ? '---' : '---:'))), ...rows.map(row)];
}

export function growthPage(curves: readonly Curve[], machine: Machine, language: Language): string {
  const text = TEXTS[language];
  const fitted = curves.filter(({ points }) => points.length > 1);
  const exponents = fitted.map((curve) => {
    const { from, to, time, arithmetic, memory } = growth(curve);
    const ends = [from, to].map((at) => curve.points.find((point) => point.at === at) as Point);
    const slopes = [time, arithmetic, memory].map((slope) => slope.toFixed(2).replace('-0.00', '0.00'));
    return [text.axes[curve.axis], text.tasks[curve.task], `${from}-${to}`, ...slopes, ends.map(rate).join(', ')];
  });
  const order = (a: Curve, b: Curve): number => TASKS.indexOf(a.task) - TASKS.indexOf(b.task);
  const points = curves.toSorted(order).flatMap((curve) => [
    `\n### ${text.tasks[curve.task]}, ${text.axes[curve.axis]}\n`,
    ...table(
      text.pointsHeader,
      curve.points.map((point) => [
        String(point.at),
        figure(point.milliseconds),
        figure(point.flops / 1e6),
        rate(point),
        figure(point.bytes / 2 ** 20),
      ]),
      0,
    ),
  ]);
  return [
    `# ${text.title}\n`,
    `${text.other}\n`,
    ...text.intro.map((part) => `${part}\n`),
    `${machineLine(machine)}.\n`,
    `![${text.picture}](growth.${language}.svg)\n`,
    `## ${text.exponents}\n`,
    ...table(text.exponentsHeader, exponents, 2),
    '',
    ...text.reading.map((part) => `- ${part}`),
    `\n## ${text.points}`,
    ...points,
    '',
  ].join('\n');
}
