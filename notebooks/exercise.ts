// Exercises check themselves: an answer is compared with the right numbers; a mistake that is known gets its hint.
import { Tensor } from 'glass-flamingo/tensor';

const TOLERANCE = 1e-4;

/** The line that helps out of a mistake. */
interface Hint {
  readonly ko: string;
  readonly en: string;
}

/** What a typical wrong answer gives, computed from the same inputs, and the line that helps out of it. */
export interface Mistake extends Hint {
  readonly when: () => Tensor | Promise<Tensor>;
}

/** A function to write, and functions that people have written in its place. */
export interface Exercise<F> {
  /** The tap whose values are the right ones, or what else is computed. */
  readonly title: string;
  /** What a function gives for this exercise's inputs. */
  readonly apply: (answer: F) => Tensor | Promise<Tensor>;
  readonly expected: Tensor;
  readonly answer: F;
  readonly mistakes: readonly (Hint & { readonly answer: F })[];
}

/** Prints whether a function is what the exercise asks for; gives whether it is. */
export function check<F>(exercise: Exercise<F>, mine: F): Promise<boolean> {
  return grade(exercise.title, () => exercise.apply(mine), exercise.expected, mistakesOf(exercise));
}

export function mistakesOf<F>({ apply, mistakes }: Exercise<F>): Mistake[] {
  return mistakes.map(({ answer, ko, en }) => ({ when: () => apply(answer), ko, en }));
}

/** Closes a notebook: checks its exercises once more, one after another, and says how many are right. */
export async function score(checks: readonly (() => Promise<boolean>)[]): Promise<void> {
  let right = 0;
  for (const again of checks) right += Number(await again());
  console.log(`${right} / ${checks.length}`);
}

/** Prints whether an answer is right and, if not, what is wrong with it; gives whether it is right. */
export async function grade(
  title: string,
  answer: () => Tensor | Promise<Tensor>,
  expected: Tensor,
  mistakes: readonly Mistake[] = [],
): Promise<boolean> {
  const wrong = await whatIsWrong(answer, expected, mistakes);
  console.log(wrong === null ? `✅ ${title}` : `⏳ ${title}: ${wrong}`);
  return wrong === null;
}

/**
 * Null for a right answer. Otherwise the first that holds: it threw, is no tensor, has another shape, has numbers that are
 * not finite, is a known mistake, is wrong in a way that can be named, or just where it first differs.
 */
export async function whatIsWrong(
  answer: () => Tensor | Promise<Tensor>,
  expected: Tensor,
  mistakes: readonly Mistake[] = [],
): Promise<string | null> {
  let given: Tensor;
  try {
    given = await answer();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return `답이 오류를 냈어요. The answer threw an error: ${message}`;
  }
  if (!(given instanceof Tensor)) return `텐서가 아니에요. The answer is not a tensor but ${typeof given}.`;
  const [mine, right] = [await given.data(), await expected.data()];
  const sameShape = given.shape.join() === expected.shape.join();
  if (sameShape && equal(mine, right)) return null;
  for (const { when, ko, en } of mistakes) {
    const known = await when();
    if (known.shape.join() === given.shape.join() && equal(mine, await known.data())) return `${ko}\n   ${en}`;
  }
  if (!sameShape) return wrongShape(given.shape, expected.shape);
  return notFinite(mine, given.shape) ?? pattern(mine, right, expected.shape) ?? firstDifference(mine, right, expected);
}

type Numbers = ArrayLike<number>;

const equal = (mine: Numbers, right: Numbers): boolean =>
  mine.length === right.length && Array.from(right).every((value, i) => close(mine[i] as number, value));

/** A wrong answer's NaN equals nothing, that of a known mistake equals itself. */
const close = (a: number, b: number): boolean => Object.is(a, b) || Math.abs(a - b) <= TOLERANCE;

function wrongShape(mine: readonly number[], right: readonly number[]): string {
  const say = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  const axis = mine.length === right.length ? right.findIndex((extent, i) => extent !== mine[i]) : -1;
  const where = axis < 0 ? '' : ` ${axis}번 축이 달라요. Axis ${axis} differs.`;
  return `모양이 달라요(내 것 ${say(mine)}, 정답 ${say(right)}). Shape ${say(mine)}, expected ${say(right)}.${where}`;
}

function notFinite(mine: Numbers, shape: readonly number[]): string | null {
  const at = Array.from(mine).findIndex((value) => !Number.isFinite(value));
  return at < 0 ? null : `[${place(at, shape)}]: ${mine[at]}. 유한한 수가 아니에요. The number is not finite.`;
}

/** Wrong in a way that says where to look. */
function pattern(mine: Numbers, right: Numbers, shape: readonly number[]): string | null {
  const values = Array.from(right);
  if (values.length < 2) return null;
  if (Array.from(mine).every((value) => value === 0)) return '모두 0이에요. All numbers are 0.';
  const factor = constantFactor(mine, values);
  if (factor !== null) return `정답의 ${round(factor)}배예요. It is ${round(factor)} times the right answer.`;
  const [rows, columns] = shape.slice(-2) as [number, number];
  if (
    shape.length > 1 &&
    rows === columns &&
    equal(
      mine,
      rearranged(values, rows, columns, (r, c) => [c, r]),
    )
  )
    return '마지막 두 축이 바뀌었어요. The last two axes are swapped.';
  for (const axis of [-1, -2].slice(0, shape.length)) {
    const [height, width] = shape.length > 1 ? [rows, columns] : [1, values.length];
    for (const by of [1, -1]) {
      const moved = rearranged(values, height, width, (r, c) =>
        axis === -1 ? [r, (c + by + width) % width] : [(r + by + height) % height, c],
      );
      if (equal(mine, moved)) return `축 ${axis}에서 한 칸 밀렸어요. It is moved by one along axis ${axis}.`;
    }
  }
  return null;
}

/** k when mine = k right everywhere, for a k that is not 1. */
function constantFactor(mine: Numbers, right: readonly number[]): number | null {
  const largest = right.reduce((best, value, i) => (Math.abs(value) > Math.abs(right[best] as number) ? i : best), 0);
  const factor = (mine[largest] as number) / (right[largest] as number);
  if (!Number.isFinite(factor) || factor === 0) return null;
  return right.every((value, i) => Math.abs((mine[i] as number) - factor * value) <= TOLERANCE) ? factor : null;
}

/** Every matrix of the last two axes, with cell [r, c] taken from `from(r, c)`. */
function rearranged(
  values: readonly number[],
  rows: number,
  columns: number,
  from: (r: number, c: number) => readonly [number, number],
): number[] {
  return values.map((_, i) => {
    const matrix = i - (i % (rows * columns));
    const [r, c] = from(Math.floor((i - matrix) / columns), i % columns);
    return values[matrix + r * columns + c] as number;
  });
}

function firstDifference(mine: Numbers, right: Numbers, { shape }: Tensor): string {
  const at = Array.from(right).findIndex((value, i) => !close(mine[i] as number, value));
  const [cell, given, wanted] = [place(at, shape), round(mine[at] as number), round(right[at] as number)];
  const [ko, en] = cell === '' ? ['값이', 'It'] : [`[${cell}]의 값이`, `At [${cell}] it`];
  return `${ko} 달라요(내 값 ${given}, 정답 ${wanted}). ${en} is ${given}, expected ${wanted}.`;
}

function place(index: number, shape: readonly number[]): string {
  let rest = index;
  return shape
    .toReversed()
    .map((extent) => {
      const at = rest % extent;
      rest = Math.floor(rest / extent);
      return at;
    })
    .toReversed()
    .join(', ');
}

const round = (value: number): string => value.toFixed(3);
