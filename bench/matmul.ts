/** Matrix products: plain loops, this library through its tensors and without, TensorFlow.js, and gpu.js. */

import { type Device, openDevice, SimdDevice, scope, type Tensor, tensor } from '../src/tensor/index.ts';
import { type Bench, difference, type Entry, measureCase, type Row, someNumbers } from './results.ts';
import type { Tensorflow } from './tensorflow.ts';

interface Product {
  readonly name: string;
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

const square = (size: number): Product => ({ name: `${size}^3`, batch: 1, m: size, k: size, n: size });

const PRODUCTS: readonly Product[] = [
  square(128),
  square(512),
  square(1024),
  { name: '2080x128x512', batch: 1, m: 2080, k: 128, n: 512 },
  { name: '64 of 65x32x65', batch: 64, m: 65, k: 32, n: 65 },
];

/** From here on gpu.js needs seconds for each product. */
const LARGE = 1024 ** 3;

type Loop = (product: Product, a: Float32Array, b: Float32Array, c: Float32Array) => void;

/** As on a whiteboard: c[i, j] = sum over k of a[i, k] b[k, j]. */
const naive: Loop = ({ batch, m, k, n }, a, b, c) => {
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += (a[(s * m + i) * k + l] as number) * (b[(s * k + l) * n + j] as number);
        c[(s * m + i) * n + j] = sum;
      }
    }
  }
};

/** The same with the loops in another order, which reads b and c row by row. */
const rowByRow: Loop = ({ batch, m, k, n }, a, b, c) => {
  c.fill(0);
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < m; i++) {
      const row = (s * m + i) * n;
      for (let l = 0; l < k; l++) {
        const factor = a[(s * m + i) * k + l] as number;
        const from = (s * k + l) * n;
        for (let j = 0; j < n; j++) c[row + j] = (c[row + j] as number) + factor * (b[from + j] as number);
      }
    }
  }
};

interface Operands {
  readonly product: Product;
  readonly a: Float32Array;
  readonly b: Float32Array;
  /** By the naive loop, summed in float64. */
  readonly expected: Float32Array;
}

export async function matmul(bench: Bench, tf: Tensorflow): Promise<Row[]> {
  const simd = new SimdDevice();
  const plain = new SimdDevice({ fma: false });
  const gpu = [await openDevice('gpu:cpu'), await openDevice('gpu:webasm')];
  const rows: Row[] = [];
  for (const product of PRODUCTS) {
    const { batch, m, k, n } = product;
    const operands = prepare(product);
    const flops = 2 * batch * m * k * n;
    const entries = [
      { ...loop('JS loop i-j-k', naive, operands), error: null },
      loop('JS loop i-k-j', rowByRow, operands),
      await tensors(simd, operands),
      kernel(simd, operands),
      ...(simd.machine.fma ? [{ ...(await tensors(plain, operands)), name: 'simd, no multiply-add' }] : []),
      tensorflow(tf, operands),
    ];
    if (bench.all || flops / 2 < LARGE) for (const device of gpu) entries.push(await tensors(device, operands));
    rows.push(...(await measureCase(bench, 'matmul', product.name, entries, { work: flops / 1e9, unit: 'GFLOP/s' })));
  }
  return rows;
}

function prepare(product: Product): Operands {
  const { batch, m, k, n } = product;
  const [a, b] = [someNumbers(batch * m * k), someNumbers(batch * k * n, 2)];
  const expected = new Float32Array(batch * m * n);
  naive(product, a, b, expected);
  return { product, a, b, expected };
}

const check = (name: string, { product, expected }: Operands, got: ArrayLike<number>): number =>
  difference(`${name}, ${product.name}`, got, expected, 1e-6 * product.k);

function loop(name: string, run: Loop, operands: Operands): Entry {
  const { product, a, b } = operands;
  const c = new Float32Array(operands.expected.length);
  run(product, a, b, c);
  return { name, error: check(name, operands, c), run: () => run(product, a, b, c) };
}

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

/** As a program writes it: tensors, a scope, `matmul`. The gpu.js devices work in the background and are awaited. */
async function tensors(device: Device, operands: Operands): Promise<Entry> {
  const [aShape, bShape] = shapes(operands.product);
  const [a, b] = [tensor(device, operands.a, aShape), tensor(device, operands.b, bShape)];
  const multiply = (): Tensor => scope(device, () => a.matmul(b));
  const product = multiply();
  const error = check(device.name, operands, await product.data());
  product.dispose();
  const run = device instanceof SimdDevice ? () => multiply().dispose() : () => multiply().data();
  return { name: device.name, error, run };
}

/** Without tensors around it: the kernel on memory of its own. */
function kernel({ machine, name }: SimdDevice, operands: Operands): Entry {
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
  return { name: `${name}, bare kernel`, error: check('kernel', operands, got), run };
}

function tensorflow(tf: Tensorflow, operands: Operands): Entry {
  const [aShape, bShape] = shapes(operands.product);
  const [a, b] = [tf.tensor(operands.a, aShape), tf.tensor(operands.b, bShape)];
  const product = tf.matMul(a, b);
  const error = check('tfjs-wasm', operands, product.dataSync());
  product.dispose();
  return { name: 'tfjs-wasm', error, run: () => tf.matMul(a, b).dispose() };
}
