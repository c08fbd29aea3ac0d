// What evening 2 asks for, and what is often written in its place: one layer of the shipped language model.
import type { Model, PictureSource, Prompt } from 'glass-flamingo';
import { causalMask, concat, type Tensor, tensor } from 'glass-flamingo/tensor';
import type { Exercise } from '../exercise.ts';

/** x [n, heads w] -> [heads, n, w]. */
export type SplitHeads = (x: Tensor, heads: number) => Tensor;
/** q and k [heads, n, w] -> weights [heads, n, n]. */
export type Weights = (q: Tensor, k: Tensor) => Tensor;
/** What the heads gathered [heads, n, w], W_O [d, d] as [out, in] and its bias [d] -> [n, d]. */
export type Output = (gathered: Tensor, weight: Tensor, bias: Tensor) => Tensor;
/** Keys of earlier tokens [heads, m, w], one new token x [1, d], W_K [d, d] as [out, in] and its bias -> [heads, m + 1, w]. */
export type ExtendKeys = (cached: Tensor, x: Tensor, weight: Tensor, bias: Tensor) => Tensor;

export interface AttentionExercises {
  readonly split: Exercise<SplitHeads>;
  readonly weights: Exercise<Weights>;
  readonly output: Exercise<Output>;
  readonly keys: Exercise<ExtendKeys>;
}

const LAYER = 1;

/** The exercises against what layer 1 of a model's language model computes for a prompt. */
export async function attentionExercises(model: Model, prompt: Prompt<PictureSource>): Promise<AttentionExercises> {
  const { device } = model;
  const at = `lm.layers.${LAYER}.attention`;
  const run = await model.run(prompt, { capture: [`${at}.*`, `${at}.norm.out`] });
  const tapped = (name: string): Tensor => {
    const { data, shape } = run.get(`${at}.${name}`); // [1, ..]
    return tensor(device, data, shape.slice(1));
  };
  const attention = model.flamingo.languageModel.layers[LAYER]?.attention;
  if (!attention?.toOut.bias || !attention.toK.bias) throw new Error('expected attention with biases');
  const { toOut, toK } = attention;
  return {
    split: splitExercise(tapped('queries')),
    weights: weightsExercise(tapped('queries'), tapped('keys'), tapped('weights')),
    output: outputExercise(tapped('heads'), toOut.weight, toOut.bias as Tensor, tapped('out')),
    keys: keysExercise(tapped('norm.out'), toK.weight, toK.bias as Tensor, tapped('keys')),
  };
}

const splitting: SplitHeads = (x, heads) => {
  const [n = 0, width = 0] = x.shape;
  return x.reshape([n, heads, width / heads]).permute([1, 0, 2]);
};

function splitExercise(expected: Tensor): Exercise<SplitHeads> {
  const [heads = 0, n = 0, w = 0] = expected.shape;
  const flat = expected.permute([1, 0, 2]).reshape([n, heads * w]); // as W_Q gives it
  return {
    title: `lm.layers.${LAYER}.attention.queries`,
    apply: (answer) => answer(flat, heads),
    expected,
    answer: splitting,
    mistakes: [
      {
        answer: (x) => x.reshape([heads, n, w]),
        ko: '숫자를 차례대로 끊었더니 너비가 아니라 글이 잘렸어요. [n, heads, w]로 접은 다음 두 축을 바꾸세요.',
        en: 'Numbers were cut in a row, so the text is cut and not the width. Fold to [n, heads, w], then swap two axes.',
      },
      {
        answer: (x) => x.reshape([n, w, heads]).permute([2, 0, 1]),
        ko: '헤드의 숫자를 띄엄띄엄 골랐어요. 너비에서 한 헤드는 이어진 w칸이에요.',
        en: 'Each head took every so many numbers. In the width a head is w neighbours.',
      },
      {
        answer: (x) => x.reshape([n, heads, w]),
        ko: '접기만 했어요. 헤드의 축이 맨 앞에 와야 헤드마다 행렬 곱을 할 수 있어요.',
        en: 'It is folded only. The axis of heads comes first, so that each head has its own matrix.',
      },
    ],
  };
}

function weightsExercise(q: Tensor, k: Tensor, expected: Tensor): Exercise<Weights> {
  const [heads = 0, n = 0, w = 0] = q.shape;
  const scores = (a: Tensor, b: Tensor, by: number): Tensor => a.matmul(b, { transposeB: true }).div(by);
  const mask = causalMask(q.device, n, n); // [n, n]
  const strict = mask.mul(mask.transpose().equal(0)); // only what came before
  return {
    title: `lm.layers.${LAYER}.attention.weights`,
    apply: (answer) => answer(q, k),
    expected,
    answer: (a, b) => scores(a, b, Math.sqrt(w)).maskedSoftmax(mask),
    mistakes: [
      {
        answer: (a, b) => scores(a, b, 1).maskedSoftmax(mask),
        ko: `√${w}로 나누지 않았어요. 점수가 멀리 퍼져서 한 곳만 보게 돼요.`,
        en: `It is not divided by sqrt(${w}): scores spread, and one key gets nearly all.`,
      },
      {
        answer: (a, b) => scores(a, b, Math.sqrt(heads * w)).maskedSoftmax(mask),
        ko: `모델의 너비 ${heads * w}의 제곱근으로 나눴어요. 헤드의 너비 ${w}를 쓰세요.`,
        en: `It is divided by the root of the model's width ${heads * w}. Use the head's, ${w}.`,
      },
      {
        answer: (a, b) => scores(a, b, w).maskedSoftmax(mask),
        ko: `${w}로 나눴어요. 제곱근으로 나누세요.`,
        en: `It is divided by ${w}. Divide by its square root.`,
      },
      {
        answer: (a, b) => scores(a, b, Math.sqrt(w)).softmax().mul(mask),
        ko: '소프트맥스 다음에 가렸어요. 이제 행의 합이 1이 아니에요.',
        en: 'The mask comes after the softmax, so rows no longer add up to 1.',
      },
      {
        answer: (a, b) => scores(a, b, Math.sqrt(w)).maskedSoftmax(strict),
        ko: '자기 자신을 가렸어요. 토큰은 자기까지 봐요.',
        en: 'A token is hidden from itself. It sees what came before and itself.',
      },
      {
        answer: (a, b) => scores(a, b, Math.sqrt(w)).softmax(),
        ko: '마스크가 없어요. 아직 나오지 않은 토큰까지 보고 있어요.',
        en: 'There is no mask: it sees tokens that have not come yet.',
      },
      {
        answer: (a, b) => scores(b, a, Math.sqrt(w)).maskedSoftmax(mask),
        ko: '쿼리와 키가 바뀌었어요. 행이 보는 쪽(쿼리)이에요.',
        en: 'Queries and keys are swapped. Rows are who looks, the queries.',
      },
    ],
  };
}

function outputExercise(gathered: Tensor, weight: Tensor, bias: Tensor, expected: Tensor): Exercise<Output> {
  const [n, d] = expected.shape as [number, number];
  const merged = (x: Tensor): Tensor => x.permute([1, 0, 2]).reshape([n, d]);
  return {
    title: `lm.layers.${LAYER}.attention.out`,
    apply: (answer) => answer(gathered, weight, bias),
    expected,
    answer: (x, w, b) => merged(x).matmul(w.transpose()).add(b),
    mistakes: [
      {
        answer: (x) => merged(x),
        ko: 'W_O가 빠졌어요. 헤드들이 모은 것을 섞어야 해요.',
        en: 'W_O is missing: it mixes what the heads gathered.',
      },
      {
        answer: (x, w, b) => x.reshape([n, d]).matmul(w.transpose()).add(b),
        ko: '축을 되돌리지 않고 이어 붙였어요. [n, heads, w]로 바꾼 다음 펴세요.',
        en: 'Heads were joined without swapping the axes back. Go to [n, heads, w] first, then flatten.',
      },
      {
        answer: (x, w, b) => merged(x).matmul(w).add(b),
        ko: '가중치는 [출력, 입력]으로 저장돼 있어요. 뒤집어서 곱하세요.',
        en: 'Weights are stored [out, in]: multiply by the transpose.',
      },
      {
        answer: (x, w) => merged(x).matmul(w.transpose()),
        ko: 'bias를 더하지 않았어요.',
        en: 'The bias is not added.',
      },
    ],
  };
}

function keysExercise(x: Tensor, weight: Tensor, bias: Tensor, all: Tensor): Exercise<ExtendKeys> {
  const [heads = 0, n = 0] = all.shape;
  const cached = all.slice([[null], [0, n - 1]]); // [heads, n - 1, w]
  const last = x.slice([[n - 1, n]]); // [1, d]
  const project = (token: Tensor, w: Tensor, b: Tensor): Tensor => token.matmul(w.transpose()).add(b); // [1, d]
  const newKeys = (token: Tensor, w: Tensor, b: Tensor): Tensor => splitting(project(token, w, b), heads);
  return {
    title: `lm.layers.${LAYER}.attention.keys`,
    apply: (answer) => answer(cached, last, weight, bias),
    expected: all,
    answer: (before, token, w, b) => concat([before, newKeys(token, w, b)], 1),
    mistakes: [
      {
        answer: (before) => before,
        ko: '새 토큰의 키가 없어요. 토큰은 자기 자신도 봐요.',
        en: "The new token's key is missing. A token sees itself too.",
      },
      {
        answer: (before, token, w, b) => concat([newKeys(token, w, b), before], 1),
        ko: '새 키를 앞에 붙였어요. 나온 순서대로, 맨 뒤에 붙이세요.',
        en: 'The new key stands first. Append it: keys stand in the order of the tokens.',
      },
      {
        answer: (_, token, w, b) => newKeys(token, w, b),
        ko: '앞 토큰들의 키를 버렸어요. 캐시는 그걸 다시 계산하지 않으려고 있는 거예요.',
        en: 'The keys of earlier tokens are gone. The cache keeps them, so that they are not computed again.',
      },
      {
        answer: (before, token, w) => concat([before, splitting(token.matmul(w.transpose()), heads)], 1),
        ko: 'bias를 더하지 않았어요.',
        en: 'The bias is not added.',
      },
    ],
  };
}
