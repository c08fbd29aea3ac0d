/**
 * The vision encoder: CLIP's Vision Transformer (Radford et al. 2021).
 *
 * Axes: b pictures, c channels, h x w pixels, p patch size, v visual tokens (patches), d width.
 *
 * Deviation from the paper: Flamingo's own encoder is an NFNet-F6 trained contrastively; a CLIP ViT-L/14 is one of its
 * ablations (Table 3, vii) and what the public models use. Both forms that their resamplers read come out, without the
 * final norm: `patches` and `hidden`; `FlamingoConfig.visualTokens` chooses.
 */
import type { Activation, Init, Tap } from '../nn/index.ts';
import { LayerNorm, Linear, Module, noTap, weights } from '../nn/index.ts';
import { requireWholes } from '../tensor/errors.ts';
import { ArgumentError, concat, patchEmbedding, ShapeError, stage, type Tensor } from '../tensor/index.ts';
import { requireOptions } from '../tensor/options.ts';
import { requireForm } from '../tensor/shape.ts';
import { TransformerLayer } from './transformer-layer.ts';

export interface VisionEncoderConfig {
  /** Pixels: one number for a square, or [height, width]. */
  readonly imageSize: number | readonly [height: number, width: number];
  /** Side of a patch in pixels. */
  readonly patchSize: number;
  /** Width of a visual token. */
  readonly width: number;
  /** How many transformer layers. */
  readonly layers: number;
  /** Heads of each layer; they divide the width. */
  readonly heads: number;
  /** Width between the two linear maps of the feed-forward network; 4 times the width in CLIP. */
  readonly hidden: number;
  /** Not part of a weights file: OpenAI's models are `quickGelu` (the default), most later ones `gelu`. */
  readonly activation?: Activation;
  /** Of every layer norm; default 1e-5. */
  readonly eps?: number;
  /** Width of the contrastive head on the class token; null for none. */
  readonly projection: number | null;
  /** Default 3. */
  readonly channels?: number;
}

const CONFIG =
  'imageSize patchSize width layers heads hidden activation:gelu|geluTanh|quickGelu|relu|squaredRelu|silu eps projection channels';

/** What the encoder makes of b pictures. */
export interface VisionFeatures {
  /** The last layer's output, class token first, without the final norm: [b, 1 + v, d]. */
  readonly hidden: Tensor;
  /** The same without the class token, row-major over the grid: [b, v, d]. */
  readonly patches: Tensor;
  /** The class token after the final norm: [b, d]. */
  readonly pooled: Tensor;
  /** `pooled` through the contrastive head, not normalised: [b, projection]; null without a head. */
  readonly features: Tensor | null;
}

/**
 * Rows and columns of whole patches; pixels beyond them are dropped.
 * @example
 * ```ts
 * patchGrid({ imageSize: 32, patchSize: 8 }); // [4, 4]
 * ```
 */
export function patchGrid(config: Pick<VisionEncoderConfig, 'imageSize' | 'patchSize'>): [number, number] {
  const { imageSize, patchSize } = Object(config) as typeof config;
  const [height, width] = typeof imageSize === 'object' ? imageSize : [imageSize, imageSize];
  requireWholes('patchGrid', { 'the height of pictures': height, 'their width': width, patchSize }, 1);
  return [Math.floor(height / patchSize), Math.floor(width / patchSize)];
}

/**
 * CLIP's vision Transformer: pixels [b, c, h, w] -> a token for each patch, and one for the picture.
 * @example
 * ```ts
 * const encoder = model.flamingo.vision;
 * const features = encoder?.forward(zeros(model.device, [1, 3, 32, 32]));
 * ```
 */
export class VisionEncoder extends Module {
  classEmbedding: Tensor;
  patchEmbedding: Tensor;
  positionEmbedding: Tensor;
  preNorm: LayerNorm;
  layers: TransformerLayer[];
  postNorm: LayerNorm;
  projection: Linear | null;
  readonly config: VisionEncoderConfig;

  /** Drawn as OpenAI's CLIP draws it. @throws ArgumentError when the picture holds no whole patch */
  constructor(init: Init, config: VisionEncoderConfig) {
    super();
    requireOptions('VisionEncoder', config, CONFIG);
    const { patchSize, width, layers, heads, hidden, activation = 'quickGelu', eps = 1e-5, channels = 3 } = config;
    requireWholes('VisionEncoder', { layers });
    const [rows, columns] = patchGrid(config);
    if (rows * columns === 0)
      throw new ArgumentError('VisionEncoder', `no patch of ${patchSize} pixels fits into ${config.imageSize}`);
    this.config = config;
    this.classEmbedding = weights(init, [width], width ** -0.5);
    this.patchEmbedding = weights(init, [width, channels, patchSize, patchSize], (channels * patchSize ** 2) ** -0.5);
    this.positionEmbedding = weights(init, [1 + rows * columns, width], width ** -0.5);
    this.preNorm = new LayerNorm(init, width, { eps });
    const layer = { width, heads, hidden, activation, eps, layers, causal: false };
    this.layers = Array.from({ length: layers }, () => new TransformerLayer(init, layer));
    this.postNorm = new LayerNorm(init, width, { eps });
    this.projection = config.projection === null ? null : new Linear(init, width, config.projection, { bias: false });
  }

  /**
   * pixels [b, c, h, w], normalised, of the configured size.
   * @throws ShapeError when the pixels make another grid than the position embeddings have
   */
  forward(pixels: Tensor, tap: Tap = noTap): VisionFeatures {
    let x = tap('embeddings.out', this.embed(tap('pixels', pixels), tap)); // [b, 1 + v, d]
    x = tap('norm.out', this.preNorm.forward(x));
    this.layers.forEach((layer, i) => {
      x = stage(x.device, () => layer.forward(x, {}, tap.at('layers', i)));
    });
    const hidden = tap('out', x); // [b, 1 + v, d]
    const [b, tokens, d] = hidden.shape as [number, number, number];
    const patches = tap('patches', hidden.slice([[null], [1, tokens]])); // [b, v, d]
    const pooled = this.postNorm.forward(hidden.slice([[null], [0, 1]])).reshape([b, d]); // [b, d]
    return { hidden, patches, pooled, features: this.projection?.forward(pooled) ?? null };
  }

  /** Pixels to tokens: the class token, then one token a patch, plus learned positions. */
  private embed(pixels: Tensor, tap: Tap): Tensor {
    const { patchSize, width: d, channels = 3 } = this.config;
    const [rows, columns] = patchGrid(this.config);
    const wanted = `pixels of ${rows} x ${columns} patches of ${patchSize} pixels`;
    const [b, , h, w] = requireForm('VisionEncoder', wanted, pixels, ['b', channels, 'h', 'w']);
    if (Math.floor(h / patchSize) !== rows || Math.floor(w / patchSize) !== columns)
      throw new ShapeError('VisionEncoder', `expected ${wanted}`, pixels.shape);
    const v = rows * columns;
    const grid = patchEmbedding(pixels, this.patchEmbedding); // [b, d, rows, columns]
    const patches = tap('embeddings.patches', grid.reshape([b, d, v]).transpose()); // [b, v, d]
    const classToken = this.classEmbedding.reshape([1, 1, d]).expand([b, 1, d]);
    return concat([classToken, patches], 1).add(this.positionEmbedding); // [b, 1 + v, d]
  }
}
