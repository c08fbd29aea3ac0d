/**
 * The points that a line needs to look as it does: no point that is left out lies farther than `tolerance` above or below the
 * line through those that stay. The first and the last stay.
 */
export function bends<T>(
  points: readonly T[],
  { x, y, tolerance }: { x: (point: T) => number; y: (point: T) => number; tolerance: number },
): T[] {
  const kept = points.slice(0, 1);
  let from = 0;
  const isOff = (between: number, to: number): boolean => {
    const [a, b, p] = [points[from] as T, points[to] as T, points[between] as T];
    const part = (x(p) - x(a)) / (x(b) - x(a));
    return Math.abs(y(p) - (y(a) + part * (y(b) - y(a)))) > tolerance;
  };
  for (let to = 2; to < points.length; to++) {
    let between = from + 1;
    while (between < to && !isOff(between, to)) between++;
    if (between === to) continue;
    from = to - 1;
    kept.push(points[from] as T);
  }
  return points.length > 1 ? [...kept, points.at(-1) as T] : kept;
}
