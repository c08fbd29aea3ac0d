/** The text tower of contrastive pretraining: which words fit a picture, without a language model (CLIP's zero-shot classification). */

import { Embedding, type Init, Linear, Module } from '../nn/index.ts';
import { ArgumentError, full, l2Normalise, type Tensor } from '../tensor/index.ts';
import { plainText } from './prompt/plain.ts';

/** Beside a folder's weights. */
export const TEXT_TOWER_FILE = 'text-tower.safetensors';

/** exp(logScale) is at most this: beyond, training would only sharpen. */
export const MAX_SCALE = 50;

/** Words to a point in the joint space: mean embedding -> GELU -> linear. */
export class TextTower extends Module {
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

/** The text tower with the learned temperature: all that classification needs beside the vision encoder. */
export class TextClassifier extends Module {
  text: TextTower;
  /** Natural logarithm of what cosines are multiplied by: 1 / temperature. */
  logScale: Tensor;

  constructor(init: Init, vocabulary: number, width: number, projection: number) {
    super();
    this.text = new TextTower(init, vocabulary, width, projection);
    this.logScale = full(init.device, [1], 2.5);
  }

  /**
   * logits = scale cos(picture, text)
   * @param features of pictures, from the vision encoder's head: [pictures, projection]
   * @param ids texts padded with `pad`: [texts, length]
   * @returns [pictures, texts]
   */
  forward(features: Tensor, ids: Tensor, pad: number): Tensor {
    const texts = l2Normalise(this.text.forward(ids, pad)); // [texts, projection]
    return l2Normalise(features).matmul(texts, { transposeB: true }).mul(this.logScale.exp().minimum(MAX_SCALE));
  }
}

/** Texts of several lengths in one table, row-major: [texts, length]. */
export function padTexts(
  texts: readonly (readonly number[])[],
  pad: number,
): { readonly ids: Int32Array; readonly length: number } {
  const length = Math.max(...texts.map((ids) => ids.length));
  const ids = new Int32Array(texts.length * length).fill(pad);
  texts.forEach((text, row) => {
    ids.set(text, row * length);
  });
  return { ids, length };
}

/** How well a text fits a picture. */
export interface RankedLabel {
  readonly label: string;
  /** Cosine of picture and text in the joint space, in [-1, 1]. */
  readonly similarity: number;
  /** softmax(scale cosine) over the labels. */
  readonly probability: number;
}

/** @throws ArgumentError for no labels, an empty one, or one that comes twice */
export function requireLabels(labels: readonly string[]): void {
  const refuse = (sentence: string): never => {
    throw new ArgumentError('classify', sentence);
  };
  if (!Array.isArray(labels) || labels.some((label) => typeof label !== 'string'))
    refuse('expected a list of texts as labels');
  if (labels.length === 0) refuse('there are no labels; expected at least one');
  if (labels.some((label) => plainText(label) === '')) refuse('a label is empty; expected words');
  const before = new Set<string>();
  const twice = labels.find((label) => before.size === before.add(plainText(label)).size);
  if (twice !== undefined) refuse(`the label '${twice}' comes twice`);
}
