/**
 * The frozen language model of Figure 3: a decoder-only transformer with the semantics of Hugging Face's OPT.
 * The paper uses Chinchilla, which has no public weights; OPT (Zhang et al. 2022) is what OpenFlamingo accepts too.
 *
 * b batch, n text tokens, m keys (cached tokens and these n), d width
 */

import {
  type Activation,
  Embedding,
  type Init,
  type KeyValueCache,
  LayerNorm,
  Module,
  noTap,
  type Tap,
} from '../nn/index.ts';
import { causalMask, type Device, range, ShapeError, type Tensor } from '../tensor/index.ts';
import type { Decoder, DecodingInputs } from './decoding.ts';
import { TransformerLayer } from './transformer-layer.ts';

export interface LanguageModelConfig {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width between the two maps of a feed-forward layer. */
  readonly hidden: number;
  readonly maxPositions: number;
  /** OPT: relu. */
  readonly activation: Activation;
  /** Of every layer norm. */
  readonly eps: number;
}

/** OPT's position table begins with two rows that no text token uses: padding, at position -1, reads row 1. */
export const POSITION_OFFSET = 2;

/** One cache per layer, all of the same length. */
export type LanguageModelCache = KeyValueCache[];

export interface LanguageModelInputs {
  /** [b, m] of 1, and 0 on padding; default all 1. */
  readonly attentionMask?: Tensor | null;
  /** Extended in place; the tensors that it held before are the caller's to release. */
  readonly cache?: LanguageModelCache | null;
}

export class LanguageModel extends Module implements Decoder {
  embedding: Embedding;
  positions: Embedding;
  layers: TransformerLayer[];
  norm: LayerNorm;
  readonly config: LanguageModelConfig;

  constructor(init: Init, config: LanguageModelConfig) {
    super();
    this.embedding = new Embedding(init, config.vocabulary, config.width);
    this.positions = new Embedding(init, config.maxPositions + POSITION_OFFSET, config.width);
    const layer = { ...config, causal: false }; // the mask says it, because it counts cached tokens and padding too
    this.layers = Array.from({ length: config.layers }, () => new TransformerLayer(init, layer));
    this.norm = new LayerNorm(init, config.width, { eps: config.eps });
    this.config = config;
  }

  get device(): Device {
    return this.embedding.weight.device;
  }

  /** It knows no pictures. */
  get imageToken(): null {
    return null;
  }

  /** ids int32 [b, n] -> logits [b, n, vocabulary]. @throws ShapeError when there are more tokens than positions */
  forward(ids: Tensor, inputs: LanguageModelInputs = {}, tap: Tap = noTap): Tensor {
    return this.head(this.hidden(ids, inputs, tap), tap);
  }

  /** Logits after each of the last `count` tokens, [b, count, vocabulary]. */
  next({ ids, ...inputs }: DecodingInputs, count = 1): Tensor {
    return this.head(lastTokens(this.hidden(ids, inputs, noTap), count));
  }

  /** Token and position embeddings: ids [b, n], positions int32 [b, n] or [n] (rows of the table) -> [b, n, d] */
  embed(ids: Tensor, positions: Tensor = this.prepare(ids).positions, tap: Tap = noTap): Tensor {
    return tap('lm.embeddings.out', this.embedding.forward(ids).add(this.positions.forward(positions)));
  }

  /** Final norm, and the head that is tied to the embedding: x [b, n, d] -> logits [b, n, vocabulary] */
  head(x: Tensor, tap: Tap = noTap): Tensor {
    const read = tap('lm.head.in', tap('lm.norm.out', this.norm.forward(x)));
    return tap('logits', read.matmul(this.embedding.weight, { transposeB: true }));
  }

  /** After the last layer, [b, n, d]. */
  private hidden(ids: Tensor, inputs: LanguageModelInputs, tap: Tap): Tensor {
    const { positions, mask } = this.prepare(ids, inputs);
    let x = this.embed(ids, positions, tap); // [b, n, d]
    for (const [i, layer] of this.layers.entries()) {
      x = layer.forward(x, { mask, cache: inputs.cache?.[i] ?? null }, tap.at(`lm.layers.${i}`));
    }
    return x;
  }

  /** An empty cache. */
  newCache(): LanguageModelCache {
    return this.layers.map(() => ({ keys: null, values: null }));
  }

  /** Where the tokens stand, and what each may look at: itself and what came before, padding excepted. */
  prepare(ids: Tensor, { attentionMask, cache }: LanguageModelInputs = {}): { positions: Tensor; mask: Tensor | null } {
    const [b, n] = ids.shape as [number, number];
    const past = cache?.[0]?.keys?.shape[2] ?? 0;
    const m = past + n;
    if (m > this.config.maxPositions)
      throw new ShapeError('LanguageModel', `${m} tokens for ${this.config.maxPositions} positions`, ids.shape);
    const causal = n === 1 ? null : causalMask(ids.device, n, m); // [n, m]
    if (!attentionMask)
      return { positions: range(ids.device, past + POSITION_OFFSET, m + POSITION_OFFSET), mask: causal };
    if (attentionMask.shape[0] !== b || attentionMask.shape[1] !== m)
      throw new ShapeError('LanguageModel', `expected an attention mask [${b}, ${m}]`, attentionMask.shape);
    const keys = attentionMask.reshape([b, 1, 1, m]);
    return {
      positions: maskPositions(attentionMask).slice([[null], [past, m]]),
      mask: causal ? keys.mul(causal) : keys, // [b, 1, n, m]
    };
  }
}

/** Rows of OPT's table: tokens are counted from the mask, so padding shifts nothing. [b, m] -> int32 [b, m] */
function maskPositions(attentionMask: Tensor): Tensor {
  return attentionMask
    .cumulativeSum(1)
    .mul(attentionMask)
    .add(POSITION_OFFSET - 1)
    .toInt();
}

/** x [b, n, d] -> [b, count, d] */
export function lastTokens(x: Tensor, count: number): Tensor {
  const n = x.shape[1] as number;
  return x.slice([[null], [n - count, n]]);
}
