import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backward, type Device, openDevice, scope, type Tensor, tensor } from '../../src/tensor/index.ts';
import type { OpCase } from './op-case.ts';
import { opCases } from './op-cases.ts';
import { evaluate, type Reader, reader } from './oracle.ts';

export interface Tolerances {
  /** Of the largest absolute value that is expected. */
  readonly value: number;
  readonly gradient: number;
  /** Operations that may answer NaN with a number: graphics hardware promises nothing. */
  readonly losesNaN: readonly string[];
}

/** How many elements of each input get a difference quotient. */
const SAMPLES = 6;

function expectClose(got: ArrayLike<number>, want: readonly number[], tolerance: number, what: string): void {
  const scale = Math.max(1e-2, ...want.map((value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
  expect(got.length, what).toBe(want.length);
  want.forEach((wanted, i) => {
    const found = got[i] as number;
    const equal = found === wanted || (Number.isNaN(found) && Number.isNaN(wanted));
    if (!equal && !(Math.abs(found - wanted) <= tolerance * scale)) {
      expect.fail(`${what}: element ${i} is ${found}, expected ${wanted} within ${tolerance * scale}`);
    }
  });
}

const weightsFor = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => ((i * 7) % 5) / 4 - 0.4);

/** d (sum of oracle * weights) / d input[at], by central differences in float64. */
function slopeOf(given: OpCase, shape: readonly number[], input: number, at: number): number {
  const h = 1e-4;
  const lossAt = (step: number): number => {
    const readers: Reader[] = given.inputs.map(({ values, shape: own }, i) =>
      reader(i === input ? values.map((value, j) => (j === at ? value + step : value)) : values, own),
    );
    const weights = weightsFor(shape.reduce((a, b) => a * b, 1));
    return evaluate(given.oracle, shape, readers).reduce((sum, y, i) => sum + y * (weights[i] as number), 0);
  };
  return (lossAt(h) - lossAt(-h)) / (2 * h);
}

async function checkGradients(device: Device, given: OpCase, tolerance: number): Promise<void> {
  const inputs = tensorsOf(device, given);
  const targets = given.differentiable.map((i) => inputs[i] as Tensor);
  const y = given.run(...inputs);
  const weights = tensor(device, weightsFor(y.size), y.shape);
  const gradients = backward(y.mul(weights).sum(), targets);
  for (const [k, target] of targets.entries()) {
    const input = given.differentiable[k] as number;
    const got = await (gradients.get(target) as Tensor).data();
    const step = Math.max(1, Math.floor(target.size / SAMPLES));
    const sampled = Array.from({ length: Math.ceil(target.size / step) }, (_, i) => i * step);
    const want = sampled.map((at) => slopeOf(given, y.shape, input, at));
    expectClose(
      sampled.map((at) => got[at] as number),
      want,
      tolerance,
      `gradient of input ${input}`,
    );
  }
}

const tensorsOf = (device: Device, given: OpCase): Tensor[] =>
  given.inputs.map(({ values, shape, dtype }) => {
    return tensor(device, dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values), shape);
  });

/** Every case of every primitive on a device, results and gradients, against float64. */
export function checkEveryPrimitive(name: string, tolerances: Tolerances): void {
  describe(`every primitive on ${name}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await openDevice(name);
    });
    afterAll(() => (device as Partial<{ destroy(): Promise<void> }>).destroy?.());

    describe.each(Object.entries(opCases))('%s', (operation, cases) => {
      it.each(cases.filter(({ special }) => !(special && tolerances.losesNaN.includes(operation))))(
        '$title',
        async (given) => {
          device.openScope();
          try {
            const y = given.run(...tensorsOf(device, given));
            const readers = given.inputs.map(({ values, shape }) => reader(values, shape));
            expectClose(await y.data(), evaluate(given.oracle, y.shape, readers), tolerances.value, 'result');
            if (given.differentiable.length > 0 && !given.special)
              await checkGradients(device, given, tolerances.gradient);
          } finally {
            device.closeScope(new Set());
          }
        },
      );
    });

    it('gives everything back', async () => {
      const before = [device.liveTensors, device.liveBytes];
      for (const given of Object.values(opCases).flat())
        scope(device, () => void given.run(...tensorsOf(device, given)));
      await scope(device, () => [tensor(device, [1])])[0]?.dispose();
      expect([device.liveTensors, device.liveBytes]).toEqual(before);
    });
  });
}
