// What evening 4 asks for, and what is often written in its place: Figure 5 and appendix B.1.2 of the paper.
import type { Model, PictureSource, Prompt } from 'glass-flamingo';
import type { PerceiverResampler } from 'glass-flamingo/flamingo';
import { Capture } from 'glass-flamingo/nn';
import { concat, interpolateLinear, linear, type Tensor, tensor } from 'glass-flamingo/tensor';
import type { Exercise } from '../exercise.ts';

/** The matrices of one layer with one head, [out, in]. */
export interface ResamplerLayer {
  readonly toQ: Tensor;
  readonly toK: Tensor;
  readonly toV: Tensor;
  readonly toOut: Tensor;
  readonly up: Tensor;
  readonly down: Tensor;
}
/** Normed features x [b, n, d] and normed latents y [b, l, d] -> weights [b, l, n + l]. */
export type ResamplerWeights = (x: Tensor, y: Tensor, layer: ResamplerLayer) => Tensor;
/** Features x [b, n, d] and latents y [b, l, d], neither normed -> latents after one layer, [b, l, d]. */
export type OneLayer = (x: Tensor, y: Tensor, layer: ResamplerLayer) => Tensor;
/** Features x [1, 1, frames, v, d] and learned times [8, d] -> [1, 1, frames v, d]. */
export type Timed = (x: Tensor, times: Tensor) => Tensor;
/** Weights [1, heads, 1, l, n + l] and the number of features n -> the share of the picture for each latent, [l]. */
export type PictureShare = (weights: Tensor, features: number) => Tensor;

export interface ResamplerExercises {
  readonly weights: Exercise<ResamplerWeights>;
  readonly layer: Exercise<OneLayer>;
  readonly timed: Exercise<Timed>;
  readonly share: Exercise<PictureShare>;
}

export interface ResamplerParts {
  /** With one head, and the layer's matrices in its first layer. */
  readonly module: PerceiverResampler;
  readonly layer: ResamplerLayer;
  /** [b, n, d] */
  readonly features: Tensor;
  /** With temporal embeddings, and what it is given: [1, 1, frames, v, d]. */
  readonly timed: PerceiverResampler;
  readonly frames: Tensor;
}

export async function resamplerExercises(
  model: Model,
  prompt: Prompt<PictureSource>,
  { module, layer, features, timed, frames }: ResamplerParts,
): Promise<ResamplerExercises> {
  const [b = 0, n = 0, d = 0] = features.shape;
  const taps = new Capture(['latents', 'layers.0.attention.weights', 'layers.0.residual.post']);
  module.forward(features.reshape([b, 1, 1, n, d]), taps.tap);
  const tapped = (name: string): Tensor => {
    const { shape } = taps.values.get(name) as Tensor;
    return (taps.values.get(name) as Tensor).reshape([b, ...shape.slice(-2)]);
  };
  const latents = tapped('latents');
  const entering = new Capture(['in']);
  timed.forward(frames, entering.tap);
  const run = await model.run(prompt, { capture: ['resampler.layers.1.attention.weights'] });
  const { data, shape } = run.get('resampler.layers.1.attention.weights');
  return {
    weights: weightsExercise(features.layerNorm(), latents.layerNorm(), layer, tapped('layers.0.attention.weights')),
    layer: layerExercise(features, latents, layer, tapped('layers.0.residual.post')),
    timed: timedExercise(frames, timed.frameEmbeddings as Tensor, entering.values.get('in') as Tensor),
    share: shareExercise(tensor(model.device, data, shape)),
  };
}

function weightsExercise(x: Tensor, y: Tensor, layer: ResamplerLayer, expected: Tensor): Exercise<ResamplerWeights> {
  const d = x.shape[2] as number;
  const scores = (keys: Tensor, latents: Tensor, w: ResamplerLayer): Tensor =>
    linear(latents, w.toQ).matmul(linear(keys, w.toK), { transposeB: true });
  return {
    title: 'layers.0.attention.weights',
    apply: (answer) => answer(x, y, layer),
    expected,
    answer: (a, b, w) =>
      scores(concat([a, b], 1), b, w)
        .div(Math.sqrt(d))
        .softmax(),
    mistakes: [
      {
        answer: (a, b, w) => scores(a, b, w).div(Math.sqrt(d)).softmax(),
        ko: '키에 잠재 벡터가 빠졌어요. 그림 5는 kv = concat([x_f, x])예요.',
        en: 'The keys lack the latents. In Figure 5 kv = concat([x_f, x]).',
      },
      {
        answer: (a, b, w) =>
          scores(concat([b, a], 1), b, w)
            .div(Math.sqrt(d))
            .softmax(),
        ko: '잠재 벡터를 앞에 두었어요. 값은 같아도 열의 자리가 달라요. 특징이 먼저예요.',
        en: 'The latents stand first: the values are the same, in other columns. Features come first.',
      },
      {
        answer: (a, b, w) => scores(concat([a, b], 1), b, w).softmax(),
        ko: '√d로 나누지 않았어요.',
        en: 'It is not divided by sqrt(d).',
      },
      {
        answer: (a, b, w) => {
          const [own, others] = [scores(a, b, w), scores(b, b, w)].map((each) => each.div(Math.sqrt(d)).softmax());
          return concat([own as Tensor, others as Tensor], 2);
        },
        ko: '소프트맥스를 두 번 했어요. 특징과 잠재 벡터가 예산 하나를 나눠 써요.',
        en: 'There are two softmaxes. Features and latents share one budget.',
      },
    ],
  };
}

function layerExercise(x: Tensor, y: Tensor, layer: ResamplerLayer, expected: Tensor): Exercise<OneLayer> {
  const d = x.shape[2] as number;
  const attend = (latents: Tensor, seen: Tensor, w: ResamplerLayer): Tensor => {
    const scores = linear(latents, w.toQ).matmul(linear(seen, w.toK), { transposeB: true }).div(Math.sqrt(d));
    return linear(scores.softmax().matmul(linear(seen, w.toV)), w.toOut);
  };
  const look = (a: Tensor, b: Tensor, w: ResamplerLayer): Tensor =>
    attend(b.layerNorm(), concat([a.layerNorm(), b.layerNorm()], 1), w);
  const think = (b: Tensor, w: ResamplerLayer): Tensor => linear(linear(b.layerNorm(), w.up).squaredRelu(), w.down);
  const whole = (b: Tensor, w: ResamplerLayer, looked: Tensor): Tensor => {
    const mid = b.add(looked);
    return mid.add(think(mid, w));
  };
  return {
    title: 'layers.0.residual.post',
    apply: (answer) => answer(x, y, layer),
    expected,
    answer: (a, b, w) => whole(b, w, look(a, b, w)),
    mistakes: [
      {
        answer: (a, b, w) => whole(b, w, attend(b.layerNorm(), a.layerNorm(), w)),
        ko: '키와 값에 잠재 벡터가 빠졌어요. 그림 5는 kv = concat([x_f, x])예요.',
        en: 'Keys and values lack the latents. In Figure 5 kv = concat([x_f, x]).',
      },
      {
        answer: (a, b, w) => {
          const thought = b.add(think(b, w));
          return thought.add(look(a, thought, w));
        },
        ko: '피드포워드를 먼저 했어요. 어텐션이 먼저예요.',
        en: 'The feed-forward network came first. Attention does.',
      },
      {
        answer: (a, b, w) => b.add(look(a, b, w)),
        ko: '피드포워드가 빠졌어요.',
        en: 'The feed-forward network is missing.',
      },
      {
        answer: (a, b, w) => {
          const mid = look(a, b, w);
          return mid.add(think(mid, w));
        },
        ko: '어텐션 다음에 잔차를 더하지 않았어요. x = x + attention(...)이에요.',
        en: 'The residual is not added after attention: x = x + attention(...).',
      },
      {
        answer: (a, b, w) => whole(b.layerNorm(), w, look(a, b, w)),
        ko: '정규화한 잠재 벡터에 더했어요. 잔차는 정규화하기 전의 값이에요.',
        en: 'It is added to the normed latents. The residual is what they were before the norm.',
      },
      {
        answer: (a, b, w) => {
          const seen = attend(b.layerNorm(), a.layerNorm(), w);
          const among = b.add(seen);
          return whole(among, w, attend(among.layerNorm(), among.layerNorm(), w));
        },
        ko: '그림을 먼저 보고, 다음에 서로를 봤어요. Flamingo에서는 어텐션 하나예요(부록 A.1.1).',
        en: 'First the picture, then each other, in turn. In Flamingo it is one attention (appendix A.1.1).',
      },
    ],
  };
}

function timedExercise(x: Tensor, times: Tensor, expected: Tensor): Exercise<Timed> {
  const [, , frames = 0, v = 0, d = 0] = x.shape;
  const flat = (timed: Tensor): Tensor => timed.reshape([1, 1, frames * v, d]);
  const each = (table: Tensor): Tensor => table.reshape([frames, 1, d]);
  const learned = times.shape[0] as number;
  const rows = (index: (frame: number) => number): Tensor => {
    const all = Array.from({ length: frames }, (_, frame) => index(frame));
    return concat(all.map((at) => times.slice([[at, at + 1]])));
  };
  return {
    title: 'in',
    apply: (answer) => answer(x, times),
    expected,
    answer: (a, t) => flat(a.add(each(interpolateLinear(t, frames)))),
    mistakes: [
      {
        answer: (a) => flat(a),
        ko: '시간을 더하지 않았어요. 이대로면 프레임의 순서를 아무도 몰라요.',
        en: 'No time is added: nobody knows the order of the frames.',
      },
      {
        answer: (a) =>
          flat(a.add(each(rows((frame) => Math.min(learned - 1, Math.floor((frame * learned) / frames)))))),
        ko: '가장 가까운 임베딩을 골랐어요. 두 임베딩 사이를 선형으로 이어 주세요.',
        en: 'The nearest embedding is taken. Go from one to the next linearly.',
      },
      {
        answer: (a) => flat(a.add(each(rows((frame) => frame % learned)))),
        ko: '8개를 되풀이했어요. 8개를 12개로 늘이세요.',
        en: 'The eight are repeated. Stretch eight to twelve.',
      },
      {
        answer: (a, t) => flat(a.add(each(interpolateLinear(t, frames, true)))),
        ko: '양 끝을 맞춰 늘였어요. 여기서는 칸의 가운데를 기준으로 이어요.',
        en: 'The ends are aligned. Here the middles of the cells are.',
      },
    ],
  };
}

function shareExercise(weights: Tensor): Exercise<PictureShare> {
  const [, heads = 0, , latents = 0, all = 0] = weights.shape;
  const features = all - latents;
  const within = (w: Tensor, from: number, to: number): Tensor =>
    w.slice([[null], [null], [null], [null], [from, to]]).sum(4); // [1, heads, 1, l]
  const flat = (x: Tensor): Tensor => x.reshape([latents]);
  return {
    title: 'resampler.layers.1.attention.weights',
    apply: (answer) => answer(weights, features),
    expected: flat(within(weights, features, all).mean(1))
      .neg()
      .add(1),
    answer: (w, n) => flat(within(w, 0, n).mean(1)),
    mistakes: [
      {
        answer: (w, n) => flat(within(w, n, all).mean(1)),
        ko: '잠재 벡터들에 쓰는 몫이에요. 그림은 앞의 열들이에요.',
        en: 'This is the share spent on the latents. The picture is the first columns.',
      },
      {
        answer: (w, n) => flat(within(w, 0, n).sum(1)),
        ko: `헤드 ${heads}개의 몫을 더했어요. 평균을 내세요.`,
        en: `The shares of ${heads} heads are added up. Take the mean.`,
      },
      {
        answer: (w, n) => flat(within(w, 0, n).slice([[null], [0, 1]])),
        ko: '헤드 0만 봤어요. 모든 헤드의 평균을 내세요.',
        en: 'This is head 0 only. Take the mean over all heads.',
      },
      {
        answer: (w, n) => flat(within(w, 0, n).mean(1)).div(n),
        ko: '패치 하나의 평균 몫이에요. 그림 전체의 몫은 합이에요.',
        en: 'This is the mean share of one patch. That of the picture is the sum.',
      },
    ],
  };
}
