import {
  type AttentionOptions as AttendOptions,
  attention,
  attentionScores,
  attentionWeights,
  concat,
  type Tensor,
} from '../tensor/index.ts';
import { type Init, Linear } from './layers.ts';
import { Module } from './module.ts';
import { noTap, type Tap } from './tap.ts';

/** Keys and values of earlier tokens, [b, heads, tokens, headWidth]; null before the first. */
export interface KeyValueCache {
  keys: Tensor | null;
  values: Tensor | null;
}

export interface AttentionOptions {
  /** Head width, when heads do not share out the query width. */
  readonly headWidth?: number;
  /** Width of what keys and values are computed from; default the query width. */
  readonly contextWidth?: number;
  readonly bias?: boolean;
  readonly deviation?: number;
}

export interface AttentionInputs {
  /** What keys and values come from; default x itself (self-attention). */
  readonly context?: Tensor;
  /** 1: seen, 0: hidden; broadcasts to [b, heads, n, m]. */
  readonly mask?: Tensor | null;
  readonly causal?: boolean;
  /** A query that sees nothing: uniform weights, or none. */
  readonly emptyRows?: 'uniform' | 'zero';
  /** Extended in place by this call's keys and values. */
  readonly cache?: KeyValueCache | null;
}

/** [b, n, heads * width] -> [b, heads, n, width] */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [b, n, width] = x.shape as [number, number, number];
  return x.reshape([b, n, heads, width / heads]).permute([0, 2, 1, 3]);
}

/** [b, heads, n, width] -> [b, n, heads * width] */
export function mergeHeads(x: Tensor): Tensor {
  const [b, heads, n, width] = x.shape as [number, number, number, number];
  return x.permute([0, 2, 1, 3]).reshape([b, n, heads * width]);
}

/**
 * The heart of every attention here: the fused kernel, or step by step when a tap asks for scores or weights, so that
 * both can be seen and changed. `reads` is 0 for queries whose attention counts as nothing; it broadcasts to weights.
 * q, k, v [b, heads, tokens, headWidth] -> [b, heads, n, headWidth]
 */
export function attend(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { reads = null, ...options }: AttendOptions & { readonly reads?: Tensor | null },
  tap: Tap,
): Tensor {
  if (!tap.wants('attention.scores') && !tap.wants('attention.weights')) {
    const out = attention(q, k, v, options);
    return reads ? out.mul(reads) : out;
  }
  const scores = tap('attention.scores', attentionScores(q, k, options)); // [b, heads, n, m]
  const weights = attentionWeights(scores, options); // [b, heads, n, m]
  return tap('attention.weights', reads ? weights.mul(reads) : weights).matmul(v);
}

/** Multi-head attention: self or cross, causal or masked, with an optional cache (Vaswani et al. 2017, section 3.2). */
export class MultiHeadAttention extends Module {
  toQ: Linear;
  toK: Linear;
  toV: Linear;
  toOut: Linear;
  readonly heads: number;

  constructor(init: Init, width: number, heads: number, options: AttentionOptions = {}) {
    super();
    const { headWidth = width / heads, contextWidth = width, bias = true, deviation } = options;
    const inner = heads * headWidth;
    this.toQ = new Linear(init, width, inner, { bias });
    this.toK = new Linear(init, contextWidth, inner, { bias });
    this.toV = new Linear(init, contextWidth, inner, { bias });
    this.toOut = new Linear(init, inner, width, { bias, ...(deviation !== undefined && { deviation }) });
    this.heads = heads;
  }

  /** x [b, n, width] -> [b, n, width] */
  forward(x: Tensor, inputs: AttentionInputs = {}, tap: Tap = noTap): Tensor {
    const { context = x, mask = null, causal = false, emptyRows = 'uniform', cache = null } = inputs;
    const q = splitHeads(this.toQ.forward(x), this.heads); // [b, heads, n, headWidth]
    let k = splitHeads(this.toK.forward(context), this.heads); // [b, heads, m, headWidth]
    let v = splitHeads(this.toV.forward(context), this.heads);
    if (cache) ({ k, v } = extendCache(cache, k, v));
    const out = attend(q, k, v, { mask, causal: causal ? 'end' : null, emptyRows }, tap);
    return this.toOut.forward(mergeHeads(out));
  }
}

/** Appends new keys and values to a cache and returns all of them. */
export function extendCache(cache: KeyValueCache, keys: Tensor, values: Tensor): { k: Tensor; v: Tensor } {
  const k = cache.keys ? concat([cache.keys, keys], 2) : keys;
  const v = cache.values ? concat([cache.values, values], 2) : values;
  cache.keys = k;
  cache.values = v;
  return { k, v };
}
