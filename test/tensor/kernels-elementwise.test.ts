import { describe, expect, it } from 'vitest';
import { type Kernels, loadKernels } from '../../src/tensor/devices/simd/kernels.ts';
import { Arena, expectClose, f32, lengths, randomNumbers, twins, ulp } from '../support/kernel-arena.ts';

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

describe.each(twins)('elementwise kernels, $name', ({ kernels, fma }) => {
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
  });
});
