import { primitives as ops } from '../../src/tensor/index.ts';
import { binary, type CaseInput, casesOf, floats, given, ids, NONE, type OpCase, slope, unary } from './op-case.ts';
import * as o from './oracle.ts';
import { last, type Reader } from './oracle.ts';

const mask =
  (...values: number[]): ((shape: readonly number[]) => CaseInput) =>
  (shape) =>
    given(values, shape);

const truth = (condition: boolean): number => (condition ? 1 : 0);
const rows = { uniform: { emptyRows: 'uniform' }, zero: { emptyRows: 'zero' } } as const;
const seen = mask(1, 0, 1, 0, 0, 0, 1, 1, 1);

const RANGES: o.Ranges = [
  { start: 1, count: 2, step: 1 },
  { start: 4, count: 3, step: -2 },
];

const attentionCase = (withMask: boolean, withBias: boolean, emptyRows: 'uniform' | 'zero', scale: number) =>
  [
    [
      floats([2, 3, 4]),
      floats([2, 5, 4], -1.5, 2),
      floats([2, 5, 6], -1, 3),
      ...(withMask ? [given([1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1], [3, 5])] : []),
      ...(withBias ? [floats([2, 3, 5], -1, 1)] : []),
    ],
    o.attentionOracle(scale, withMask, withBias, emptyRows),
    { scale, heads: null, emptyRows, mask: withMask, bias: withBias },
  ] as const;

/** Cases of every primitive: one without a line here does not compile. */
export const opCases: Record<keyof typeof ops, readonly OpCase[]> = {
  add: binary(ops.add, (a, b) => a + b),
  sub: binary(ops.sub, (a, b) => a - b),
  mul: binary(ops.mul, (a, b) => a * b),
  div: binary(ops.div, (a, b) => a / b, 0.5, 3),
  pow: [
    ...binary(ops.pow, (a, b) => a ** b, 0.2, 3, false),
    ...casesOf(
      ops.pow,
      [[[given([-2, -2, -3, 0, 0, 2, 5, -1.5]), given([2, 3, -1, 0, 2, 0.5, 0, 0])], o.binaryOracle(Math.pow), NONE]],
      [1],
    ),
  ],
  maximum: binary(ops.maximum, Math.max),
  minimum: binary(ops.minimum, Math.min),
  equal: binary(ops.equal, (a, b) => truth(a === b)),
  less: binary(ops.less, (a, b) => truth(a < b)),
  lessEqual: binary(ops.lessEqual, (a, b) => truth(a <= b)),
  where: casesOf(
    ops.where,
    (
      [
        [mask(1, 0, 0, 1, -2, 0)([2, 3]), floats([2, 3]), floats([2, 3], 4, 5)],
        [mask(1, 0)([2, 1]), floats([]), floats([3], 4, 5)],
        [mask(0, 0, 1)([3]), given([Number.NaN, 1, 2]), given([7, Number.NEGATIVE_INFINITY, Number.NaN])],
      ] as const
    ).map((inputs) => [
      inputs,
      (at, c, a, b) => ((c as Reader)(at) !== 0 ? (a as Reader)(at) : (b as Reader)(at)),
      NONE,
    ]),
    [0],
  ),

  exp: unary(ops.exp, Math.exp),
  log: unary(ops.log, Math.log, 0.1, 9),
  sqrt: unary(ops.sqrt, Math.sqrt, 0.1, 9),
  rsqrt: unary(ops.rsqrt, (x) => 1 / Math.sqrt(x), 0.1, 9),
  sin: unary(ops.sin, Math.sin),
  cos: unary(ops.cos, Math.cos),
  tanh: unary(ops.tanh, Math.tanh),
  erf: unary(ops.erf, o.erf),
  sigmoid: unary(ops.sigmoid, o.sigmoid),
  softplus: unary(ops.softplus, (x) => (x > 20 ? x : Math.log1p(Math.exp(x)))),
  relu: unary(ops.relu, (x) => (Number.isNaN(x) ? x : Math.max(x, 0))),
  squaredRelu: unary(ops.squaredRelu, (x) => (Number.isNaN(x) ? x : Math.max(x, 0) ** 2)),
  silu: unary(ops.silu, (x) => x * o.sigmoid(x), -4, 4, false),
  geluErf: unary(ops.geluErf, o.gelu, -4, 4, false),
  geluTanh: unary(ops.geluTanh, o.geluTanh, -4, 4, false),
  quickGelu: unary(ops.quickGelu, (x) => x * o.sigmoid(1.702 * x), -4, 4, false),
  siluGradient: slope(ops.siluGradient, (x) => x * o.sigmoid(x)),
  geluErfGradient: slope(ops.geluErfGradient, o.gelu),
  geluTanhGradient: slope(ops.geluTanhGradient, o.geluTanh),
  quickGeluGradient: slope(ops.quickGeluGradient, (x) => x * o.sigmoid(1.702 * x)),
  abs: unary(ops.abs, Math.abs),
  neg: unary(ops.neg, (x) => -x),
  sign: unary(ops.sign, (x) => (Number.isNaN(x) ? 0 : Math.sign(x))),
  floor: unary(ops.floor, Math.floor),
  isFinite: unary(ops.isFinite, (x) => truth(Number.isFinite(x))),
  toInt: casesOf(ops.toInt, [[[given([-2.7, -1, -0.5, 0, 0.5, 1.999, 70000.25])], o.unaryOracle(Math.trunc), NONE]]),
  toFloat: casesOf(ops.toFloat, [[[ids([-3, 0, 7, 16777215])], o.unaryOracle((x) => x), NONE]]),

  sum: casesOf(
    ops.sum,
    (
      [
        [[2, 3, 4], [0, 1, 2], false],
        [[2, 3, 4], [2], true],
        [[2, 3, 4], [0], false],
        [[2, 3, 4], [0, 2], true],
        [[3, 5000], [1], false],
        [[2, 0], [1], false],
        [[], [], false],
      ] as const
    ).map(([shape, axes, keepDims]) => [[floats(shape)], o.sumOracle(axes, keepDims), { axes, keepDims }]),
  ),
  max: casesOf(
    ops.max,
    (
      [
        [floats([2, 3, 4]), [0, 1, 2]],
        [floats([2, 3, 4]), [1]],
        [given([1, Number.NaN, -1, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 2], [3, 2]), [1]],
      ] as const
    ).map(([x, axes]) => [[x], o.sumOracle(axes, false, (values) => Math.max(...values)), { axes, keepDims: false }]),
  ),
  argmax: casesOf(ops.argmax, [
    [[floats([2, 3, 4])], o.argmaxOracle(1), { axis: 1 }],
    [[given([1, 3, 3, 2], [4])], o.argmaxOracle(0), { axis: 0 }],
    [[floats([5, 40])], o.argmaxOracle(1), { axis: 1 }],
  ]),
  cumsum: casesOf(
    ops.cumsum,
    [0, 1, 2].flatMap((axis) =>
      [false, true].map((reverse) => [[floats([2, 3, 4])], o.cumsumOracle(axis, reverse), { axis, reverse }] as const),
    ),
  ),
  topKIndices: casesOf(ops.topKIndices, [
    [[floats([3, 7])], o.topKOracle, { k: 3 }],
    [[given([1, 2, 2, 0, 2])], o.topKOracle, { k: 5 }],
  ]),

  matmul: casesOf(ops.matmul, [
    ...[false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) => {
        const [a, b] = [transposeA ? [5, 3] : [3, 5], transposeB ? [7, 5] : [5, 7]];
        return [[floats(a), floats(b)], o.matmulOracle(transposeA, transposeB), { transposeA, transposeB }] as const;
      }),
    ),
    ...(
      [
        [
          [2, 1, 3, 4],
          [5, 4, 2],
        ],
        [
          [6, 2, 4],
          [4, 3],
        ],
        [
          [2, 3],
          [4, 3, 1],
        ],
        [
          [1, 1],
          [1, 1],
        ],
        [
          [3, 0],
          [0, 2],
        ],
        [
          [2, 2, 33, 19],
          [2, 2, 19, 17],
        ],
      ] as const
    ).map(([a, b]) => {
      const attributes = { transposeA: false, transposeB: false };
      return [[floats(a), floats(b, -1, 3)], o.matmulOracle(false, false), attributes] as const;
    }),
  ]),

  softmax: casesOf(
    ops.softmax,
    [
      [[floats([4, 7], -5, 5)], o.softmaxOracle('uniform'), rows.uniform],
      [[given([1e4, -1e4, 0, 3e4], [1, 4])], o.softmaxOracle('uniform'), rows.uniform],
      [[floats([3, 3]), seen([3, 3])], o.softmaxOracle('uniform'), rows.uniform],
      [[floats([2, 3, 3]), seen([3, 3])], o.softmaxOracle('zero'), rows.zero],
      [[floats([2, 3, 3]), mask(1, 1, 0, 0, 0, 0)([2, 1, 3])], o.softmaxOracle('zero'), rows.zero],
    ],
    [1],
  ),
  softmaxGradient: casesOf(ops.softmaxGradient, [
    [
      [floats([3, 5], 0, 0.4), floats([3, 5])],
      (at, y, dy) => {
        const inner = o.total(5, (j) => (y as Reader)(last(at, j)) * (dy as Reader)(last(at, j)));
        return (y as Reader)(at) * ((dy as Reader)(at) - inner);
      },
      NONE,
    ],
  ]),
  crossEntropyRows: casesOf(ops.crossEntropyRows, [
    [[floats([4, 6], -4, 4), ids([0, 5, -100, 2])], o.crossEntropyOracle(-100), { ignoreIndex: -100 }],
    [[floats([2, 3], 80, 95), ids([0, 1])], o.crossEntropyOracle(0), { ignoreIndex: 0 }],
  ]),
  crossEntropyGradient: casesOf(ops.crossEntropyGradient, [
    [
      [floats([4, 6], -4, 4), ids([0, 5, -100, 2]), floats([4])],
      ([row, c], logits, targets, dy) => {
        const r = row as number;
        const target = (targets as Reader)([r]);
        if (target === -100) return 0;
        const value = (j: number): number => Math.exp((logits as Reader)([r, j]));
        const p = value(c as number) / o.total(6, value);
        return (p - truth(target === c)) * (dy as Reader)([r]);
      },
      { ignoreIndex: -100 },
    ],
  ]),

  layerNorm: casesOf(ops.layerNorm, [
    [[floats([3, 6])], o.layerNormOracle(1e-5), { eps: 1e-5 }],
    [[floats([2, 3, 6]), floats([6], 0.5, 1.5)], o.layerNormOracle(1e-6), { eps: 1e-6 }],
    [[floats([2, 3, 6]), floats([6], 0.5, 1.5), floats([6])], o.layerNormOracle(1), { eps: 1 }],
    [[floats([2, 6], 99, 101)], o.layerNormOracle(1e-5), { eps: 1e-5 }],
  ]),
  layerNormGradient: casesOf(ops.layerNormGradient, [
    [[floats([3, 6]), floats([3, 6], -1, 1)], o.rowGradientOracle(o.layerNormOracle(1e-5)), { eps: 1e-5 }],
    [
      [floats([2, 6]), floats([2, 6], -1, 1), floats([6], 0.5, 1.5)],
      o.rowGradientOracle(o.layerNormOracle(1e-5)),
      { eps: 1e-5 },
    ],
  ]),
  rmsNorm: casesOf(ops.rmsNorm, [
    [[floats([3, 6])], o.rmsNormOracle(0), { eps: 0 }],
    [[floats([2, 3, 6]), floats([6], 0.5, 1.5)], o.rmsNormOracle(1e-6), { eps: 1e-6 }],
  ]),
  rmsNormGradient: casesOf(ops.rmsNormGradient, [
    [[floats([3, 6]), floats([3, 6], -1, 1)], o.rowGradientOracle(o.rmsNormOracle(1e-6)), { eps: 1e-6 }],
    [
      [floats([2, 6]), floats([2, 6], -1, 1), floats([6], 0.5, 1.5)],
      o.rowGradientOracle(o.rmsNormOracle(1e-6)),
      { eps: 1e-6 },
    ],
  ]),
  attention: [
    ...casesOf(ops.attention, [attentionCase(false, false, 'uniform', 0.5), attentionCase(false, true, 'zero', 0.3)]),
    ...casesOf(ops.attention, [attentionCase(true, false, 'uniform', 0.5), attentionCase(true, true, 'zero', 1)], [3]),
    ...casesOf(ops.attention, [
      [
        [floats([2, 3, 8]), floats([1, 5, 8]), floats([1, 5, 4]), floats([2, 3, 5])],
        o.inHeads(2, o.attentionOracle(0.5, false, true, 'uniform')),
        { scale: 0.5, heads: 2, emptyRows: 'uniform', mask: false, bias: true },
      ],
    ]),
    ...casesOf(
      ops.attention,
      [
        [
          [floats([2, 3, 3, 6]), floats([2, 3, 3, 6]), floats([2, 3, 3, 9]), seen([3, 3])],
          o.inHeads(3, o.attentionOracle(1, true, false, 'zero')),
          { scale: 1, heads: 3, emptyRows: 'zero', mask: true, bias: false },
        ],
      ],
      [3],
    ),
  ],

  linear: casesOf(
    ops.linear,
    (
      [
        [[3, 5], 7],
        [[2, 3, 4], 5],
        [[2, 1, 4], 1],
        [[3, 0], 2],
        [[2, 0, 3], 4],
      ] as const
    ).map(([x, out]) => [
      [floats(x), floats([out, x.at(-1) as number], -1, 3), floats([out], -1, 1)],
      (at, ...inputs) => o.matmulOracle(false, true)(at, ...inputs) + (inputs[2] as Reader)([at.at(-1) as number]),
      NONE,
    ]),
  ),

  reshape: casesOf(ops.reshape, [
    [
      [floats([2, 6])],
      (at, x) =>
        (x as Reader)([
          Math.floor(((at[0] as number) * 4 + (at[1] as number)) / 6),
          ((at[0] as number) * 4 + (at[1] as number)) % 6,
        ]),
      { shape: [3, 4] },
    ],
  ]),
  permute: casesOf(
    ops.permute,
    [
      [2, 0, 1],
      [1, 0, 2],
      [0, 1, 2],
    ].map((axes) => [
      [floats([2, 3, 4])],
      (at, x) => (x as Reader)(axes.map((_, i) => at[axes.indexOf(i)] as number)),
      { axes },
    ]),
  ),
  expand: casesOf(ops.expand, [
    [[floats([3, 1])], (at, x) => (x as Reader)(at), { shape: [2, 3, 4] }],
    [[floats([])], (_, x) => (x as Reader)([]), { shape: [5] }],
  ]),
  slice: casesOf(ops.slice, [[[floats([4, 6])], o.sliceOracle(RANGES), { ranges: RANGES }]]),
  unslice: casesOf(
    ops.unslice,
    [0, -1.5].map((fill) => [[floats([2, 3])], o.unsliceOracle(RANGES, fill), { ranges: RANGES, shape: [4, 6], fill }]),
  ),
  concat: casesOf(ops.concat, [
    [[floats([2, 3]), floats([2, 1]), floats([2, 4])], o.concatOracle(1), { axis: 1 }],
    [[floats([2, 2, 3]), floats([1, 2, 3])], o.concatOracle(0), { axis: 0 }],
    [[floats([2, 0]), floats([2, 3])], o.concatOracle(1), { axis: 1 }],
    [[ids([1, 2]), ids([3])], o.concatOracle(0), { axis: 0 }],
  ]),

  gather: casesOf(ops.gather, [
    [[floats([3, 4]), ids([2, 0, 1, 1, 0, 2, 2, 0], [2, 4])], o.gatherOracle(0), { axis: 0 }],
    [[floats([2, 5]), ids([4, 0, 3, 3, 3, 1], [2, 3])], o.gatherOracle(1), { axis: 1 }],
  ]),
  scatterAdd: casesOf(ops.scatterAdd, [
    [[floats([3, 2]), ids([2, 0, 2, 2, 0, 1], [3, 2]), floats([3, 2], 1, 3)], o.scatterAddOracle(0), { axis: 0 }],
    [[floats([2, 4]), ids([3, 3, 0, 1], [2, 2]), floats([2, 2])], o.scatterAddOracle(1), { axis: 1 }],
  ]),
  embedding: casesOf(ops.embedding, [
    [
      [floats([5, 3]), ids([4, 0, 0, 2], [2, 2])],
      (at, table, index) => (table as Reader)([(index as Reader)(at.slice(0, -1)), at.at(-1) as number]),
      NONE,
    ],
  ]),
  embeddingGradient: casesOf(ops.embeddingGradient, [
    [
      [floats([2, 2, 3]), ids([4, 0, 0, 2], [2, 2])],
      ([row, c], dy, index) =>
        o.total(4, (i) => {
          const at = [Math.floor(i / 2), i % 2];
          return (index as Reader)(at) === row ? (dy as Reader)([...at, c as number]) : 0;
        }),
      { rows: 5 },
    ],
  ]),
  oneHot: casesOf(ops.oneHot, [
    [
      [ids([2, 0, -1, 3], [2, 2])],
      (at, index) => truth((index as Reader)(at.slice(0, -1)) === at.at(-1)),
      { classes: 3 },
    ],
  ]),
};
