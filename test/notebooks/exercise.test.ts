import { describe, expect, it } from 'vitest';
import { type Mistake, whatIsWrong } from '../../notebooks/exercise.ts';
import { Random, randn, SimdDevice, type Tensor, tensor, zeros } from '../../src/tensor/index.ts';

const device = new SimdDevice();
const right = randn(device, [3, 3], new Random(1));
const forgotten: Mistake = { when: () => right.add(1), ko: '1을 더했어요.', en: 'It adds 1.' };
const judge = (answer: () => unknown, expected: Tensor = right) =>
  whatIsWrong(answer as () => Tensor, expected, [forgotten]);

describe('an exercise', () => {
  it('takes the right answer, and the right answer with the rounding of another way', async () => {
    expect(await judge(() => right.mul(1))).toBeNull();
    expect(await judge(() => right.add(5e-5))).toBeNull();
    expect(await judge(() => right.add(2e-4))).not.toBeNull();
  });

  it('gives a known mistake its hint in both languages, of whatever shape it is', async () => {
    expect(await judge(() => right.add(1))).toBe('1을 더했어요.\n   It adds 1.');
    const flat: Mistake = { when: () => right.reshape([9]), ko: '줄이에요.', en: 'It is a line.' };
    expect(await whatIsWrong(() => right.reshape([9]), right, [flat])).toBe('줄이에요.\n   It is a line.');
    const none: Mistake = { when: () => right.div(0), ko: '0으로 나눴어요.', en: 'It divides by 0.' };
    expect(await whatIsWrong(() => right.div(0), right, [none])).toBe('0으로 나눴어요.\n   It divides by 0.');
  });

  it.each([
    ['what threw', () => right.matmul(tensor(device, [1, 2])), /matmul/],
    ['what is not a tensor', () => 3, /not a tensor but number/],
    [
      'the wrong axis',
      () => right.slice([[0, 2]]),
      /모양이 달라요\(내 것 \[2, 3\].*Shape \[2, 3\], expected \[3, 3\].*Axis 0 differs/,
    ],
    ['a number that is not finite', () => right.div(0), /\[0, 0\]: -?Infinity.*not finite/],
    ['zeros', () => zeros(device, [3, 3]), /All numbers are 0/],
    ['a constant factor', () => right.mul(Math.sqrt(2)), /1\.414 times/],
    ['a transposed matrix', () => right.transpose(), /last two axes are swapped/],
    ['what is moved by one column', () => rolled(-1), /moved by one along axis -1/],
    ['what is moved by one row', () => rolled(-2), /moved by one along axis -2/],
    [
      'the first difference',
      () => randn(device, [3, 3], new Random(2)),
      /^\[0, 0\]의 값이 달라요\(.*\)\. At \[0, 0\] it is -?\d\.\d{3}, expected/,
    ],
  ])('names %s', async (_, answer, message) => {
    expect(await judge(answer)).toMatch(message);
  });

  it.each([
    ['one number', tensor(device, 2)],
    ['zeros', zeros(device, [2, 2])],
  ])('takes no wrong answer where %s is expected', async (_, expected) => {
    expect(await judge(() => expected.add(0), expected)).toBeNull();
    expect(await judge(() => expected.add(1), expected)).toMatch(/expected/);
  });
});

/** Every row (or column) stands where its neighbour stood. */
function rolled(axis: -1 | -2): Tensor {
  const values = [...(right.dataSync() as Float32Array)];
  const moved = values.map((_, i) => {
    const [r, c] = [Math.floor(i / 3), i % 3];
    return values[axis === -1 ? r * 3 + ((c + 1) % 3) : ((r + 1) % 3) * 3 + c] as number;
  });
  return tensor(device, Float32Array.from(moved), [3, 3]);
}
