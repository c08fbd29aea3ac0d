// What evening 6 asks for, and what is often written in its place: section 2.3 and appendix A.1.3 of the paper.
import type { Model, PictureSource, Prompt } from 'glass-flamingo';
import { type Device, range, type Tensor, tensor } from 'glass-flamingo/tensor';
import type { Exercise } from '../exercise.ts';

/** The tokens of a line -> for each the number of the picture it sees, from 1; 0 where there is none. */
export type Phi = (tokens: readonly string[]) => number[];
/** phi [n] and the number of pictures m -> 1 where token n may look at picture m, else 0: [n, m]. */
export type Allowed = (phi: Tensor, pictures: number) => Tensor;
/** Scores [heads, n, keys] and what may be seen [n, keys] -> shares [heads, n, keys]. */
export type Shares = (scores: Tensor, seen: Tensor) => Tensor;
/** Log-probabilities [n, vocabulary] of what follows each token, and the ids after the first of them -> one number. */
export type Score = (logProbabilities: Tensor, following: readonly number[]) => Tensor;

export interface InterleavingExercises {
  readonly phi: Exercise<Phi>;
  readonly allowed: Exercise<Allowed>;
  readonly shares: Exercise<Shares>;
  readonly score: Exercise<Score>;
}

/** Pictures and words for the exercises: a line that begins with text, and one that teaches `dax`. */
export interface InterleavingPrompts {
  readonly line: Prompt<PictureSource>;
  readonly bare: Prompt<PictureSource>;
}

const CANDIDATE = 'da'; // what it begins is likely, that it ends there is not

export async function interleavingExercises(
  model: Model,
  { line, bare }: InterleavingPrompts,
): Promise<InterleavingExercises> {
  const { device, tokenizer } = model;
  const prepared = await model.prepare(line);
  const tokens = prepared.ids.map((id) => tokenizer.token(id));
  const run = await prepared.run({
    capture: ['mask.*', 'xattn.0.attention.scores', 'xattn.0.attention.weights'],
  });
  prepared.dispose();
  const tapped = (name: string, shape: readonly number[]): Tensor => tensor(device, run.get(name).data, shape);
  const n = tokens.length;
  const [, heads = 0, , keys = 0] = run.get('xattn.0.attention.scores').shape;
  const [, , m = 0] = run.get('mask.allowed').shape;
  const textTime = tapped('mask.text_time', [n]);
  const scores = tapped('xattn.0.attention.scores', [heads, n, keys]);
  const seen = tapped('mask.allowed', [n, m, 1])
    .expand([n, m, keys / m])
    .reshape([n, keys]);
  return {
    phi: phiExercise(device, tokens, textTime),
    allowed: allowedExercise(textTime, m, tapped('mask.allowed', [n, m])),
    shares: sharesExercise(scores, seen, tapped('xattn.0.attention.weights', [heads, n, keys])),
    score: await scoreExercise(model, bare),
  };
}

function phiExercise(device: Device, tokens: readonly string[], expected: Tensor): Exercise<Phi> {
  const counting = (counts: (token: string) => boolean, own: boolean): Phi => {
    return (line) => line.map((_, i) => line.slice(0, own ? i + 1 : i).filter(counts).length);
  };
  const isImage = (token: string): boolean => token === '<image>';
  return {
    title: 'mask.text_time',
    apply: (answer) => tensor(device, Float32Array.from(answer(tokens))),
    expected,
    answer: counting(isImage, true),
    mistakes: [
      {
        answer: counting(isImage, false),
        ko: '<image> 토큰도 자기 그림을 봐요. 자기까지 세어 주세요.',
        en: 'An <image> token sees its own picture: count it as well.',
      },
      {
        answer: counting((token) => isImage(token) || token === '<EOC>', true),
        ko: '<EOC>는 그림이 아니에요. <image>만 세어 주세요.',
        en: '<EOC> is not a picture: count <image> only.',
      },
      {
        answer: (line) => line.map((token) => Number(isImage(token))),
        ko: '<image>가 나온 자리만 1이에요. 그 뒤의 글도 그 그림을 보니, 지금까지 나온 것을 더해 주세요.',
        en: 'Only <image> itself is 1. The text after it sees the picture too: add up what has come so far.',
      },
      {
        answer: (line) => counting(isImage, true)(line).map((time) => time - 1),
        ko: '그림을 0부터 셌어요. 0은 아직 그림이 없다는 뜻이니 첫 그림은 1이에요.',
        en: 'Pictures are counted from 0. Here 0 says that no picture has come yet, so the first is 1.',
      },
    ],
  };
}

function allowedExercise(phi: Tensor, pictures: number, expected: Tensor): Exercise<Allowed> {
  const [n = 0] = phi.shape;
  const column = (time: Tensor): Tensor => time.reshape([n, 1]);
  const numbers = (from: number): Tensor => range(phi.device, from, from + pictures).toFloat(); // [m]
  return {
    title: 'mask.allowed',
    apply: (answer) => answer(phi, pictures),
    expected,
    answer: (time) => column(time).equal(numbers(1)),
    mistakes: [
      {
        answer: (time) => column(time).greaterEqual(numbers(1)),
        ko: '앞의 모든 그림을 보게 했어요. 논문의 표 10이 비교한 다른 방식이고, 기본은 바로 앞의 그림 하나예요.',
        en: 'Every earlier picture may be seen: that is the ablation of Table 10. The rule is the latest one only.',
      },
      {
        answer: (time) => column(time).equal(numbers(0)),
        ko: '그림 번호가 하나씩 밀렸어요. φ는 1부터 세고, 0은 그림이 없다는 뜻이에요.',
        en: 'The numbers are off by one: phi counts from 1, and 0 stands for no picture.',
      },
      {
        answer: (time) => column(time).equal(numbers(1)).transpose(),
        ko: '행이 토큰, 열이 그림이에요. 두 축이 바뀌었어요.',
        en: 'Rows are tokens, columns are pictures: the axes are swapped.',
      },
      {
        answer: (time) => column(time).lessEqual(numbers(1)),
        ko: '앞으로 나올 그림까지 보게 했어요. 부등호가 아니라 같은지를 물어야 해요.',
        en: 'Pictures that have not come yet may be seen: ask whether it is equal, not whether it is smaller.',
      },
    ],
  };
}

function sharesExercise(scores: Tensor, seen: Tensor, expected: Tensor): Exercise<Shares> {
  return {
    title: 'xattn.0.attention.weights',
    apply: (answer) => answer(scores, seen),
    expected,
    answer: (s, mask) => s.maskedSoftmax(mask, { emptyRows: 'zero' }),
    mistakes: [
      {
        answer: (s, mask) => s.maskedSoftmax(mask, { emptyRows: 'uniform' }),
        ko: '첫 그림 앞의 글이 모든 그림을 고르게 보고 있어요. 볼 것이 없는 행은 0이어야 해요.',
        en: 'Text before the first picture looks at all pictures alike. A row that sees nothing has to be 0.',
      },
      {
        answer: (s, mask) => s.softmax().mul(mask),
        ko: '소프트맥스 다음에 가렸어요. 이제 행의 합이 1이 아니니, 가린 다음에 나눠 주세요.',
        en: 'The mask comes after the softmax, so rows no longer add up to 1. Mask first, then share.',
      },
      {
        answer: (s) => s.softmax(),
        ko: '마스크를 쓰지 않았어요. 모든 토큰이 모든 그림을 보고 있어요.',
        en: 'The mask is not used: every token sees every picture.',
      },
      {
        answer: (s, mask) => s.mul(mask).softmax(),
        ko: '가린 점수를 0으로 두었어요. 0점도 몫을 받아요. 가린 칸의 점수는 −∞처럼 작아야 해요.',
        en: 'A hidden score was made 0, and a score of 0 still gets a share. It has to be as small as -infinity.',
      },
    ],
  };
}

async function scoreExercise(model: Model, bare: Prompt<PictureSource>): Promise<Exercise<Score>> {
  const { device, tokenizer } = model;
  const ids = [...tokenizer.encode(CANDIDATE), tokenizer.special.eoc];
  const run = await model.run({ sequence: [...bare.sequence, { text: CANDIDATE }] }, { capture: ['logits'] });
  const { data, shape } = run.get('logits');
  const vocabulary = shape[2] as number;
  const logits = tensor(device, data.slice(-ids.length * vocabulary), [ids.length, vocabulary]);
  const { candidates: [ranked] = [] } = await model.answer({ ...bare, candidates: [CANDIDATE] });
  if (!ranked) throw new Error('one candidate gives one score');
  const given = logits.logSoftmax(); // [n, vocabulary]
  const cell = (table: Tensor, row: number, id: number): Tensor => {
    return table
      .slice([
        [row, row + 1],
        [id, id + 1],
      ])
      .reshape([]);
  };
  const chosen: Score = (table, following) => {
    return following.map((id, row) => cell(table, row, id)).reduce((sum, one) => sum.add(one));
  };
  return {
    title: 'candidates',
    apply: (answer) => answer(given, ids),
    expected: tensor(device, ranked.logProbability),
    answer: chosen,
    mistakes: [
      {
        answer: (table, following) => chosen(table, following.slice(0, 1)),
        ko: '첫 토큰만 셌어요. 이름은 여러 토큰일 수 있어요.',
        en: 'Only the first token is counted. A name can have several.',
      },
      {
        answer: (table, following) => chosen(table, following).div(following.length),
        ko: '평균을 냈어요. 확률의 곱은 로그의 합이에요.',
        en: 'This is the mean. A product of probabilities is a sum of logarithms.',
      },
      {
        answer: (table, following) => chosen(table, following.slice(0, -1)),
        ko: '<EOC>를 빠뜨렸어요. 거기서 끝나는 것도 답의 일부예요.',
        en: '<EOC> is left out. That the answer ends there is a part of it.',
      },
      {
        answer: (table, following) => chosen(table.exp(), following),
        ko: '확률을 더했어요. 로그 확률을 더해야 해요.',
        en: 'Probabilities are added. Add their logarithms.',
      },
    ],
  };
}
