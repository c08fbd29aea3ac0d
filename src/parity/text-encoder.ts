/**
 * The text tower that CLIP trains beside its vision encoder (Radford et al. 2021), and the contrastive loss of the two.
 * Flamingo keeps only the vision encoder; the text tower serves retrieval, naming by similarity, and parity checks.
 *
 * Axes: b texts, n text tokens, d width.
 */

import { TransformerLayer } from '../flamingo/transformer-layer.ts';
import { VisionEncoder, type VisionEncoderConfig, type VisionFeatures } from '../flamingo/vision-encoder.ts';
import { type Activation, Embedding, type Init, LayerNorm, Linear, Module, noTap, type Tap } from '../nn/index.ts';
import { crossEntropy, full, l2Normalise, range, ShapeError, stage, type Tensor } from '../tensor/index.ts';

interface TextEncoderConfig {
  readonly vocabulary: number;
  /** Longest text, in tokens. */
  readonly positions: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly hidden: number;
  /** Default `quickGelu`. */
  readonly activation?: Activation;
  /** Epsilon of every layer norm; default 1e-5. */
  readonly eps?: number;
  readonly projection: number;
}

/** What the tower makes of b texts. */
interface TextFeatures {
  /** After the final norm: [b, n, d]. */
  readonly hidden: Tensor;
  /** The final norm's row at the end token: [b, d]. */
  readonly pooled: Tensor;
  /** `pooled` through the contrastive head, not normalised: [b, projection]. */
  readonly features: Tensor;
}

class TextEncoder extends Module {
  tokenEmbedding: Embedding;
  positionEmbedding: Embedding;
  layers: TransformerLayer[];
  norm: LayerNorm;
  projection: Linear;

  constructor(init: Init, config: TextEncoderConfig) {
    super();
    const { vocabulary, positions, width, layers, heads, hidden, activation = 'quickGelu', eps = 1e-5 } = config;
    this.tokenEmbedding = new Embedding(init, vocabulary, width);
    this.positionEmbedding = new Embedding(init, positions, width, { std: 0.01 });
    const layer = { width, heads, hidden, activation, eps, layers, causal: true };
    this.layers = Array.from({ length: layers }, () => new TransformerLayer(init, layer));
    this.norm = new LayerNorm(init, width, { eps });
    this.projection = new Linear(init, width, config.projection, { bias: false });
  }

  /**
   * ids int32 [b, n]; the text ends at its highest id, as in CLIP, whose end token is the last of its vocabulary.
   * What comes after the end is never seen, since attention is causal.
   * @throws ShapeError when the text is longer than the table of positions
   */
  forward(ids: Tensor, tap: Tap = noTap): TextFeatures {
    const [b, n] = ids.shape as [number, number];
    const positions = this.positionEmbedding.weight.shape[0] as number;
    if (n > positions) throw new ShapeError('TextEncoder', `at most ${positions} tokens have a position`, ids.shape);
    const embedded = this.tokenEmbedding.forward(ids).add(this.positionEmbedding.forward(range(ids.device, 0, n)));
    let x = tap('embeddings.out', embedded); // [b, n, d]
    this.layers.forEach((layer, i) => {
      x = stage(x.device, () => layer.forward(x, {}, tap.at('layers', i)));
    });
    const hidden = tap('norm.out', this.norm.forward(x)); // [b, n, d]
    const end = ids.toFloat().argmax(1).oneHot(n).reshape([b, 1, n]);
    const pooled = end.matmul(hidden).reshape([b, hidden.shape[2] as number]); // [b, d]
    return { hidden, pooled, features: this.projection.forward(pooled) };
  }
}

/** Both towers' outputs and how alike they are. */
interface ClipOutput {
  readonly image: VisionFeatures;
  readonly text: TextFeatures;
  /** Features of unit length, [images, e] and [texts, e]. */
  readonly imageEmbeds: Tensor;
  readonly textEmbeds: Tensor;
  /** exp(logitScale) * textEmbeds imageEmbeds^T: [texts, images]. */
  readonly logitsPerText: Tensor;
  readonly logitsPerImage: Tensor;
}

/** CLIP: two towers and a learned temperature. */
export class Clip extends Module {
  vision: VisionEncoder;
  text: TextEncoder;
  logitScale: Tensor;

  constructor(init: Init, vision: VisionEncoderConfig & { readonly projection: number }, text: TextEncoderConfig) {
    super();
    this.vision = new VisionEncoder(init, vision);
    this.text = new TextEncoder(init, text);
    this.logitScale = full(init.device, [], Math.log(1 / 0.07));
  }

  /** pixels [images, c, h, w], ids int32 [texts, n] */
  forward(pixels: Tensor, ids: Tensor, tap: Tap = noTap): ClipOutput {
    const image = this.vision.forward(pixels, tap.at('vision'));
    const text = this.text.forward(ids, tap.at('text'));
    const imageEmbeds = l2Normalise(image.features as Tensor); // [images, e]
    const textEmbeds = l2Normalise(text.features); // [texts, e]
    const logitsPerText = textEmbeds.matmul(imageEmbeds, { transposeB: true }).mul(this.logitScale.exp());
    return { image, text, imageEmbeds, textEmbeds, logitsPerText, logitsPerImage: logitsPerText.transpose() };
  }
}

/** The mean of both directions' cross entropies, text i belonging to picture i: logits [b, b] -> a scalar. */
export function contrastiveLoss(logitsPerText: Tensor): Tensor {
  const labels = range(logitsPerText.device, 0, logitsPerText.shape[0] as number);
  return crossEntropy(logitsPerText, labels).add(crossEntropy(logitsPerText.transpose(), labels)).mul(0.5);
}
