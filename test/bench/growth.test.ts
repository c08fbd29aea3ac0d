import { describe, expect, it } from 'vitest';
import { type Curve, exponent, growth, least } from '../../bench/growth/fit.ts';
import { BASE, TASKS, taskOf } from '../../bench/growth/model.ts';
import { growthPage, LANGUAGES } from '../../bench/growth/page.ts';
import { picture } from '../../bench/growth/picture.ts';

const curves: Curve[] = TASKS.map((task) => ({
  axis: 'tokens',
  task,
  // A fixed cost that hides the exponent of 2 at small sizes.
  points: [4, 8, 64, 512, 4096].map((at) => ({
    at,
    milliseconds: 100 + at ** 2,
    flops: 1e6 * at ** 2,
    bytes: 2 ** 20 * at,
  })),
}));

describe('how cost grows', () => {
  it('is the slope on logarithmic scales, of the upper half of a curve', () => {
    expect(exponent([1, 2, 4].map((x) => [x, 5 * x ** 3]))).toBeCloseTo(3);
    const { from, to, time, arithmetic, memory } = growth(curves[0] as Curve);
    expect([from, to]).toEqual([64, 4096]);
    expect(arithmetic).toBeCloseTo(2);
    expect(memory).toBeCloseTo(1);
    expect(time).toBeGreaterThan(1.98);
    expect(time).toBeLessThan(2);
  });

  it('takes of each point the least of several passes', () => {
    const slower = (factors: readonly number[]): Curve[] =>
      curves.map((curve) => ({
        ...curve,
        points: curve.points.map((point, i) => ({ ...point, milliseconds: point.milliseconds * (factors[i] ?? 1) })),
      }));
    expect(least([slower([1, 2, 1, 3, 1]), slower([2, 1, 1.5, 1, 1])])).toEqual(curves);
  });

  it('is shown with every point, in a picture and in both languages', () => {
    const machine = { processor: 'p', cores: 2, memory: 'm', node: 'n', system: 's', load: '0', date: 'd' };
    const drawn = LANGUAGES.map((language) => picture(curves, language));
    expect(drawn[0]).not.toMatch(/[가-힣]/);
    expect(drawn[1]?.replace(/<style>.*<\/style>|<[^>]*>/g, '')).not.toMatch(/[a-z]{3}/);
    for (const language of LANGUAGES) {
      expect(picture(curves, language).match(/<circle/g)?.length).toBe(TASKS.length * 5);
      const page = growthPage(curves, machine, language);
      expect(page).toContain('| 64-4096 |');
      expect(page.match(/^\| 4096 \|/gm)?.length).toBe(TASKS.length);
    }
  });

  it('is measured of tasks that do more work for a larger size', () => {
    const size = { ...BASE, tokens: 8, pictures: 1, width: 32, depth: 1 };
    for (const name of TASKS) {
      const [small, large] = [taskOf(name, size), taskOf(name, { ...size, depth: 2 })];
      expect(large.flops(), name).toBeGreaterThan(small.flops());
      expect(large.memory(), name).toBeGreaterThan(0);
    }
  });
});
