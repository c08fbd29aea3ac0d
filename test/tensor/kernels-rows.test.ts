import { describe, expect, it } from 'vitest';
import { Arena, expectClose, f32, lengths, randomNumbers, twins } from '../support/kernel-arena.ts';

describe.each(twins)('kernels of rows, $name', ({ kernels }) => {
  describe('reductions', () => {
    const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, v) => total + v, 0);
    const shapes: [number, number][] = [...lengths.map((n): [number, number] => [3, n]), [70, 37], [131, 5], [2, 2500]];

    it('sumRows, sumColumns, maxRows and logSumExpRows', () => {
      for (const [rows, columns] of shapes) {
        const arena = new Arena();
        const x = randomNumbers(rows * columns, columns, 3);
        const at = arena.put(x);
        const [byRow, byColumn] = [arena.reserve(rows), arena.reserve(columns)];
        const row = (r: number): Float32Array => x.subarray(r * columns, (r + 1) * columns);
        const perRow = (of: (values: Float32Array) => number): number[] =>
          Array.from({ length: rows }, (_, r) => of(row(r)));
        kernels.sumRows(at, byRow, rows, columns);
        expectClose(arena.get(byRow, rows), perRow(sum), 1e-6, 1e-6 * Math.sqrt(columns));
        kernels.maxRows(at, byRow, rows, columns);
        expectClose(
          arena.get(byRow, rows),
          perRow((values) => Math.max(...values)),
          0,
        );
        const maxima = arena.reserve(rows);
        kernels.logSumExpRows(at, maxima, byRow, rows, columns);
        expect(Array.from(arena.get(maxima, rows))).toEqual(perRow((values) => Math.max(...values)));
        expectClose(
          arena.get(byRow, rows),
          perRow((values) => Math.log(sum(values.map((value) => Math.exp(value - Math.max(...values)))))),
          1e-6,
          1e-6,
        );
        kernels.sumColumns(at, byColumn, rows, columns);
        const columnSums = Array.from({ length: columns }, (_, c) => sum(perRow((values) => values[c] as number)));
        expectClose(arena.get(byColumn, columns), columnSums, 1e-6, 1e-6 * Math.sqrt(rows));
      }
    });

    it('sums a million numbers to 1e-7', () => {
      const arena = new Arena();
      const x = randomNumbers(1_000_003, 1).map((v) => v + 1.5);
      const y = arena.reserve(1);
      kernels.sumRows(arena.put(x), y, 1, x.length);
      expectClose(arena.get(y, 1), [sum(x)], 1.5e-7);
    });

    it('maxRows passes NaN on, and logSumExpRows takes large maxima out', () => {
      const arena = new Arena();
      const y = arena.reserve(3);
      kernels.maxRows(arena.put([1, NaN, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, -Infinity, -Infinity, -Infinity]), y, 3, 5);
      expect(Array.from(arena.get(y, 3))).toEqual([Number.NaN, 9, 3]);
      const maxima = arena.reserve(3);
      kernels.logSumExpRows(arena.put([-Infinity, 1, 1e38, -1e38, 1000, 1000]), maxima, y, 3, 2);
      expectClose(arena.get(maxima, 3), [1, 1e38, 1000], 0);
      expectClose(arena.get(y, 3), [0, 0, Math.LN2], 1e-6);
    });
  });

  describe('softmax', () => {
    const oracle = (x: Float32Array, mask: Float32Array | undefined, columns: number, zeroEmpty: boolean): number[] => {
      const out: number[] = [];
      for (let start = 0; start < x.length; start += columns) {
        const shown = mask?.subarray(start, start + columns);
        const row = Array.from(x.subarray(start, start + columns), (v, i) =>
          shown?.[i] === 0 ? -3.4028234663852886e38 : v,
        );
        const largest = Math.max(...row);
        const powers = row.map((v) => Math.exp(v - largest));
        const total = powers.reduce((a, b) => a + b, 0);
        const empty = zeroEmpty && shown?.every((v) => v === 0);
        out.push(...powers.map((p) => (empty ? 0 : p / total)));
      }
      return out;
    };

    it('forward with and without a mask, and its gradient', () => {
      for (const columns of [...lengths, 1500]) {
        const x = randomNumbers(4 * columns, columns, 8);
        const mask = randomNumbers(4 * columns, columns + 1).map((v, i) => (i < columns || v < 0 ? 0 : 1));
        for (const [masked, zeroEmpty] of [
          [false, false],
          [true, false],
          [true, true],
        ] as const) {
          const arena = new Arena();
          const [xAt, maskAt, y] = [arena.put(x), arena.put(mask), arena.reserve(x.length)];
          kernels.softmax(xAt, masked ? maskAt : 0, y, 4, columns, zeroEmpty ? 1 : 0);
          const expected = oracle(x, masked ? mask : undefined, columns, zeroEmpty);
          expectClose(arena.get(y, x.length), expected, 2e-6, 1e-38);
          const dy = randomNumbers(x.length, 5);
          const dx = arena.reserve(x.length);
          kernels.softmaxGradient(y, arena.put(dy), dx, 4, columns);
          const gradient = expected.map((p, i) => {
            const start = i - (i % columns);
            let dot = 0;
            for (let c = start; c < start + columns; c++) dot += (expected[c] as number) * (dy[c] as number);
            return p * ((dy[i] as number) - dot);
          });
          expectClose(arena.get(dx, x.length), gradient, 1e-5, 1e-6);
        }
      }
    });

    describe.each<[string, number[]]>([
      ['squares', [1e38, 0, 0, 0, 0]],
      ['squares', [1e20, -1e20, 2e20, 0, 3]],
      ['squares', [1e-30, 1e30, 1, -1, 2]],
      ['sums', [3e38, 3e38, 3e38, 3.1e38, 2e38]],
      ['differences', [3e38, -3e38, 1e38, 2e38, -3.4e38]],
    ])('a row whose %s overflow float32: %j', (_, given) => {
      const row = given.map(Math.fround);
      const mean = row.reduce((a, b) => a + b, 0) / 5;
      const std = Math.sqrt(row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 5);
      const normalised = row.map((x) => (x - mean) / std);
      const [weight, bias, dy] = [
        [1, -2, 0.5, 3, 1],
        [0, 1, -1, 0.5, 2],
        [1, 2, -3, 4, 5],
      ];

      it('has its layer norm', () => {
        const arena = new Arena();
        const [plain, whole] = [arena.reserve(5), arena.reserve(5)];
        kernels.layerNorm(arena.put(row), 0, 0, plain, 1, 5, 1e-5);
        kernels.layerNorm(arena.put(row), arena.put(weight), arena.put(bias), whole, 1, 5, 1e-5);
        expectClose(arena.get(plain, 5), normalised, 1e-6, 1e-6);
        const exact = normalised.map((x, i) => x * (weight[i] as number) + (bias[i] as number));
        expectClose(arena.get(whole, 5), exact, 1e-6, 1e-6);
      });

      it('has the gradient of it', () => {
        const arena = new Arena();
        const dx = arena.reserve(5);
        kernels.layerNormGradient(arena.put(row), arena.put(weight), arena.put(dy), dx, 1, 5, 1e-5);
        const g = dy.map((d, i) => d * (weight[i] as number));
        const meanOf = (values: number[]): number => values.reduce((a, b) => a + b, 0) / 5;
        const along = meanOf(g.map((one, i) => one * (normalised[i] as number)));
        const exact = g.map((one, i) => one - meanOf(g) - (normalised[i] as number) * along);
        // Beside 1, where float32 has digits: the gradient itself is as small as the row is large.
        const scaled = Array.from(arena.get(dx, 5), (d) => d * std);
        expectClose(scaled, exact, 2e-2, std > 1e37 ? 2e-2 : 1e-5);
      });
    });

    it('a row sums to what float32 holds, though its parts overflow', () => {
      const arena = new Arena();
      const [y, sums] = [arena.reserve(2), [3e38, 3e38, -3e38, -2e38, 0, 1e38, -3e38, -3e38, 3e38, 0]];
      kernels.sumRows(arena.put(sums), y, 2, 5);
      expectClose(arena.get(y, 2), [1e38, -2e38], 1e-6, 0);
    });

    it('a NaN spoils its own row only, and huge logits do not overflow', () => {
      const arena = new Arena();
      const y = arena.reserve(10);
      kernels.softmax(arena.put([1, 2, NaN, 4, 5, 1e30, 1e30, -1e30, -Infinity, 0]), 0, y, 2, 5, 0);
      expect(Array.from(arena.get(y, 10))).toEqual([NaN, NaN, NaN, NaN, NaN, 0.5, 0.5, 0, 0, 0]);
    });

    it('crossEntropyGradient', () => {
      for (const columns of lengths) {
        const rows = 5;
        const arena = new Arena();
        const logits = randomNumbers(rows * columns, columns, 4);
        logits[columns] = Number.NaN; // row 1 has weight 0
        const targets = Int32Array.from({ length: rows }, (_, r) => (r === 3 ? -100 : (r * 7) % columns));
        const weights = Float32Array.of(0.5, 0, 1, 2, 0.25);
        const [x, dx] = [arena.put(logits), arena.reserve(rows * columns)];
        const [maxima, logSums] = [arena.reserve(rows), arena.reserve(rows)];
        const targetsAt = arena.put(new Float32Array(targets.buffer));
        kernels.logSumExpRows(x, maxima, logSums, rows, columns);
        kernels.crossEntropyGradient(x, maxima, logSums, targetsAt, arena.put(weights), dx, rows, columns);
        const p = oracle(logits, undefined, columns, false);
        const expected = p.map((value, i) => {
          const r = Math.floor(i / columns);
          return r === 1 ? 0 : (value - (i % columns === targets[r] ? 1 : 0)) * (weights[r] as number);
        });
        expectClose(arena.get(dx, rows * columns), expected, 1e-5, 1e-6);
      }
    });
  });

  describe('norms', () => {
    const eps = f32(1e-5);
    type Row = { xhat: number[]; inverse: number };
    const normalise = (row: number[], centre: boolean): Row => {
      const mean = centre ? row.reduce((a, b) => a + b, 0) / row.length : 0;
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
      const inverse = 1 / Math.sqrt(variance + eps);
      return { xhat: row.map((v) => (v - mean) * inverse), inverse };
    };
    const dot = (a: number[], b: number[]): number => a.reduce((total, v, i) => total + v * (b[i] as number), 0);

    it.each([true, false])('forward and gradient by x, layer norm: %s', (centre) => {
      for (const width of [...lengths, 1537]) {
        for (const withWeight of [true, false]) {
          const arena = new Arena();
          const x = randomNumbers(3 * width, width, 2).map((v) => v + (centre ? 1000 : 0));
          const dy = randomNumbers(3 * width, width + 1);
          const weight = randomNumbers(width, width + 2);
          const bias = randomNumbers(width, width + 3);
          const [xAt, dyAt, weightAt, biasAt] = [arena.put(x), arena.put(dy), arena.put(weight), arena.put(bias)];
          const [y, dx] = [arena.reserve(3 * width), arena.reserve(3 * width)];
          const w = withWeight ? weightAt : 0;
          if (centre) kernels.layerNorm(xAt, w, withWeight ? biasAt : 0, y, 3, width, eps);
          else kernels.rmsNorm(xAt, w, y, 3, width, eps);
          if (centre) kernels.layerNormGradient(xAt, w, dyAt, dx, 3, width, eps);
          else kernels.rmsNormGradient(xAt, w, dyAt, dx, 3, width, eps);
          const forward: number[] = [];
          const backward: number[] = [];
          for (let start = 0; start < 3 * width; start += width) {
            const { xhat, inverse } = normalise(Array.from(x.subarray(start, start + width)), centre);
            const scale = (c: number): number => (withWeight ? (weight[c] as number) : 1);
            const g = Array.from(dy.subarray(start, start + width), (v, c) => v * scale(c));
            const mean = centre ? g.reduce((a, b) => a + b, 0) / width : 0;
            const along = dot(g, xhat) / width;
            forward.push(...xhat.map((v, c) => v * scale(c) + (centre && withWeight ? (bias[c] as number) : 0)));
            backward.push(...g.map((v, c) => (v - mean - (xhat[c] as number) * along) * inverse));
          }
          const largest = Math.max(...backward.map(Math.abs));
          expectClose(arena.get(y, 3 * width), forward, 1e-5, 1e-6);
          expectClose(arena.get(dx, 3 * width), backward, 1e-5, 2e-6 * largest + (width < 4 ? 1e-3 : 0));
        }
      }
    });
  });

  it('attention of heads side by side is that of each head alone, and keeps NaN to its row', () => {
    const [heads, n, m, d, e] = [3, 2, 5, 4, 6];
    const x = {
      q: randomNumbers(n * heads * d, 1),
      k: randomNumbers(m * heads * d, 2),
      v: randomNumbers(m * heads * e, 3),
    };
    x.q[heads * d] = Number.NaN; // of the second query in the first head
    const mask = Float32Array.from({ length: heads * n * m }, (_, i) => (i % 4 ? 1 : 0));
    const bias = randomNumbers(n * m, 4);
    const arena = new Arena();
    const [q, k, v, maskAt, biasAt] = [x.q, x.k, x.v, mask, bias].map((part) => arena.put(part)) as number[];
    const [y, scores] = [arena.reserve(n * heads * e), arena.reserve(n * m)];
    const hidden = [maskAt as number, n * m, biasAt as number, 0] as const;
    const sources = [q as number, k as number, v as number, y] as const;
    kernels.attention(
      heads,
      n,
      m,
      d,
      e,
      ...sources,
      ...hidden,
      0.5,
      0,
      scores,
      arena.room(kernels.gemmWorkspace() / 4),
    );
    const found = arena.get(y, n * heads * e);
    for (let head = 0; head < heads; head++)
      for (let i = 0; i < n; i++) {
        const seen = Array.from({ length: m }, (_, j) => mask[(head * n + i) * m + j] !== 0);
        const weights = seen.map((sees, j) => {
          let score = 0;
          for (let l = 0; l < d; l++)
            score += (x.q[(i * heads + head) * d + l] as number) * (x.k[(j * heads + head) * d + l] as number);
          return sees ? Math.exp(score * 0.5 + (bias[i * m + j] as number)) : 0;
        });
        const total = weights.reduce((sum, w) => sum + w, 0);
        const expected = Array.from({ length: e }, (_, l) =>
          weights.reduce((sum, w, j) => sum + (w / total) * (x.v[(j * heads + head) * e + l] as number), 0),
        );
        const at = (i * heads + head) * e;
        expectClose(found.subarray(at, at + e), expected, 1e-5, 1e-6);
      }
  });

  it('copyStrided follows any strides', () => {
    const x = randomNumbers(6000, 1);
    const cases: { dims: number[]; strides: number[]; offset?: number }[] = [
      { dims: [2, 3, 4, 5], strides: [60, 20, 5, 1] },
      { dims: [2, 3, 5, 70], strides: [1500, 500, 100, 1] },
      { dims: [1, 1, 37, 53], strides: [0, 0, 1, 37] },
      { dims: [2, 3, 17, 9], strides: [153, 306, 1, 17] },
      { dims: [1, 2, 20, 20], strides: [0, 400, 1, 21] },
      { dims: [3, 2, 4, 5], strides: [1, 3, 6, 24] },
      { dims: [2, 2, 3, 7], strides: [0, 7, 0, 1] },
      { dims: [2, 1, 3, 7], strides: [0, 0, 1, 0] },
      { dims: [1, 1, 6, 9], strides: [0, 0, -9, -1], offset: 53 },
      { dims: [1, 4, 5, 6], strides: [0, -30, 6, 1], offset: 90 },
      { dims: [1, 1, 5, 3], strides: [0, 0, 3, 2] },
      { dims: [1, 3, 0, 3], strides: [0, 0, 3, 2] },
    ];
    for (const { dims, strides, offset = 0 } of cases) {
      const arena = new Arena();
      const [d0, d1, d2, d3] = dims as [number, number, number, number];
      const [s0, s1, s2, s3] = strides as [number, number, number, number];
      const expected: number[] = [];
      for (let i = 0; i < d0; i++)
        for (let j = 0; j < d1; j++)
          for (let k = 0; k < d2; k++)
            for (let l = 0; l < d3; l++) expected.push(x[offset + i * s0 + j * s1 + k * s2 + l * s3] as number);
      const at = arena.put(x) + offset * 4;
      const y = arena.reserve(expected.length);
      kernels.copyStrided(at, y, d0, d1, d2, d3, s0, s1, s2, s3);
      expect(Array.from(arena.get(y, expected.length)), JSON.stringify(dims)).toEqual(expected);
    }
  });
});
