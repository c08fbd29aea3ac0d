import type { Gradient as GradientKernel, KernelsOf, Named, Unary } from '../devices/simd/kernels.ts';
import { sizeOf } from '../shape.ts';
import { float32, type Op, requireFloat, requireSameShape, type Value } from './op.ts';

/** d loss / dx from x, y and d loss / dy. */
type Slope = ((x: Value, y: Value, cotangent: Value) => Value) | 'none';

/** `formula` is JavaScript over `x` for gpu.js, after the statements in `prepare`. */
function unary(
  named: Named<Unary, (x: number) => number>,
  definition: string,
  formula: string,
  gradient: Slope,
  prepare = '',
): Op {
  const { name, simd } = typeof named === 'string' ? { name: named, simd: null } : named;
  return {
    name,
    definition,
    infer: (inputs) => float32(requireFloat(name, inputs)[0].shape),
    gpu: (_, output) => ({
      output: [sizeOf(output.shape)],
      source: `function (xs) {\n  const x = xs[this.thread.x];\n${prepare}  return ${formula};\n}`,
    }),
    simd: (machine, [x], y) => {
      const { floats, kernels } = machine;
      if (!simd) kernels[named as KernelsOf<Unary>](x.pointer, y.pointer, y.size);
      else for (let i = 0; i < y.size; i++) floats[y.pointer / 4 + i] = simd(floats[x.pointer / 4 + i] as number);
    },
    gradient: gradient === 'none' ? 'none' : ({ inputs: [x], output, cotangent }) => [gradient(x, output, cotangent)],
  };
}

/** An activation's derivative as one fused operation on (x, dy). Differentiated no further. */
function activationGradient(name: KernelsOf<GradientKernel>, definition: string, formula: string, prepare = ''): Op {
  return {
    name,
    definition,
    infer: (inputs) => {
      const [x, dy] = requireFloat(name, inputs);
      requireSameShape(name, x, dy);
      return float32(x.shape);
    },
    gpu: (_, output) => ({
      output: [sizeOf(output.shape)],
      source: `function (xs, dys) {\n  const x = xs[this.thread.x];\n${prepare}  return dys[this.thread.x] * (${formula});\n}`,
    }),
    simd: (machine, [x, dy], dx) => machine.kernels[name](x.pointer, dy.pointer, dx.pointer, dx.size),
    gradient: 'none',
  };
}

const SIGMOID = 'x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))';

/**
 * erf as statements that leave the result in `e`, from `z`: a series near 0, else 1 - exp(-z^2) times a rational
 * function of 1 / (1 + z / 2) (Numerical Recipes' erfc fit, 1.2e-7).
 */
const ERF_STATEMENTS = `  const a = Math.abs(z);
  const t = 1 / (1 + 0.5 * a);
  const p = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const c = t * Math.exp(Math.min(p - a * a, 80));
  const z2 = z * z;
  const series = z * (1.1283791671 + z2 * (-0.3761263890 + z2 * (0.1128379167 + z2 * (-0.0268661706 + z2 * (0.0052239776 - z2 * 0.0008548327)))));
  const e = a < 0.5 ? series : (z < 0 ? c - 1 : 1 - c);
`;
/** 1 + erf(z) without cancellation for negative z, from the names above. */
const ONE_PLUS_ERF = '(a < 0.5 ? 1 + series : (z < 0 ? c : 2 - c))';

/** tanh as statements that leave it in `h`, from `u`; GPUs return NaN for tanh of large numbers. */
const TANH_STATEMENTS = `  const w = Math.abs(u);
  const v = Math.exp(-2 * Math.min(w, 20));
  const u2 = u * u;
  const small = u * (1 + u2 * (-0.3333333333 + u2 * (0.1333333333 + u2 * (-0.0539682540 + u2 * 0.0218694885))));
  const large = (1 - v) / (1 + v);
  const h = w < 0.25 ? small : (u >= 0.25 ? large : (u <= -0.25 ? -large : u));
`;

/**
 * Sine and cosine as statements, from `x`: GPUs promise them to 2^-11 only. x is a multiple k of pi / 2 plus a small
 * rest r, for which Taylor's series `s` and `c` are enough; the quarter k mod 4 tells which one, and its sign.
 */
const QUARTER_TURNS = `  const k = Math.floor(x * 0.6366197723675814 + 0.5);
  const r = x - k * 1.5703125 - k * 0.0004838267948966;
  const r2 = r * r;
  const s = r * (1 + r2 * (-0.1666666667 + r2 * (0.0083333333 + r2 * (-0.0001984127 + r2 * 0.0000027557))));
  const c = 1 + r2 * (-0.5 + r2 * (0.0416666667 + r2 * (-0.0013888889 + r2 * 0.0000248016)));
  const quarter = k - 4 * Math.floor(k * 0.25);
`;

export const exp: Op = unary('exp', 'e^x', 'Math.exp(x)', (_, y, dy) => dy.mul(y));

export const log: Op = unary('log', 'natural logarithm', 'Math.log(x)', (x, _, dy) => dy.div(x));

export const sqrt: Op = unary('sqrt', 'square root', 'Math.sqrt(x)', (_, y, dy) => dy.mul(0.5).div(y));

export const rsqrt: Op = unary('rsqrt', '1 / sqrt(x)', '1 / Math.sqrt(x)', (_, y, dy) =>
  dy.mul(-0.5).mul(y.mul(y).mul(y)),
);

export const sin: Op = unary(
  { name: 'sin', simd: Math.sin },
  'sine',
  'quarter < 0.5 ? s : (quarter < 1.5 ? c : (quarter < 2.5 ? -s : -c))',
  (x, _, dy) => dy.mul(x.cos()),
  QUARTER_TURNS,
);

export const cos: Op = unary(
  { name: 'cos', simd: Math.cos },
  'cosine',
  'quarter < 0.5 ? c : (quarter < 1.5 ? -s : (quarter < 2.5 ? -c : s))',
  (x, _, dy) => dy.mul(x.sin()).neg(),
  QUARTER_TURNS,
);

// The gradient is 4 s(2x) s(-2x), s = sigmoid: 1 - y^2 loses its digits where y is near 1
export const tanh: Op = unary(
  'tanh',
  '(e^x - e^-x) / (e^x + e^-x)',
  'h',
  (x, _, dy) => dy.mul(x.mul(2).sigmoid()).mul(x.mul(-2).sigmoid()).mul(4),
  `  const u = x;\n${TANH_STATEMENTS}`,
);

export const erf: Op = unary(
  'erf',
  '2 / sqrt(pi) * integral of e^(-t^2) from 0 to x',
  'e',
  (x, _, dy) => dy.mul(x.mul(x).neg().exp()).mul(2 / Math.sqrt(Math.PI)),
  `  const z = x;\n${ERF_STATEMENTS}`,
);

// In the gradient, s(-x) is 1 - y without its cancellation where y is near 1
export const sigmoid: Op = unary('sigmoid', '1 / (1 + e^-x)', SIGMOID, (x, y, dy) => dy.mul(y).mul(x.neg().sigmoid()));

// log(1 + t) loses a small t; as 2 artanh(t / (2 + t)) nothing is added to 1.
export const softplus: Op = unary(
  { name: 'softplus', simd: (x) => (x > 20 ? x : Math.log1p(Math.exp(x))) },
  'log(1 + e^x); x itself above 20',
  'x > 20 ? x : (t < 1 ? series : Math.log(1 + t))',
  (x, _, dy) => dy.mul(x.sigmoid()),
  `  const t = Math.exp(x > 20 ? 20 : x);
  const z = t / (2 + t);
  const z2 = z * z;
  const series = 2 * z * (1 + z2 * (0.3333333333 + z2 * (0.2 + z2 * (0.1428571429 + z2 * (0.1111111111 + z2 * 0.0909090909)))));
`,
);

// NaN stays: no comparison with it holds.
export const relu: Op = unary('relu', 'max(x, 0); gradient 0 at 0', 'x > 0 ? x : (x <= 0 ? 0 : x)', (_, y, dy) =>
  dy.mul(y.sign()),
);

export const squaredRelu: Op = unary('squaredRelu', 'max(x, 0)^2', 'x > 0 ? x * x : (x <= 0 ? 0 : x)', (x, _, dy) =>
  dy.mul(x.relu()).mul(2),
);

export const siluGradient: Op = activationGradient(
  'siluGradient',
  'dy * s (1 + x (1 - s)), s = sigmoid(x)',
  's * (1 + x * (1 - s))',
  `  const s = ${SIGMOID};\n`,
);

export const silu: Op = unary(
  'silu',
  'x * sigmoid(x)',
  'x * s',
  (x, _, dy) => x.apply(siluGradient, [dy], {}),
  `  const s = ${SIGMOID};\n`,
);

export const geluErfGradient: Op = activationGradient(
  'geluErfGradient',
  'dy * (Phi(x) + x phi(x)), Phi and phi of the normal distribution',
  `${ONE_PLUS_ERF} / 2 + x * 0.3989422804 * Math.exp(-0.5 * x * x)`,
  `  const z = x * 0.7071067811865476;\n${ERF_STATEMENTS}`,
);

export const geluErf: Op = unary(
  'geluErf',
  'x * (1 + erf(x / sqrt 2)) / 2',
  `x * ${ONE_PLUS_ERF} / 2`,
  (x, _, dy) => x.apply(geluErfGradient, [dy], {}),
  `  const z = x * 0.7071067811865476;\n${ERF_STATEMENTS}`,
);

/** s = sigmoid(u) = (1 + tanh(u / 2)) / 2, which keeps its digits where tanh is near -1; of the number named `x`. */
const geluTanhGate = (x: string): string => `  const u = 1.5957691216 * (${x} + 0.044715 * ${x} * ${x} * ${x});
  const s = u >= 0 ? 1 / (1 + Math.exp(-u)) : Math.exp(u) / (1 + Math.exp(u));
`;

export const geluTanhGradient: Op = activationGradient(
  'geluTanhGradient',
  'dy * (s + x s (1 - s) du/dx), s = sigmoid(u)',
  's * (1 + b * (1 - s) * 1.5957691216 * (1 + 0.134145 * b * b))',
  `  const b = x > 10 ? 10 : (x < -10 ? -10 : x);\n${geluTanhGate('b')}`, // beyond, s is 0 or 1, and no 0 meets Infinity
);

export const geluTanh: Op = unary(
  'geluTanh',
  'x * sigmoid(u) = x * (1 + tanh(u / 2)) / 2, u = 2 sqrt(2 / pi) (x + .044715 x^3)',
  'x * s',
  (x, _, dy) => x.apply(geluTanhGradient, [dy], {}),
  geluTanhGate('x'),
);

const QUICK_SIGMOID = `  const s = x >= 0 ? 1 / (1 + Math.exp(-1.702 * x)) : Math.exp(1.702 * x) / (1 + Math.exp(1.702 * x));\n`;

export const quickGeluGradient: Op = activationGradient(
  'quickGeluGradient',
  'dy * s (1 + 1.702 x (1 - s)), s = sigmoid(1.702 x)',
  's * (1 + 1.702 * x * (1 - s))',
  QUICK_SIGMOID,
);

export const quickGelu: Op = unary(
  'quickGelu',
  'x * sigmoid(1.702 x)',
  'x * s',
  (x, _, dy) => x.apply(quickGeluGradient, [dy], {}),
  QUICK_SIGMOID,
);

export const abs: Op = unary('abs', 'absolute value; gradient 0 at 0', 'Math.abs(x)', (x, _, dy) => dy.mul(x.sign()));

export const neg: Op = unary('neg', '-x', '-x', (_x, _y, dy) => dy.neg());

export const sign: Op = unary(
  { name: 'sign', simd: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0) },
  '-1, 0 or 1, and 0 for NaN as in PyTorch; gradient 0',
  'x > 0 ? 1 : (x < 0 ? -1 : 0)',
  (_x, _y, dy) => dy.mul(0),
);

export const floor: Op = unary(
  { name: 'floor', simd: Math.floor },
  'the largest whole number not above x; gradient 0',
  'Math.floor(x)',
  (_x, _y, dy) => dy.mul(0),
);

const finite: Op = unary(
  { name: 'isFinite', simd: (x) => (Number.isFinite(x) ? 1 : 0) },
  '1 where x is neither NaN nor infinite, else 0',
  'x - x == 0 ? 1 : 0',
  'none',
);

export { finite as isFinite };
