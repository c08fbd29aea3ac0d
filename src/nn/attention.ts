import { ArgumentError, requireWholes } from '../tensor/errors.ts';
import type { AttentionOptions as AttendOptions } from '../tensor/functions.ts';
import { attention, attentionScores, attentionWeights, concat, repeatInterleave, split } from '../tensor/functions.ts';
import { EMPTY_ROWS, type EmptyRows } from '../tensor/ops/softmax.ts';
import { requireOptions } from '../tensor/options.ts';
import { type Rotation, rotate } from '../tensor/positions.ts';
import { requireTensor, type Tensor } from '../tensor/tensor.ts';
import { createNorm, Identity, type Init, Linear, type Norm, type NormKind } from './layers.ts';
import { Module } from './module.ts';
import { noTap, type Tap } from './tap.ts';

/** Keys and values of earlier tokens, [b, tokens, heads headDim]; null before the first. */
export interface KeyValueCache {
  keys: Tensor | null;
  values: Tensor | null;
}

export interface AttentionOptions {
  /** Head width, when heads do not share out the query width. */
  readonly headDim?: number;
  /** Width of what keys and values are computed from; default the query width. */
  readonly contextWidth?: number;
  /** Heads of keys and values, each shared by as many neighbouring query heads; default one per query head. */
  readonly keyValueHeads?: number;
  /** Norms of all queries and of all keys, before they are split into heads, as `createNorm` takes `kind`, `eps`, `bias`; default none. */
  readonly queryKeyNorm?: { readonly kind: NormKind; readonly eps: number; readonly bias: boolean } | null;
  /** True if the linear maps have biases; default true. */
  readonly bias?: boolean;
  /** The standard deviation that the output map is drawn with; default as `Linear`. */
  readonly std?: number;
}

const OPTIONS = 'headDim contextWidth keyValueHeads queryKeyNorm bias std';

export interface AttentionInputs {
  /** What keys and values come from; default x itself (self-attention). */
  readonly context?: Tensor;
  /** 1: seen, 0: hidden; broadcasts to [b, heads, n, m]. */
  readonly mask?: Tensor | null;
  /** True if a token sees none that come after it; default false. */
  readonly causal?: boolean;
  /** Added to the scaled scores; broadcasts to [b, heads, n, m]. */
  readonly bias?: Tensor | null;
  /** How queries and new keys turn with their positions; its tables broadcast to [b, n, heads, pairs]. */
  readonly rotation?: Rotation | null;
  /** What a query that sees nothing reads: the mean of all, with or without a gradient, or nothing. */
  readonly emptyRows?: EmptyRows;
  /** Extended in place by this call's keys and values. */
  readonly cache?: KeyValueCache | null;
}

const INPUTS = `context mask causal bias rotation emptyRows:${EMPTY_ROWS} cache` as const;

/**
 * [b, .., n, heads * width] -> [b, heads, .., n, width]
 * @param x heads side by side on the last axis
 * @param heads how many
 * @example
 * ```ts
 * const heads = splitHeads(ones(device, [1, 3, 8]), 2); // [1, 2, 3, 4]
 * ```
 */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const apart = headsApart(x, heads);
  const [b, ...between] = [...x.shape.keys()].slice(0, -1) as [number, ...number[]];
  return apart.permute([b, x.shape.length - 1, ...between, x.shape.length]);
}

/** [.., heads width] -> [.., heads, width] */
function headsApart(x: Tensor, heads: number): Tensor {
  const inner = requireTensor('splitHeads', x).shape.at(-1) as number;
  return x.reshape([...x.shape.slice(0, -1), heads, inner / heads]);
}

/**
 * [b, heads, .., n, width] -> [b, .., n, heads * width]
 * @param x what the heads give
 * @example
 * ```ts
 * const x = mergeHeads(ones(device, [1, 2, 3, 4])); // [1, 3, 8]
 * ```
 */
export function mergeHeads(x: Tensor): Tensor {
  const [b, heads, ...rest] = requireTensor('mergeHeads', x).shape as [number, number, ...number[]];
  const width = rest.pop() as number;
  const between = rest.map((_, i) => i + 2);
  return x.permute([0, ...between, 1, rest.length + 2]).reshape([b, ...rest, heads * width]);
}

/**
 * Keys in the first half of the last axis, values in the second: [.., 2 inner] -> two [.., inner]
 * @param both what one linear map gives for keys and values
 * @example
 * ```ts
 * const [keys, values] = splitKeyValues(ones(device, [1, 3, 16])); // two of [1, 3, 8]
 * ```
 */
export function splitKeyValues(both: Tensor): [keys: Tensor, values: Tensor] {
  const inner = (requireTensor('splitKeyValues', both).shape.at(-1) as number) / 2;
  return split(both, [inner, inner], -1) as [Tensor, Tensor];
}

/** A tap of x [b, .., n, heads width] that shows heads apart: [b, heads, .., n, width]. They stay together where nobody asks. */
export function tapHeads(tap: Tap, name: string, x: Tensor, heads: number): Tensor {
  return tap.wants(name) ? mergeHeads(tap(name, splitHeads(x, heads))) : x;
}

/** A norm of each head of x [.., heads width]. */
export function normHeads(norm: Norm, x: Tensor, heads: number): Tensor {
  return norm instanceof Identity ? x : norm.forward(headsApart(x, heads)).reshape(x.shape);
}

/**
 * Scaled dot-product attention, shared by all modules: the fused kernel, or step by step when a tap asks for scores or weights, so that
 * both can be seen and changed. `heads` says how many there are. `queryMask` [b, n, 1] is 0 for queries whose attention counts as nothing.
 * q, k, v [b, .., tokens, heads headDim] -> [b, .., n, heads headDim]
 * @param q queries [b, heads, n, width]
 * @param k keys [b, heads, m, width]
 * @example
 * ```ts
 * const q = randn(device, [1, 3, 8], new Random(1));
 * const out = attend(q, q, q, { heads: 2 }, noTap); // [1, 3, 8]
 * ```
 */
export function attend(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  ofHeads: AttendOptions & { readonly heads: number },
  tap: Tap = noTap,
  queryMask: Tensor | null = null,
): Tensor {
  requireWholes('attend', { heads: ofHeads?.heads }, 1);
  if (!tap.wants('attention.scores') && !tap.wants('attention.weights')) {
    const out = attention(q, k, v, ofHeads);
    return tapHeads(tap, 'attention.heads', queryMask ? out.mul(queryMask) : out, ofHeads.heads);
  }
  const { heads, ...options } = ofHeads;
  const [queries, keys, values] = [q, k, v].map((x) => splitHeads(x, heads)) as [Tensor, Tensor, Tensor];
  const scores = tap('attention.scores', attentionScores(queries, keys, options)); // [b, heads, .., n, m]
  const unmasked = attentionWeights(scores, options); // [b, heads, .., n, m]
  const weights = tap('attention.weights', queryMask ? unmasked.mul(splitHeads(queryMask, 1)) : unmasked);
  return mergeHeads(tap('attention.heads', weights.matmul(values)));
}

/**
 * Multi-head attention: self or cross, causal or masked, with an optional cache (Vaswani et al. 2017, section 3.2); with
 * fewer heads of keys and values it is grouped-query attention (Ainslie et al. 2023).
 * @example
 * ```ts
 * const init = { device, random: new Random(1) };
 * const layer = new MultiHeadAttention(init, 8, 2); // width 8, two heads
 * const y = layer.forward(randn(device, [1, 3, 8], new Random(2)), { causal: true }); // [1, 3, 8]
 * ```
 */
export class MultiHeadAttention extends Module {
  toQ: Linear;
  toK: Linear;
  toV: Linear;
  toOut: Linear;
  queryNorm: Norm;
  keyNorm: Norm;
  readonly heads: number;
  readonly keyValueHeads: number;

  /**
   * @param width of the input and of the output
   * @param heads how many; each is width / heads wide
   * @throws ArgumentError when query heads cannot share the heads of keys and values evenly
   */
  constructor(init: Init, width: number, heads: number, options: AttentionOptions = {}) {
    super();
    requireOptions('MultiHeadAttention', options, OPTIONS);
    const { headDim = width / heads, contextWidth = width, keyValueHeads = heads, queryKeyNorm = null } = options;
    const { bias = true, std } = options;
    requireWholes('MultiHeadAttention', { heads, keyValueHeads, headDim }, 1);
    if (heads % keyValueHeads !== 0)
      throw new ArgumentError('MultiHeadAttention', `${heads} heads cannot share ${keyValueHeads} of keys and values`);
    this.toQ = new Linear(init, width, heads * headDim, { bias });
    this.toK = new Linear(init, contextWidth, keyValueHeads * headDim, { bias });
    this.toV = new Linear(init, contextWidth, keyValueHeads * headDim, { bias });
    this.toOut = new Linear(init, heads * headDim, width, { bias, ...(std !== undefined && { std }) });
    const { kind = null, ...rest } = queryKeyNorm ?? {};
    const norm = (size: number) => createNorm(init, kind, size, rest);
    this.queryNorm = norm(heads * headDim);
    this.keyNorm = norm(keyValueHeads * headDim);
    this.heads = heads;
    this.keyValueHeads = keyValueHeads;
  }

  /** x [b, n, width] -> [b, n, width]. The taps of keys and values are of the new tokens, before heads share them. */
  forward(x: Tensor, inputs: AttentionInputs = {}, tap: Tap = noTap): Tensor {
    requireOptions('MultiHeadAttention', inputs, INPUTS);
    const { context = x, mask = null, causal = false, bias = null, rotation = null } = inputs;
    const { emptyRows = 'uniform', cache = null } = inputs;
    const turned = (x: Tensor, heads: number): Tensor =>
      rotation ? rotate(headsApart(x, heads), rotation).reshape(x.shape) : x;
    const queries = turned(this.queryNorm.forward(this.toQ.forward(x)), this.heads); // [b, n, heads headDim]
    const keys = turned(this.keyNorm.forward(this.toK.forward(context)), this.keyValueHeads);
    const q = tapHeads(tap, 'attention.queries', queries, this.heads);
    let k = tapHeads(tap, 'attention.keys', keys, this.keyValueHeads);
    let v = tapHeads(tap, 'attention.values', this.toV.forward(context), this.keyValueHeads);
    if (cache) ({ k, v } = extendCache(cache, k, v)); // [b, m, keyValueHeads headDim]
    const options = { heads: this.heads, mask, causal: causal ? 'end' : null, bias, emptyRows } as const;
    return this.toOut.forward(attend(q, this.shared(k), this.shared(v), options, tap));
  }

  /** Each head of keys or values for all the query heads that share it: [b, m, heads headDim] */
  private shared(x: Tensor): Tensor {
    const sharing = this.heads / this.keyValueHeads;
    if (sharing === 1) return x;
    const [b, m, inner] = x.shape as [number, number, number];
    return repeatInterleave(headsApart(x, this.keyValueHeads), 2, sharing).reshape([b, m, inner * sharing]);
  }
}

/**
 * Appends new keys and values to a cache and returns all of them.
 * @param keys new ones, [b, heads, n, width]
 * @param values new ones, [b, heads, n, width]
 * @example
 * ```ts
 * const cache = { keys: null, values: null };
 * const x = ones(device, [1, 3, 8]); // three new tokens
 * const { k } = extendCache(cache, x, x); // keys so far
 * ```
 */
export function extendCache(cache: KeyValueCache, keys: Tensor, values: Tensor): { k: Tensor; v: Tensor } {
  for (const x of [keys, values]) requireTensor('extendCache', x);
  const k = cache.keys ? concat([cache.keys, keys], 1) : keys;
  const v = cache.values ? concat([cache.values, values], 1) : values;
  cache.keys = k;
  cache.values = v;
  return { k, v };
}
