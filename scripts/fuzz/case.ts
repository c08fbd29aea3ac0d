import fc from 'fast-check';
import type { Target } from './targets.ts';

/** The case of that index: always the same for a seed. */
export function makeCase(
  targets: readonly Target[],
  seed: number,
  index: number,
): { target: Target; bytes: Uint8Array } {
  const target = targets[index % targets.length] as Target;
  // Seeds of neighbouring cases lie far apart, so that they share no beginning.
  const own = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) | 0;
  const [bytes] = fc.sample(target.cases, { seed: own, numRuns: 1 });
  return { target, bytes: bytes as Uint8Array };
}
