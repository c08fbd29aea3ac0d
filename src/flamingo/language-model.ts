/**
 * The frozen language model of Figure 3: a decoder-only transformer. The paper's is Chinchilla, which has no public
 * weights; by its configuration this one is any of those that public Flamingos stand on: OPT (the default), GPT-2, GPT-J,
 * GPT-NeoX, LLaMA and MPT, with the semantics of Hugging Face's implementations.
 *
 * b batch, n text tokens, m keys (cached tokens and these n), d width
 */

import { Embedding, type Init, type KeyValueCache, Linear, Module, type Norm, noTap, type Tap } from '../nn/index.ts';
import { requireWholes } from '../tensor/errors.ts';
import { alibi, causalMask, type Device, requireOptions, ShapeError, stage, type Tensor } from '../tensor/index.ts';
import { requireForm } from '../tensor/shape.ts';
import type { Decoder, DecodingInputs } from './generation/decoding.ts';
import { type PositionConfig, positionRotation, positionRows, positionsOf } from './text-positions.ts';
import type { LayerInputs, TransformerLayerConfig } from './transformer-layer.ts';
import { LAYER, layerNorm, TransformerLayer } from './transformer-layer.ts';

export interface LanguageModelConfig extends Omit<TransformerLayerConfig, 'causal'> {
  /** How many ids there are, `<image>` and `<EOC>` included. */
  readonly vocabulary: number;
  /** Rows of the table of learned positions, without its offset; for other positions what the model was trained with. */
  readonly maxPositions: number;
  /** Default OPT's: learned, counted from the attention mask, after two rows that stay unused. */
  readonly positions?: PositionConfig;
  /** Width of the embedding table, from which and to which a linear map leads: OPT-350m. Default `width`. */
  readonly embeddingWidth?: number;
  /** A norm after the last layer; default true, OPT-350m has none. */
  readonly finalNorm?: boolean;
  /** The head is the embedding table; default true. */
  readonly tied?: boolean;
  /**
   * How scores that may not be seen are masked: `additive`, a large negative number to each (the default; OPT, GPT-J, GPT-NeoX
   * and LLaMA in transformers), or `fill`, replaced by one (MPT). All agree on tokens of a text. On padding to its left, which
   * sees nothing, only the first passes a gradient.
   */
  readonly maskMode?: 'additive' | 'fill';
  /** Of a head of its own; default false, GPT-J has one. */
  readonly headBias?: boolean;
}

const OWN_CONFIG = 'vocabulary maxPositions positions embeddingWidth finalNorm tied maskMode:additive|fill headBias';

/** One cache per layer, all of the same length. */
export type LanguageModelCache = KeyValueCache[];

export interface LanguageModelInputs {
  /** [b, m] of 1, and 0 on padding; default all 1. */
  readonly attentionMask?: Tensor | null;
  /** Extended in place; the tensors that it held before are the caller's to release. */
  readonly cache?: LanguageModelCache | null;
}

/** What changes the residual stream [b, n, d] before or after layer i: where Flamingo's blocks stand. */
export interface BetweenLayers {
  /** Is given the residual stream [b, n, d] and the number of the layer it flows into, and gives what flows on. */
  readonly before?: (x: Tensor, i: number) => Tensor;
  /** The same behind the layer. */
  readonly after?: (x: Tensor, i: number) => Tensor;
}

/** What the layers are given besides the residual stream, the same for all of them. */
export interface TextContext extends Omit<LayerInputs, 'cache'> {
  /** Rows of the table of positions, int32 [b, n] or [n]; null where positions are not learned. */
  readonly positions: Tensor | null;
}

/**
 * A decoder-only language model: ids [b, t] -> logits [b, t, vocabulary]. Something else may stand before each of its layers.
 * @example
 * ```ts
 * const { languageModel } = model.flamingo;
 * console.log(languageModel); // its layers
 * const ids = tensor(languageModel.device, Int32Array.of(0, 5, 7), [1, 3]);
 * const logits = languageModel.forward(ids); // [1, 3, 1536]
 * const next = languageModel.forward(ids, { cache: languageModel.newCache() }); // [1, 3, 1536]
 * const hidden = languageModel.hidden(ids, {}, noTap); // [1, 3, 128]
 * const same = languageModel.head(hidden); // [1, 3, 1536]
 * ```
 */
export class LanguageModel extends Module implements Decoder {
  embedding: Embedding;
  positions: Embedding | null;
  projectIn: Linear | null;
  layers: TransformerLayer[];
  norm: Norm | null;
  projectOut: Linear | null;
  /** Null when the head is tied to the embedding. */
  toLogits: Linear | null;
  readonly config: LanguageModelConfig;

  constructor(init: Init, config: LanguageModelConfig) {
    super();
    requireOptions('LanguageModel', config, `${LAYER} ${OWN_CONFIG}`);
    const { width } = config;
    const { vocabulary, maxPositions, embeddingWidth = width, finalNorm = true, tied = true, ...others } = config;
    const { positions, headBias = false, maskMode: _, ...layer } = others;
    requireWholes('LanguageModel', { maxPositions, layers: layer.layers });
    const places = positionsOf(positions);
    const projected = embeddingWidth !== width;
    this.embedding = new Embedding(init, vocabulary, embeddingWidth);
    const rows = places.kind === 'learned' ? maxPositions + (places.offset ?? 0) : null;
    this.positions = rows === null ? null : new Embedding(init, rows, width);
    this.projectIn = projected ? new Linear(init, embeddingWidth, width, { bias: false }) : null;
    const masked = { ...layer, causal: false }; // the mask says it, because it counts cached tokens and padding too
    this.layers = Array.from({ length: layer.layers }, () => new TransformerLayer(init, masked));
    this.norm = finalNorm ? layerNorm(init, config) : null;
    this.projectOut = projected ? new Linear(init, width, embeddingWidth, { bias: false }) : null;
    this.toLogits = tied ? null : new Linear(init, embeddingWidth, vocabulary, { bias: headBias });
    this.config = config;
  }

  /** Where its parameters lie. */
  get device(): Device {
    return this.embedding.weight.device;
  }

  /** It knows no pictures. */
  readonly imageToken: null = null;

  /** ids int32 [b, n] -> logits [b, n, vocabulary]. @throws ShapeError when there are more tokens than positions */
  forward(ids: Tensor, inputs: LanguageModelInputs = {}, tap: Tap = noTap): Tensor {
    requireOptions('LanguageModel', inputs, 'attentionMask cache');
    return this.head(this.hidden(ids, inputs, tap), tap);
  }

  /** Logits after each of the last `count` tokens, [b, count, vocabulary]. */
  next({ ids, ...inputs }: DecodingInputs, count = 1): Tensor {
    return this.head(lastTokens(this.hidden(ids, inputs, noTap), count));
  }

  /** ids int32 [b, n] -> the residual stream after the last layer, [b, n, d]. */
  hidden(ids: Tensor, inputs: LanguageModelInputs, tap: Tap, { before, after }: BetweenLayers = {}): Tensor {
    const { positions, ...context } = this.prepare(ids, inputs);
    let x = this.embed(ids, positions, tap); // [b, n, d]
    for (const [i, layer] of this.layers.entries()) {
      const cache = inputs.cache?.[i] ?? null;
      [x] = stage(ids.device, () => {
        const y = layer.forward(before?.(x, i) ?? x, { ...context, cache }, tap.at('lm.layers', i));
        return [after?.(y, i) ?? y, cache];
      });
    }
    return x;
  }

  /** Token embeddings, with those of positions where they are learned: ids [b, n] -> [b, n, d] */
  private embed(ids: Tensor, positions: Tensor | null, tap: Tap): Tensor {
    const looked = this.embedding.forward(ids); // [b, n, embeddingWidth]
    const tokens = tap('lm.embeddings.tokens', this.projectIn?.forward(looked) ?? looked); // [b, n, d]
    const learned = positions && this.positions;
    const out = learned ? tokens.add(tap('lm.embeddings.positions', learned.forward(positions))) : tokens;
    return tap('lm.embeddings.out', out);
  }

  /** Final norm and head: x [b, n, d] -> logits [b, n, vocabulary] */
  head(x: Tensor, tap: Tap = noTap): Tensor {
    const normed = this.norm ? tap('lm.norm.out', this.norm.forward(x)) : x; // [b, n, d]
    const read = tap('lm.head.in', this.projectOut?.forward(normed) ?? normed); // [b, n, embeddingWidth]
    return tap('logits', this.toLogits?.forward(read) ?? read.matmul(this.embedding.weight, { transposeB: true }));
  }

  /** An empty cache. */
  newCache(): LanguageModelCache {
    return this.layers.map(() => ({ keys: null, values: null }));
  }

  /** Where the tokens stand, and what each may look at: itself and what came before, padding excepted. */
  private prepare(ids: Tensor, { attentionMask = null, cache }: LanguageModelInputs): TextContext {
    const [b, n] = requireForm('LanguageModel', 'ids', ids, ['b', 'n']);
    const { device } = ids;
    const past = cache?.[0]?.keys?.shape[1] ?? 0;
    const m = past + n;
    const { maxPositions, width, heads, headDim = width / heads } = this.config;
    const positions = positionsOf(this.config.positions);
    if (positions.kind === 'learned' && m > maxPositions)
      throw new ShapeError('LanguageModel', `${m} tokens for ${maxPositions} positions`, ids.shape);
    if (attentionMask) requireForm('LanguageModel', 'an attention mask', attentionMask, [b, m]);
    const causal = n === 1 ? null : causalMask(device, n, m); // [n, m]
    const keys = attentionMask?.reshape([b, 1, 1, m]);
    const emptyRows = this.config.maskMode === 'fill' ? 'uniform' : 'added';
    const span = { device, past, end: m, attentionMask };
    return {
      positions: positions.kind === 'learned' ? positionRows(positions, span) : null,
      rotation: positions.kind === 'rotary' ? positionRotation(positions, headDim, span) : null,
      bias: positions.kind === 'alibi' ? alibi(device, heads, m, positions.biasMax) : null,
      mask: keys && causal ? keys.mul(causal) : (keys ?? causal), // [b, 1, n, m]
      emptyRows,
    };
  }
}

/** x [b, n, d] -> [b, count, d] */
export function lastTokens(x: Tensor, count: number): Tensor {
  const n = x.shape[1] as number;
  return n === count ? x : x.slice([[null], [n - count, n]]);
}
