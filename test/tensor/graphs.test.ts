import { expect, it } from 'vitest';
import { type Op, openDevice, primitives } from '../../src/tensor/index.ts';
import { problemOf } from '../support/graphs/check.ts';
import { graphOf } from '../support/graphs/generate.ts';
import { checkGraphs } from '../support/graphs/suite.ts';

checkGraphs('simd', 300, 3e-6);
checkGraphs('gpu:cpu', 300, 3e-6);
checkGraphs('gpu:webasm', 300, 3e-6);

it('finds a value and a gradient that are wrong', async () => {
  const device = await openDevice('simd');
  const op = primitives.tanh as { -readonly [key in keyof Op]: Op[key] };
  const { simd, gradient } = op;
  const problems = async (): Promise<string[]> => {
    const found: string[] = [];
    for (let seed = 1; seed <= 300; seed++) found.push((await problemOf(device, graphOf(seed), 3e-6)) ?? '');
    return found.filter((problem) => problem !== '');
  };
  op.gradient = ({ cotangent, output }) => [cotangent.mul(output.mul(output).neg().add(1.001))];
  expect((await problems())[0]).toMatch(/the derivative is/);
  op.gradient = gradient;
  op.simd = (machine, inputs, y, attributes) => {
    simd(machine, inputs, y, attributes);
    const last = y.pointer / 4 + y.size - 1;
    if (y.size > 0) machine.floats[last] = (machine.floats[last] as number) * 1.001;
  };
  expect((await problems())[0]).toMatch(/\(tanh\): element/);
  op.simd = simd;
  expect(await problems()).toEqual([]);
});
