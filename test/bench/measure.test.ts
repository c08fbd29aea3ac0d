import { describe, expect, it } from 'vitest';
import { measure, spread } from '../../bench/measure.ts';

/** Works for so much processor time, however busy the machine is. */
const busy = (milliseconds: number): void => {
  const before = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(before);
    if (user + system > milliseconds * 1000) return;
  }
};

describe('measure', () => {
  it('takes turns round by round after a warm-up', async () => {
    const order: string[] = [];
    const contestant = (name: string) => ({
      name,
      run: () => {
        order.push(name);
        busy(4);
      },
    });
    const rounds: number[] = [];
    const timings = await measure([contestant('a'), contestant('b')], { rounds: 3, roundMilliseconds: 1 }, (round) =>
      rounds.push(round),
    );
    expect(timings.map((timing) => timing.cpu.length)).toEqual([3, 3]);
    expect(rounds).toEqual([0, 0, 0, 0, 1, 1, 2, 2]);
    expect(order.slice(-6).join('')).toMatch(/^(ab){3}$/);
    for (const { cpu } of timings) expect(spread(cpu).median).toBeGreaterThan(4);
  });

  it('waits for what a run promises', async () => {
    const sleep = { name: 'sleep', run: () => new Promise((resolve) => setTimeout(resolve, 20)).then(() => busy(2)) };
    const [timing] = await measure([sleep], { rounds: 2, roundMilliseconds: 1 });
    expect(spread(timing?.wall ?? []).median).toBeGreaterThan(20);
  });

  it('gives the median and the middle half', () => {
    expect(spread([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
    expect(spread([4, 1, 2, 3]).median).toBe(2.5);
  });
});
