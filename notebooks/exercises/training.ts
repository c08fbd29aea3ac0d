// What evening 7 asks for, and what is often written in its place: sections 2.2, 2.4 and B.1 of the paper.
import { AdamW } from 'glass-flamingo/nn';
import { crossEntropy, type Device, Random, randn, type Tensor, tensor } from 'glass-flamingo/tensor';
import type { Exercise } from '../exercise.ts';

/** The path of a parameter, such as `languageModel.layers.0.attention.toQ.weight` -> whether pretraining changes it. */
export type Learns = (path: string) => boolean;
/** Logits [n, vocabulary], ids [n], 1 where a token is to be learned [n] -> the mean loss of the learned tokens. */
export type TextLoss = (logits: Tensor, ids: Tensor, learned: Tensor) => Tensor;
/** A weight, its gradient, rate and decay of AdamW -> the weight after the very first step. */
export type FirstStep = (weight: Tensor, gradient: Tensor, rate: number, decay: number) => Tensor;
/** Gradients of single examples of two sets, [a, d] and [b, d], and the sets' weights -> the gradient of a step, [d]. */
export type Mixture = (first: Tensor, second: Tensor, weights: readonly [number, number]) => Tensor;

export interface TrainingExercises {
  readonly learns: Exercise<Learns>;
  readonly loss: Exercise<TextLoss>;
  readonly step: Exercise<FirstStep>;
  readonly mixture: Exercise<Mixture>;
}

/** `paths` are those of all parameters of a Flamingo. */
export function trainingExercises(device: Device, paths: readonly string[]): TrainingExercises {
  return {
    learns: learnsExercise(device, paths),
    loss: lossExercise(device),
    step: stepExercise(device),
    mixture: mixtureExercise(device),
  };
}

function learnsExercise(device: Device, paths: readonly string[]): Exercise<Learns> {
  const flags = (answer: Learns): Tensor =>
    tensor(
      device,
      Float32Array.from(paths, (path) => Number(answer(path))),
    );
  const under =
    (...parts: string[]): Learns =>
    (path) =>
      parts.some((part) => path.startsWith(`${part}.`));
  const right = under('resampler', 'crossAttention');
  return {
    title: 'parameters',
    apply: flags,
    expected: flags(right),
    answer: right,
    mistakes: [
      {
        answer: under('crossAttention'),
        ko: '리샘플러가 빠졌어요. 리샘플러도 처음부터 배워요(2.1절).',
        en: 'The resampler is missing: it is trained from scratch too (section 2.1).',
      },
      {
        answer: under('resampler'),
        ko: '게이트 달린 블록들이 빠졌어요.',
        en: 'The gated blocks are missing.',
      },
      {
        answer: under('resampler', 'crossAttention', 'vision'),
        ko: '비전 인코더는 얼려 둬요. 미세 조정 때만 함께 배우기도 해요(3.2절).',
        en: 'The vision encoder is frozen. It is unfrozen in fine-tuning only (section 3.2).',
      },
      {
        answer: under('resampler', 'crossAttention', 'languageModel'),
        ko: '언어 모델은 얼려 둬요. 함께 배우면 글을 잊어요(표 3의 (viii)).',
        en: 'The language model is frozen. Trained along, it forgets text (row (viii) of Table 3).',
      },
      {
        answer: (path) => right(path) && !path.endsWith('Gate'),
        ko: '게이트의 α도 배워요. 처음에는 α만 움직일 수 있어요.',
        en: "The gates' alphas learn too. At first they are all that can move.",
      },
    ],
  };
}

function lossExercise(device: Device): Exercise<TextLoss> {
  const [n, vocabulary] = [8, 6];
  const logits = randn(device, [n, vocabulary], new Random(21));
  const ids = tensor(device, Int32Array.from([1, 3, 4, 5, 2, 3, 4, 0])); // <BOS> <image> a b <EOC> <image> a <PAD>
  const learned = tensor(device, [0, 0, 1, 1, 1, 0, 1, 0]);
  const each = (table: Tensor, targets: Tensor): Tensor => crossEntropy(table, targets, { reduction: 'none' });
  const shifted = (table: Tensor, tokens: Tensor): Tensor => each(table.slice([[0, n - 1]]), tokens.slice([[1, n]])); // [n - 1]
  const mean = (losses: Tensor, counted: Tensor): Tensor => losses.mul(counted).sum().div(counted.sum());
  const right: TextLoss = (table, tokens, wanted) => mean(shifted(table, tokens), wanted.slice([[1, n]]));
  return {
    title: 'loss',
    apply: (answer) => answer(logits, ids, learned),
    expected: right(logits, ids, learned),
    answer: right,
    mistakes: [
      {
        answer: (table, tokens, wanted) => mean(each(table, tokens), wanted),
        ko: '한 칸 밀지 않았어요. 토큰이 자기 자신을 맞히고 있어요. 각 토큰은 다음 토큰을 맞혀요.',
        en: 'It is not shifted: a token predicts itself. Each predicts the next.',
      },
      {
        answer: (table, tokens) => shifted(table, tokens).mean(),
        ko: '<image>와 <PAD>까지 셌어요. 글의 토큰만 배워요.',
        en: '<image> and <PAD> are counted. Only tokens of text are learned.',
      },
      {
        answer: (table, tokens, wanted) =>
          shifted(table, tokens)
            .mul(wanted.slice([[1, n]]))
            .mean(),
        ko: '배우지 않는 토큰까지 세어서 나눴어요. 배우는 토큰의 수로 나누세요.',
        en: 'It is divided by the number of all tokens. Divide by how many are learned.',
      },
      {
        answer: (table, tokens, wanted) => mean(shifted(table, tokens), wanted.slice([[0, n - 1]])),
        ko: '맞힐 토큰이 아니라 읽은 토큰의 표시를 썼어요. 표시도 한 칸 밀어야 해요.',
        en: 'The marks are those of the token that was read, not of the one to be said: shift them as well.',
      },
    ],
  };
}

const [BETA_1, BETA_2, EPS] = [0.9, 0.999, 1e-8];

function stepExercise(device: Device): Exercise<FirstStep> {
  const random = new Random(22);
  const [start, gradient] = [randn(device, [6], random), randn(device, [6], random)];
  const [rate, decay] = [0.1, 0.5];
  const weight = start.mul(1);
  new AdamW([{ parameters: [weight], learningRate: rate, weightDecay: decay }], {
    betas: [BETA_1, BETA_2],
    eps: EPS,
  }).step(new Map([[weight, gradient]]));
  const sign = (g: Tensor): Tensor => g.div(g.abs().add(EPS));
  return {
    title: 'AdamW, step 1',
    apply: (answer) => answer(start, gradient, rate, decay),
    expected: weight,
    answer: (w, g, r, d) => w.mul(1 - r * d).sub(sign(g).mul(r)),
    mistakes: [
      {
        answer: (w, g, r, d) => w.sub(sign(g.add(w.mul(d))).mul(r)),
        ko: '감쇠를 기울기에 더했어요. 그건 Adam의 L2예요. AdamW는 감쇠를 따로 빼요.',
        en: 'The decay is added to the gradient: that is Adam with L2. AdamW takes it off apart.',
      },
      {
        answer: (w, g, r, d) => w.mul(1 - r * d).sub(g.mul(r)),
        ko: '기울기를 그대로 뺐어요. 첫 스텝에서 Adam은 기울기의 부호만큼 움직여요.',
        en: 'The gradient itself is taken off. In its first step Adam moves by the sign of it.',
      },
      {
        answer: (w, g, r, d) => {
          const [m, v] = [g.mul(1 - BETA_1), g.square().mul(1 - BETA_2)];
          return w.mul(1 - r * d).sub(m.div(v.sqrt().add(EPS)).mul(r));
        },
        ko: '편향을 고치지 않았어요. 첫 스텝의 m은 1 − β₁로, v는 1 − β₂로 나눠요.',
        en: 'There is no bias correction: in the first step m is divided by 1 - beta1 and v by 1 - beta2.',
      },
      {
        answer: (w, g, r) => w.sub(sign(g).mul(r)),
        ko: '감쇠가 빠졌어요.',
        en: 'The decay is missing.',
      },
    ],
  };
}

function mixtureExercise(device: Device): Exercise<Mixture> {
  const random = new Random(23);
  const [first, second] = [randn(device, [2, 5], random), randn(device, [6, 5], random)];
  const weights = [0.2, 1] as const; // of the paper's Table of datasets: lambda, one a dataset
  const right: Mixture = (a, b, [p, q]) => a.mean(0).mul(p).add(b.mean(0).mul(q));
  return {
    title: 'gradient of a step',
    apply: (answer) => answer(first, second, weights),
    expected: right(first, second, weights),
    answer: right,
    mistakes: [
      {
        answer: (a, b) =>
          a
            .sum(0)
            .add(b.sum(0))
            .div((a.shape[0] as number) + (b.shape[0] as number)),
        ko: '모두 한데 섞어 평균을 냈어요. 세트마다 평균을 내고 λ를 곱해서 더해요(2.4절).',
        en: 'All examples are averaged together. Take the mean of each set, times its lambda, and add (section 2.4).',
      },
      {
        answer: (a, b, [p, q]) => a.sum(0).mul(p).add(b.sum(0).mul(q)),
        ko: '평균이 아니라 합이에요. 큰 세트가 더 무거워져요.',
        en: 'These are sums, not means: a larger set weighs more.',
      },
      {
        answer: (a, b) => a.mean(0).add(b.mean(0)).div(2),
        ko: 'λ를 쓰지 않았어요.',
        en: 'The lambdas are not used.',
      },
      {
        answer: (a, _, [p]) => a.mean(0).mul(p),
        ko: '한 세트만 썼어요. 번갈아 하는 방식인데, 논문은 모아서 하는 쪽이 낫다고 해요.',
        en: 'Only one set is used. That is round-robin; the paper finds accumulating over all sets better.',
      },
    ],
  };
}
