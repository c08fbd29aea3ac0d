import { causalMask, tensor, triangle } from './create.ts';
import { requireArray, requireNumber, requireWhole, requireWholes, ShapeError } from './errors.ts';
import * as ops from './ops/index.ts';
import { EMPTY_ROWS } from './ops/softmax.ts';
import { requireOptions } from './options.ts';
import { requireForm, resolveAxis, sizeOf } from './shape.ts';
import { requireTensor, type Tensor } from './tensor.ts';

function firstOf(operation: string, tensors: readonly Tensor[]): Tensor {
  requireArray(operation, 'the list of tensors', tensors);
  for (const x of tensors) requireTensor(operation, x);
  return requireTensor(operation, tensors[0] as Tensor);
}

const axisOf = (operation: string, x: Tensor, axis: number): number =>
  resolveAxis(operation, axis, requireTensor(operation, x).shape.length);

/**
 * Tensors one after another along `axis`.
 * @param tensors at least one; their other axes are equal
 * @example
 * ```ts
 * const x = concat([ones(device, [1, 2]), zeros(device, [3, 2])], 0); // [4, 2]
 * ```
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = firstOf('concat', tensors);
  const resolved = axisOf('concat', first, axis);
  if (tensors.length === 1) return first;
  // WebGPU kernels take seven inputs at most: longer lists are joined in groups.
  if (tensors.length > 7) {
    const groups = Array.from({ length: Math.ceil(tensors.length / 7) }, (_, i) => tensors.slice(i * 7, i * 7 + 7));
    const joined = groups.map((group) => concat(group, resolved));
    return concat(joined, resolved);
  }
  return first.apply(ops.concat, tensors.slice(1), { axis: resolved });
}

/**
 * Tensors of one shape along a new axis.
 * @param tensors at least one
 * @param axis where the new axis comes, negative from the end; default 0
 * @example
 * ```ts
 * const x = stack([ones(device, [2]), zeros(device, [2])]); // [2, 2]
 * ```
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const resolved = resolveAxis('stack', axis, firstOf('stack', tensors).shape.length + 1);
  const parts = tensors.map((t) => t.reshape([...t.shape.slice(0, resolved), 1, ...t.shape.slice(resolved)]));
  return concat(parts, resolved);
}

/**
 * Pieces of the given sizes along `axis`.
 * @param x [.., sum of the sizes, ..]
 * @param sizes extents of the pieces
 * @throws ShapeError when the sizes do not add up
 * @example
 * ```ts
 * const [a, b] = split(ones(device, [5, 2]), [2, 3]); // [2, 2] and [3, 2]
 * ```
 */
export function split(x: Tensor, sizes: readonly number[], axis = 0): Tensor[] {
  const resolved = axisOf('split', x, axis);
  requireArray('split', 'the sizes', sizes);
  for (const size of sizes) requireWhole('split', 'a size', size);
  if (sizes.reduce((a, b) => a + b, 0) !== x.shape[resolved])
    throw new ShapeError('split', `sizes ${sizes.join(' + ')} do not add up to axis ${resolved}`, x.shape);
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return x.slice(x.shape.map((_, i) => (i === resolved ? [start - size, start] : [null])));
  });
}

/**
 * The whole array repeated along each axis.
 * @param x any tensor
 * @param repeats how often, by axis; missing ones at the front are 1
 * @example
 * ```ts
 * await tile(tensor(device, [1, 2]), [2]).print(); // 1, 2, 1, 2
 * ```
 */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  requireArray('tile', 'the counts', repeats);
  for (const count of repeats) requireWhole('tile', 'a count', count);
  const rank = Math.max(repeats.length, requireTensor('tile', x).shape.length);
  const shape = [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const counts = [...new Array<number>(rank - repeats.length).fill(1), ...repeats];
  const spread = shape.flatMap((extent) => [1, extent]);
  const wide = shape.flatMap((extent, i) => [counts[i] as number, extent]);
  const tiled = shape.map((extent, i) => extent * (counts[i] as number));
  return x.reshape(spread).expand(wide).reshape(tiled);
}

/**
 * Every entry along `axis` repeated `count` times.
 * @param x any tensor
 * @example
 * ```ts
 * await repeatInterleave(tensor(device, [1, 2]), 0, 2).print(); // 1, 1, 2, 2
 * ```
 */
export function repeatInterleave(x: Tensor, axis: number, count: number): Tensor {
  const at = axisOf('repeatInterleave', x, axis);
  requireWhole('repeatInterleave', 'the count', count);
  const [before, after] = [x.shape.slice(0, at + 1), x.shape.slice(at + 1)];
  const wide = x.reshape([...before, 1, ...after]).expand([...before, count, ...after]);
  return wide.reshape(x.shape.map((extent, i) => (i === at ? extent * count : extent)));
}

/**
 * Whole slices of x along `axis`, by int32 index [count].
 * @param x any tensor of at least one axis
 * @example
 * ```ts
 * const rows = indexSelect(ones(device, [5, 3]), tensor(device, Int32Array.of(4, 0))); // [2, 3]
 * ```
 */
export function indexSelect(x: Tensor, index: Tensor, axis = 0): Tensor {
  const at = axisOf('indexSelect', x, axis);
  requireForm('indexSelect', 'index', index, ['count']);
  const rowsFirst = at === 0 ? x : x.transpose(0, at);
  const width = sizeOf(rowsFirst.shape.slice(1));
  const rows = rowsFirst.reshape([rowsFirst.shape[0] as number, width]).embedding(index);
  const picked = rows.reshape([index.size, ...rowsFirst.shape.slice(1)]);
  return at === 0 ? picked : picked.transpose(0, at);
}

/**
 * x with whole rows of `source` added at `index` [count] along axis 0.
 * @param x [rows, ..]
 * @example
 * ```ts
 * const sums = indexAdd(zeros(device, [3, 2]), tensor(device, Int32Array.of(1, 1)), ones(device, [2, 2]));
 * ```
 */
export function indexAdd(x: Tensor, index: Tensor, source: Tensor): Tensor {
  axisOf('indexAdd', x, 0);
  const [count] = requireForm('indexAdd', 'index', index, ['count']);
  requireForm('indexAdd', 'source', source, [count, ...x.shape.slice(1)]); // a row of x for each index
  const width = sizeOf(x.shape.slice(1));
  const wide = index.reshape([count, 1]).expand([count, width]);
  const rows = x.reshape([x.shape[0] as number, width]).scatterAdd(wide, source.reshape([count, width]), 0);
  return rows.reshape(x.shape);
}

/**
 * Keeps entries with column - row <= diagonal, 0 elsewhere.
 * @param x [.., rows, columns]
 * @param diagonal 0 keeps the main diagonal and what lies below, 1 one more above; default 0
 * @example
 * ```ts
 * const seen = tril(ones(device, [3, 3])); // 0 above the diagonal
 * ```
 */
export function tril(x: Tensor, diagonal = 0): Tensor {
  if (requireTensor('tril', x).shape.length < 2) throw new ShapeError('tril', 'needs at least two axes', x.shape);
  requireWhole('tril', 'the diagonal', diagonal, Number.MIN_SAFE_INTEGER);
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return triangle(x.device, rows, columns, diagonal).where(x, 0);
}

/**
 * x [.., in] times weight [out, in] transposed, plus bias [out].
 * @example
 * ```ts
 * const y = linear(ones(device, [2, 3]), ones(device, [4, 3]), zeros(device, [4])); // [2, 4]
 * ```
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  requireTensor('linear', x);
  return bias ? x.apply(ops.linear, [weight, bias], {}) : x.matmul(weight, { transposeB: true });
}

/**
 * x / max(|x|, eps) over the last axis; eps 0 divides by the norm itself.
 * @param x [.., width]
 * @param eps smallest norm that is divided by; default 1e-12
 * @example
 * ```ts
 * const unit = l2Normalise(tensor(device, [[3, 4]])); // .6, .8
 * ```
 */
export function l2Normalise(x: Tensor, eps = 1e-12): Tensor {
  requireNumber('l2Normalise', 'eps', eps, 0);
  // The square is bounded and not its root, whose slope at 0 is infinite.
  const square = requireTensor('l2Normalise', x).square().sum(-1, true);
  return x.div((eps > 0 ? square.maximum(eps ** 2) : square).sqrt());
}

export interface CrossEntropyOptions {
  /** Rows with this target are left out. */
  readonly ignoreIndex?: number;
  /** mean divides by the number of counted rows. */
  readonly reduction?: 'mean' | 'sum' | 'none';
}

/**
 * -log softmax(logits)[target] per row: logits [rows, classes], targets int32 [rows].
 * @example
 * ```ts
 * const loss = crossEntropy(zeros(device, [2, 10]), tensor(device, Int32Array.of(3, 7))); // log(10)
 * ```
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  requireOptions('crossEntropy', options, 'ignoreIndex reduction:mean|sum|none');
  const { ignoreIndex = -100, reduction = 'mean' } = options;
  const rows = requireTensor('crossEntropy', logits).apply(ops.crossEntropyRows, [targets], { ignoreIndex });
  if (reduction === 'none') return rows;
  return reduction === 'sum' ? rows.sum() : rows.sum().div(targets.toFloat().notEqual(ignoreIndex).sum());
}

/**
 * sum(weights * loss) / sum(weights) with the loss of each row; weights [rows] are constants.
 * @param logits [rows, classes]
 * @param targets int32 [rows], the right class of each row
 * @example
 * ```ts
 * const loss = weightedCrossEntropy(zeros(device, [2, 10]), tensor(device, Int32Array.of(3, 7)), tensor(device, [1, 0.5]));
 * ```
 */
export function weightedCrossEntropy(logits: Tensor, targets: Tensor, weights: Tensor): Tensor {
  const losses = crossEntropy(logits, targets, { reduction: 'none' });
  return losses.mul(requireTensor('weightedCrossEntropy', weights)).sum().div(weights.sum());
}

export interface AttentionOptions {
  /** Default d^-0.5, d the width of a head. */
  readonly scale?: number;
  /** Heads that lie side by side in the last axis of q, k and v: [.., n, heads d]. Scores are then [.., heads, n, m]. */
  readonly heads?: number;
  /** `end`: the last query sees all keys (what a key cache needs); `start`: query i sees keys 0 to i. */
  readonly causal?: 'start' | 'end' | null;
  /** 1: seen, 0: hidden; broadcasts to [.., n, m]. */
  readonly mask?: Tensor | null;
  /** Added to the scaled scores; broadcasts to [.., n, m]. */
  readonly bias?: Tensor | null;
  readonly emptyRows?: ops.EmptyRows;
}

const ATTENTION = `scale heads causal:start|end|null mask bias emptyRows:${EMPTY_ROWS}` as const;
type Seen = { mask: Tensor | null; bias: Tensor | null; emptyRows: ops.EmptyRows };

/** Resolves the defaults; mask and bias get full [n, m] matrices, their batch axes stay broadcast. */
function prepare({ device }: Tensor, n: number, m: number, options: AttentionOptions): Seen {
  requireOptions('attention', options, ATTENTION);
  const { causal, mask, bias, emptyRows = 'uniform' } = options;
  const whole = (part: Tensor): Tensor => {
    requireTensor('attention', part);
    const fits = part.shape.at(-2) === n && part.shape.at(-1) === m;
    return fits ? part : part.expand([...part.shape.slice(0, -2), n, m]);
  };
  const hidesNothing = causal === 'end' && n === 1;
  const before = causal && !hidesNothing ? causalMask(device, n, m, causal) : null;
  const seen = mask && before ? mask.logicalAnd(before) : (mask ?? before);
  return { mask: seen ? whole(seen) : null, bias: bias ? whole(bias) : null, emptyRows };
}

const scaleOf = (q: Tensor, { scale, heads = 1 }: AttentionOptions): number =>
  scale ?? ((q.shape.at(-1) as number) / heads) ** -0.5;

/**
 * softmax(scale q k^T + bias, masked) v: q [.., n, d], k [.., m, d], v [.., m, e] -> [.., n, e], in one kernel. Axes of size
 * 1 before the last two of k and v repeat.
 * @example
 * ```ts
 * const q = randn(device, [1, 2, 3, 4], new Random(1)); // batch, heads, tokens, width of a head
 * const out = attention(q, q, q, { causal: 'end' }); // [1, 2, 3, 4]
 * ```
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  for (const x of [q, k]) requireTensor('attention', x);
  const { mask, bias, emptyRows } = prepare(q, q.shape.at(-2) as number, k.shape.at(-2) as number, options);
  const others = [k, v, ...(mask ? [mask] : []), ...(bias ? [bias] : [])];
  const scale = scaleOf(q, options);
  const { heads = null } = options;
  return q.apply(ops.attention, others, { scale, heads, emptyRows, mask: mask !== null, bias: bias !== null });
}

/**
 * The first step of attention: scale q k^T, before bias and mask. q [.., n, d], k [.., m, d] -> [.., n, m]
 * @example
 * ```ts
 * const q = randn(device, [1, 2, 3, 4], new Random(1));
 * const scores = attentionScores(q, q, {}); // [1, 2, 3, 3]
 * ```
 */
export function attentionScores(q: Tensor, k: Tensor, options: AttentionOptions = {}): Tensor {
  requireOptions('attentionScores', options, ATTENTION);
  return requireTensor('attentionScores', q).matmul(k, { transposeB: true }).mul(scaleOf(q, options));
}

/**
 * The second step: softmax(scores + bias, masked); the third is the product with v. scores [.., n, m] -> [.., n, m]
 * @example
 * ```ts
 * const q = randn(device, [1, 2, 3, 4], new Random(1));
 * const weights = attentionWeights(attentionScores(q, q, {}), {}); // rows sum to 1
 * ```
 */
export function attentionWeights(scores: Tensor, options: AttentionOptions = {}): Tensor {
  const [n, m] = requireTensor('attentionWeights', scores).shape.slice(-2) as [number, number];
  const { mask, bias, emptyRows } = prepare(scores, n, m, options);
  const biased = bias ? scores.add(bias) : scores;
  return mask ? biased.maskedSoftmax(mask, { emptyRows }) : biased.softmax();
}

/**
 * Non-overlapping patches through one matrix: x [b, c, h, w], weight [o, c, p, q] -> [b, o, h / p, w / q].
 * Rows and columns that fill no patch are dropped.
 * @param bias [o]; default none
 * @example
 * ```ts
 * const patches = patchEmbedding(ones(device, [1, 3, 8, 8]), ones(device, [16, 3, 4, 4])); // [1, 16, 2, 2]
 * ```
 */
export function patchEmbedding(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  const [b, c, h, w] = requireForm('patchEmbedding', 'x', x, ['b', 'c', 'h', 'w']);
  const [o, , p, q] = requireForm('patchEmbedding', 'weight', weight, ['o', c, 'p', 'q']);
  requireWholes('patchEmbedding', { 'the height of a patch': p, 'its width': q }, 1);
  const [rows, columns] = [Math.floor(h / p), Math.floor(w / q)];
  const whole = x.slice([[null], [null], [0, rows * p], [0, columns * q]]);
  const apart = whole.reshape([b, c, rows, p, columns, q]).permute([0, 2, 4, 1, 3, 5]);
  const patches = apart.reshape([b, rows * columns, c * p * q]);
  const embedded = linear(patches, weight.reshape([o, c * p * q]), bias); // [b, rows columns, o]
  return embedded.transpose().reshape([b, o, rows, columns]);
}

/**
 * x [time, channels] to [size, channels], linear between neighbours; half-pixel centres unless corners are aligned.
 * @param size how many rows come out
 * @param alignCorners true if the first and last rows stay where they are; default false
 * @example
 * ```ts
 * const x = interpolateLinear(ones(device, [4, 2]), 8); // [8, 2]
 * ```
 */
export function interpolateLinear(x: Tensor, size: number, alignCorners = false): Tensor {
  const [time] = requireForm('interpolateLinear', 'x', x, ['time', 'channels']);
  requireWhole('interpolateLinear', 'the size', size, 0, 2 ** 24);
  if (time === 0 && size > 0) throw new ShapeError('interpolateLinear', 'nothing to interpolate', x.shape);
  const positions = Array.from({ length: size }, (_, j) => {
    if (alignCorners) return size === 1 ? 0 : (j * (time - 1)) / (size - 1);
    return Math.max(0, ((j + 0.5) * time) / size - 0.5);
  });
  const low = positions.map((p) => Math.min(Math.floor(p), time - 1));
  const rows = (list: readonly number[]): Tensor => x.embedding(tensor(x.device, Int32Array.from(list)));
  const fractions = Float32Array.from(positions, (p, j) => p - (low[j] as number));
  const fraction = tensor(x.device, fractions, [size, 1]);
  const high = rows(low.map((i) => Math.min(i + 1, time - 1)));
  return rows(low).mul(fraction.neg().add(1)).add(high.mul(fraction));
}
