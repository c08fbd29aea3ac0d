import { type Op, Random, type Tensor } from '../../src/tensor/index.ts';
import { binaryOracle, type Oracle, slopeOracle, unaryOracle } from './oracle.ts';

export interface CaseInput {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** One use of an operation, with what it should give in float64. */
export interface OpCase {
  readonly title: string;
  readonly inputs: readonly CaseInput[];
  readonly run: (...inputs: Tensor[]) => Tensor;
  readonly oracle: Oracle;
  /** Which inputs have a gradient to check. */
  readonly differentiable: readonly number[];
  /** Holds NaN or an infinity, of which graphics hardware promises nothing. */
  readonly special: boolean;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Uniform numbers, the same for the same shape and range. */
export function floats(shape: readonly number[], low = -2, high = 2): CaseInput {
  const random = new Random(17).fork(`${shape.join()} ${low} ${high}`);
  const values = Array.from({ length: sizeOf(shape) }, () => Math.fround(low + (high - low) * random.uniform()));
  return { shape, values, dtype: 'float32' };
}
export const given = (values: readonly number[], shape: readonly number[] = [values.length]): CaseInput => ({
  shape,
  values: values.map(Math.fround),
  dtype: 'float32',
});
export const ids = (values: readonly number[], shape: readonly number[] = [values.length]): CaseInput => ({
  shape,
  values,
  dtype: 'int32',
});
type Case = readonly [inputs: readonly CaseInput[], oracle: Oracle];

/** `constants`: inputs that are switches, such as masks, along which nothing varies smoothly. */
export function casesOf<A>(
  op: Op<A>,
  cases: readonly (readonly [...Case, attributes: A])[],
  constants: readonly number[] = [],
): OpCase[] {
  return cases.map(([inputs, oracle, attributes]) => ({
    title: `${inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' x ')} ${JSON.stringify(attributes)}`,
    inputs,
    oracle,
    run: (first, ...others) => (first as Tensor).apply(op, others, attributes),
    differentiable: inputs.flatMap(({ dtype }, i) =>
      op.gradient === 'none' || dtype === 'int32' || constants.includes(i) ? [] : [i],
    ),
    special: inputs.some(({ values }) => values.some((value) => !Number.isFinite(value))),
  }));
}

export const NONE: Record<string, never> = {};
const SPECIAL = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1, -1];

export function unary(op: Op, f: (x: number) => number, low = -3, high = 3, special = true): OpCase[] {
  const oracle = unaryOracle(f);
  const rows = [floats([3, 5], low, high), floats([], low, high), floats([2, 0], low, high), floats([131], low, high)];
  const inputs = special ? [...rows, given(SPECIAL)] : rows;
  return casesOf(
    op,
    inputs.map((x) => [[x], oracle, NONE] as const),
  );
}

export function slope(op: Op, f: (x: number) => number): OpCase[] {
  return casesOf(op, [[[floats([7, 9], -4, 4), floats([7, 9], -1, 1)], slopeOracle(f), NONE]]);
}

export function binary(op: Op, f: (a: number, b: number) => number, low = -2, high = 2, ties = true): OpCase[] {
  const oracle = binaryOracle(f);
  const shapes: [number[], number[]][] = [
    [
      [2, 3],
      [2, 3],
    ],
    [
      [4, 1, 3],
      [2, 1],
    ],
    [[5], []],
    [[], []],
    [[0, 3], [3]],
    [
      [3, 7, 2],
      [7, 1],
    ],
  ];
  const grid = SPECIAL.flatMap((a) => SPECIAL.map((b) => [a, b] as const));
  const pairs = shapes.map(([a, b]) => [floats(a, low, high), floats(b, low + 0.1, high + 0.1)] as const);
  const extra = ties ? [[given(grid.map(([a]) => a)), given(grid.map(([, b]) => b))] as const] : [];
  return casesOf(
    op,
    [...pairs, ...extra].map((inputs) => [inputs, oracle, NONE] as const),
  );
}
