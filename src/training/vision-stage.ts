import type { VisionEncoder } from '../flamingo/vision-encoder.ts';
import { clipGradients, Embedding, type Init, Linear, Module, warmupCosine } from '../nn/index.ts';
import {
  backward,
  crossEntropy,
  type Device,
  full,
  l2Normalise,
  Random,
  range,
  scope,
  type Tensor,
  tensor,
} from '../tensor/index.ts';
import type { TrainingData } from './data/index.ts';
import { caption, visionBatch } from './data/index.ts';
import { muonAndAdam } from './optimizers.ts';
import type { Stage } from './stage.ts';

export interface VisionRecipe {
  readonly seed: number;
  readonly steps: number;
  /** Concepts a step; each is seen twice, in two styles. */
  readonly batch: number;
  readonly warmup: number;
}

/** 64 concepts in two styles a step (training recipe, stage 1). */
export const VISION_RECIPE: VisionRecipe = { seed: 1, steps: 2400, batch: 64, warmup: 150 };

const MAX_SCALE = 50;

/** Words to a point in the joint space: mean embedding -> GELU -> linear. Used in training only. */
class TextTower extends Module {
  words: Embedding;
  projection: Linear;

  constructor(init: Init, vocabulary: number, width: number, projection: number) {
    super();
    this.words = new Embedding(init, vocabulary, width, { std: 0.5 });
    this.projection = new Linear(init, width, projection, { bias: false });
  }

  /** ids [texts, length] padded with `pad` -> [texts, projection] */
  forward(ids: Tensor, pad: number): Tensor {
    const seen = ids.toFloat().notEqual(pad); // [texts, length]
    const [texts, length] = ids.shape as [number, number];
    const sum = this.words
      .forward(ids)
      .mul(seen.reshape([texts, length, 1]))
      .sum(1); // [texts, width]
    return this.projection.forward(sum.div(seen.sum(1, true)).geluErf());
  }
}

/** The vision encoder with what contrastive training adds to it: a text tower and a temperature. */
export class ContrastiveModel extends Module {
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

/** Cross entropy of rows against columns whose partners are `targets`. */
const matchLoss = (logits: Tensor, targets: Tensor): Tensor => crossEntropy(logits, targets);

/**
 * L1 + L2 / 2 + L3 / 4 for images [2 b, p] and all texts [texts, p], unit length: images against all texts, first views
 * against second views both ways, and the batch's texts against each set of views.
 */
function contrastiveLoss(images: Tensor, texts: Tensor, concepts: Tensor, scale: Tensor): Tensor {
  const b = concepts.size;
  const partners = range(images.device, 0, b);
  const first = images.slice([[0, b]]); // [b, p]
  const second = images.slice([[b, 2 * b]]); // [b, p]
  const own = texts.embedding(concepts); // [b, p]
  const similar = (x: Tensor, y: Tensor): Tensor => x.matmul(y, { transposeB: true }).mul(scale);
  const toTexts = similar(images, texts); // [2 b, texts]
  const everyText = matchLoss(toTexts.slice([[0, b]]), concepts)
    .add(matchLoss(toTexts.slice([[b, 2 * b]]), concepts))
    .mul(0.5);
  const views = similar(first, second); // [b, b]
  const betweenViews = matchLoss(views, partners).add(matchLoss(views.transpose(), partners)).mul(0.5);
  const toImages = matchLoss(similar(own, first), partners)
    .add(matchLoss(similar(own, second), partners))
    .mul(0.5);
  return everyText.add(betweenViews.mul(0.5)).add(toImages.mul(0.25));
}

/** One caption of every concept, padded: [concepts, length]. */
function captionIds(data: TrainingData, random: Random): { ids: Int32Array; length: number } {
  const { pad } = data.tokenizer.special;
  const texts = data.vision.map((concept) => data.bank.ids(caption(concept, random)));
  const length = Math.max(...texts.map((ids) => ids.length));
  const ids = new Int32Array(texts.length * length).fill(pad);
  texts.forEach((text, row) => {
    ids.set(text, row * length);
  });
  return { ids, length };
}

/**
 * Contrastive pretraining of the vision encoder. The class token alone would leave the last layer's patch tokens
 * untrained, which are what the resampler reads: the same loss is put on the mean of the normed patch tokens too.
 */
export function visionStage(
  device: Device,
  model: ContrastiveModel,
  data: TrainingData,
  recipe: VisionRecipe = VISION_RECIPE,
): Stage {
  const parameters = [...model.parameters().values()];
  const optimizer = muonAndAdam(model, (name) => name.includes('layers.'), {
    muon: 0.02,
    muonDecay: 0.1,
    adam: 2e-3,
    adamDecay: 0.05,
  });
  const root = new Random(recipe.seed).fork('vision');
  const { size, channels } = { size: 32, channels: 3 };
  const step = async (index: number): Promise<{ loss: number; scale: number }> => {
    const random = root.fork(index);
    const batch = visionBatch(data.pictures, data.vision, random.fork('pictures'), recipe.batch, size);
    const captions = captionIds(data, random.fork('captions'));
    const result = scope(device, () => {
      const pixels = tensor(device, batch.images, [2 * recipe.batch, channels, size, size]);
      const concepts = tensor(device, batch.concepts);
      const { features, patches } = model.vision.forward(pixels);
      const mean = model.vision.projection?.forward(model.vision.postNorm.forward(patches).mean(1)) as Tensor; // [2 b, projection]
      const texts = l2Normalise(
        model.text.forward(
          tensor(device, captions.ids, [data.vision.length, captions.length]),
          data.tokenizer.special.pad,
        ),
      );
      const scale = model.logScale.exp().minimum(MAX_SCALE);
      const head = contrastiveLoss(l2Normalise(features as Tensor), texts, concepts, scale);
      const grid = contrastiveLoss(l2Normalise(mean), texts, concepts, scale);
      const loss = head.add(grid).mul(0.5);
      const clipped = clipGradients(backward(loss, parameters), 1);
      optimizer.step(clipped.gradients, warmupCosine(index, recipe));
      return { loss, scale };
    });
    const metrics = { loss: await result.loss.item(), scale: await result.scale.item() };
    result.loss.dispose();
    result.scale.dispose();
    return metrics;
  };
  return { name: 'vision', steps: recipe.steps, model, optimizer, recipe: { ...recipe }, step };
}
