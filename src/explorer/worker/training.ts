/**
 * Training in front of the reader: a fresh resampler and fresh gated blocks before the frozen encoder and language model
 * learn a few pictures by heart (section 2.2: why alpha begins at 0).
 */

import { Flamingo } from '../../flamingo/flamingo.ts';
import { type Picture, preprocess } from '../../model/image.ts';
import { Model } from '../../model/model.ts';
import { AdamW } from '../../nn/index.ts';
import { backward, crossEntropy, full, Random, scope, type Tensor, tensor } from '../../tensor/index.ts';
import type { TrainView } from '../protocol.ts';

export interface Lesson {
  readonly picture: Picture;
  readonly question: string;
  readonly answer: string;
}

/** Rates of AdamW. */
const GATES = 2e-2;
const REST = 2e-3;

export class Training {
  readonly model: Model;
  private readonly optimizer: AdamW;
  private readonly parameters: Tensor[];
  private readonly features: Tensor;
  private readonly ids: Tensor;
  private readonly weights: Tensor;
  private readonly lessons: readonly Lesson[];
  private step = 0;
  private loss = Number.NaN;

  /** @param shipped whose encoder and language model are taken, and stay as they are */
  constructor(shipped: Model, lessons: readonly Lesson[], { seed, alpha }: { seed: number; alpha: number }) {
    const { device, config, tokenizer } = shipped;
    const flamingo = new Flamingo({ device, random: new Random(seed) }, config.model);
    const known = shipped.flamingo.parameters();
    for (const [path, p] of flamingo.parameters()) {
      if (/^(vision|languageModel)\./.test(path))
        scope(device, () => p.assign((known.get(path) as Tensor).add(0))); // a copy: assign uses up what it is given
      else if (path.endsWith('Gate')) p.assign(full(device, p.shape, alpha));
    }
    this.model = new Model({ flamingo, tokenizer, config });
    this.lessons = lessons;
    const learned = [...flamingo.parameters()].filter(([path]) => /^(resampler|crossAttention)\./.test(path));
    const isGate = ([path]: [string, Tensor]): boolean => path.endsWith('Gate');
    this.parameters = learned.map(([, p]) => p);
    this.optimizer = new AdamW([
      { parameters: learned.filter(isGate).map(([, p]) => p), learningRate: GATES, weightDecay: 0 },
      { parameters: learned.filter((entry) => !isGate(entry)).map(([, p]) => p), learningRate: REST, weightDecay: 0 },
    ]);
    const { bos, image, eoc, pad } = tokenizer.special;
    const rows = lessons.map(({ question, answer }) => {
      const asked = [bos, image, ...tokenizer.encode(question)];
      return { asked: asked.length, ids: [...asked, ...tokenizer.encode(answer), eoc] };
    });
    const length = Math.max(...rows.map(({ ids }) => ids.length));
    const padded = rows.flatMap(({ ids }) => [...ids, ...new Array<number>(length - ids.length).fill(pad)]);
    const scored = rows.flatMap(({ asked, ids }) =>
      Array.from<unknown, number>({ length: length - 1 }, (_, i) => (i + 1 >= asked && i + 1 < ids.length ? 1 : 0)),
    );
    const count = scored.reduce((a, b) => a + b, 0);
    const { size } = config.preprocessing;
    this.ids = tensor(device, Int32Array.from(padded), [lessons.length, length]);
    this.weights = tensor(
      device,
      Float32Array.from(scored, (one) => one / count),
      [scored.length],
    );
    this.features = scope(
      device,
      () => {
        const pixels = Float32Array.from(
          lessons.flatMap(({ picture }) => [...preprocess(picture, config.preprocessing)]),
        );
        return flamingo.encode(tensor(device, pixels, [lessons.length, 1, 1, 3, size, size]));
      },
      { noGrad: true },
    );
  }

  /** One step of AdamW on all lessons at once. */
  async take(): Promise<void> {
    const { flamingo, device } = this.model;
    const [b, n] = this.ids.shape as [number, number];
    const total = scope(device, () => {
      const ids = this.ids.slice([[null], [0, n - 1]]);
      const targets = this.ids.slice([[null], [1, n]]).reshape([b * (n - 1)]);
      const logits = flamingo.forward({ ids, visionFeatures: this.features }); // [b, n - 1, vocabulary]
      const each = crossEntropy(logits.reshape([b * (n - 1), -1]), targets, { reduction: 'none' });
      const loss = each.mul(this.weights).sum();
      this.optimizer.step(backward(loss, this.parameters));
      return loss;
    });
    this.loss = (await total.data())[0] as number;
    total.dispose();
    this.step++;
  }

  /** What has been learned so far. */
  async view(playing: boolean): Promise<TrainView> {
    const names: TrainView['names'][number][] = [];
    for (const { picture, question, answer } of this.lessons) {
      const { text } = await this.model.answer({ sequence: [{ image: picture }, { text: question }] });
      names.push({ text, right: text === answer });
    }
    return { step: this.step, loss: this.loss, gates: await this.model.gates(), names, playing };
  }

  dispose(): void {
    for (const x of [this.ids, this.weights, this.features]) x.dispose();
    this.optimizer.dispose();
    this.model.dispose();
  }
}
