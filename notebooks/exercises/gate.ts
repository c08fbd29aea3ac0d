// What evening 5 asks for, and what is often written in its place: section 2.2 and Figure 4 of the paper.
import type { Edit, Model, PictureSource, Prompt } from 'glass-flamingo';
import type { GatedCrossAttention } from 'glass-flamingo/flamingo';
import { Capture } from 'glass-flamingo/nn';
import { backward, concat, Random, randn, type Tensor, tensor } from 'glass-flamingo/tensor';
import type { Exercise } from '../exercise.ts';

/** Text y [b, n, d], what attention gives [b, n, d], alpha [1] -> the stream after the first addition, [b, n, d]. */
export type GatedAddition = (y: Tensor, out: Tensor, alpha: Tensor) => Tensor;
/** The same with the gate's value tanh(alpha) [1] -> |tanh(alpha) out| / |y| of each token, [b, n]. */
export type Contribution = (y: Tensor, out: Tensor, gate: Tensor) => Tensor;
/** The gradient of y + tanh(alpha) (x W) at alpha = 0, g [n, d], with x [n, d], W [d, d] -> [of alpha, largest of |of W|]. */
export type ClosedGradients = (g: Tensor, x: Tensor, w: Tensor) => Tensor;

export interface GateExercises {
  readonly mid: Exercise<GatedAddition>;
  readonly contribution: Exercise<Contribution>;
  readonly closed: Exercise<readonly Edit[]>;
  readonly gradients: Exercise<ClosedGradients>;
}

/** A block with open gates, and what it is given: text [b, n, d], a picture's tokens [b, v, w]. */
export interface GateParts {
  readonly module: GatedCrossAttention;
  readonly text: Tensor;
  readonly picture: Tensor;
}

/** `prompt` is one picture and one text. */
export function gateExercises(
  model: Model,
  prompt: Prompt<PictureSource>,
  { module, text, picture }: GateParts,
): GateExercises {
  const [b = 0, v = 0, w = 0] = picture.shape;
  const taps = new Capture(['attention.out', 'gate.*', 'residual.mid']);
  module.forward(text, picture.reshape([b, 1, v, w]), null, taps.tap);
  const tapped = (name: string): Tensor => taps.values.get(name) as Tensor;
  const out = tapped('attention.out');
  return {
    mid: midExercise(text, out, module.attentionGate, tapped('residual.mid')),
    contribution: contributionExercise(text, out, tapped('gate.attention'), tapped('residual.mid')),
    closed: closedExercise(model, prompt),
    gradients: gradientsExercise(text.device),
  };
}

function midExercise(text: Tensor, attended: Tensor, alpha: Tensor, expected: Tensor): Exercise<GatedAddition> {
  return {
    title: 'residual.mid',
    apply: (answer) => answer(text, attended, alpha),
    expected,
    answer: (y, out, a) => y.add(out.mul(a.tanh())),
    mistakes: [
      {
        answer: (y, out, a) => y.mul(a.tanh().neg().add(1)).add(out.mul(a.tanh())),
        ko: '(1 − g) y + g out은 하이웨이 게이트예요. Flamingo에서 y는 줄지 않아요.',
        en: '(1 - g) y + g out is a highway gate. In Flamingo the residual y is never taken away.',
      },
      {
        answer: (y, out, a) => y.add(out.mul(a)),
        ko: 'tanh가 빠졌어요. α를 그대로 곱했어요.',
        en: 'The tanh is missing: alpha itself multiplies.',
      },
      {
        answer: (y, out, a) => y.add(out.mul(a.sigmoid())),
        ko: '시그모이드를 썼어요. α = 0에서 벌써 반쯤 열려 있게 돼요.',
        en: 'It is a sigmoid: at alpha = 0 the gate would stand half open.',
      },
      {
        answer: (y, out, a) => y.mul(a.tanh()).add(out),
        ko: '게이트가 y에 걸렸어요. 새로 더하는 것에만 걸어야 해요.',
        en: 'The gate stands before y. It belongs before what is added.',
      },
      {
        answer: (y, out, a) => y.add(out).mul(a.tanh()),
        ko: '더한 다음에 게이트를 곱했어요. 그러면 y도 줄어요. 게이트는 out에만 걸려요.',
        en: 'The gate multiplies the sum, y included. It belongs before out alone.',
      },
      {
        answer: (y, out) => y.add(out),
        ko: '게이트가 없어요. out에 tanh(α)를 곱한 다음에 더하세요.',
        en: 'The gate is missing: out is multiplied by tanh(alpha) before it is added.',
      },
      {
        answer: (_, out) => out,
        ko: 'out을 그대로 돌려줬어요. 게이트를 곱하고 y에 더해야 해요.',
        en: 'This is out itself. It has to pass the gate, and is added to y.',
      },
      {
        answer: (_, out, a) => out.mul(a.tanh()),
        ko: 'y를 더하지 않았어요. 잔차는 언제나 지나가요.',
        en: 'y is not added. The residual always passes.',
      },
    ],
  };
}

function contributionExercise(text: Tensor, attended: Tensor, opened: Tensor, mid: Tensor): Exercise<Contribution> {
  const length = (x: Tensor, axis = -1): Tensor => x.square().sum(axis).sqrt();
  return {
    title: 'contribution',
    apply: (answer) => answer(text, attended, opened),
    expected: length(mid.sub(text)).div(length(text)),
    answer: (y, out, gate) => length(out.mul(gate)).div(length(y)),
    mistakes: [
      {
        answer: (y, out) => length(out).div(length(y)),
        ko: '게이트를 곱하지 않았어요. 실제로 더해지는 것은 게이트를 지난 값이에요.',
        en: 'The gate is missing. What is really added has passed it.',
      },
      {
        answer: (y, out, gate) => length(out.mul(gate.tanh())).div(length(y)),
        ko: 'tanh를 두 번 했어요. 탭 gate.attention은 벌써 tanh를 지났어요.',
        en: 'There are two tanh. The tap gate.attention has been through one already.',
      },
      {
        answer: (y, out, gate) => length(out.mul(gate)).div(length(y.add(out.mul(gate)))),
        ko: '더한 다음의 y로 나눴어요. 지나가던 y로 나누세요.',
        en: 'It is divided by y after the addition. Divide by what was flowing by.',
      },
      {
        answer: (y, out, gate) => length(y).div(length(out.mul(gate))),
        ko: '거꾸로 나눴어요. 보태는 것의 길이가 위에, 지나가던 y의 길이가 아래에 와요.',
        en: 'The ratio is upside down: the length of what is added goes above, that of y below.',
      },
      {
        answer: (y, out, gate) => out.mul(gate).abs().sum(-1).div(y.abs().sum(-1)),
        ko: '절댓값을 더했어요. 길이는 제곱합의 제곱근이에요.',
        en: 'Absolute values are summed. A length is the root of the sum of squares.',
      },
      {
        answer: (y, out, gate) => out.mul(gate).square().sum(-1).div(y.square().sum(-1)),
        ko: '제곱근을 씌우지 않았어요. 길이의 비예요.',
        en: 'The square roots are missing: it is a ratio of lengths.',
      },
    ],
  };
}

function closedExercise(model: Model, prompt: Prompt<PictureSource>): Exercise<readonly Edit[]> {
  const { device, tokenizer } = model;
  const { bos, image } = tokenizer.special;
  const texts = prompt.sequence.flatMap((item) => ('text' in item ? tokenizer.encode(item.text) : [image]));
  const ids = tensor(device, Int32Array.from([bos, ...texts]), [1, texts.length + 1]);
  return {
    title: 'logits',
    apply: async (edit) => {
      const { data, shape } = (await model.run(prompt, { capture: ['logits'], edit })).get('logits');
      return tensor(device, data, shape);
    },
    expected: model.flamingo.languageModel.forward(ids),
    answer: [{ at: 'xattn.*.gate.*', set: 0 }],
    mistakes: [
      {
        answer: [{ at: 'xattn.*.gate.attention', set: 0 }],
        ko: '그림은 이제 들어오지 않아요. 그런데 피드포워드는 그림이 없어도 모든 낱말에 작용해요.',
        en: 'No picture comes in any more. But the dense part acts on every word, picture or not.',
      },
      {
        answer: [{ at: 'xattn.*.gate.dense', set: 0 }],
        ko: '피드포워드 게이트만 닫았어요. 그림은 아직 어텐션 게이트로 들어와요.',
        en: 'Only the dense gates are closed. The picture still comes in by the attention gates.',
      },
      {
        answer: [],
        ko: '아직 아무 게이트도 닫지 않았어요.',
        en: 'No gate is closed yet.',
      },
      {
        answer: [{ at: 'xattn.0.gate.*', set: 0 }],
        ko: '첫 층만 닫았어요. 다른 층의 게이트도 열려 있어요.',
        en: 'Only the first layer is closed. The others have gates too.',
      },
      {
        answer: [{ at: 'xattn.3.gate.*', set: 0 }],
        ko: '마지막 층만 닫았어요. 다른 층의 게이트도 열려 있어요.',
        en: 'Only the last layer is closed. The others have gates too.',
      },
      {
        answer: [{ at: 'xattn.*.gate.*', set: 1 }],
        ko: '모두 활짝 열었어요. 닫는 값은 0이에요.',
        en: 'All are wide open. 0 closes them.',
      },
    ],
  };
}

function gradientsExercise(device: Tensor['device']): Exercise<ClosedGradients> {
  const random = new Random(12);
  const [g, x, w, y] = [
    [5, 4],
    [5, 4],
    [4, 4],
    [5, 4],
  ].map((shape) => randn(device, shape, random)) as [Tensor, Tensor, Tensor, Tensor];
  const alpha = tensor(device, [0]);
  const sum = y.add(x.matmul(w).mul(alpha.tanh())).mul(g).sum(); // its gradient at y + tanh(alpha) (x W) is g
  const slopes = backward(sum, [alpha, w]);
  const both = (first: Tensor, second: Tensor): Tensor => concat([first.reshape([1]), second.reshape([1])]);
  const ofAlpha = (a: Tensor, b: Tensor, c: Tensor): Tensor => a.mul(b.matmul(c)).sum();
  const ofWeights = (a: Tensor, b: Tensor): Tensor => b.transpose().matmul(a).abs().max();
  return {
    title: 'dα, max |dW|',
    apply: (answer) => answer(g, x, w),
    expected: both(slopes.get(alpha) as Tensor, (slopes.get(w) as Tensor).abs().max()),
    answer: (a, b, c) => both(ofAlpha(a, b, c), c.sum().mul(0)),
    mistakes: [
      {
        answer: (_, __, c) => c.sum().mul(0).expand([2]),
        ko: '둘 다 0이라고 했어요. 그러면 문이 영영 열리지 않아요. tanh의 기울기는 0에서 1이에요.',
        en: 'Both are said to be 0: then the gate would never open. The slope of tanh at 0 is 1.',
      },
      {
        answer: (a, b, c) => both(ofAlpha(a, b, c), ofWeights(a, b)),
        ko: 'W의 기울기도 있다고 했어요. 그 앞에 tanh(0) = 0이 곱해져요. 먼저 문이, 그다음에 W가 움직여요.',
        en: 'W is said to have a gradient. tanh(0) = 0 multiplies it: first the gate moves, then W.',
      },
      {
        answer: (a, b, c) => both(c.sum().mul(0), ofAlpha(a, b, c)),
        ko: '두 수의 자리가 바뀌었어요. 먼저 α, 그다음이 W예요.',
        en: 'The two stand in the other order: alpha first, then W.',
      },
      {
        answer: (a, b, c) => both(a.mul(b).sum(), c.sum().mul(0)),
        ko: 'α의 기울기에 W가 빠졌어요. 게이트를 지나는 것은 x가 아니라 x W예요.',
        en: 'W is missing from the gradient of alpha: x W passes the gate, not x.',
      },
      {
        answer: (a, b, c) => both(c.sum().mul(0), ofWeights(a, b)),
        ko: '거꾸로예요. 닫힌 문에서 움직일 수 있는 것은 α예요.',
        en: 'It is the other way round. While the gate is closed, alpha is what can move.',
      },
    ],
  };
}
