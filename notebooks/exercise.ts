// Exercises check themselves: an answer is compared with the right numbers, and the first difference is named.
import type { Tensor } from 'glass-flamingo/tensor';

const TOLERANCE = 1e-4;

/** Prints whether an answer is right and, if not, where it first differs. */
export async function grade(title: string, answer: () => Tensor, expected: Tensor): Promise<void> {
  console.log(await verdict(title, answer, expected));
}

async function verdict(title: string, answer: () => Tensor, expected: Tensor): Promise<string> {
  let given: Tensor;
  try {
    given = answer();
  } catch (error) {
    return `⏳ ${title}: ${error instanceof Error ? error.message : error}`;
  }
  if (given.shape.join() !== expected.shape.join()) {
    return `⏳ ${title}: shape [${given.shape.join(', ')}], expected [${expected.shape.join(', ')}]`;
  }
  const [mine, right] = [await given.data(), await expected.data()];
  const at = right.findIndex((value, i) => !(Math.abs(value - (mine[i] as number)) <= TOLERANCE));
  if (at < 0) return `✅ ${title}`;
  const place = position(at, expected.shape);
  return `⏳ ${title}: at [${place.join(', ')}] it is ${round(mine[at])}, expected ${round(right[at])}`;
}

function position(index: number, shape: readonly number[]): number[] {
  let rest = index;
  const place = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number;
    place[axis] = rest % extent;
    rest = Math.floor(rest / extent);
  }
  return place;
}

function round(value: number | undefined): string {
  return Number(value).toFixed(3);
}
