import type { VisionEncoderConfig } from '../flamingo/vision-encoder.ts';
import { VisionEncoder } from '../flamingo/vision-encoder.ts';
import { MAX_SCALE, padTexts, TextTower } from '../model/text-tower.ts';
import { type Init, Module, type Optimizer, warmupCosine } from '../nn/index.ts';
import type { Team } from '../parallel/team.ts';
import {
  backward,
  crossEntropy,
  full,
  l2Normalise,
  Random,
  range,
  type SimdDevice,
  scope,
  type Tensor,
  tensor,
} from '../tensor/index.ts';
import type { TrainingData } from './data/index.ts';
import { caption } from './data/index.ts';
import { muonOrAdam } from './optimizers.ts';
import { PARTS, type Put, type Replica } from './replica.ts';
import type { Metrics } from './report.ts';
import { type NamedShape, shareOf } from './shared-state.ts';
import { type Draw, type ViewRecipe, VisionSource } from './vision-source.ts';

export interface VisionRecipe extends ViewRecipe {
  readonly seed: number;
  readonly steps: number;
  /** Concepts with texts in a step; each is seen twice, in two styles. */
  readonly batch: number;
  readonly warmup: number;
}

/** 64 concepts with texts and 48 others a step, in two styles each (training recipe 2, section 5). */
export const VISION_RECIPE: VisionRecipe = {
  seed: 1,
  steps: 8000,
  batch: 64,
  others: 48,
  otherEmoji: 0.25,
  drawings: 0.35,
  heavy: 0.4,
  scale: [0.7, 1.3],
  warmup: 150,
};

const RATES = { muon: 0.02, muonDecay: 0.1, adam: 2e-3, adamDecay: 0.05 } as const;
const TEXT_TOWER_WIDTH = 256;
const SIZE = 32;
const FLOATS: number = 3 * SIZE * SIZE;

/** The vision encoder with what contrastive training adds to it: a text tower and a temperature. */
class ContrastiveModel extends Module {
  vision: VisionEncoder;
  text: TextTower;
  logScale: Tensor;

  constructor(init: Init, vision: VisionEncoder, vocabulary: number, width: number, projection: number) {
    super();
    this.vision = vision;
    this.text = new TextTower(init, vocabulary, width, projection);
    this.logScale = full(init.device, [1], 2.5);
  }
}

/**
 * L1 + L2 / 2 + L3 / 4 for images [2 b, p] and all texts [texts, p], unit length: images against all texts, first views
 * against second views both ways, and the batch's texts against each set of views. Only the first `named` concepts of
 * the batch have texts: `concepts` [named] tells which.
 */
function contrastiveLoss(images: Tensor, texts: Tensor, concepts: Tensor, scale: Tensor): Tensor {
  const named = concepts.size;
  const b = (images.shape[0] as number) / 2;
  const first = images.slice([[0, b]]); // [b, p]
  const second = images.slice([[b, 2 * b]]); // [b, p]
  const own = texts.embedding(concepts); // [named, p]
  const similar = (x: Tensor, y: Tensor): Tensor => x.matmul(y, { transposeB: true }).mul(scale);
  const namedFirst = first.slice([[0, named]]);
  const namedSecond = second.slice([[0, named]]);
  const everyText = crossEntropy(similar(namedFirst, texts), concepts)
    .add(crossEntropy(similar(namedSecond, texts), concepts))
    .mul(0.5);
  const views = similar(first, second); // [b, b]
  const partners = range(images.device, 0, b);
  const betweenViews = crossEntropy(views, partners).add(crossEntropy(views.transpose(), partners)).mul(0.5);
  const places = range(images.device, 0, named);
  const toImages = crossEntropy(similar(own, namedFirst), places)
    .add(crossEntropy(similar(own, namedSecond), places))
    .mul(0.5);
  return everyText.add(betweenViews.mul(0.5)).add(toImages.mul(0.25));
}

/** Where embeddings come from: the class token, and the mean of the normed patch tokens. */
const HEADS = ['class', 'patches'] as const;
type Head = (typeof HEADS)[number];

/** One part's rows, with the graph behind them. */
interface PartRows {
  readonly part: number;
  readonly embeddings: Readonly<Record<Head, Tensor>>;
  /** [texts of this part, p] */
  readonly texts: Tensor;
}

/**
 * Contrastive pretraining of the vision encoder. The class token alone would leave the last layer's patch tokens
 * untrained, which are what the resampler reads: the same loss is put on the mean of the normed patch tokens too.
 *
 * Every part embeds its rows; the loss and its gradient by the embeddings of the whole batch are computed once for each
 * of the two heads; then every part goes backward from its rows of that gradient.
 */
export class VisionReplica implements Replica {
  readonly model: ContrastiveModel;
  readonly exchange: readonly NamedShape[];
  private readonly device: SimdDevice;
  private readonly data: TrainingData;
  private readonly recipe: VisionRecipe;
  private readonly root: Random;
  private readonly width: number;
  private readonly source: VisionSource;
  /** Concepts of a step. */
  private readonly size: number;

  constructor(device: SimdDevice, config: VisionEncoderConfig, data: TrainingData, recipe: VisionRecipe) {
    const stream = (name: string): Init => ({ device, random: new Random(recipe.seed).fork(name) });
    const vision = new VisionEncoder(stream('vision/init'), config);
    this.width = config.projection as number;
    this.model = new ContrastiveModel(stream('text/init'), vision, data.tokenizer.size, TEXT_TOWER_WIDTH, this.width);
    this.device = device;
    this.data = data;
    this.recipe = recipe;
    this.root = new Random(recipe.seed).fork('vision');
    this.source = new VisionSource(data, recipe);
    this.size = this.source.size(recipe.batch);
    if (this.size < PARTS)
      throw new RangeError(`a step of the vision stage needs at least ${PARTS} concepts, got ${this.size}`);
    const images = [2 * this.size, this.width] as const;
    const texts = [data.vision.length, this.width] as const;
    this.exchange = [
      ['texts', texts],
      ...HEADS.flatMap((head): NamedShape[] => [
        [head, images],
        [`${head}.gradient`, images],
        [`${head}.textGradient`, texts],
        [`${head}.scalars`, [2]], // loss, gradient by the temperature
      ]),
    ];
  }

  optimizer(name: string, parameter: Tensor): Optimizer {
    return muonOrAdam(parameter, name.includes('layers.'), RATES);
  }

  rate(index: number): number {
    const { steps, warmup } = this.recipe;
    return warmupCosine(index, { steps, warmup });
  }

  gradients(index: number, team: Team, put: Put, exchange: ReadonlyMap<string, Float32Array>): void {
    const random = this.root.fork(index);
    const draw = this.source.draw(random.fork('concepts'), this.recipe.batch);
    const shared = (name: string): Float32Array => exchange.get(name) as Float32Array;
    scope(this.device, () => {
      const mine: PartRows[] = [];
      team.each(PARTS, (part) => {
        const rows = this.embed(part, draw, random);
        mine.push(rows);
        const [from] = shareOf(this.size, part, PARTS);
        for (const head of HEADS) this.setRows(shared(head), rows.embeddings[head], from);
        shared('texts').set(rows.texts.dataSync(), shareOf(this.data.vision.length, part, PARTS)[0] * this.width);
      });
      team.each(HEADS.length, (i) => this.loss(HEADS[i] as Head, draw.named, shared));
      for (const rows of mine) this.backward(rows, shared, put);
      team.barrier();
    });
  }

  metrics(parameter: (name: string) => Float32Array): Metrics {
    return { scale: Math.min(MAX_SCALE, Math.exp(parameter('logScale')[0] as number)) };
  }

  dispose(): void {
    this.model.dispose();
  }

  /** Both views of this part's concepts, and its share of the captions, as embeddings. */
  private embed(part: number, { subjects }: Draw, random: Random): PartRows {
    const { device, data, model } = this;
    const [from, to] = shareOf(this.size, part, PARTS);
    const pixels = new Float32Array(2 * (to - from) * FLOATS);
    subjects.slice(from, to).forEach((subject, row) => {
      const view = (at: number): Float32Array => pixels.subarray(at * FLOATS, (at + 1) * FLOATS);
      this.source.views(subject, random.fork(`row/${from + row}`), SIZE, [view(row), view(to - from + row)]);
    });
    const { features, patches } = model.vision.forward(tensor(device, pixels, [2 * (to - from), 3, SIZE, SIZE]));
    const mean = model.vision.projection?.forward(model.vision.postNorm.forward(patches).mean(1)) as Tensor;
    const [firstText, endText] = shareOf(data.vision.length, part, PARTS);
    const { pad } = data.tokenizer.special;
    const captions = data.vision
      .slice(firstText, endText)
      .map((concept, i) => data.bank.ids(caption(concept, random.fork(`caption/${firstText + i}`))));
    const { ids, length } = padTexts(captions, pad);
    const texts = model.text.forward(tensor(device, ids, [captions.length, length]), pad);
    return {
      part,
      embeddings: { class: l2Normalise(features as Tensor), patches: l2Normalise(mean) },
      texts: l2Normalise(texts),
    };
  }

  /** Rows [2 n, p] of a part: its first views to the rows from `from` of [2 b, p], its second views b rows later. */
  private setRows(all: Float32Array, rows: Tensor, from: number): void {
    const values = rows.dataSync() as Float32Array;
    const half = values.length / 2;
    all.set(values.subarray(0, half), from * this.width);
    all.set(values.subarray(half), (this.size + from) * this.width);
  }

  /** The inverse of `setRows`: a part's rows of [2 b, p]. */
  private rowsOf(all: Float32Array, from: number, to: number): Tensor {
    const values = new Float32Array(2 * (to - from) * this.width);
    values.set(all.subarray(from * this.width, to * this.width));
    values.set(all.subarray((this.size + from) * this.width, (this.size + to) * this.width), values.length / 2);
    return tensor(this.device, values, [2 * (to - from), this.width]);
  }

  /** The loss of one head over the whole batch, and its gradients by all embeddings and the temperature. */
  private loss(head: Head, places: readonly number[], shared: (name: string) => Float32Array): void {
    const { device, model, width } = this;
    scope(device, () => {
      const images = tensor(device, shared(head), [2 * this.size, width]);
      const texts = tensor(device, shared('texts'), [this.data.vision.length, width]);
      const { logScale } = model;
      const named = tensor(device, Int32Array.from(places));
      const loss = contrastiveLoss(images, texts, named, logScale.exp().minimum(MAX_SCALE)).mul(1 / HEADS.length);
      const gradients = backward(loss, [images, texts, logScale]);
      const values = (of: Tensor): Float32Array => gradients.get(of)?.dataSync() as Float32Array;
      shared(`${head}.gradient`).set(values(images));
      shared(`${head}.textGradient`).set(values(texts));
      shared(`${head}.scalars`).set([loss.dataSync()[0] as number, values(logScale)[0] as number]);
    });
  }

  /** From the gradient by a part's embeddings to that by the parameters. */
  private backward({ part, embeddings, texts }: PartRows, shared: (name: string) => Float32Array, put: Put): void {
    const { device, model, width } = this;
    const [from, to] = shareOf(this.size, part, PARTS);
    const [firstText, endText] = shareOf(this.data.vision.length, part, PARTS);
    scope(device, () => {
      const textGradient = HEADS.map((head) =>
        tensor(device, shared(`${head}.textGradient`).subarray(firstText * width, endText * width), texts.shape),
      ).reduce((a, b) => a.add(b));
      // The derivative of <embedding, g> by the parameters is that of the loss, when g is the loss's by the embedding.
      const inner = HEADS.reduce(
        (sum, head) => sum.add(embeddings[head].mul(this.rowsOf(shared(`${head}.gradient`), from, to)).sum()),
        texts.mul(textGradient).sum(),
      );
      const gradients = backward(inner, [...model.parameters().values()]);
      const scalars = (i: number): number =>
        HEADS.reduce((sum, head) => sum + (shared(`${head}.scalars`)[i] as number), 0);
      const first = part === 0; // what belongs to the batch and not to a row is put once
      gradients.set(model.logScale, tensor(device, Float32Array.of(first ? scalars(1) : 0)));
      put(part, first ? scalars(0) : 0, 1 / PARTS, gradients);
    });
  }
}
