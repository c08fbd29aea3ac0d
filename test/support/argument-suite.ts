import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  alibi,
  backward,
  causalMask,
  concat,
  crossEntropy,
  type Device,
  full,
  GlassFlamingoError,
  indexAdd,
  indexSelect,
  interpolateLinear,
  l2Normalise,
  openDevice,
  patchEmbedding,
  primitives,
  Random,
  randn,
  range,
  repeatInterleave,
  rotary,
  scope,
  split,
  stack,
  Tensor,
  tensor,
  tile,
  tril,
  zeros,
} from '../../src/tensor/index.ts';

interface Given {
  readonly device: Device;
  /** [2, 3]: 1 to 6. */
  readonly x: Tensor;
  readonly scalar: Tensor;
  /** int32 [2]: 0, 5, of which the second is outside of axes of 2 or 3. */
  readonly ids: Tensor;
}

/** Numbers that are no size, count or position. */
const NO_COUNTS = [0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, '2' as never];
const NO_WHOLE = [0.5, Number.NaN, Number.POSITIVE_INFINITY, '2' as never];

const each = (
  title: string,
  values: readonly number[],
  run: (given: Given, value: number) => unknown,
): [string, (given: Given) => unknown][] =>
  values.map((value) => [`${title} ${typeof value === 'string' ? `'${value}'` : value}`, (given) => run(given, value)]);

const outside = (axis: number) => (given: Given) => [
  () => given.scalar.sum(axis),
  () => given.scalar.max(axis),
  () => given.scalar.min(axis),
  () => given.scalar.mean(axis),
  () => given.scalar.variance(axis),
  () => given.scalar.logSumExp(axis),
  () => given.scalar.argmax(axis),
  () => given.scalar.cumsum(axis),
  () => given.scalar.softmax(axis),
  () => given.scalar.logSoftmax(axis),
  () => given.scalar.flip([axis]),
  () => concat([given.scalar], axis),
  () => concat([given.scalar, given.scalar], axis),
  () => split(given.scalar, [1], axis),
  () => repeatInterleave(given.scalar, axis, 2),
  () => indexSelect(given.scalar, given.ids, axis),
];

/** Each is refused with an error of this library, when it is called or when its result is read. */
const WRONG: [string, (given: Given) => unknown][] = [
  ...[0, -1].flatMap((axis) =>
    outside(axis)({} as Given).map((_, i): [string, (given: Given) => unknown] => [
      `axis ${axis} of a scalar, ${i}`,
      (given) => (outside(axis)(given)[i] as () => unknown)(),
    ]),
  ),
  ...each('sum over axis', [2, -3, ...NO_WHOLE], ({ x }, value) => x.sum(value)),
  ...[Symbol.iterator, 1n, {}, Object.create(null)].map((axis): [string, (given: Given) => unknown] => [
    `an axis that is of type ${typeof axis}`,
    ({ x }) => x.sum(axis as never),
  ]),
  ['sum over an axis twice', ({ x }) => x.sum([0, -2])],
  ['transpose of a scalar', ({ scalar }) => scalar.transpose()],
  ['permute with an axis twice', ({ x }) => x.permute([0, 0])],
  ...each('slice from', NO_WHOLE, ({ x }, value) => x.slice([[value, 2]])),
  ...each('slice to', NO_WHOLE, ({ x }, value) => x.slice([[0, value]])),
  ...each('slice by', [0, ...NO_WHOLE], ({ x }, value) => x.slice([[0, 2, value]])),
  ['slice of more axes', ({ x }) => x.slice([[0], [0], [0]])],
  [
    'a slice beyond the end',
    ({ x }) => x.apply(primitives.slice, [], { ranges: [1, 2].map(() => ({ start: 1, count: 4, step: 1 })) }),
  ],
  ...each(
    'reshape to',
    NO_COUNTS.filter((value) => value !== -1),
    ({ x }, value) => x.reshape([value, 2]),
  ),
  ['reshape to [-2, -3]', ({ x }) => x.reshape([-2, -3])],
  ['reshape to [-1, -1]', ({ x }) => x.reshape([-1, -1])],
  ['reshape to [-1, 4]', ({ x }) => x.reshape([-1, 4])],
  ['reshape of nothing to [-1, 0]', ({ device }) => zeros(device, [0]).reshape([-1, 0])],
  ...each('expand to', NO_COUNTS, ({ scalar }, value) => scalar.expand([value])),
  ...each('pad by', NO_COUNTS, ({ x }, value) =>
    x.pad([
      [0, 0],
      [value, 1],
    ]),
  ),
  ['pad of one axis', ({ x }) => x.pad([[1, 1]])],
  ...each('tile', NO_COUNTS, ({ x }, value) => tile(x, [1, value])),
  ...each('repeatInterleave', NO_COUNTS, ({ x }, value) => repeatInterleave(x, 0, value)),
  ...each('split', NO_COUNTS, ({ x }, value) => split(x, [value, 2 - value], 0)),
  ...each('topK', [0, 4, ...NO_COUNTS], ({ x }, value) => x.topK(value).indices),
  ...each('oneHot', NO_COUNTS, ({ ids }, value) => ids.oneHot(value)),
  ...each('range to', NO_WHOLE, ({ device }, value) => range(device, 0, value)),
  ...each('range by', [0, ...NO_WHOLE], ({ device }, value) => range(device, 0, 4, value)),
  ...each('range from', NO_WHOLE, ({ device }, value) => range(device, value, 4)),
  ...each('full', NO_COUNTS, ({ device }, value) => full(device, [value], 1)),
  ...each('tensor', NO_COUNTS, ({ device }, value) => tensor(device, [], [value, 0])),
  ...each('randn', NO_COUNTS, ({ device }, value) => randn(device, [value], new Random(1))),
  ...each('randn with deviation', [-1, Number.NaN], ({ device }, value) => randn(device, [2], new Random(1), value)),
  ...each('causalMask', NO_COUNTS, ({ device }, value) => causalMask(device, value, 2)),
  ...each('tril', NO_WHOLE, ({ x }, value) => tril(x, value)),
  ['tril of a row', ({ device }) => tril(tensor(device, [1, 2]))],
  ...each('interpolateLinear', NO_COUNTS, ({ x }, value) => interpolateLinear(x, value)),
  ...each('layerNorm with eps', [-1, Number.NaN], ({ x }, value) => x.layerNorm(null, null, value)),
  ...each('rmsNorm with eps', [-1, Number.NaN], ({ x }, value) => x.rmsNorm(null, value)),
  ...each('l2Normalise with eps', [-1, Number.NaN], ({ x }, value) => l2Normalise(x, value)),
  ...each('alibi heads', [0, ...NO_COUNTS], ({ device }, value) => alibi(device, value, 3)),
  ...each('rotary dims', NO_COUNTS, ({ x }, value) => rotary(x, [0, 1], { dims: value })),
  ['alibi of more heads than memory holds', ({ device }) => alibi(device, 2 ** 31, 3)],
  ['alibi of more keys than memory holds', ({ device }) => alibi(device, 8, 2 ** 31)],
  ['rotary of more dims than memory holds', ({ x }) => rotary(x, [0, 1], { dims: 2 ** 32 })],
  ['interpolateLinear to more than memory holds', ({ x }) => interpolateLinear(x, 2 ** 31)],
  ['rotary positions', ({ x }) => rotary(x, [0, Number.NaN], {})],
  ['patches of three axes', ({ x, device }) => patchEmbedding(x.reshape([1, 2, 3]), zeros(device, [1, 1, 1, 1]))],
  ['patches without pixels', ({ device }) => patchEmbedding(zeros(device, [1, 1, 2, 2]), zeros(device, [1, 1, 0, 1]))],
  [
    'patches of other channels',
    ({ device }) => patchEmbedding(zeros(device, [1, 2, 2, 2]), zeros(device, [1, 1, 2, 4])),
  ],

  ['concat of nothing', () => concat([])],
  ['concat of two ranks', ({ x, scalar }) => concat([x, scalar])],
  ['stack of two shapes', ({ x, scalar }) => stack([x, scalar])],
  ['argmax of nothing', ({ device }) => zeros(device, [0]).argmax()],
  ['argmax along an empty axis', ({ device }) => zeros(device, [2, 0]).argmax(1)],
  ['max of nothing', ({ device }) => zeros(device, [0]).max()],
  ['max along an empty axis', ({ device }) => zeros(device, [2, 0]).max(1)],
  ['topK of nothing', ({ device }) => zeros(device, [2, 0]).topK(1).values],

  ['a BigInt64Array', ({ device }) => tensor(device, BigInt64Array.of(1n) as never)],
  ['a DataView', ({ device }) => tensor(device, new DataView(new ArrayBuffer(8)) as never)],
  ['a text', ({ device }) => tensor(device, 'abc' as never)],
  ['undefined', ({ device }) => tensor(device, undefined as never)],
  ['null among numbers', ({ device }) => tensor(device, [1, null] as never)],
  ['typed arrays as rows', ({ device }) => tensor(device, [Float32Array.of(1)] as never)],
  ['rows of two lengths', ({ device }) => tensor(device, [[1], [1, 2]])],
  ['fewer values than the shape', ({ x }) => x.like(Float32Array.of(1), [2])],
  ['more values than the shape', ({ device }) => tensor(device, [1, 2, 3], [2])],
  ...each('int32', [0.5, Number.NaN, 2 ** 31, -(2 ** 31) - 1], ({ device }, value) =>
    tensor(device, [value], [1], 'int32'),
  ),

  ['gather beyond the axis', ({ x, ids }) => x.gather(ids.reshape([2, 1]), 1)],
  ['gather by a computed index', ({ x, device }) => x.gather(tensor(device, [[3], [0]]).toInt(), 1)],
  ['gather by a negative index', ({ x, device }) => x.gather(tensor(device, [[-1], [0]], [2, 1], 'int32'), 1)],
  ['gather by floats', ({ x }) => x.gather(x, 0)],
  ['scatterAdd beyond the axis', ({ x, ids, device }) => x.scatterAdd(ids.reshape([2, 1]), zeros(device, [2, 1]), 1)],
  ['scatterAdd of another shape', ({ x, ids, device }) => x.scatterAdd(ids.reshape([2, 1]), zeros(device, [2, 3]), 1)],
  ['embedding beyond the table', ({ x, ids }) => x.embedding(ids)],
  ['embedding by a sliced index', ({ x, ids }) => x.embedding(ids.slice([[1, 2]]))],
  ['embedding by floats', ({ x, scalar }) => x.embedding(scalar)],
  ['embedding in three axes', ({ x, ids }) => x.reshape([1, 2, 3]).embedding(ids)],
  ['indexSelect beyond the axis', ({ x, ids }) => indexSelect(x, ids, 1)],
  ['indexSelect by two axes', ({ x, ids }) => indexSelect(x, ids.reshape([1, 2]))],
  ['indexAdd beyond the axis', ({ x, ids }) => indexAdd(x, ids, x)],
  ['indexAdd of another width', ({ x, ids, device }) => indexAdd(x, ids, zeros(device, [2, 2]))],
  ['a target that is not a class', ({ x, ids }) => crossEntropy(x, ids)],
  [
    'the gradient of one',
    ({ x, ids, device }) => x.apply(primitives.crossEntropyGradient, [ids, zeros(device, [2])], { ignoreIndex: -100 }),
  ],
  ['targets as floats', ({ x }) => crossEntropy(x, x.sum(1))],
  ['a gradient of another shape', ({ x, scalar }) => x.apply(primitives.siluGradient, [scalar], {})],
  ['a product with a vector', ({ x, device }) => x.matmul(tensor(device, [1, 2, 3]))],
  ['a product of unlike matrices', ({ x }) => x.matmul(x)],
  ['arithmetic with integers', ({ ids }) => ids.add(1)],
  ['two devices', ({ x }) => x.add(other)],
  ['assign from another device', ({ x, device }) => zeros(device, x.shape).assign(other)],
  ['assign of another shape', ({ x, scalar }) => x.assign(scalar)],
  [
    'backward after assign',
    ({ device }) => {
      const w = tensor(device, [2, 3]);
      const loss = w.mul(w).sum();
      w.assign(tensor(device, [5, 5]));
      return backward(loss, [w]).get(w);
    },
  ],
];

let other: Tensor;

/** What every device refuses in the same way, and the right values of what it must not refuse. */
export function checkArguments(name: string): void {
  describe(`arguments on ${name}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await openDevice(name);
      other = zeros(await openDevice('simd'), [2, 3]);
    });
    afterAll(() => (device as Partial<{ destroy(): Promise<void> }>).destroy?.());

    const values = async (make: (device: Device) => Tensor): Promise<number[]> => {
      const y = scope(device, () => make(device));
      const read = [...(await y.data())];
      y.dispose();
      return read;
    };

    it.each(WRONG)('refuses %s', async (_, run) => {
      device.openScope();
      try {
        const given = {
          device,
          x: tensor(device, [
            [1, 2, 3],
            [4, 5, 6],
          ]),
          scalar: tensor(device, 7),
          ids: tensor(device, Int32Array.of(0, 5)),
        };
        const attempt = async (): Promise<unknown> => {
          const result = run(given);
          return result instanceof Tensor ? await result.data() : result;
        };
        const outcome = await attempt().catch((error: unknown) => error);
        expect(outcome).toBeInstanceOf(GlassFlamingoError);
        expect(String(outcome)).not.toContain('failed on');
      } finally {
        device.closeScope(new Set());
      }
    });

    it.each([
      Float64Array.of(1.5, -2),
      Int8Array.of(1, -2),
      Uint8Array.of(1, 200),
      Uint8ClampedArray.of(1, 200),
      Int16Array.of(1, -300),
      Uint16Array.of(1, 60000),
      Uint32Array.of(1, 100000),
    ])('converts %o', async (array) => {
      expect(await values((d) => tensor(d, array))).toEqual([...array]);
      if (!(array instanceof Float64Array))
        expect(await values((d) => tensor(d, array, [2], 'int32').toFloat())).toEqual([...array]);
    });

    it('takes any one element of a tensor, and its gradient', async () => {
      for (const at of [0, 1, 5]) {
        expect(await values((d) => range(d, 10, 16).slice([[at, at + 1]]))).toEqual([10 + at]);
        const slope = await values((d) => {
          const x = tensor(d, [1, 2, 3, 4, 5, 6]);
          return backward(x.slice([[at, at + 1]]).sum(), [x]).get(x) as Tensor;
        });
        expect(slope).toEqual(slope.map((_, i) => (i === at ? 1 : 0)));
      }
    });

    it('uploads after integers became floats', async () => {
      expect(await values((d) => tensor(d, [1.5, -2.5, 3]).toInt().toFloat())).toEqual([1, -2, 3]);
      expect(
        await values((d) =>
          tensor(d, [
            [1, 2],
            [3, 1],
            [0, 1],
          ])
            .argmax()
            .toFloat(),
        ),
      ).toEqual([1, 0, 1]);
      expect(await values((d) => tensor(d, [4, 5, 6]))).toEqual([4, 5, 6]);
    });

    it('takes integers beyond 2^24 as they are, or not at all', async () => {
      const ids = Int32Array.of(2 ** 24 + 1, 5);
      const read = await Promise.resolve()
        .then(() => tensor(device, ids).data())
        .catch((error: unknown) => error);
      if (name === 'simd') expect(read).toEqual(ids);
      else expect(String(read)).toContain('16777217');
    });

    it('cuts floats beyond int32', async () => {
      expect(await values((d) => tensor(d, [3e9, -3e9, 1e30, 7.9]).toInt())).toEqual([
        2147483520, -2147483648, 2147483520, 7,
      ]);
    });

    it('gives 0 for products over nothing, and gradients of their shapes', async () => {
      const shapes = [
        [
          [3, 0],
          [0, 2],
        ],
        [
          [2, 3, 0],
          [0, 2],
        ],
        [
          [2, 3, 0],
          [2, 0, 2],
        ],
        [
          [0, 3],
          [3, 2],
        ],
        [
          [2, 0, 3],
          [3, 2],
        ],
      ] as const;
      for (const [a, b] of shapes) {
        device.openScope();
        const [left, right] = [zeros(device, a), zeros(device, b)];
        const y = left.matmul(right);
        expect([...(await y.data())]).toEqual(new Array(y.size).fill(0));
        const gradients = backward(y.sum(), [left, right]);
        for (const x of [left, right]) {
          expect(gradients.get(x)?.shape).toEqual(x.shape);
          expect([...((await gradients.get(x)?.data()) ?? [1])]).toEqual(new Array(x.size).fill(0));
        }
        device.closeScope(new Set());
      }
    });

    it('normalises a row of zeros with a gradient that is a number', async () => {
      const slope = await values((d) => {
        const x = tensor(d, [
          [0, 0],
          [3, 4],
        ]);
        return backward(
          l2Normalise(x, 0.5)
            .mul(tensor(d, [1, 2]))
            .sum(),
          [x],
        ).get(x) as Tensor;
      });
      const expected = [2, 4, -0.064, 0.048];
      for (const [i, value] of expected.entries()) expect(slope[i]).toBeCloseTo(value, 5);
    });

    it('is exact for large logits', async () => {
      const logits = [
        [10000, 10001, 9999],
        [-50000, -50000.5, -50003],
      ];
      const losses = await values((d) =>
        crossEntropy(tensor(d, logits), tensor(d, Int32Array.of(0, 1)), { reduction: 'none' }),
      );
      expect(losses[0]).toBeCloseTo(Math.log(1 + Math.E + Math.exp(-1)), 5);
      expect(losses[1]).toBeCloseTo(Math.log(Math.exp(0.5) + 1 + Math.exp(-2.5)), 5);
      const slope = await values((d) => {
        const x = tensor(d, logits);
        return backward(crossEntropy(x, tensor(d, Int32Array.of(0, 1)), { reduction: 'sum' }), [x]).get(x) as Tensor;
      });
      const softmax = logits.flatMap((row) => {
        const powers = row.map((x) => Math.exp(x - (row[0] as number)));
        const total = powers.reduce((a, b) => a + b, 0);
        return powers.map((power) => power / total);
      });
      for (const [i, p] of softmax.entries()) expect(slope[i]).toBeCloseTo(p - (i === 0 || i === 4 ? 1 : 0), 6);
    });

    it('lets an optimiser go on: assign, forward, backward, assign', async () => {
      const w = tensor(device, [2, 3]);
      for (let step = 0; step < 2; step++)
        scope(device, () => {
          const slope = backward(w.mul(w).sum(), [w]).get(w) as Tensor;
          w.assign(w.sub(slope.mul(0.25)));
        });
      expect([...(await w.data())]).toEqual([0.5, 0.75]);
      // A sum needs no values of its operands: this gradient is right whatever was assigned since.
      const y = w.add(1).sum();
      w.assign(tensor(device, [9, 9]));
      expect([...((await backward(y, [w]).get(w)?.data()) ?? [])]).toEqual([1, 1]);
    });
  });
}
