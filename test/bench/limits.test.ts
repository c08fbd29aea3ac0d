import { describe, expect, it } from 'vitest';
import { goalsOf } from '../../bench/goals.ts';
import { KernelClock } from '../../bench/limits/kernel-clock.ts';
import { CALLS, LIMITS, OUTSIDE, PEAK, PRODUCT, REGISTERS, WHOLE } from '../../bench/limits/names.ts';
import { limitsSection } from '../../bench/limits/page.ts';
import { ofCold, ofDispatch, ofProduct, ofWork } from '../../bench/limits/reasons.ts';
import type { Row } from '../../bench/results.ts';
import { ones, SimdDevice } from '../../src/tensor/index.ts';

const row = (name: string, contestant: string, cpu: number, work: number, unit: string, group = LIMITS): Row => ({
  ...{ group, case: name, contestant, work, unit, error: 0, wall: [cpu], cpu: [cpu] },
});

/** A peak of 50 GFLOP/s, of which the product reaches 40; a layer of 10 ms, of which products take 8 at 30 GFLOP/s. */
const ROWS: readonly Row[] = [
  row(PEAK, REGISTERS, 4, 0.2, 'GFLOP/s'),
  row(PEAK, PRODUCT, 5, 0.2, 'GFLOP/s'),
  row(CALLS.name, CALLS.tensor, 1.5, 1000, 'calls/s'),
  row('block forward', WHOLE, 10, 12, 'operations/s'),
  row('block forward', 'gemm', 6, 0.2, 'GFLOP/s'),
  row('block forward', 'attention', 2, 0.04, 'GFLOP/s'),
  row('block forward', 'geluTanh', 1, 3, 'calls/s'),
  row('block forward', OUTSIDE, 1, 12, 'operations/s'),
  row('warm', 'simd', 2, 1, 'forwards/s', 'shipped'),
  row('cold', 'simd', 8, 1, 'forwards/s', 'cold'),
];

const missed = { times: 1.2, least: 1.5 };

describe('the limits of a benchmark', () => {
  it('are told in numbers of its own rows', () => {
    expect(ofProduct(ROWS, missed)).toBe(
      'the kernel runs at 80 % of the peak of 128-bit multiply-adds in WebAssembly (50.0 GFLOP/s); the goal would take 100 %',
    );
    // 240 MFLOP take 4.8 ms at the peak: 60 % of the 8 ms that they take.
    expect(ofWork('block forward')(ROWS, missed)).toBe(
      'products take 80 % of it (at 60 % of the peak), other kernels 10 %, the way between kernels 10 %; ' +
        'with products at the peak 68 % of the time would be left, the goal asks for 80 %',
    );
    expect(ofDispatch('block forward')(ROWS, missed)).toBe(
      '12 operations (each at least 1.50 us through Tensor); 10 % of the time lies outside of kernels, 80 % in products; ' +
        'with products at the peak and nothing outside 58 % would be left, the goal asks for 80 %',
    );
    expect(ofCold('cold', 'warm')(ROWS, missed)).toBe(
      'compiling: a warm forward takes 25 % of it; the goal asks for 80 %',
    );
  });

  it('are left out where they were not measured', () => {
    const others = ROWS.filter(({ group }) => group !== LIMITS);
    for (const reason of [ofProduct, ofWork('block forward'), ofDispatch('block forward'), ofCold('other', 'warm')])
      expect(reason(others, missed)).toBe('');
    expect(limitsSection(others)).toBe('');
  });

  it('stand beside goals that were missed, and in a section of their own', () => {
    const two = (peer: number): Row[] => [
      row('block forward', 'simd', 10, 1, 'images/s', 'block'),
      row('block forward', 'ORT-web', peer, 1, 'images/s', 'block'),
    ];
    const [reached] = goalsOf([...ROWS, ...two(21)]);
    expect(reached).toMatchObject({ verdict: 'reached', limit: '' });
    const [short] = goalsOf([...ROWS, ...two(12)]);
    expect(short?.limit).toContain('products take 80 % of it');
    const section = limitsSection(ROWS);
    expect(section).toContain('| multiplying, product 512^3 | 40.0 GFLOP/s | 80 % |');
    expect(section).toContain('| a call of an operation | 1500 ns |  |');
    expect(section).toContain(
      '| block forward | 10.0 | 12 | 80 % | 60 % | 10 % | gemm 60 %, attention 20 %, geluTanh 10 % |',
    );
  });

  it('come from a clock around every kernel, which is taken away again', () => {
    const device = new SimdDevice();
    const { kernels } = device.machine;
    const clock = new KernelClock(device.machine);
    clock.start();
    ones(device, [2, 3]).matmul(ones(device, [3, 4]));
    clock.stop();
    ones(device, [2, 3]).matmul(ones(device, [3, 4]));
    expect(device.machine.kernels).toBe(kernels);
    expect(clock.times.get('gemm')).toMatchObject({ calls: 1, flops: 2 * 2 * 3 * 4 });
    clock.clear();
    expect(clock.times.get('gemm')?.calls).toBe(0);
  });
});
