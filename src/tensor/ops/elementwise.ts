import type { SimdBuffer, TensorType } from '../devices/device.ts';
import type { Binary as BinaryKernel, KernelsOf, Named } from '../devices/simd/kernels.ts';
import type { SimdMachine } from '../devices/simd/machine.ts';
import { broadcastShapes, broadcastStrides, collapse, sameShape, sizeOf } from '../shape.ts';
import { offsetCode } from './index-code.ts';
import { float32, type Gradient, type NoAttributes, type Op, requireFloat, type Value } from './op.ts';

/** Source of a gpu.js kernel that evaluates `formula` over broadcast operands. */
function broadcastKernelSource(
  names: readonly string[],
  inputs: readonly TensorType[],
  output: TensorType,
  formula: string,
): string {
  const reads = inputs.map((input, i) => {
    const name = names[i] as string;
    const at = offsetCode('this.thread.x', output.shape, broadcastStrides(input.shape, output.shape));
    return `  const ${name} = ${name}s[${at}];`;
  });
  return `function (${names.map((name) => `${name}s`).join(', ')}) {\n${reads.join('\n')}\n  return ${formula};\n}`;
}

/** Calls `visit` with element offsets of each innermost run of a broadcast. */
export function eachRun(
  output: TensorType,
  inputs: readonly TensorType[],
  visit: (outputOffset: number, offsets: readonly number[], length: number, steps: readonly number[]) => void,
): void {
  const flat = collapse(
    output.shape,
    inputs.map((input) => broadcastStrides(input.shape, output.shape)),
  );
  const rank = flat.shape.length;
  const length = flat.shape[rank - 1] as number;
  const steps = flat.strides.map((s) => s[rank - 1] as number);
  const outer = sizeOf(flat.shape) / (length || 1);
  const position = new Array<number>(rank - 1).fill(0);
  const offsets = flat.strides.map(() => 0);
  for (let run = 0; run < outer; run++) {
    visit(run * length, offsets, length, steps);
    for (let axis = rank - 2; axis >= 0; axis--) {
      position[axis] = (position[axis] as number) + 1;
      const wraps = position[axis] === flat.shape[axis];
      for (let i = 0; i < offsets.length; i++) {
        const stride = flat.strides[i]?.[axis] as number;
        offsets[i] = (offsets[i] as number) + (wraps ? -stride * ((flat.shape[axis] as number) - 1) : stride);
      }
      if (!wraps) break;
      position[axis] = 0;
    }
  }
}

function runBinary(run: BinaryKernel, a: SimdBuffer, b: SimdBuffer, y: SimdBuffer): void {
  const whole = (x: SimdBuffer): boolean => x.size === y.size || x.size === 1;
  if (whole(a) && whole(b)) {
    run(a.pointer, b.pointer, y.pointer, y.size, a.size === y.size ? 1 : 0, b.size === y.size ? 1 : 0);
    return;
  }
  eachRun(y, [a, b], (at, offsets, n, steps) => {
    const [aAt, bAt] = offsets as readonly [number, number];
    run(a.pointer + aAt * 4, b.pointer + bAt * 4, y.pointer + at * 4, n, ...(steps as readonly [number, number]));
  });
}

/** A bias or a scale: x [.., columns] with one row [columns], short rows by the thousand. */
function isRowRepeated(x: TensorType, row: TensorType, y: TensorType): boolean {
  return sameShape(x.shape, y.shape) && sizeOf(row.shape) === y.shape.at(-1) && row.shape.at(-1) === y.shape.at(-1);
}

/** A run in plain JavaScript, for formulas that are too rare to deserve a SIMD kernel. */
function scalarRun(machine: SimdMachine, f: (a: number, b: number) => number): BinaryKernel {
  return (a, b, y, n, aStep, bStep) => {
    const floats = machine.floats;
    for (let i = 0; i < n; i++)
      floats[y / 4 + i] = f(floats[a / 4 + i * aStep] as number, floats[b / 4 + i * bStep] as number);
  };
}

/** `formula` is JavaScript over `a` and `b` for gpu.js. */
function binary(
  named: Named<BinaryKernel, (a: number, b: number) => number>,
  definition: string,
  formula: string,
  gradient: Gradient<NoAttributes> | 'none',
): Op {
  const { name, simd } = typeof named === 'string' ? { name: named, simd: null } : named;
  return {
    name,
    definition,
    infer: (inputs) => {
      const [a, b] = requireFloat(name, inputs);
      return float32(broadcastShapes(name, a.shape, b.shape));
    },
    gpu: (inputs, output) => ({
      output: [sizeOf(output.shape)],
      source: broadcastKernelSource(['a', 'b'], inputs, output, formula),
    }),
    simd: (machine, [a, b], output) => {
      const { kernels } = machine;
      if ((name === 'add' || name === 'mul') && isRowRepeated(a, b, output))
        kernels[`${name}Row`](a.pointer, b.pointer, output.pointer, output.size / (b.size || 1), b.size);
      else runBinary(simd ? scalarRun(machine, simd) : kernels[named as KernelsOf<BinaryKernel>], a, b, output);
    },
    gradient,
  };
}

export const add: Op = binary('add', 'a + b', 'a + b', ({ cotangent }) => [cotangent, cotangent]);

export const sub: Op = binary('sub', 'a - b', 'a - b', ({ cotangent, needs }) => [
  cotangent,
  needs[1] ? cotangent.neg() : null,
]);

export const mul: Op = binary('mul', 'a * b', 'a * b', ({ inputs: [a, b], cotangent, needs }) => [
  needs[0] ? cotangent.mul(b) : null,
  needs[1] ? cotangent.mul(a) : null,
]);

export const div: Op = binary('div', 'a / b', 'a / b', ({ inputs: [, b], output, cotangent, needs }) => [
  cotangent.div(b),
  needs[1] ? cotangent.mul(output).div(b).neg() : null, // d(a/b)/db = -(a/b)/b
]);

// GPUs define pow for positive bases only; the sign of a negative base is put back for odd exponents, of which
// there are none from 2^24 on. In torch 1 ^ NaN is 1.
export const pow: Op = binary(
  { name: 'pow', simd: (a, b) => (a === 1 ? 1 : a ** b) },
  'a ^ b',
  'b == 0 ? 1 : (a == 1 ? 1 : (a < 0 ? (b == Math.floor(b) ? Math.pow(-a, b) * (Math.abs(b) < 16777216 ? 1 - 2 * Math.abs(b - 2 * Math.floor(b / 2)) : 1) : (a - a) / (a - a)) : Math.pow(a, b)))',
  ({ inputs: [a, b], output, cotangent, needs }) => [
    needs[0] ? b.equal(0).where(0, cotangent.mul(b).mul(a.pow(b.sub(1)))) : null,
    needs[1] ? cotangent.mul(a.equal(0).where(0, output.mul(a.log()))) : null,
  ],
);

/** On a tie each gets half. */
const larger =
  (of: (a: Value, b: Value) => readonly [larger: Value, smaller: Value]): Gradient<NoAttributes> =>
  ({ inputs: [a, b], cotangent }) => {
    const [high, low] = of(a, b);
    const share = low.less(high).add(a.equal(b).mul(0.5));
    return [cotangent.mul(share), cotangent.mul(share.neg().add(1))];
  };

// The sum is NaN: what is left when no comparison holds.
export const maximum: Op = binary(
  'maximum',
  'the larger of a and b; NaN if either is; on a tie each gets half of the gradient',
  'a > b ? a : (b >= a ? b : a + b)',
  larger((a, b) => [a, b]),
);

export const minimum: Op = binary(
  'minimum',
  'the smaller of a and b; NaN if either is; on a tie each gets half of the gradient',
  'a < b ? a : (b <= a ? b : a + b)',
  larger((a, b) => [b, a]),
);

const comparison = (name: string, definition: string, formula: string, holds: (a: number, b: number) => boolean): Op =>
  binary(
    { name, simd: (a, b) => (holds(a, b) ? 1 : 0) },
    `1 where ${definition}, else 0`,
    `${formula} ? 1 : 0`,
    'none',
  );

export const equal: Op = comparison('equal', 'a = b', 'a == b', (a, b) => a === b);
export const less: Op = comparison('less', 'a < b', 'a < b', (a, b) => a < b);
export const lessEqual: Op = comparison('lessEqual', 'a <= b', 'a <= b', (a, b) => a <= b);

export const where: Op = {
  name: 'where',
  definition: 'condition ? a : b; a condition is true unless it is 0',
  infer: (inputs) => {
    const [condition, a, b] = requireFloat('where', inputs);
    return float32(broadcastShapes('where', broadcastShapes('where', condition.shape, a.shape), b.shape));
  },
  gpu: (inputs, output) => ({
    output: [sizeOf(output.shape)],
    source: broadcastKernelSource(['condition', 'a', 'b'], inputs, output, 'condition != 0 ? a : b'),
  }),
  simd: (machine, inputs, output) => {
    const [condition, a, b] = inputs;
    const { floats } = machine;
    eachRun(output, inputs, (at, offsets, n, steps) => {
      const [c0, a0, b0] = offsets as [number, number, number];
      const [cStep, aStep, bStep] = steps as [number, number, number];
      for (let i = 0; i < n; i++) {
        const holds = floats[condition.pointer / 4 + c0 + i * cStep] !== 0;
        const from = holds ? a.pointer / 4 + a0 + i * aStep : b.pointer / 4 + b0 + i * bStep;
        floats[output.pointer / 4 + at + i] = floats[from] as number;
      }
    });
  },
  gradient: ({ inputs: [condition], cotangent, needs }) => [
    null,
    needs[1] ? condition.where(cotangent, 0) : null,
    needs[2] ? condition.where(0, cotangent) : null,
  ],
};
