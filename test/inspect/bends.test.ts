import { expect, it } from 'vitest';
import { bends } from '../../src/inspect/figures/bends.ts';
import { Random } from '../../src/tensor/random.ts';

type Point = readonly [x: number, y: number];
const options = (tolerance: number) => ({ x: ([x]: Point) => x, y: ([, y]: Point) => y, tolerance });

/** The height at x of the line through points. */
function heightAt(points: readonly Point[], x: number): number {
  const i = points.findIndex(([at]) => at >= x);
  const [b, a] = [points[i] as Point, points[Math.max(0, i - 1)] as Point];
  return a[0] === b[0] ? b[1] : a[1] + ((x - a[0]) / (b[0] - a[0])) * (b[1] - a[1]);
}

it('leaves out no point that is farther from the line than the tolerance, and keeps both ends', () => {
  const random = new Random(5);
  for (const tolerance of [0, 0.05, 0.5]) {
    const points: Point[] = [[0, 0]];
    for (let x = 1; x < 300; x++) points.push([x, (points[x - 1] as Point)[1] + random.uniform() - 0.5]);
    const kept = bends(points, options(tolerance));
    expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
    for (const [x, height] of points)
      expect(Math.abs(heightAt(kept, x) - height)).toBeLessThanOrEqual(tolerance + 1e-12);
    if (tolerance > 0) expect(kept.length).toBeLessThan(points.length);
  }
});

const CORNER: Point[] = [0, 1, 2, 0].map((y, x) => [x, y]);

it.each([
  { points: [], kept: [] },
  { points: CORNER.slice(0, 1), kept: CORNER.slice(0, 1) },
  { points: CORNER.slice(0, 2), kept: CORNER.slice(0, 2) },
  { points: CORNER.slice(0, 3), kept: [CORNER[0], CORNER[2]] },
  { points: CORNER, kept: [CORNER[0], CORNER[2], CORNER[3]] },
])('$points -> $kept', ({ points, kept }) => expect(bends(points, options(0.01))).toEqual(kept));
