import { describe, expect, it } from 'vitest';
import { type Kernels, loadKernels } from '../../src/tensor/devices/simd/kernels.ts';

const memory = new WebAssembly.Memory({ initial: 512 });
const BASE = 4096;
const SENTINEL = 12345;

/** A bump allocator whose results are multiples of 4 but never of 8, with a guard number behind each array. */
class Arena {
  #next = BASE + 4;

  reserve(length: number): number {
    const at = this.#next;
    this.#next += (length + 1) * 4;
    if (this.#next % 8 === 0) this.#next += 4;
    new Float32Array(memory.buffer, at, length + 1).fill(SENTINEL);
    return at;
  }

  put(values: ArrayLike<number>): number {
    const at = this.reserve(values.length);
    new Float32Array(memory.buffer, at, values.length).set(values);
    return at;
  }

  /** Reads an array and checks that nothing was written behind it. */
  get(at: number, length: number): Float32Array {
    const read = new Float32Array(memory.buffer, at, length + 1).slice();
    expect(read[length]).toBe(SENTINEL);
    return read.subarray(0, length);
  }
}

function randomNumbers(length: number, seed: number, scale = 1): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * scale;
  });
}

const f32 = Math.fround;

/** |actual - expected| <= relative * |expected| + absolute everywhere; NaN and infinities must agree. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, relative: number, absolute = 0): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i] as number;
    const e = expected[i] as number;
    if (Object.is(a, e) || (Number.isNaN(a) && Number.isNaN(e))) continue;
    const close = Number.isFinite(f32(e)) && Math.abs(a - e) <= relative * Math.abs(e) + absolute;
    if (!close && !(a === f32(e))) expect.fail(`[${i}]: got ${a}, expected ${e}`);
  }
}

/** erfc by its continued fraction and series, to about 1e-14. */
function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x > 27) return 0;
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 100; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 200; n >= 1; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
const erf = (x: number): number => (Math.abs(x) > 2.5 ? Math.sign(x) * (1 - erfc(Math.abs(x))) : 1 - erfc(x));
const phi = (x: number): number => erfc(-x / Math.SQRT2) / 2;
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const tanhArgument = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

type UnaryName = { [K in keyof Kernels]: Kernels[K] extends Kernels['exp'] ? K : never }[keyof Kernels];
type Case = { of: (x: number) => number; relative: number; absolute?: number; range: [number, number] };
const ulp = 2 ** -23;

const unary: Partial<Record<UnaryName, Case>> = {
  exp: { of: Math.exp, relative: ulp, absolute: 2e-45, range: [-104, 89] },
  log: { of: Math.log, relative: 2 * ulp, range: [0, 10] },
  tanh: { of: Math.tanh, relative: 2 * ulp, range: [-10, 10] },
  sigmoid: { of: sigmoid, relative: 3 * ulp, absolute: 1e-38, range: [-100, 100] },
  silu: { of: (x) => x * sigmoid(x), relative: 3 * ulp, absolute: 1e-37, range: [-87, 87] },
  geluErf: { of: (x) => x * phi(x), relative: 5e-7, absolute: 1e-37, range: [-12, 12] },
  geluTanh: { of: (x) => x * sigmoid(2 * tanhArgument(x)), relative: 1e-5, absolute: 1e-37, range: [-10, 10] },
  quickGelu: { of: (x) => x * sigmoid(1.702 * x), relative: 1e-5, absolute: 1e-37, range: [-50, 50] },
  erf: { of: erf, relative: 3e-7, range: [-5, 5] },
  relu: { of: (x) => (x < 0 ? 0 : x), relative: 0, range: [-3, 3] },
  squaredRelu: { of: (x) => (x < 0 ? 0 : x * x), relative: ulp, range: [-3, 3] },
  sqrt: { of: Math.sqrt, relative: ulp, range: [0, 100] },
  rsqrt: { of: (x) => 1 / Math.sqrt(x), relative: 2 * ulp, range: [0, 100] },
  neg: { of: (x) => -x, relative: 0, range: [-3, 3] },
  abs: { of: Math.abs, relative: 0, range: [-3, 3] },
  square: { of: (x) => x * x, relative: ulp, range: [-3, 3] },
  reciprocal: { of: (x) => 1 / x, relative: ulp, range: [-3, 3] },
};

const slopes: Record<
  'geluErfGradient' | 'geluTanhGradient' | 'quickGeluGradient' | 'siluGradient',
  (x: number) => number
> = {
  geluErfGradient: (x) => phi(x) + x * density(x),
  geluTanhGradient: (x) => {
    const s = sigmoid(2 * tanhArgument(x));
    return s + x * s * (1 - s) * 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
  },
  quickGeluGradient: (x) => {
    const s = sigmoid(1.702 * x);
    return s + 1.702 * x * s * (1 - s);
  },
  siluGradient: (x) => {
    const s = sigmoid(x);
    return s + x * s * (1 - s);
  },
};

const { fma: fmaAvailable } = loadKernels(memory);

describe.each(fmaAvailable ? [false, true] : [false])('kernels, fma: %s', (fma) => {
  const { kernels } = loadKernels(memory, { fma });
  const lengths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 65, 70];

  it('writes nothing into its memory on loading', () => {
    const own = new WebAssembly.Memory({ initial: 1 });
    new Uint8Array(own.buffer).fill(0xff);
    loadKernels(own, { fma });
    expect(new Uint8Array(own.buffer).every((byte) => byte === 0xff)).toBe(true);
  });

  describe('unary', () => {
    for (const [name, { of, relative, absolute, range }] of Object.entries(unary)) {
      const run = kernels[name as UnaryName] as Kernels['exp'];
      it(`${name} is right on every length and in place`, () => {
        for (const n of [...lengths, 4001]) {
          const arena = new Arena();
          const x = randomNumbers(n, n).map((u) => range[0] + ((u + 1) / 2) * (range[1] - range[0]));
          const at = arena.put(x);
          const y = arena.reserve(n);
          run(at, y, n);
          expectClose(arena.get(y, n), Array.from(x, of), relative, absolute);
          run(at, at, n);
          expect(arena.get(at, n)).toEqual(arena.get(y, n));
        }
      });
    }

    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-30, -1e-30, 1e30, -1e30];
    const limits: Partial<Record<UnaryName, number[]>> = {
      exp: [NaN, Infinity, 0, 1, 1, 1, 1, Infinity, 0],
      log: [NaN, Infinity, NaN, -Infinity, -Infinity, Math.log(f32(1e-30)), NaN, Math.log(f32(1e30)), NaN],
      tanh: [NaN, 1, -1, 0, -0, 1e-30, -1e-30, 1, -1],
      sigmoid: [NaN, 1, 0, 0.5, 0.5, 0.5, 0.5, 1, 0],
      erf: [NaN, 1, -1, 0, -0, 1.12837917e-30, -1.12837917e-30, 1, -1],
      relu: [NaN, Infinity, 0, 0, -0, 1e-30, 0, 1e30, 0],
      squaredRelu: [NaN, Infinity, 0, 0, 0, 0, 0, Infinity, 0],
      sqrt: [NaN, Infinity, NaN, 0, -0, 1e-15, NaN, 1e15, NaN],
      reciprocal: [NaN, 0, -0, Infinity, -Infinity, 1e30, -1e30, 1e-30, -1e-30],
      abs: [NaN, Infinity, Infinity, 0, 0, 1e-30, 1e-30, 1e30, 1e30],
    };
    for (const [name, expected] of Object.entries(limits)) {
      it(`${name} keeps NaN, infinities and zeros`, () => {
        const arena = new Arena();
        const y = arena.reserve(special.length);
        (kernels[name as UnaryName] as Kernels['exp'])(arena.put(special), y, special.length);
        expectClose(arena.get(y, special.length), expected, 2 * ulp);
      });
    }

    it('activations and their gradients have the right limits', () => {
      const arena = new Arena();
      const x = arena.put([NaN, Infinity, 1e30, -1e30, 0]);
      const one = arena.put([1, 1, 1, 1, 1]);
      const y = arena.reserve(5);
      for (const name of ['silu', 'geluErf', 'geluTanh', 'quickGelu'] as const) {
        kernels[name](x, y, 5);
        expect(
          Array.from(arena.get(y, 5), (v) => v + 0),
          name,
        ).toEqual([NaN, Infinity, f32(1e30), 0, 0]);
        kernels[`${name}Gradient`](x, one, y, 5);
        expectClose(arena.get(y, 5), [NaN, 1, 1, 0, 0.5], 1e-6, 1e-30);
      }
    });

    it('exp has its whole range', () => {
      const arena = new Arena();
      const y = arena.reserve(4);
      kernels.exp(arena.put([88.72283, 88.73, -87.4, -103.9]), y, 4);
      const out = arena.get(y, 4);
      expect(out[0]).toBeGreaterThan(3.4e38);
      expect(out[1]).toBe(Number.POSITIVE_INFINITY);
      expectClose(out.subarray(2), [Math.exp(f32(-87.4)), f32(Math.exp(f32(-103.9)))], 1e-6, 2e-45);
    });

    for (const [name, slope] of Object.entries(slopes)) {
      it(name, () => {
        for (const n of [...lengths, 2001]) {
          const arena = new Arena();
          const x = randomNumbers(n, n, 9);
          const dy = randomNumbers(n, n + 1);
          const dx = arena.reserve(n);
          kernels[name as keyof typeof slopes](arena.put(x), arena.put(dy), dx, n);
          expectClose(
            arena.get(dx, n),
            Array.from(x, (v, i) => slope(v) * (dy[i] as number)),
            1e-5,
            3e-7,
          );
        }
      });
    }
  });

  describe('binary', () => {
    const operations = {
      add: (a: number, b: number) => a + b,
      sub: (a: number, b: number) => a - b,
      mul: (a: number, b: number) => a * b,
      div: (a: number, b: number) => a / b,
      maximum: Math.max,
      minimum: Math.min,
    };
    for (const [name, of] of Object.entries(operations)) {
      it(`${name} with every pair of steps`, () => {
        for (const n of lengths) {
          for (const [aStep, bStep] of [
            [1, 1],
            [1, 0],
            [0, 1],
            [0, 0],
          ] as const) {
            const arena = new Arena();
            const a = randomNumbers(aStep ? n : 1, n);
            const b = randomNumbers(bStep ? n : 1, n + 7);
            if (n > 4 && aStep) a[3] = Number.NaN;
            if (n > 4 && bStep) b[2] = Number.NaN;
            const y = arena.reserve(n);
            kernels[name as keyof typeof operations](arena.put(a), arena.put(b), y, n, aStep, bStep);
            const expected = Array.from({ length: n }, (_, i) =>
              f32(of(a[i * aStep] as number, b[i * bStep] as number)),
            );
            expectClose(arena.get(y, n), expected, 0);
          }
        }
      });
    }

    it('addRow and mulRow repeat one row', () => {
      for (const columns of lengths) {
        const arena = new Arena();
        const x = randomNumbers(3 * columns, columns);
        const row = randomNumbers(columns, columns + 1);
        const [xAt, rowAt, y] = [arena.put(x), arena.put(row), arena.reserve(3 * columns)];
        kernels.addRow(xAt, rowAt, y, 3, columns);
        expectClose(
          arena.get(y, 3 * columns),
          x.map((v, i) => v + (row[i % columns] as number)),
          0,
        );
        kernels.mulRow(xAt, rowAt, y, 3, columns);
        expectClose(
          arena.get(y, 3 * columns),
          x.map((v, i) => v * (row[i % columns] as number)),
          0,
        );
      }
    });

    it('fill, affine, scaleAdd and clampRange', () => {
      for (const n of lengths) {
        const arena = new Arena();
        const x = randomNumbers(n, n);
        const y = randomNumbers(n, n + 1);
        x[n >> 1] = Number.NaN;
        const [xAt, yAt, out] = [arena.put(x), arena.put(y), arena.reserve(n)];
        kernels.fill(out, 2.5, n);
        expectClose(arena.get(out, n), new Float32Array(n).fill(2.5), 0);
        kernels.affine(xAt, out, n, 3, 0.25);
        expectClose(
          arena.get(out, n),
          Array.from(x, (v) => v * 3 + 0.25),
          ulp,
          1e-6,
        );
        kernels.clampRange(xAt, out, n, -0.25, 0.5);
        expectClose(
          arena.get(out, n),
          x.map((v) => Math.min(Math.max(v, -0.25), 0.5)),
          0,
        );
        kernels.scaleAdd(xAt, yAt, n, 2, 0.5);
        expectClose(
          arena.get(yAt, n),
          Array.from(x, (v, i) => 2 * v + 0.5 * (y[i] as number)),
          ulp,
          1e-6,
        );
        kernels.fill(yAt, Number.NaN, n);
        kernels.scaleAdd(xAt, yAt, n, 2, 0);
        expectClose(
          arena.get(yAt, n),
          x.map((v) => 2 * v),
          0,
        );
      }
    });
  });

  describe('reductions', () => {
    const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, v) => total + v, 0);
    const shapes: [number, number][] = [...lengths.map((n): [number, number] => [3, n]), [70, 37], [131, 5], [2, 2500]];

    it('sumRows, sumColumns, maxRows, logSumExpRows and sumSquares', () => {
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
        kernels.logSumExpRows(at, byRow, rows, columns);
        expectClose(
          arena.get(byRow, rows),
          perRow((values) => Math.log(sum(values.map(Math.exp)))),
          1e-6,
          1e-6,
        );
        kernels.sumColumns(at, byColumn, rows, columns);
        const columnSums = Array.from({ length: columns }, (_, c) => sum(perRow((values) => values[c] as number)));
        expectClose(arena.get(byColumn, columns), columnSums, 1e-6, 1e-6 * Math.sqrt(rows));
        const squares = sum(Array.from(x, (v) => v * v));
        expect(Math.abs(kernels.sumSquares(at, x.length) / squares - 1)).toBeLessThan(1e-6);
      }
    });

    it('sums a million numbers to 1e-7', () => {
      const arena = new Arena();
      const x = randomNumbers(1_000_003, 1).map((v) => v + 1.5);
      const y = arena.reserve(1);
      kernels.sumRows(arena.put(x), y, 1, x.length);
      expectClose(arena.get(y, 1), [sum(x)], 1.5e-7);
    });

    it('maxRows passes NaN on, and logSumExpRows keeps infinities', () => {
      const arena = new Arena();
      const y = arena.reserve(3);
      kernels.maxRows(arena.put([1, NaN, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, -Infinity, -Infinity, -Infinity]), y, 3, 5);
      expect(Array.from(arena.get(y, 3))).toEqual([Number.NaN, 9, 3]);
      kernels.logSumExpRows(arena.put([-Infinity, -Infinity, 1, Infinity, 1000, 1000]), y, 3, 2);
      expectClose(arena.get(y, 3), [-Infinity, Infinity, 1000 + Math.LN2], 1e-6);
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
        const [x, lse, dx] = [arena.put(logits), arena.reserve(rows), arena.reserve(rows * columns)];
        const targetsAt = arena.put(new Float32Array(targets.buffer));
        kernels.logSumExpRows(x, lse, rows, columns);
        kernels.crossEntropyGradient(x, lse, targetsAt, arena.put(weights), dx, rows, columns);
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

  it('adamW takes the steps of the definition', () => {
    for (const n of lengths) {
      const arena = new Arena();
      const state = [1, 2, 3].map((seed) => Array.from(randomNumbers(n, seed + n)));
      const [p, m, v] = state as [number[], number[], number[]];
      v.forEach((value, i) => {
        v[i] = f32(Math.abs(value));
      });
      const [pAt, mAt, vAt] = [arena.put(p), arena.put(m), arena.put(v)];
      const outputs = [arena.reserve(n), arena.reserve(n), arena.reserve(n)] as const;
      const g = randomNumbers(n, 9);
      const [rate, b1, b2, eps, decay, step] = [1e-2, 0.9, 0.999, 1e-8, 0.1, 3];
      kernels.adamW(
        pAt,
        arena.put(g),
        mAt,
        vAt,
        ...outputs,
        n,
        rate,
        b1,
        b2,
        eps,
        1 - rate * decay,
        1 - b1 ** step,
        1 - b2 ** step,
      );
      const newM = m.map((value, i) => b1 * value + (1 - b1) * (g[i] as number));
      const newV = v.map((value, i) => b2 * value + (1 - b2) * (g[i] as number) ** 2);
      const newP = p.map((value, i) => {
        const denominator = Math.sqrt(newV[i] as number) / Math.sqrt(1 - b2 ** step) + eps;
        return value * (1 - rate * decay) - ((rate / (1 - b1 ** step)) * (newM[i] as number)) / denominator;
      });
      expectClose(arena.get(outputs[1], n), newM, 1e-6, 1e-7);
      expectClose(arena.get(outputs[2], n), newV, 1e-6);
      expectClose(arena.get(outputs[0], n), newP, 1e-6, 1e-7);
    }
  });

  describe('gemm', () => {
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
      const workspace = arena.reserve(kernels.gemmWorkspace() / 4);
      const { rowStride: ar, columnStride: ac } = aLayout;
      const { rowStride: br, columnStride: bc } = bLayout;
      kernels.gemm(m, n, k, aAt, ar, ac, bAt, br, bc, c, cStride, accumulate ? 1 : 0, workspace);
      arena.get(workspace, kernels.gemmWorkspace() / 4);
      expectClose(arena.get(c, m * cStride), expected, 1e-6, 1e-6 * Math.sqrt(k + 1) + 1e-7 * k);
    }

    it('multiplies every size and layout', () => {
      const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 17, 33];
      for (const m of sizes) {
        for (const n of sizes) {
          for (const k of [1, 3, 4, 8, 21]) {
            for (const aLayout of layouts(m, k))
              for (const bLayout of layouts(k, n)) check(m, n, k, aLayout, bLayout, (m + n + k) % 2 === 0);
          }
        }
      }
    });

    it('multiplies in several blocks of k', () => {
      for (const [m, n, k] of [
        [7, 9, 256],
        [13, 19, 257],
        [70, 41, 700],
        [1, 70, 530],
        [70, 1, 530],
      ] as const) {
        for (const aLayout of layouts(m, k))
          for (const bLayout of layouts(k, n))
            for (const accumulate of [false, true]) check(m, n, k, aLayout, bLayout, accumulate);
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
      const workspace = arena.reserve(kernels.gemmWorkspace() / 4);
      kernels.gemm(m, n, k, arena.put(a), k, 1, arena.put(new Float32Array(k * n).fill(1)), n, 1, c, n, 0, workspace);
      expectClose(
        arena.get(c, m * n),
        Array.from({ length: m * n }, (_, i) => (i < 36 ? 3 : NaN)),
        0,
      );
    });

    it('gemmBatched reads heads out of a fused buffer', () => {
      const arena = new Arena();
      const [heads, tokens, width] = [3, 13, 10];
      const fused = randomNumbers(tokens * 3 * heads * width, 1); // q, k, v of all heads side by side
      const stride = 3 * heads * width;
      const at = arena.put(fused);
      const scores = arena.reserve(heads * tokens * tokens);
      const workspace = arena.reserve(kernels.gemmWorkspace() / 4);
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
});
