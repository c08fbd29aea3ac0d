import { describe, expect, it } from 'vitest';
import { Arena, BASE, expectClose, memory, randomNumbers, twins } from '../support/kernel-arena.ts';

describe.each(twins)('gemm, $name', ({ kernels }) => {
  type Layout = { rowStride: number; columnStride: number; size: number };
  const layouts = (rows: number, columns: number): Layout[] => [
    { rowStride: columns, columnStride: 1, size: rows * columns },
    { rowStride: 1, columnStride: rows, size: rows * columns },
    { rowStride: columns + 5, columnStride: 1, size: rows * (columns + 5) },
    { rowStride: 2 * columns + 1, columnStride: 2, size: rows * (2 * columns + 1) },
  ];

  function check(m: number, n: number, k: number, aLayout: Layout, bLayout: Layout, accumulate: boolean): void {
    const arena = new Arena();
    const a = randomNumbers(aLayout.size, m + k);
    const b = randomNumbers(bLayout.size, n + k + 1);
    const cStride = m === 1 || n === 1 ? n : n + 3;
    const before = randomNumbers(m * cStride, 3);
    const expected = Array.from(before);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let total = accumulate ? (before[i * cStride + j] as number) : 0;
        for (let l = 0; l < k; l++) {
          total +=
            (a[i * aLayout.rowStride + l * aLayout.columnStride] as number) *
            (b[l * bLayout.rowStride + j * bLayout.columnStride] as number);
        }
        expected[i * cStride + j] = total;
      }
    }
    const [aAt, bAt, c] = [arena.put(a), arena.put(b), arena.put(before)];
    const workspace = arena.room(kernels.gemmWorkspace() / 4);
    const { rowStride: ar, columnStride: ac } = aLayout;
    const { rowStride: br, columnStride: bc } = bLayout;
    kernels.gemm(m, n, k, aAt, ar, ac, bAt, br, bc, c, cStride, accumulate ? 1 : 0, workspace);
    arena.check(workspace, kernels.gemmWorkspace() / 4);
    expectClose(arena.get(c, m * cStride), expected, 1e-6, 1e-6 * Math.sqrt(k + 1) + 1e-7 * k);
  }

  it('multiplies every size and layout', () => {
    const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 21, 34];
    for (const m of sizes) {
      for (const n of sizes) {
        for (const k of [1, 4, 7, 22]) {
          for (const aLayout of layouts(m, k))
            for (const bLayout of layouts(k, n)) check(m, n, k, aLayout, bLayout, (m + n + k) % 2 === 0);
        }
      }
    }
  });

  it('multiplies in several blocks of k and of rows', () => {
    for (const [m, n, k] of [
      [7, 9, 256],
      [13, 19, 257],
      [38, 23, 530],
      [400, 13, 260],
      [1, 70, 530],
      [2, 70, 530],
      [5, 6, 1027],
      [70, 1, 530],
    ] as const) {
      for (const aLayout of layouts(m, k))
        for (const bLayout of layouts(k, n))
          for (const accumulate of [false, true]) check(m, n, k, aLayout, bLayout, accumulate);
    }
  });

  it('gives the same bits whether A is packed, which wide products do, or not', () => {
    const slice = 48; // columns: whole panels, too few to pack A for
    for (const [m, n, k] of [
      [24, 96, 5],
      [25, 100, 258],
      [26, 131, 7],
      [200, 97, 9],
    ] as const)
      for (const aLayout of layouts(m, k))
        for (const accumulate of [0, 1]) {
          const arena = new Arena();
          const [a, b] = [randomNumbers(aLayout.size, m), arena.put(randomNumbers(k * n, n))];
          const end = memory.buffer.byteLength - aLayout.size * 4; // nothing behind A can be read
          new Float32Array(memory.buffer, end, aLayout.size).set(a);
          const [whole, parts] = [arena.put(randomNumbers(m * n, 3)), arena.put(randomNumbers(m * n, 3))];
          const workspace = arena.room(kernels.gemmWorkspace() / 4);
          const { rowStride, columnStride } = aLayout;
          const multiply = (c: number, from: number, columns: number): void =>
            kernels.gemm(
              ...([m, columns, k, end, rowStride, columnStride] as const),
              ...([b + from * 4, n, 1, c + from * 4, n, accumulate, workspace] as const),
            );
          multiply(whole, 0, n);
          for (let from = 0; from < n; from += slice) multiply(parts, from, Math.min(slice, n - from));
          arena.check(workspace, kernels.gemmWorkspace() / 4);
          expect(arena.get(whole, m * n)).toEqual(arena.get(parts, m * n));
        }
  });

  it('gives zeros for k = 0, or leaves C alone when accumulating', () => {
    const arena = new Arena();
    const c = arena.put([1, 2, 3, 4, 5, 6]);
    kernels.gemm(2, 3, 0, BASE, 0, 1, BASE, 3, 1, c, 3, 1, BASE);
    expect(Array.from(arena.get(c, 6))).toEqual([1, 2, 3, 4, 5, 6]);
    kernels.gemm(2, 3, 0, BASE, 0, 1, BASE, 3, 1, c, 3, 0, BASE);
    expect(Array.from(arena.get(c, 6))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('does not let NaN in one row reach another', () => {
    const arena = new Arena();
    const [m, n, k] = [5, 9, 3];
    const a = new Float32Array(m * k).fill(1);
    a[4 * k] = Number.NaN;
    const c = arena.reserve(m * n);
    const workspace = arena.room(kernels.gemmWorkspace() / 4);
    kernels.gemm(m, n, k, arena.put(a), k, 1, arena.put(new Float32Array(k * n).fill(1)), n, 1, c, n, 0, workspace);
    expectClose(
      arena.get(c, m * n),
      Array.from({ length: m * n }, (_, i) => (i < 36 ? 3 : NaN)),
      0,
    );
  });

  it('reads nothing behind an operand that ends where memory does', () => {
    const [n, k] = [12, 64];
    for (const m of [1, 2, 3, 5])
      for (const columnStride of [k, k + 3, 1, 0]) {
        const size = (n - 1) * columnStride + k;
        const at = memory.buffer.byteLength - size * 4;
        new Float32Array(memory.buffer, at, size).fill(0.5);
        const arena = new Arena();
        const [a, c] = [arena.put(new Float32Array(m * k).fill(1)), arena.reserve(m * n)];
        kernels.gemm(m, n, k, a, k, 1, at, 1, columnStride, c, n, 0, arena.room(kernels.gemmWorkspace() / 4));
        expect(new Set(arena.get(c, m * n))).toEqual(new Set([k / 2]));
      }
  });

  it('gemmBatched reads heads out of a fused buffer', () => {
    const arena = new Arena();
    const [heads, tokens, width] = [3, 13, 10];
    const fused = randomNumbers(tokens * 3 * heads * width, 1); // q, k, v of all heads side by side
    const stride = 3 * heads * width;
    const at = arena.put(fused);
    const scores = arena.reserve(heads * tokens * tokens);
    const workspace = arena.room(kernels.gemmWorkspace() / 4);
    const key = at + heads * width * 4;
    const square = tokens * tokens;
    kernels.gemmBatched(
      heads,
      tokens,
      tokens,
      width,
      at,
      width,
      stride,
      1,
      key,
      width,
      1,
      stride,
      scores,
      square,
      tokens,
      0,
      workspace,
    );
    const expected = Array.from({ length: heads * square }, (_, index) => {
      const h = Math.floor(index / square);
      const [i, j] = [Math.floor((index % square) / tokens), index % tokens];
      let total = 0;
      for (let d = 0; d < width; d++) {
        total +=
          (fused[i * stride + h * width + d] as number) * (fused[j * stride + (heads + h) * width + d] as number);
      }
      return total;
    });
    expectClose(arena.get(scores, heads * square), expected, 1e-6, 1e-6);
  });
});
