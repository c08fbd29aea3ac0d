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
import { Rewind } from './rewind.ts';

export interface Lesson {
  readonly picture: Picture;
  readonly question: string;
  readonly answer: string;
}

/** Rates of AdamW. */
const GATES = 2e-2;
const REST = 2e-3;

interface Batch {
  /** [b, n]; rows end in `<PAD>`. */
  readonly ids: Tensor;
  /** [b (n - 1)]: the tokens of the answers, which are scored. */
  readonly weights: Tensor;
  readonly features: Tensor;
}

export class Training {
  readonly model: Model;
  private readonly optimizer: AdamW;
  private readonly parameters: Tensor[];
  private readonly batch: Batch;
  private readonly lessons: readonly Lesson[];
  private readonly rewinding: Rewind;
  /** The loss of each step. */
  private losses: number[] = [];

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
    this.batch = batchOf(this.model, lessons);
    this.rewinding = new Rewind([...this.parameters, ...this.optimizer.first, ...this.optimizer.second]);
    this.rewinding.keep(0);
  }

  get step(): number {
    return this.losses.length;
  }

  /** The loss of the last step; NaN before the first. */
  get loss(): number {
    return this.losses.at(-1) ?? Number.NaN;
  }

  /** One step of AdamW on all lessons at once. */
  async take(): Promise<void> {
    const { flamingo, device } = this.model;
    const [b, n] = this.batch.ids.shape as [number, number];
    const total = scope(device, () => {
      const ids = this.batch.ids.slice([[null], [0, n - 1]]);
      const targets = this.batch.ids.slice([[null], [1, n]]).reshape([b * (n - 1)]);
      const logits = flamingo.forward({ ids, visionFeatures: this.batch.features }); // [b, n - 1, vocabulary]
      const each = crossEntropy(logits.reshape([b * (n - 1), -1]), targets, { reduction: 'none' });
      const loss = each.mul(this.batch.weights).sum();
      this.optimizer.step(backward(loss, this.parameters));
      return loss;
    });
    this.losses.push((await total.data())[0] as number);
    total.dispose();
    this.rewinding.keep(this.step);
  }

  /** Back to an earlier step, bit for bit; what is not kept is computed again from the nearest step that is. */
  async rewind(step: number): Promise<void> {
    if (step >= this.step) return;
    const kept = this.rewinding.restore(Math.max(0, step));
    this.losses.length = kept;
    this.optimizer.resume(kept);
    while (this.step < step) await this.take();
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
    for (const x of Object.values<Tensor>({ ...this.batch })) x.dispose();
    this.optimizer.dispose();
    this.model.dispose();
  }
}

function batchOf({ flamingo, device, config, tokenizer }: Model, lessons: readonly Lesson[]): Batch {
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
  const weights = Float32Array.from(scored, (one) => one / count);
  const { size } = config.preprocessing;
  const features = scope(
    device,
    () => {
      const pixels = Float32Array.from(
        lessons.flatMap(({ picture }) => [...preprocess(picture, config.preprocessing)]),
      );
      return flamingo.encode(tensor(device, pixels, [lessons.length, 1, 1, 3, size, size]));
    },
    { noGrad: true },
  );
  return {
    ids: tensor(device, Int32Array.from(padded), [lessons.length, length]),
    weights: tensor(device, weights, [scored.length]),
    features,
  };
}
