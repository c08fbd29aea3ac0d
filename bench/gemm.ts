// GFLOP per CPU-second of the matrix product beside a plain JavaScript triple loop, with the numbers checked in the same run:
//   node --import tsx --conditions=source bench/gemm.ts

import { loadKernels } from '../src/tensor/devices/simd/kernels.ts';

type Case = { name: string; batch: number; m: number; k: number; n: number };

const cases: Case[] = [
  { name: '32^3', batch: 1, m: 32, k: 32, n: 32 },
  { name: '128^3', batch: 1, m: 128, k: 128, n: 128 },
  { name: '512^3', batch: 1, m: 512, k: 512, n: 512 },
  { name: '1024^3', batch: 1, m: 1024, k: 1024, n: 1024 },
  { name: '2080x128x512', batch: 1, m: 2080, k: 128, n: 512 },
  { name: '64 of 65x32x65', batch: 64, m: 65, k: 32, n: 65 },
  { name: '1x512x2048', batch: 1, m: 1, k: 512, n: 2048 },
  { name: '4x512x2048', batch: 1, m: 4, k: 512, n: 2048 },
  { name: '8x512x2048', batch: 1, m: 8, k: 512, n: 2048 },
];

const memory = new WebAssembly.Memory({ initial: 1024 });
const floats = new Float32Array(memory.buffer);

/** GFLOP per second of processor time: the best of `rounds` timings of about 20 ms each, after a warm-up. */
function measure(flops: number, run: () => void, rounds = 9): number {
  const seconds = (calls: number): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  let calls = 1;
  while (seconds(calls) < 0.04) calls *= 2; // doubles as the warm-up
  const perRound = Math.max(1, calls >> 1);
  const times = Array.from({ length: rounds }, () => seconds(perRound) / perRound);
  return flops / (Math.min(...times) * 1e9);
}

function naive({ batch, m, k, n }: Case, a: Float32Array, b: Float32Array, c: Float32Array): void {
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += (a[(s * m + i) * k + l] ?? 0) * (b[(s * k + l) * n + j] ?? 0);
        c[(s * m + i) * n + j] = sum;
      }
    }
  }
}

function benchmark(size: Case): Record<string, number | string> {
  const { batch, m, k, n, name } = size;
  const lengths = [batch * m * k, batch * k * n, batch * m * n];
  const aAt = 65536;
  const bAt = aAt + lengths[0]! * 4;
  const cAt = bAt + lengths[1]! * 4;
  const a = floats.subarray(aAt / 4, bAt / 4);
  const b = floats.subarray(bAt / 4, cAt / 4);
  const c = floats.subarray(cAt / 4, cAt / 4 + lengths[2]!);
  for (const values of [a, b]) for (let i = 0; i < values.length; i++) values[i] = ((i * 7919) % 1009) / 504 - 1;
  const expected = new Float32Array(lengths[2]!);
  const flops = 2 * batch * m * k * n;
  const row: Record<string, number | string> = { 'm x k x n': name };
  row.javascript = measure(flops, () => naive(size, a, b, expected), flops > 1e8 ? 1 : 5).toFixed(1);
  for (const fma of [false, true]) {
    const loaded = loadKernels(memory, { fma });
    for (const transposed of [false, true]) {
      const [bRow, bColumn] = transposed ? [1, k] : [n, 1]; // B^T is timed with the same numbers in another order
      const run = (): void =>
        loaded.kernels.gemmBatched(batch, m, n, k, aAt, m * k, k, 1, bAt, k * n, bRow!, bColumn!, cAt, m * n, n, 0, 0);
      row[`${loaded.fma ? 'fma' : 'simd'}${transposed ? ' B^T' : ''}`] = measure(flops, run).toFixed(1);
      if (transposed) continue;
      const worst = c.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
      if (!(worst < 1e-6 * k)) throw new Error(`${name}: off by ${worst}`);
    }
  }
  return row;
}

console.table(cases.map(benchmark));
