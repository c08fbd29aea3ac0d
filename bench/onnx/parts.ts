/**
 * The parts of Flamingo as ONNX operations, as an exporter of PyTorch writes them: onnxruntime fuses what it can. Weights are
 * those of this library's modules, by their paths.
 *
 * b batch, n tokens, d width, h heads, c width of a head
 */

import type { Activation, Module } from '../../src/nn/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import type { OnnxGraph, Value } from './graph.ts';

export type Weights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** All parameters of a module as numbers. */
export async function weightsOf(module: Module): Promise<Weights> {
  const read = async ([name, parameter]: [string, Tensor]) => {
    const data = (await parameter.data()) as Float32Array;
    return [name, { shape: parameter.shape, data: data.slice() }] as const;
  };
  return new Map(await Promise.all(Array.from(module.parameters(), read)));
}

/** [rows, columns] -> [columns, rows] */
export const transposed = (data: Float32Array, rows: number, columns: number): Float32Array =>
  data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number);

/** Heads apart: [b, n, h c] -> [b, h, n, c] */
const HEADS_FIRST = [0, 2, 1, 3] as const;

export interface AttentionParts {
  /** Prefix of `toQ`, `toK`, .. */
  readonly path: string;
  readonly heads: number;
  /** Width of a head. */
  readonly headDim: number;
}

/** Keys and values, heads apart: [b, h, m, c]. */
export interface KeyValues {
  readonly keys: Value;
  readonly values: Value;
}

/** Builds parts of one graph with the weights of one module. */
export class Parts {
  readonly graph: OnnxGraph;
  readonly weights: Weights;
  private readonly placed = new Map<string, Value>();

  constructor(graph: OnnxGraph, weights: Weights) {
    this.graph = graph;
    this.weights = weights;
  }

  /** A parameter as it is. @throws Error for one that is not there */
  parameter(path: string): Value {
    return this.place(path, ({ data, shape }) => this.graph.weights(data, shape));
  }

  shapeOf(path: string): readonly number[] {
    const found = this.weights.get(path);
    if (!found) throw new Error(`no weights named ${path}`);
    return found.shape;
  }

  /** x W^T + bias, the matrix laid out as it is multiplied. */
  linear(x: Value, path: string): Value {
    const product = this.graph.op('MatMul', [x, this.matrix(`${path}.weight`)]);
    return this.weights.has(`${path}.bias`) ? this.graph.op('Add', [product, this.parameter(`${path}.bias`)]) : product;
  }

  /** A matrix [out, in] as [in, out]. */
  matrix(path: string): Value {
    return this.place(`${path} transposed`, ({ data, shape: [out, into] }) =>
      this.graph.weights(transposed(data, out as number, into as number), [into as number, out as number]),
    );
  }

  norm(x: Value, path: string, eps = 1e-5): Value {
    const inputs = [x, this.parameter(`${path}.weight`), this.parameter(`${path}.bias`)];
    return this.graph.op('LayerNormalization', inputs, { axis: -1, epsilon: { float: eps } });
  }

  activation(x: Value, kind: Activation): Value {
    const { graph } = this;
    if (kind === 'gelu') return graph.op('Gelu', [x]);
    if (kind === 'geluTanh') return graph.op('Gelu', [x], { approximate: 'tanh' });
    if (kind !== 'quickGelu') throw new Error(`${kind} is not exported`);
    return graph.op('Mul', [x, graph.op('Sigmoid', [graph.op('Mul', [x, graph.number(1.702)])])]);
  }

  feedForward(x: Value, path: string, activation: Activation): Value {
    return this.linear(this.activation(this.linear(x, `${path}.up`), activation), `${path}.down`);
  }

  /** x [b, n, h c] -> [b, h, n, c]; a batch of another size than 1 takes the 0 of its shape. */
  heads(x: Value, { heads, headDim }: AttentionParts): Value {
    return this.graph.transpose(this.graph.reshape(x, 0, -1, heads, headDim), ...HEADS_FIRST);
  }

  /** Scaled dot-product attention; `added` [.., n, m] goes to the scores. Gives [b, n, h c]. */
  attend(queries: Value, { keys, values }: KeyValues, parts: AttentionParts, added: Value | null = null): Value {
    const { graph } = this;
    const turned = graph.transpose(keys, 0, 1, 3, 2);
    const scores = graph.op('Mul', [graph.op('MatMul', [queries, turned]), graph.number(parts.headDim ** -0.5)]);
    const weights = graph.op('Softmax', [added ? graph.op('Add', [scores, added]) : scores], { axis: -1 });
    const mixed = graph.transpose(graph.op('MatMul', [weights, values]), ...HEADS_FIRST);
    return graph.reshape(mixed, 0, -1, parts.heads * parts.headDim);
  }

  /** Keys and values of an attention with two maps of its own. */
  keyValues(x: Value, parts: AttentionParts): KeyValues {
    const [keys, values] = ['toK', 'toV'].map((map) => this.heads(this.linear(x, `${parts.path}.${map}`), parts));
    return { keys: keys as Value, values: values as Value };
  }

  /** Keys and values of an attention with one map for both. */
  joinedKeyValues(x: Value, parts: AttentionParts): KeyValues {
    const inner = parts.heads * parts.headDim;
    const both = this.linear(x, `${parts.path}.toKV`);
    const half = (from: number): Value => {
      const [starts, ends, axes] = [from, from + inner, -1].map((at) => this.graph.ints(at));
      return this.heads(this.graph.op('Slice', [both, starts as Value, ends as Value, axes as Value]), parts);
    };
    return { keys: half(0), values: half(inner) };
  }

  /** A pre-norm Transformer layer; `past` are keys and values of earlier tokens, `kept` is told those of all. */
  layer(
    x: Value,
    path: string,
    { heads, headDim, activation }: { heads: number; headDim: number; activation: Activation },
    { added = null, past = null, kept = () => {} }: LayerContext = {},
  ): Value {
    const { graph } = this;
    const parts = { path: `${path}attention`, heads, headDim };
    const normed = this.norm(x, `${path}attentionNorm`);
    const own = this.keyValues(normed, parts);
    const join = (before: Value, now: Value): Value => graph.op('Concat', [before, now], { axis: 2 });
    const all = past ? { keys: join(past.keys, own.keys), values: join(past.values, own.values) } : own;
    kept(all);
    const queries = this.heads(this.linear(normed, `${parts.path}.toQ`), parts);
    const mid = graph.op('Add', [x, this.linear(this.attend(queries, all, parts, added), `${parts.path}.toOut`)]);
    const dense = this.feedForward(this.norm(mid, `${path}feedForwardNorm`), `${path}feedForward`, activation);
    return graph.op('Add', [mid, dense]);
  }

  private place(key: string, make: (found: { data: Float32Array; shape: readonly number[] }) => Value): Value {
    const path = key.replace(/ transposed$/, '');
    const found = this.weights.get(path);
    if (!found) throw new Error(`no weights named ${path}`);
    const value = this.placed.get(key) ?? make(found);
    this.placed.set(key, value);
    return value;
  }
}

export interface LayerContext {
  readonly added?: Value | null;
  readonly past?: KeyValues | null;
  readonly kept?: (all: KeyValues) => void;
}
