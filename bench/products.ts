/** Matrix products: plain loops, this library through its tensors and without, and everyone else. */

import * as gpuJs from 'gpu.js';
import { type Device, openDevice, SimdDevice, scope, type Tensor, tensor } from '../src/tensor/index.ts';
import { OnnxGraph } from './onnx/graph.ts';
import { type Bench, difference, type Entry, measureCase, type Row, someNumbers } from './results.ts';
import type { Jax, JaxArray } from './with/jax.ts';
import type { Onnx } from './with/onnx.ts';
import type { JsPytorch, Peers } from './with/peers.ts';
import type { Tensorflow } from './with/tensorflow.ts';
import type { Torch } from './with/torch.ts';

export interface Product {
  readonly name: string;
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

export const square = (size: number): Product => ({ name: `product ${size}^3`, batch: 1, m: size, k: size, n: size });

const PRODUCTS: readonly Product[] = [
  ...[32, 64, 128, 256, 512, 1024].map(square),
  { name: 'product 2080x128x512', batch: 1, m: 2080, k: 128, n: 512 },
  { name: '64 products 65x32x65', batch: 64, m: 65, k: 32, n: 65 },
];

/** Products of more multiplications than this take plain JavaScript seconds. */
const LARGE = 512 ** 3;

/** Nested lists of js-pytorch take seconds above this. */
const FOR_LISTS = 128 ** 3;

/** Sums that are done again in float64. */
const CHECKED = 500;

export interface Operands {
  readonly product: Product;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly expected: Float32Array;
}

/** As on a whiteboard: c[i, j] = sum over k of a[i, k] b[k, j]. */
function naive({ batch, m, k, n }: Product, a: Float32Array, b: Float32Array, c: Float32Array): void {
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += (a[(s * m + i) * k + l] as number) * (b[(s * k + l) * n + j] as number);
        c[(s * m + i) * n + j] = sum;
      }
    }
  }
}

export async function products(bench: Bench, peers: Peers): Promise<Row[]> {
  const simd = new SimdDevice();
  const plain = new SimdDevice({ fma: false });
  const gpu = [await openDevice('gpu:cpu'), await openDevice('gpu:webasm')];
  const rows: Row[] = [];
  for (const product of PRODUCTS) {
    const { batch, m, k, n } = product;
    const operands = await prepare(simd, product);
    const flops = 2 * batch * m * k * n;
    const entries = [
      { ...(await tensors(simd, operands)), error: null },
      kernel(simd, operands),
      simd.machine.fma ? { ...(await tensors(plain, operands)), name: 'simd, no multiply-add' } : null,
      peers.tensorflow && tensorflow(peers.tensorflow, operands),
      peers.jax && (await jax(peers.jax, operands)),
      peers.onnxWeb && (await onnx(peers.onnxWeb, operands)),
      peers.onnxNode && (await onnx(peers.onnxNode, operands)),
      peers.torch && (await torch(peers.torch, operands)),
      peers.jsPytorch && flops / 2 <= FOR_LISTS ? jsPytorch(peers.jsPytorch, operands) : null,
    ];
    if (flops / 2 <= LARGE) {
      entries.push(loop(operands), batch === 1 ? gpuAlone(operands) : null);
      for (const device of gpu) entries.push(await tensors(device, operands));
    }
    rows.push(...(await measureCase(bench, 'products', product.name, entries, { work: flops / 1e9, unit: 'GFLOP/s' })));
  }
  await peers.torch?.close();
  return rows;
}

/** Numbers and their product, this library's, of which `CHECKED` places are held to sums in float64. */
export async function prepare(device: SimdDevice, product: Product): Promise<Operands> {
  const { batch, m, k, n } = product;
  const operands = { product, a: someNumbers(batch * m * k), b: someNumbers(batch * k * n, 2) };
  const [aShape, bShape] = shapes(product);
  const multiply = (): Tensor => tensor(device, operands.a, aShape).matmul(tensor(device, operands.b, bShape));
  const result = scope(device, multiply);
  const expected = (await result.data()).slice() as Float32Array;
  result.dispose();
  const places = Array.from({ length: CHECKED }, (_, i) => (i * 15485863) % expected.length);
  const sum = (place: number): number => {
    const [s, i, j] = [Math.floor(place / (m * n)), Math.floor(place / n) % m, place % n];
    let total = 0;
    for (let l = 0; l < k; l++)
      total += (operands.a[(s * m + i) * k + l] as number) * (operands.b[(s * k + l) * n + j] as number);
    return total;
  };
  const found = places.map((place) => expected[place] as number);
  difference(`simd, ${product.name}`, found, places.map(sum), 1e-6 * k);
  return { ...operands, expected };
}

const check = (name: string, { product, expected }: Operands, got: ArrayLike<number>): number =>
  difference(`${name}, ${product.name}`, got, expected, 1e-6 * product.k);

const shapes = ({ batch, m, k, n }: Product): [number[], number[]] =>
  batch === 1
    ? [
        [m, k],
        [k, n],
      ]
    : [
        [batch, m, k],
        [batch, k, n],
      ];

function loop(operands: Operands): Entry {
  const { product, a, b } = operands;
  const c = new Float32Array(operands.expected.length);
  naive(product, a, b, c);
  return { name: 'JS loop', error: check('JS loop', operands, c), run: () => naive(product, a, b, c) };
}

/** As a program writes it: tensors, a scope, `matmul`. The gpu.js devices work in the background and are awaited. */
async function tensors(device: Device, operands: Operands): Promise<Entry> {
  const [aShape, bShape] = shapes(operands.product);
  const [a, b] = [tensor(device, operands.a, aShape), tensor(device, operands.b, bShape)];
  const multiply = (): Tensor => scope(device, () => a.matmul(b));
  const product = multiply();
  const error = check(device.name, operands, await product.data());
  product.dispose();
  const run = device instanceof SimdDevice ? () => multiply().dispose() : () => multiply().data();
  return { name: device instanceof SimdDevice ? 'simd' : device.name, error, run };
}

/** Without tensors around it: the kernel on memory of its own. */
export function kernel({ machine }: SimdDevice, operands: Operands): Entry {
  const { batch, m, k, n } = operands.product;
  const place = (values: Float32Array): number => {
    const pointer = machine.allocate(values.length * 4);
    machine.floats.set(values, pointer / 4);
    return pointer;
  };
  const [a, b, c] = [place(operands.a), place(operands.b), place(new Float32Array(operands.expected.length))];
  const { kernels } = machine;
  const workspace = machine.workspace(kernels.gemmWorkspace());
  const run = (): void =>
    kernels.gemmBatched(batch, m, n, k, a, m * k, k, 1, b, k * n, n, 1, c, m * n, n, 0, workspace);
  run();
  const got = machine.floats.subarray(c / 4, c / 4 + operands.expected.length);
  return { name: 'simd, bare kernel', error: check('kernel', operands, got), run };
}

function tensorflow(tf: Tensorflow, operands: Operands): Entry {
  const [aShape, bShape] = shapes(operands.product);
  const [a, b] = [tf.tensor(operands.a, aShape), tf.tensor(operands.b, bShape)];
  const product = tf.matMul(a, b);
  const error = check('tfjs-wasm', operands, product.dataSync());
  product.dispose();
  return { name: 'tfjs-wasm', error, run: () => tf.matMul(a, b).dispose() };
}

async function jax({ numpy, jit }: Jax, operands: Operands): Promise<Entry> {
  const [aShape, bShape] = shapes(operands.product);
  const [a, b] = [numpy.array(operands.a, { shape: aShape }), numpy.array(operands.b, { shape: bShape })];
  const multiply = jit((x: JaxArray, y: JaxArray) => numpy.matmul(x, y));
  const error = check('jax-js', operands, await multiply(a.ref, b.ref).data());
  const run = async (): Promise<void> => (await multiply(a.ref, b.ref).blockUntilReady()).dispose();
  return { name: 'jax-js', error, run };
}

async function onnx(ort: Onnx, operands: Operands): Promise<Entry> {
  const [aShape, bShape] = shapes(operands.product);
  const graph = new OnnxGraph();
  const [a, b] = [graph.input('a', aShape), graph.input('b', bShape)];
  graph.output('c', graph.op('MatMul', [a, b]), [...aShape.slice(0, -1), operands.product.n]);
  const session = await ort.open(graph.file());
  const feeds = { a: ort.floats(operands.a, aShape), b: ort.floats(operands.b, bShape) };
  const run = (): ReturnType<typeof session.run> => session.run(feeds);
  return { name: ort.name, error: check(ort.name, operands, (await run()).c?.data ?? []), run };
}

async function torch(python: Torch, operands: Operands): Promise<Entry> {
  const [aShape, bShape] = shapes(operands.product);
  const { name } = operands.product;
  const arrays = [
    { data: operands.a, shape: aShape },
    { data: operands.b, shape: bShape },
  ];
  const error = check('PyTorch', operands, await python.prepare(name, 'matmul', arrays));
  return { name: 'PyTorch', error, run: () => {}, time: (runs) => python.time(name, runs) };
}

/** Lists within lists, as js-pytorch keeps its numbers. */
export function nested(data: Float32Array, [length = 0, ...rest]: readonly number[]): unknown {
  if (rest.length === 0) return Array.from(data);
  const size = data.length / length;
  return Array.from({ length }, (_, i) => nested(data.subarray(i * size, (i + 1) * size), rest));
}

export const flat = (lists: unknown): number[] => (lists as number[]).flat(Number.POSITIVE_INFINITY) as number[];

function jsPytorch(pytorch: JsPytorch, operands: Operands): Entry {
  const [aShape, bShape] = shapes(operands.product);
  const [a, b] = [pytorch.tensor(nested(operands.a, aShape)), pytorch.tensor(nested(operands.b, bShape))];
  const run = (): { readonly data: unknown } => pytorch.matmul(a, b);
  return { name: 'js-pytorch', error: check('js-pytorch', operands, flat(run().data)), run };
}

/** Flat numbers with a shape; its typings call it a type only. */
const { input } = gpuJs as unknown as { input(values: Float32Array, size: readonly number[]): unknown };

/** The product as gpu.js's own manual writes it, on its `cpu` back end, the one that Node has everywhere. */
function gpuAlone(operands: Operands): Entry {
  const { m, k, n } = operands.product;
  const source = `function (a, b) {
    let sum = 0;
    for (let i = 0; i < ${k}; i++) sum += a[this.thread.y][i] * b[i][this.thread.x];
    return sum;
  }`;
  const gpu = new gpuJs.GPU({ mode: 'cpu' });
  const multiply = gpu.createKernel(source as never, { output: [n, m] }) as (...inputs: unknown[]) => Float32Array[];
  const [a, b] = [input(operands.a, [k, m]), input(operands.b, [n, k])];
  const run = (): Float32Array[] => multiply(a, b);
  const got = Float32Array.from(run().flatMap((row) => Array.from(row)));
  return { name: 'gpu.js alone', error: check('gpu.js', operands, got), run };
}
