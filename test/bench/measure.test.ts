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
    let [running, most] = [0, 0];
    const run = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
    };
    await measure([{ name: 'sleep', run }], { rounds: 2, roundMilliseconds: 1 });
    expect([running, most]).toEqual([0, 1]);
  });

  it('gives the median and the middle half', () => {
    expect(spread([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
    expect(spread([4, 1, 2, 3]).median).toBe(2.5);
  });
});
