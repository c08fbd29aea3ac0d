/** How a cost grows, in numbers. */

import type { Size, TaskName } from './model.ts';

export interface Point {
  readonly at: number;
  /** Processor time, of threads wall time. */
  readonly milliseconds: number;
  /** Floating-point operations. */
  readonly flops: number;
  readonly bytes: number;
}

export interface Curve {
  readonly axis: keyof Size | 'threads';
  readonly task: TaskName;
  readonly points: readonly Point[];
}

/** What may be said of a curve from one of its points on to the last. */
export interface Growth {
  readonly from: number;
  readonly to: number;
  readonly time: number;
  readonly arithmetic: number;
  readonly memory: number;
}

/** The slope of the least-squares line through the logarithms of some points. */
export function exponent(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (i: 0 | 1): number => logs.reduce((sum, pair) => sum + pair[i], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

/** Over the upper half of a curve: what does not grow hides the exponent at small sizes. */
export function growth({ points }: Curve): Growth {
  const upper = points.slice(Math.floor((points.length - 1) / 2));
  const of = (value: (point: Point) => number): number => exponent(upper.map((point) => [point.at, value(point)]));
  return {
    from: (upper[0] as Point).at,
    to: (upper.at(-1) as Point).at,
    time: of(({ milliseconds }) => milliseconds),
    arithmetic: of(({ flops }) => flops),
    memory: of(({ bytes }) => bytes),
  };
}

/** The same curves measured several times: of each point the least time, since other work on a machine only ever adds. */
export function least(passes: readonly (readonly Curve[])[]): Curve[] {
  const [first = []] = passes;
  return first.map((curve, c) => ({
    ...curve,
    points: curve.points.map((point, i) => ({
      ...point,
      milliseconds: Math.min(...passes.map((curves) => curves[c]?.points[i]?.milliseconds ?? Number.NaN)),
    })),
  }));
}
