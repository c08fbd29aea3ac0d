// What evening 3 asks for, and what is often written in its place: patches, CLIP's loss, zero-shot classification.
import type { Model, PictureSource } from 'glass-flamingo';
import { concat, crossEntropy, type Tensor, tensor } from 'glass-flamingo/tensor';
import type { Exercise } from '../exercise.ts';

/** Pixels [3, side, side] and the patches' matrix [d, 3, p, p] -> patches, row by row, as vectors [v, d]. */
export type Patches = (pixels: Tensor, weight: Tensor) => Tensor;
/** Patches [v, d], the class token [d], positions [1 + v, d] -> what the first layer reads before its norm, [1 + v, d]. */
export type Tokens = (patches: Tensor, classToken: Tensor, positions: Tensor) => Tensor;
/** Similarities times the scale, rows pictures, columns texts, [n, n], matching pairs on the diagonal -> the loss. */
export type ContrastiveLoss = (logits: Tensor) => Tensor;
/** The same logits, [pictures, texts] -> for each picture the probability of each text. */
export type ZeroShot = (logits: Tensor) => Tensor;

export interface VisionExercises {
  readonly patches: Exercise<Patches>;
  readonly tokens: Exercise<Tokens>;
  readonly loss: Exercise<ContrastiveLoss>;
  readonly zeroShot: Exercise<ZeroShot>;
}

/** `logits` [n, n]: n pictures and their n names, the matching ones on the diagonal. */
export async function visionExercises(model: Model, picture: PictureSource, logits: Tensor): Promise<VisionExercises> {
  const { device } = model;
  const { vision } = model.flamingo;
  if (!vision) throw new Error('expected a vision encoder');
  const run = await model.run(
    { sequence: [{ image: picture }] },
    { capture: ['vision.pixels', 'vision.embeddings.patches', 'vision.embeddings.out'] },
  );
  const tapped = (name: string): Tensor => {
    const { data, shape } = run.get(name); // [1, ..]
    return tensor(device, data, shape.slice(1));
  };
  const patches = tapped('vision.embeddings.patches');
  return {
    patches: patchesExercise(tapped('vision.pixels'), vision.patchEmbedding, patches),
    tokens: tokensExercise(patches, vision.classEmbedding, vision.positionEmbedding, tapped('vision.embeddings.out')),
    loss: lossExercise(logits),
    zeroShot: zeroShotExercise(logits),
  };
}

function patchesExercise(pixels: Tensor, weight: Tensor, expected: Tensor): Exercise<Patches> {
  const [channels = 0, side = 0] = pixels.shape;
  const [d = 0, , p = 0] = weight.shape;
  const grid = side / p;
  /** [3, side, side] -> [v, ..] in an order of the axes channel 0, row of patches 1, row 2, column of patches 3, column 4. */
  const cut = (x: Tensor, order: readonly number[]): Tensor =>
    x
      .reshape([channels, grid, p, grid, p])
      .permute(order)
      .reshape([grid * grid, channels * p * p]);
  const flat = (w: Tensor): Tensor => w.reshape([d, channels * p * p]).transpose();
  return {
    title: 'vision.embeddings.patches',
    apply: (answer) => answer(pixels, weight),
    expected,
    answer: (x, w) => cut(x, [1, 3, 0, 2, 4]).matmul(flat(w)),
    mistakes: [
      {
        answer: (x, w) => cut(x, [3, 1, 0, 2, 4]).matmul(flat(w)),
        ko: '패치를 열부터 셌어요. 첫 행의 패치들이 먼저예요.',
        en: 'Patches run down the columns. They run along rows first.',
      },
      {
        answer: (x, w) => cut(x, [1, 3, 2, 4, 0]).matmul(flat(w)),
        ko: '채널을 맨 뒤에 두었어요. 가중치는 [d, 3, p, p]라서 채널이 먼저예요.',
        en: 'Channels come last. The weights are [d, 3, p, p]: channels come first.',
      },
      {
        answer: (x, w) => x.reshape([grid * grid, channels * p * p]).matmul(flat(w)),
        ko: '픽셀의 줄을 그대로 끊었어요. 패치는 네모예요. 먼저 [3, 4, 8, 4, 8]로 접으세요.',
        en: 'The line of pixels was cut as it is. A patch is a square: fold to [3, 4, 8, 4, 8] first.',
      },
      {
        answer: (x, w) => cut(x.mul(0.5).add(0.5), [1, 3, 0, 2, 4]).matmul(flat(w)),
        ko: '픽셀을 0과 1 사이로 되돌렸어요. 모델은 −1과 1 사이의 픽셀을 읽어요.',
        en: 'Pixels were put back between 0 and 1. The model reads them between -1 and 1.',
      },
      {
        answer: (x, w) => cut(x, [1, 3, 0, 4, 2]).matmul(flat(w)),
        ko: '패치 안에서 행과 열이 바뀌었어요.',
        en: 'Rows and columns are exchanged within a patch.',
      },
    ],
  };
}

function tokensExercise(patches: Tensor, token: Tensor, positions: Tensor, expected: Tensor): Exercise<Tokens> {
  const [v = 0, d = 0] = patches.shape;
  const row = (x: Tensor): Tensor => x.reshape([1, d]);
  return {
    title: 'vision.embeddings.out',
    apply: (answer) => answer(patches, token, positions),
    expected,
    answer: (x, c, where) => concat([row(c), x]).add(where),
    mistakes: [
      {
        answer: (x, c, where) => concat([x, row(c)]).add(where),
        ko: '클래스 토큰을 맨 뒤에 두었어요. 맨 앞이에요.',
        en: 'The class token stands last. It comes first.',
      },
      {
        answer: (x, c, where) => concat([row(c), x.add(where.slice([[0, v]]))]),
        ko: '첫 패치에 0번 위치를 주었어요. 0번은 클래스 토큰의 자리예요.',
        en: 'The first patch got position 0, which belongs to the class token.',
      },
      {
        answer: (x, c) => concat([row(c), x]),
        ko: '위치가 빠졌어요. 이대로면 패치가 어디 있었는지 아무도 몰라요.',
        en: 'Positions are missing: nobody knows where a patch was.',
      },
      {
        answer: (x, _, where) => concat([row(x.mean(0)), x]).add(where),
        ko: '클래스 토큰 자리에 패치의 평균을 넣었어요. 클래스 토큰은 학습한 벡터예요.',
        en: 'The mean of the patches stands in place of the class token, which is a learned vector.',
      },
    ],
  };
}

const ids = (x: Tensor): Tensor => {
  const [n = 0] = x.shape;
  return tensor(
    x.device,
    Int32Array.from({ length: n }, (_, i) => i),
  );
};

function lossExercise(logits: Tensor): Exercise<ContrastiveLoss> {
  const oneWay = (x: Tensor): Tensor => crossEntropy(x, ids(x));
  return {
    title: 'contrastive loss',
    apply: (answer) => answer(logits),
    expected: oneWay(logits).add(oneWay(logits.transpose())).div(2),
    answer: (x) => oneWay(x).add(oneWay(x.transpose())).div(2),
    mistakes: [
      {
        answer: (x) => oneWay(x),
        ko: '한 방향뿐이에요. 그림이 글을 찾고, 글도 그림을 찾아야 해요.',
        en: 'This is one direction only. Pictures look for texts, and texts look for pictures.',
      },
      {
        answer: (x) => oneWay(x.transpose()),
        ko: '글에서 그림으로 가는 방향뿐이에요. 두 방향의 평균이에요.',
        en: 'This is from texts to pictures only. The loss is the mean of both ways.',
      },
      {
        answer: (x) => oneWay(x).add(oneWay(x.transpose())),
        ko: '두 방향을 더하기만 했어요. 반으로 나누세요.',
        en: 'Both ways are added up. Take half of it.',
      },
    ],
  };
}

function zeroShotExercise(logits: Tensor): Exercise<ZeroShot> {
  return {
    title: 'classify',
    apply: (answer) => answer(logits),
    expected: logits.softmax(-1),
    answer: (x) => x.softmax(-1),
    mistakes: [
      {
        answer: (x) => x.softmax(0),
        ko: '그림들에 걸친 소프트맥스예요. 그림 하나가 글들 가운데서 골라야 해요.',
        en: 'The softmax is over pictures. A picture chooses among texts.',
      },
      {
        answer: (x) => x.sigmoid(),
        ko: '시그모이드예요. 글들이 서로 다투어야 하니 합이 1이어야 해요.',
        en: 'This is a sigmoid. Texts compete, so that they add up to 1.',
      },
      {
        answer: (x) => x.logSoftmax(-1),
        ko: '로그 확률이에요. 확률을 돌려주세요.',
        en: 'These are log-probabilities. Return probabilities.',
      },
    ],
  };
}
