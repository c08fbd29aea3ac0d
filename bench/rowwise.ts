/** What is done to the rows of a matrix: softmax, layer norm and GELU, in the sizes of the block's activations. */

import { openDevice, scope, type Tensor, tensor } from '../src/tensor/index.ts';
import { OnnxGraph, type Value } from './onnx/graph.ts';
import { flat, nested } from './products.ts';
import { type Bench, difference, type Entry, measureCase, type Row, someNumbers } from './results.ts';
import type { Jax, JaxArray } from './with/jax.ts';
import type { Onnx } from './with/onnx.ts';
import type { Peers } from './with/peers.ts';
import type { Tensorflow, TfTensor } from './with/tensorflow.ts';
import type { TorchWork } from './with/torch.ts';

const EPS = 1e-5;
const LIMIT = 2e-5;

/** One operation in everyone's words. x is the matrix, `w` and `b` are a row each. */
interface Operation {
  readonly name: string;
  readonly shape: readonly [rows: number, columns: number];
  readonly ours: (x: Tensor, w: Tensor, b: Tensor) => Tensor;
  /** Null where TensorFlow.js has none: exact GELU is composed of `erf`. */
  readonly tensorflow: (tf: Tensorflow, x: TfTensor, w: TfTensor, b: TfTensor) => TfTensor;
  readonly jax: (jax: Jax, x: JaxArray, w: JaxArray, b: JaxArray) => JaxArray;
  readonly onnx: (graph: OnnxGraph, x: Value, w: Value, b: Value) => Value;
  readonly torch: TorchWork;
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'softmax, 8320 rows of 65',
    shape: [8320, 65],
    ours: (x) => x.softmax(),
    tensorflow: (tf, x) => tf.softmax(x),
    jax: ({ nn }, x, w, b) => without(nn.softmax(x, -1), w, b),
    onnx: (graph, x) => graph.op('Softmax', [x], { axis: -1 }),
    torch: 'softmax',
  },
  {
    name: 'layer norm, 2080 rows of 128',
    shape: [2080, 128],
    ours: (x, w, b) => x.layerNorm(w, b, EPS),
    tensorflow: (tf, x, w, b) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPS))), w), b);
    },
    jax: ({ nn }, x, w, b) => nn.standardize(x, -1, { epsilon: EPS }).mul(w).add(b),
    onnx: (graph, x, w, b) => graph.op('LayerNormalization', [x, w, b], { axis: -1, epsilon: { float: EPS } }),
    torch: 'layerNorm',
  },
  {
    name: 'GELU, 2080 rows of 512',
    shape: [2080, 512],
    ours: (x) => x.geluErf(),
    tensorflow: (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
    jax: ({ nn }, x, w, b) => without(nn.gelu(x, { approximate: false }), w, b),
    onnx: (graph, x) => graph.op('Gelu', [x]),
    torch: 'gelu',
  },
];

/** x, when what else was handed over has been given back. */
function without(x: JaxArray, ...others: readonly JaxArray[]): JaxArray {
  for (const other of others) other.dispose();
  return x;
}

export async function rowwise(bench: Bench, peers: Peers): Promise<Row[]> {
  const device = await openDevice('simd');
  const rows: Row[] = [];
  for (const operation of OPERATIONS) {
    const [count, columns] = operation.shape;
    const numbers = [someNumbers(count * columns).map((x) => 3 * x), someNumbers(columns, 2), someNumbers(columns, 3)];
    const given = [operation.shape, [columns], [columns]].map((shape, i) => ({
      data: numbers[i] as Float32Array,
      shape,
    }));
    const [x, w, b] = given.map(({ data, shape }) => tensor(device, data, shape)) as [Tensor, Tensor, Tensor];
    const compute = (): Tensor => scope(device, () => operation.ours(x, w, b));
    const first = compute();
    const expected = (await first.data()).slice() as Float32Array;
    first.dispose();
    const check = (name: string, got: ArrayLike<number>): number =>
      difference(`${name}, ${operation.name}`, got, expected, LIMIT);
    const entries: (Entry | null)[] = [
      { name: 'simd', error: null, run: () => compute().dispose() },
      peers.tensorflow && tensorflow(peers.tensorflow, operation, given, check),
      peers.jax && (await jax(peers.jax, operation, given, check)),
      peers.onnxWeb && (await onnx(peers.onnxWeb, operation, given, check)),
      peers.onnxNode && (await onnx(peers.onnxNode, operation, given, check)),
      peers.torch && (await torch(peers, operation, given, check)),
      operation.torch === 'softmax' ? jsPytorch(peers, given, check) : null,
    ];
    const work = { work: (count * columns) / 1e9, unit: 'G elements/s' };
    rows.push(...(await measureCase(bench, 'rowwise', operation.name, entries, work)));
  }
  await peers.torch?.close();
  return rows;
}

type Given = readonly { readonly data: Float32Array; readonly shape: readonly number[] }[];
type Check = (name: string, got: ArrayLike<number>) => number;

function tensorflow(tf: Tensorflow, operation: Operation, given: Given, check: Check): Entry {
  const [x, w, b] = given.map(({ data, shape }) => tf.tensor(data, shape)) as [TfTensor, TfTensor, TfTensor];
  const compute = (): TfTensor => tf.tidy(() => operation.tensorflow(tf, x, w, b));
  return { name: 'tfjs-wasm', error: check('tfjs-wasm', compute().dataSync()), run: () => compute().dispose() };
}

async function jax(library: Jax, operation: Operation, given: Given, check: Check): Promise<Entry> {
  const [x, w, b] = given.map(({ data, shape }) => library.numpy.array(data, { shape })) as [
    JaxArray,
    JaxArray,
    JaxArray,
  ];
  const compute = library.jit((...all: [JaxArray, JaxArray, JaxArray]) => operation.jax(library, ...all));
  const error = check('jax-js', await compute(x.ref, w.ref, b.ref).data());
  const run = async (): Promise<void> => (await compute(x.ref, w.ref, b.ref).blockUntilReady()).dispose();
  return { name: 'jax-js', error, run };
}

async function onnx(ort: Onnx, operation: Operation, [x, w, b]: Given, check: Check): Promise<Entry> {
  if (!x || !w || !b) throw new Error('three arrays are given');
  const graph = new OnnxGraph();
  const result = operation.onnx(
    graph,
    graph.input('x', x.shape),
    graph.weights(w.data, w.shape),
    graph.weights(b.data, b.shape),
  );
  graph.output('y', result, x.shape);
  const session = await ort.open(graph.file());
  const feeds = { x: ort.floats(x.data, x.shape) };
  const run = (): ReturnType<typeof session.run> => session.run(feeds);
  return { name: ort.name, error: check(ort.name, (await run()).y?.data ?? []), run };
}

async function torch(
  { torch: python }: Peers,
  { name, torch: work }: Operation,
  given: Given,
  check: Check,
): Promise<Entry | null> {
  if (!python) return null;
  const error = check('PyTorch', await python.prepare(name, work, given));
  return { name: 'PyTorch', error, run: () => {}, time: (runs) => python.time(name, runs) };
}

function jsPytorch({ jsPytorch: library }: Peers, [given]: Given, check: Check): Entry | null {
  if (!library || !given) return null;
  const x = library.tensor(nested(given.data, given.shape));
  const softmax = new library.nn.Softmax();
  const run = (): { readonly data: unknown } => softmax.forward(x, -1);
  return { name: 'js-pytorch', error: check('js-pytorch', flat(run().data)), run };
}
