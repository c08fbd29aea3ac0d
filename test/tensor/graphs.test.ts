import { expect, it } from 'vitest';
import { type Op, openDevice, primitives } from '../../src/tensor/index.ts';
import { problemOf } from '../support/graphs/check.ts';
import { graphOf } from '../support/graphs/generate.ts';
import { checkGraphs } from '../support/graphs/suite.ts';

checkGraphs('simd', 3e-6);
checkGraphs('gpu:cpu', 3e-6);
checkGraphs('gpu:webasm', 3e-6);

it('finds a value and a gradient that are wrong', async () => {
  const device = await openDevice('simd');
  const op = primitives.tanh as { -readonly [key in keyof Op]: Op[key] };
  const { simd, gradient } = op;
  let tried = 0; // as many graphs as it takes, each of which is right before and after
  const firstProblem = async (most: number): Promise<string | null> => {
    for (let seed = 1; seed <= most; seed++) {
      tried = Math.max(tried, seed);
      const problem = await problemOf(device, graphOf(seed), 3e-6);
      if (problem !== null) return problem;
    }
    return null;
  };
  op.gradient = ({ cotangent, output }) => [cotangent.mul(output.mul(output).neg().add(1.001))];
  expect(await firstProblem(300)).toMatch(/the derivative is/);
  op.gradient = gradient;
  op.simd = (machine, inputs, y, attributes) => {
    simd(machine, inputs, y, attributes);
    const last = y.pointer / 4 + y.size - 1;
    if (y.size > 0) machine.floats[last] = (machine.floats[last] as number) * 1.001;
  };
  expect(await firstProblem(300)).toMatch(/\(tanh\): element/);
  op.simd = simd;
  expect(await firstProblem(tried)).toBeNull();
});
