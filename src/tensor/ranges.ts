import { ArgumentError, requireArray, requireWhole, ShapeError } from './errors.ts';
import type { SliceRange } from './ops/op.ts';
import type { Shape } from './shape.ts';

/** Python's slice rule: negative counts from the end, null is the default, out of range is cut. */
export function resolveRanges(
  ranges: readonly SliceRange[],
  shape: Shape,
): { start: number; count: number; step: number }[] {
  requireArray('slice', 'the list of ranges', ranges);
  for (const range of ranges) requireArray('slice', 'a range', range);
  if (ranges.length > shape.length) throw new ShapeError('slice', `${ranges.length} ranges are too many`, shape);
  return shape.map((extent, axis) => {
    const [from = null, to = null, by = null] = ranges[axis] ?? [null];
    const step = by ?? 1;
    if (!Number.isInteger(step) || step === 0)
      throw new ArgumentError('slice', `step ${step} of axis ${axis}, expected a whole number that is not 0`);
    for (const bound of [from, to])
      if (bound !== null) requireWhole('slice', `a bound of axis ${axis}`, bound, Number.MIN_SAFE_INTEGER);
    const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
    const bound = (value: number | null, fallback: number): number =>
      value === null ? fallback : Math.min(Math.max(value < 0 ? value + extent : value, low), high);
    const start = bound(from, step > 0 ? 0 : extent - 1);
    const end = bound(to, step > 0 ? extent : -1);
    return { start, count: Math.max(0, Math.ceil((end - start) / step)), step };
  });
}
