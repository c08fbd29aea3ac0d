// What evening 1 asks for, and what is often written in its place.
import type { Model, PictureSource, Prompt } from 'glass-flamingo';
import { Random, randn, type Tensor, tensor } from 'glass-flamingo/tensor';
import type { Exercise } from '../exercise.ts';

/** Looked-up words [n, d] and the positions' table [positions, d] -> what the first layer is given, [n, d]. */
export type Embed = (words: Tensor, positions: Tensor) => Tensor;
/** x [n, d], weight [d], bias [d], eps -> [n, d]. */
export type Norm = (x: Tensor, weight: Tensor, bias: Tensor, eps: number) => Tensor;
/** Any scores -> shares over the last axis. */
export type Softmax = (x: Tensor) => Tensor;
/** The gradient of c = a b [n, m], a [n, k], b [k, m] -> the gradient of a, [n, k]. */
export type MatmulGradient = (gradient: Tensor, a: Tensor, b: Tensor) => Tensor;

export interface TensorExercises {
  readonly softmax: Exercise<Softmax>;
  readonly embed: Exercise<Embed>;
  readonly norm: Exercise<Norm>;
  readonly gradient: Exercise<MatmulGradient>;
}

const FIRST_POSITION = 2; // of OPT's tables, and of the shipped model's

/** The exercises against what a model computes for a prompt. */
export async function tensorExercises(model: Model, prompt: Prompt<PictureSource>): Promise<TensorExercises> {
  const { device } = model;
  const run = await model.run(prompt, {
    capture: ['lm.embeddings.*', 'xattn.0.residual.post', 'lm.layers.0.attention.norm.out'],
  });
  const rows = (name: string): Tensor => {
    const { data, shape } = run.get(name); // [1, n, d]
    return tensor(device, data, shape.slice(1));
  };
  const { positions, layers } = model.flamingo.languageModel;
  const norm = layers[0]?.attentionNorm;
  if (!positions || !norm || !('bias' in norm) || !norm.bias)
    throw new Error('expected learned positions and layer norm');
  const { weight, bias, eps } = norm;
  return {
    softmax: softmaxExercise(tensor(device, [[1, 2, 4], [500, 499, 0]])), // biome-ignore format: a matrix
    embed: embedExercise(rows('lm.embeddings.tokens'), positions.weight, rows('lm.embeddings.out')),
    norm: normExercise(rows('xattn.0.residual.post'), { weight, bias, eps }, rows('lm.layers.0.attention.norm.out')),
    gradient: gradientExercise(device),
  };
}

function softmaxExercise(input: Tensor): Exercise<Softmax> {
  const shares = (exponentials: Tensor, axis: number): Tensor => exponentials.div(exponentials.sum(axis, true));
  return {
    title: 'softmax',
    apply: (answer) => answer(input),
    expected: input.softmax(),
    answer: (x) => shares(x.sub(x.max(-1, true)).exp(), -1),
    mistakes: [
      {
        answer: (x) => shares(x.exp(), -1),
        ko: 'float32에서 e⁵⁰⁰은 무한대라서 ∞ / ∞ = NaN이 돼요. 먼저 행의 최댓값을 빼세요.',
        en: 'In float32 e^500 is infinite, and infinity / infinity is NaN. Take the maximum of the row away first.',
      },
      {
        answer: (x) => shares(x.sub(x.max(0, true)).exp(), 0),
        ko: '열의 합이 1이에요. 행의 합이 1이어야 하니 마지막 축에서 계산하세요.',
        en: 'Columns add up to 1. Rows should: work along the last axis.',
      },
      {
        answer: (x) => x.sub(x.max(-1, true)).exp(),
        ko: '합으로 나누지 않았어요. 몫의 합은 1이어야 해요.',
        en: 'It is not divided by the sum. Shares add up to 1.',
      },
      {
        answer: (x) => x.div(x.sum(-1, true)),
        ko: 'exp가 빠졌어요. 점수는 음수일 수도 있어요.',
        en: 'The exponential is missing. Scores may be negative.',
      },
    ],
  };
}

function embedExercise(words: Tensor, positions: Tensor, expected: Tensor): Exercise<Embed> {
  const [n = 0] = words.shape;
  const from = (table: Tensor, start: number): Tensor => table.slice([[start, start + n]]); // [n, d]
  return {
    title: 'lm.embeddings.out',
    apply: (answer) => answer(words, positions),
    expected,
    answer: (x, table) => x.add(from(table, FIRST_POSITION)),
    mistakes: [
      {
        answer: (x) => x,
        ko: '위치가 빠졌어요. 이대로면 낱말이 어디에 서 있는지 아무도 몰라요.',
        en: 'Positions are missing: nobody knows where a word stands.',
      },
      {
        answer: (x, table) => x.add(from(table, 0)),
        ko: '표의 0행부터 더했어요. OPT처럼 0행과 1행은 비워 두고, 첫 토큰의 위치는 2행이에요.',
        en: 'It starts at row 0 of the table. As in OPT, rows 0 and 1 belong to no token; the first stands in row 2.',
      },
      {
        answer: (x, table) => x.add(from(table, 1)),
        ko: '표의 1행부터 더했어요. 첫 토큰의 위치는 2행이에요.',
        en: 'It starts at row 1 of the table. The first token stands in row 2.',
      },
      {
        answer: (x, table) => x.add(from(table, FIRST_POSITION).slice([[0, 1]])),
        ko: '모든 토큰에 같은 위치를 더했어요. [1, d]가 브로드캐스팅된 거예요.',
        en: 'Every token got the same position: [1, d] was broadcast.',
      },
    ],
  };
}

function normExercise(
  x: Tensor,
  { weight, bias, eps }: { weight: Tensor; bias: Tensor; eps: number },
  expected: Tensor,
): Exercise<Norm> {
  const d = x.shape[1] as number;
  const centred = (y: Tensor): Tensor => y.sub(y.mean(-1, true));
  const variance = (y: Tensor, over = d): Tensor => centred(y).square().sum(-1, true).div(over);
  return {
    title: 'lm.layers.0.attention.norm.out',
    apply: (answer) => answer(x, weight, bias, eps),
    expected,
    answer: (y, w, b, e) => centred(y).div(variance(y).add(e).sqrt()).mul(w).add(b),
    mistakes: [
      {
        answer: (y, w, b, e) =>
          centred(y)
            .div(
              variance(y, d - 1)
                .add(e)
                .sqrt(),
            )
            .mul(w)
            .add(b),
        ko: '분산을 d - 1로 나눴어요. 층 정규화의 분산은 d로 나눠요.',
        en: 'The variance is over d - 1. In layer norm it is over all d.',
      },
      {
        answer: (y, _, __, e) => centred(y).div(variance(y).add(e).sqrt()),
        ko: '학습한 weight와 bias가 빠졌어요.',
        en: 'The learned weight and bias are missing.',
      },
      {
        answer: (y, w, b, e) => centred(y).div(variance(y).add(e)).mul(w).add(b),
        ko: '표준편차가 아니라 분산으로 나눴어요. 제곱근을 씌우세요.',
        en: 'It is divided by the variance. Take the square root.',
      },
      {
        answer: (y, w, b, e) => y.div(y.square().mean(-1, true).add(e).sqrt()).mul(w).add(b),
        ko: '평균을 빼지 않았어요. 그건 RMSNorm이에요.',
        en: 'The mean is not taken away: that is RMSNorm.',
      },
      {
        answer: (y, w, b, e) => {
          const apart = y.sub(y.mean(0, true)); // [n, d]
          return apart.div(apart.square().mean(0, true).add(e).sqrt()).mul(w).add(b);
        },
        ko: '토큰들에 걸쳐서 정규화했어요. 토큰마다 따로, 너비 d에 걸쳐서 하세요.',
        en: 'It is normalised over the tokens. Do it for every token by itself, over its width d.',
      },
    ],
  };
}

function gradientExercise(device: Tensor['device']): Exercise<MatmulGradient> {
  const random = new Random(11);
  const [gradient, a, b] = [
    randn(device, [3, 3], random),
    randn(device, [3, 3], random),
    randn(device, [3, 3], random),
  ];
  return {
    title: 'dA',
    apply: (answer) => answer(gradient, a, b),
    expected: gradient.matmul(b, { transposeB: true }),
    answer: (g, _, right) => g.matmul(right.transpose()),
    mistakes: [
      {
        answer: (g, _, right) => g.matmul(right),
        ko: 'b를 뒤집지 않았어요. 정사각형이라 모양은 맞지만, [n, m]에 [k, m]의 전치를 곱해야 [n, k]가 돼요.',
        en: 'b is not transposed. The matrices are square, so shapes agree; in general [n, m] needs the transpose of [k, m].',
      },
      {
        answer: (g, left) => left.transpose().matmul(g),
        ko: '이건 b의 기울기예요. a의 기울기에는 b가 필요해요.',
        en: 'This is the gradient of b. That of a needs b.',
      },
      {
        answer: (g, _, right) => right.transpose().matmul(g),
        ko: '곱하는 순서가 바뀌었어요.',
        en: 'The factors stand in the wrong order.',
      },
      {
        answer: (g) => g,
        ko: '들어온 기울기를 그대로 돌려줬어요. 연쇄 법칙에서는 b가 곱해져요.',
        en: 'The gradient is passed on as it came. By the chain rule it is multiplied by b.',
      },
    ],
  };
}
