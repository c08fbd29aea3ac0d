import type { Device, Disposable, Dtype, Inputs, Storage, TensorData, TensorType } from './devices/device.ts';
import { ArgumentError, DeviceError, ofRightKinds, requireArray, requireWhole, ShapeError, shown } from './errors.ts';
import { format } from './format.ts';
import { inspectedAs } from './inspected.ts';
import * as ops from './ops/index.ts';
import type { Op, SliceRange, Value } from './ops/op.ts';
import { EMPTY_ROWS } from './ops/softmax.ts';
import { requireOptions, requireWord } from './options.ts';
import { Pointwise } from './pointwise.ts';
import { resolveRanges } from './ranges.ts';
import { inferShape, requireShape, resolveAxes, resolveAxis, type Shape, sameShape, sizeOf } from './shape.ts';

/** An axis, several, or null for all; negative ones count from the last. */
export type Axes = number | readonly number[] | null;

/** The operation a tensor came from: an edge of the graph that `backward` walks. */
export interface Source {
  readonly op: Op<unknown>;
  readonly inputs: readonly Tensor[];
  readonly attributes: unknown;
  /** How many assignments its device had seen by then. */
  readonly time: number;
}

/**
 * A row-major array of float32 (or int32, for ids) on a device. Its shape is known at once, its values are awaited.
 * Every method makes a new tensor; shapes are checked where the call stands.
 * @example
 * ```ts
 * const x = tensor(device, [[1, 2], [3, 4]]);
 * const y = x.matmul(x).add(1).tanh().mean(-1); // [2]
 * console.log(y.shape, await y.data());
 * await y.print();
 * ```
 * @example
 * ```ts
 * const x = tensor(device, [[3, 1, 2], [4, 6, 5]]);
 * const [total, size] = [await x.sum().item(), x.size]; // 21, 6
 * const sums = x.sum(0); // [7, 7, 7]
 * const most = x.max(-1); // [3, 6]
 * const least = x.min(-1, true); // [2, 1]
 * const spread = x.variance(-1); // [0.6667, 0.6667]
 * const places = x.argmax(); // [0, 1]
 * const { values, indices } = x.topK(2); // both [2, 2]
 * const soFar = x.cumsum(); // [3, 4, 6, 4, 10, 15]
 * const logits = x.logSoftmax().exp().sub(x.softmax()).add(x.logSumExp(-1, true)); // [2, 3]
 * const normal = x.layerNorm().add(x.rmsNorm()); // [2, 3]
 * const half = x.maskedSoftmax(tensor(device, [1, 0, 0])); // [1, 0, 0, 1, 0, 0]
 * ```
 * @example
 * ```ts
 * const x = tensor(device, [[1, 2, 3], [4, 5, 6]]);
 * const turned = x.transpose(); // [1, 4, 2, 5, 3, 6]
 * const deep = x.reshape([1, 2, -1]).permute([2, 0, 1]); // [3, 1, 2]
 * const wide = x.reshape([2, 1, 3]).expand([2, 4, 3]); // [2, 4, 3]
 * const ends = x.slice([[null], [0, null, 2]]); // [1, 3, 4, 6]
 * const mirrored = x.flip([1]); // [3, 2, 1, 6, 5, 4]
 * const framed = x.pad([[0, 1], [0, 0]], 9); // [1, 2, 3, 4, 5, 6, 9, 9, 9]
 * const ids = tensor(device, Int32Array.of(1, 0, 1));
 * const rows = x.embedding(ids); // [4, 5, 6, 1, 2, 3, 4, 5, 6]
 * const hot = ids.oneHot(2); // [0, 1, 1, 0, 0, 1]
 * const picked = x.gather(ids.reshape([1, 3]), 0); // [4, 2, 6]
 * const counted = x.zerosLike().scatterAdd(ids.reshape([1, 3]), x.like(Float32Array.of(1, 1, 1), [1, 3]), 0); // [0, 1, 0, 1, 0, 1]
 * ```
 * @example
 * ```ts
 * const w = tensor(device, [1, 2]);
 * w.assign(w.mul(w.detach())); // [1, 4] from here on
 * console.log(await w.format(), w.dataSync(), `${w}`);
 * w.dispose();
 * ```
 */
export class Tensor extends Pointwise<Tensor> implements Value, Disposable {
  readonly shape: Shape;
  readonly dtype: Dtype;
  readonly device: Device;
  source: Source | undefined;
  private storage: Storage;
  private released = false;
  /** When values were assigned last, in assignments of the device. */
  private assigned = 0;
  /** Why its values may not be read. */
  private stale: string | undefined;

  constructor(device: Device, type: TensorType, storage: Storage, source?: Source) {
    super();
    if (!(device?.name && type?.shape && storage?.references > 0))
      throw new ArgumentError('Tensor', 'expected a device, a type and a storage there: `tensor` makes one of values');
    this.device = device;
    this.shape = type.shape;
    this.dtype = type.dtype;
    this.storage = storage;
    this.source = source;
    device.track(this, storage);
  }

  /** How many elements it has. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The values in row-major order, as a copy. @throws DeviceError when the tensor was released */
  async data(): Promise<TensorData> {
    this.requireLive('data');
    return this.device.read(this.storage, this);
  }

  /** The same without waiting, on simd only. @throws DeviceError on a device that cannot, or when it was released */
  dataSync(): TensorData {
    this.requireLive('dataSync');
    return this.device.readSync(this.storage, this);
  }

  /** The value of a tensor with one element. @throws ShapeError when it has more */
  async item(): Promise<number> {
    if (this.size !== 1) throw new ShapeError('item', 'expected one element', this.shape);
    return (await this.data())[0] as number;
  }

  /** The values with their shape as text: rows aligned, long axes shortened. */
  async format(): Promise<string> {
    return format(await this.data(), this.shape, this.dtype);
  }

  /** Prints the values with their shape. */
  async print(): Promise<void> {
    console.log(await this.format());
  }

  override toString(): string {
    return `Tensor [${this.shape.join(', ')}] ${this.dtype} on ${this.device.name}`;
  }

  /** Gives the memory back. Scopes do it for everything made in them. */
  dispose(): void {
    if (this.released) return;
    this.released = true;
    this.source = undefined;
    this.device.untrack(this);
    this.device.release(this.storage);
  }

  /**
   * Takes over the values of `other`, which is used up: how an optimiser updates a parameter in place.
   * @throws ShapeError, ArgumentError, DeviceError when shape, dtype or device differ
   */
  assign(other: Tensor): void {
    this.requireSameDevice('assign', requireTensor('assign', other));
    this.requireLive('assign');
    if (!sameShape(this.shape, other.shape)) throw new ShapeError('assign', 'shapes differ', this.shape, other.shape);
    if (this.dtype !== other.dtype) throw new ArgumentError('assign', `cannot put ${other.dtype} into ${this.dtype}`);
    other.requireLive('assign');
    if (other === this) return;
    this.device.release(this.storage);
    this.storage = other.storage;
    this.source = undefined;
    this.assigned = ++this.device.assignments;
    this.device.retrack(this, this.storage);
    other.released = true;
    other.source = undefined;
    this.device.untrack(other);
  }

  /** The same values as a leaf of the graph; memory is shared. */
  detach(): Tensor {
    const copy = this.reshape(this.shape);
    copy.source = undefined;
    return copy;
  }

  /**
   * This tensor as an operation of the graph saw it: one whose values were replaced since has a shape, and refuses to
   * give values that the gradient would be wrong with.
   */
  asOf({ op, time }: Source): Tensor {
    if (this.assigned <= time) return this;
    const past: Tensor = Object.create(this);
    past.stale = `was assigned new values after ${op.name} used it; call backward before assign`;
    return past;
  }

  /** Runs an operation on this tensor and others: shape rule, kernel, and an edge in the graph. */
  apply<A>(op: Op<A>, others: readonly Value[], attributes: A): Tensor {
    if (typeof Object(op).infer !== 'function')
      throw new ArgumentError('apply', `expected an operation of \`primitives\`, got ${shown(op)}`);
    requireArray(op.name, 'the other inputs', others);
    const inputs = [this as Tensor, ...(others as Tensor[])] as Inputs<Tensor>;
    for (const input of inputs) {
      requireTensor(op.name, input).requireLive(op.name);
      this.requireSameDevice(op.name, input);
    }
    const type = ofRightKinds(op.name, () => op.infer(inputs, attributes));
    const stored = inputs.map((input) => ({ storage: input.storage, type: input }));
    const storage = this.device.run(op, stored, type, attributes);
    const source = { op: op as Op<unknown>, inputs, attributes, time: this.device.assignments };
    return new Tensor(this.device, type, storage, source);
  }

  /** A tensor of values on this tensor's device. @throws ShapeError when they do not fill the shape */
  like(values: TensorData | number, shape: Shape = [], dtype: Dtype = 'float32'): Tensor {
    const data = typeof values === 'number' ? Float32Array.of(values) : values;
    requireArray('like', 'the values', data);
    requireWord('like', 'dtype', dtype, 'float32|int32');
    const type = { shape: requireShape('like', shape), dtype };
    return new Tensor(this.device, type, this.device.upload(data, type));
  }

  /** 0 in the same shape. */
  zerosLike(): Tensor {
    return this.like(new Float32Array(this.size), this.shape);
  }

  operand(b: Tensor | number, operation = 'operand'): Tensor {
    return typeof b === 'number' ? this.like(b) : requireTensor(operation, b, 'a tensor or a number');
  }

  private requireSameDevice(operation: string, { device }: Tensor): void {
    if (device === this.device) return;
    throw new DeviceError(`[${operation}] tensors are on different devices: ${this.device.name} and ${device.name}`);
  }

  private requireLive(operation: string): void {
    const reason = this.released
      ? 'was used after its scope released it; return it from the scope to keep it'
      : this.stale;
    if (reason) throw new DeviceError(`[${operation}] a tensor [${this.shape.join(', ')}] ${reason}`);
  }

  // Reductions: over all axes when none are given.
  /** The sum over `axes`, by default all; with `keepDims` they stay with one element each. */
  sum(axes: Axes = null, keepDims = false): Tensor {
    return this.apply(ops.sum, [], { axes: resolveAxes('sum', axes, this.shape.length), keepDims });
  }
  /** The mean over `axes`, by default all; with `keepDims` they stay with one element each. */
  mean(axes: Axes = null, keepDims = false): Tensor {
    const resolved = resolveAxes('mean', axes, this.shape.length);
    return this.sum(resolved, keepDims).mul(1 / sizeOf(resolved.map((axis) => this.shape[axis] as number)));
  }
  /** The largest value over `axes`, with `keepDims`, as `sum`; the gradient is shared among equal ones. */
  max(axes: Axes = null, keepDims = false): Tensor {
    return this.apply(ops.max, [], { axes: resolveAxes('max', axes, this.shape.length), keepDims });
  }
  /** The smallest value over `axes`, with `keepDims`, as `sum`. */
  min(axes: Axes = null, keepDims = false): Tensor {
    return this.neg().max(axes, keepDims).neg();
  }
  /** Mean of squared deviations over `axes`, with `keepDims`, as `sum`; divided by `n - correction`. */
  variance(axes: Axes = null, keepDims = false, correction = 0): Tensor {
    const resolved = resolveAxes('variance', axes, this.shape.length);
    requireWhole('variance', 'the correction', correction);
    const count = sizeOf(resolved.map((axis) => this.shape[axis] as number));
    const squares = this.sub(this.mean(resolved, true)).square();
    return squares.sum(resolved, keepDims).mul(1 / (count - correction));
  }
  /** log of the sum of e^x over `axes`, with `keepDims`, as `sum`; stabilised by the maximum. */
  logSumExp(axes: Axes = null, keepDims = false): Tensor {
    const resolved = resolveAxes('logSumExp', axes, this.shape.length);
    const largest = this.detach().max(resolved, true);
    // An infinite maximum would give infinity - infinity; shifting by 0 keeps the infinity itself.
    const shift = largest.isFinite().where(largest, 0).detach();
    const log = this.sub(shift).exp().sum(resolved, true).log().add(shift);
    return keepDims ? log : log.reshape(log.shape.filter((_, axis) => !resolved.includes(axis)));
  }
  /** Where the largest value stands along `axis`: int32. */
  argmax(axis = -1): Tensor {
    return this.apply(ops.argmax, [], { axis: resolveAxis('argmax', axis, this.shape.length) });
  }
  /** Sums of all entries so far along `axis`, by default the last; of int32 too, exact up to 2^24. */
  cumsum(axis = -1): Tensor {
    if (this.dtype === 'int32') return this.toFloat().cumsum(axis).toInt();
    return this.apply(ops.cumsum, [], { axis: resolveAxis('cumsum', axis, this.shape.length), reverse: false });
  }
  /** The `k` largest along the last axis, largest first. */
  topK(k: number): { values: Tensor; indices: Tensor } {
    const indices = this.apply(ops.topKIndices, [], { k });
    return { values: this.gather(indices, -1), indices };
  }

  /**
   * This matrix product `b`, on the last two axes; leading axes broadcast. With `transposeA` this matrix is transposed, with
   * `transposeB` the other.
   */
  matmul(b: Tensor, options: { transposeA?: boolean; transposeB?: boolean } = {}): Tensor {
    requireOptions('matmul', options, 'transposeA transposeB');
    const { transposeA = false, transposeB = false } = options;
    return this.apply(ops.matmul, [b], { transposeA, transposeB });
  }

  // Shapes.
  /** The same values in another `shape`; one extent may be -1, and is then found. */
  reshape(shape: Shape): Tensor {
    return this.apply(ops.reshape, [], { shape: inferShape('reshape', this.shape, shape) });
  }
  /** The axes in another order: `axes[i]` becomes axis i. */
  permute(axes: readonly number[]): Tensor {
    requireArray('permute', 'the axes', axes);
    return this.apply(ops.permute, [], { axes: axes.map((axis) => resolveAxis('permute', axis, this.shape.length)) });
  }
  /** The axes `a` and `b` swapped; by default the last two. */
  transpose(a = -2, b = -1): Tensor {
    const axes = this.shape.map((_, axis) => axis);
    const [i, j] = [resolveAxis('transpose', a, axes.length), resolveAxis('transpose', b, axes.length)];
    [axes[i], axes[j]] = [j, i];
    return this.permute(axes);
  }
  /** Axes of one element repeated to the `shape`. */
  expand(shape: Shape): Tensor {
    return this.apply(ops.expand, [], { shape });
  }
  /** A part: `ranges` are [start, end, step] per axis; missing axes are kept whole. */
  slice(ranges: readonly SliceRange[]): Tensor {
    return this.apply(ops.slice, [], { ranges: resolveRanges(ranges, this.shape) });
  }
  /** The order along `axes` turned round. */
  flip(axes: readonly number[]): Tensor {
    const flipped = resolveAxes('flip', axes, this.shape.length);
    return this.slice(this.shape.map((_, axis) => (flipped.includes(axis) ? [null, null, -1] : [null])));
  }
  /** More entries around: `pads` are [before, after] per axis, filled with `value`, by default 0. */
  pad(pads: readonly (readonly [number, number])[], value = 0): Tensor {
    requireArray('pad', 'the widths', pads);
    if (typeof value !== 'number') throw new ArgumentError('pad', `the value is ${shown(value)}, expected a number`);
    if (pads.length !== this.shape.length)
      throw new ShapeError('pad', `expected a pair for each axis, got ${pads.length}`, this.shape);
    for (const pair of pads) requireArray('pad', 'a pair of widths', pair);
    for (const width of pads.flat()) requireWhole('pad', 'a width', width);
    const ranges = pads.map(([before], axis) => ({ start: before, count: this.shape[axis] as number, step: 1 }));
    const shape = pads.map(([before, after], axis) => before + (this.shape[axis] as number) + after);
    return this.apply(ops.unslice, [], { ranges, shape, fill: value });
  }

  // Look-ups by int32 tensors.
  /** The entries that `index` names along `axis`, of the shape of `index`. */
  gather(index: Value, axis: number): Tensor {
    return this.apply(ops.gather, [index], { axis: resolveAxis('gather', axis, this.shape.length) });
  }
  /** This tensor with the entries of `source` added where `index` says along `axis`. */
  scatterAdd(index: Tensor, source: Tensor, axis: number): Tensor {
    return this.apply(ops.scatterAdd, [index, source], { axis: resolveAxis('scatterAdd', axis, this.shape.length) });
  }
  /** Rows of this table [rows, width] by ids [..] -> [.., width]. */
  embedding(ids: Tensor): Tensor {
    return this.apply(ops.embedding, [ids], {});
  }
  /** Ids [..] below `classes` as rows of 0 with a single 1: [.., classes]. */
  oneHot(classes: number): Tensor {
    return this.apply(ops.oneHot, [], { classes });
  }

  /** Along `axis`; with a mask, hidden entries (0) count as -finfo.max. */
  softmax(axis = -1): Tensor {
    const [own, last] = [resolveAxis('softmax', axis, this.shape.length), this.shape.length - 1];
    if (own === last) return this.apply(ops.softmax, [], { emptyRows: 'uniform' });
    return this.transpose(own, last).softmax().transpose(own, last);
  }
  /** softmax along the last axis where `mask` is not 0; `emptyRows` says what a row is that sees nothing. */
  maskedSoftmax(mask: Tensor, options: { emptyRows?: ops.EmptyRows } = {}): Tensor {
    requireOptions('maskedSoftmax', options, `emptyRows:${EMPTY_ROWS}`);
    requireTensor('maskedSoftmax', mask);
    const width = this.shape.at(-1) as number;
    const wide = mask.shape.at(-1) === width ? mask : mask.expand([...mask.shape.slice(0, -1), width]);
    return this.apply(ops.softmax, [wide], { emptyRows: options.emptyRows ?? 'uniform' });
  }
  /** log(softmax(x)) along `axis`, by default the last, without overflow. */
  logSoftmax(axis = -1): Tensor {
    const own = resolveAxis('logSoftmax', axis, this.shape.length);
    const shifted = this.sub(this.detach().max(own, true));
    return shifted.sub(shifted.exp().sum(own, true).log());
  }

  /** (x - mean) / sqrt(variance + `eps`) over the last axis; `weight` and bias [width] are optional. */
  layerNorm(weight?: Tensor | null, bias?: Tensor | null, eps = 1e-5): Tensor {
    if (bias && !weight) return this.layerNorm(null, null, eps).add(bias);
    return this.apply(ops.layerNorm, weight ? (bias ? [weight, bias] : [weight]) : [], { eps });
  }
  /** x / sqrt(mean(x^2) + `eps`) over the last axis, times weight [width] where there is one. */
  rmsNorm(weight?: Tensor | null, eps = 1e-6): Tensor {
    return this.apply(ops.rmsNorm, weight ? [weight] : [], { eps });
  }
}

/** @throws ArgumentError unless it is a tensor */
export function requireTensor(operation: string, x: Tensor, expected = 'a tensor'): Tensor {
  if (x instanceof Tensor) return x;
  throw new ArgumentError(operation, `expected ${expected}, got ${shown(x)}`);
}

inspectedAs(Tensor, (tensor) => tensor.toString()); // its fields would bury its shape
